#include "bindings/cli/search_path.h"

#include <stdlib.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace postern {
namespace cli {

std::vector<std::string> ProgramFolders() {
  const char* const path = getenv("PATH");
  std::vector<std::string> folders;
  for (absl::string_view folder :
       absl::StrSplit(path == nullptr ? "" : path, ':')) {
    if (absl::StartsWith(folder, "/")) folders.emplace_back(folder);
  }
  return folders;
}

std::string FindAlongPath(const std::string& name) {
  if (name.empty()) return "";
  for (const std::string& folder : ProgramFolders()) {
    std::string file = absl::StrCat(folder, "/", name);
    if (access(file.c_str(), X_OK) == 0) return file;
  }
  return "";
}

}  // namespace cli
}  // namespace postern
