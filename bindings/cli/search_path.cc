#include "bindings/cli/search_path.h"

#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "bindings/host/program_folders.h"

namespace postern {
namespace cli {

std::string FindAlongPath(const std::string& name) {
  if (name.empty()) return "";
  for (const std::string& folder : host::ProgramFolders()) {
    std::string file = absl::StrCat(folder, "/", name);
    if (access(file.c_str(), X_OK) == 0) return file;
  }
  return "";
}

}  // namespace cli
}  // namespace postern
