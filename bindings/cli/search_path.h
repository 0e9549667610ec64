#ifndef POSTERN_BINDINGS_CLI_SEARCH_PATH_H_
#define POSTERN_BINDINGS_CLI_SEARCH_PATH_H_

#include <string>
#include <vector>

namespace postern {
namespace cli {

// Where programs are looked for that are given by a bare name: the absolute
// folders of $PATH, in order. The working directory is none of them.
std::vector<std::string> ProgramFolders();

// The first file of that name there that may be executed; "" if there is none,
// and for "". Advisory: it may have changed on return.
std::string FindAlongPath(const std::string& name);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_SEARCH_PATH_H_
