#include "bindings/cli/app_target.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "permission/principal.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {

absl::StatusOr<AppTarget> ReadAppTarget(const std::string& given) {
  if (absl::StrContains(given, "/")) {
    absl::StatusOr<App> app = LoadApp(given);
    if (!app.ok()) return app.status();
    std::string id = app->manifest.app.IdWithoutVersion();
    return AppTarget{std::move(id), *std::move(app)};
  }
  const absl::StatusOr<Principal> principal = Principal::Parse(given);
  if (principal.ok()) return AppTarget{principal->IdWithoutVersion(), {}};
  return absl::InvalidArgumentError(
      absl::StrCat(principal.status().message(),
                   "; a directory is written with a slash, as ./app"));
}

absl::Status NothingApproved(const std::string& app) {
  return absl::NotFoundError(absl::StrCat("nothing is approved for ",
                                          internal::QuoteForDisplay(app),
                                          "; \"postern list\" shows what is, "
                                          "and a directory is written with a "
                                          "slash, as ./app"));
}

}  // namespace cli
}  // namespace postern
