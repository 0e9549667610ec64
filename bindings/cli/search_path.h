#ifndef POSTERN_BINDINGS_CLI_SEARCH_PATH_H_
#define POSTERN_BINDINGS_CLI_SEARCH_PATH_H_

#include <string>

namespace postern {
namespace cli {

// The first file of that name in the folders of PATH (host::ProgramFolders())
// that may be executed; "" if there is none, and for "". Advisory: it may have
// changed on return.
std::string FindAlongPath(const std::string& name);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_SEARCH_PATH_H_
