#ifndef POSTERN_BINDINGS_HOST_PROGRAM_FOLDERS_H_
#define POSTERN_BINDINGS_HOST_PROGRAM_FOLDERS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace postern {
namespace host {

// Where programs are looked for that are given by a bare name: the absolute
// folders of $PATH, in order, or of `otherwise` if it is not set. The working
// directory is none of them. Reads the environment.
std::vector<std::string> ProgramFolders(absl::string_view otherwise = "");

}  // namespace host
}  // namespace postern

#endif  // POSTERN_BINDINGS_HOST_PROGRAM_FOLDERS_H_
