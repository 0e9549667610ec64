#include "process/start_options.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace postern {
namespace process {
namespace {

bool IsCgroupPath(absl::string_view path) {
  if (path.empty()) return true;
  if (path[0] != '/' || path.find('\0') != path.npos) return false;
  for (const absl::string_view part : absl::StrSplit(path, '/')) {
    if (part == "..") return false;
  }
  return true;
}

}  // namespace

absl::Status CheckStartOptions(const StartOptions& options) {
  if (options.nice.has_value() && (*options.nice < -20 || *options.nice > 19)) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected nice of -20 to 19, not ", *options.nice));
  }
  if (options.grace < absl::ZeroDuration()) {
    return absl::InvalidArgumentError("expected a grace of 0 or more");
  }
  if (!IsCgroupPath(options.cgroup_parent)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "expected a cgroup as a path from the root of its hierarchy, without "
        "\"..\", not \"",
        absl::CHexEscape(options.cgroup_parent), "\""));
  }
  return CheckLimits(options.limits);
}

}  // namespace process
}  // namespace postern
