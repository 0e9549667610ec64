#include "bindings/host/program_folders.h"

#include <stdlib.h>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"

namespace postern {
namespace host {

std::vector<std::string> ProgramFolders(absl::string_view otherwise) {
  const char* const path = getenv("PATH");
  std::vector<std::string> folders;
  for (absl::string_view folder :
       absl::StrSplit(path == nullptr ? otherwise : path, ':')) {
    if (absl::StartsWith(folder, "/")) folders.emplace_back(folder);
  }
  return folders;
}

}  // namespace host
}  // namespace postern
