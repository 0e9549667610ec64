#include "bindings/cli/adapter_files.h"

#include <unistd.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bindings/cli/real_name.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

std::string FolderOf(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

}  // namespace

absl::StatusOr<std::string> AdapterFileOf(const std::string& program,
                                          absl::string_view name) {
  const std::string parent = FolderOf(FolderOf(program));
  const std::string installed = absl::StrCat(parent, "/libexec/postern/", name);
  if (access(installed.c_str(), R_OK) == 0) return installed;
  const std::string built = absl::StrCat(parent, "/", name);
  if (access(built.c_str(), R_OK) == 0) return built;
  return absl::NotFoundError(
      absl::StrCat("the adapter's file ", internal::QuoteForDisplay(installed),
                   " is missing; ", "tools/install puts it there"));
}

absl::StatusOr<std::string> AdapterFile(absl::string_view name) {
  const absl::StatusOr<std::string> program = RealName("/proc/self/exe");
  if (!program.ok()) return program.status();
  return AdapterFileOf(*program, name);
}

}  // namespace cli
}  // namespace postern
