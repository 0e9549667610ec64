#include <sys/stat.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/types/optional.h"
#include "bindings/cli/app.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/json.h"
#include "bindings/cli/store.h"
#include "permission/principal.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

bool IsDirectory(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

// The id without version of the app in a directory, or of the id itself.
absl::StatusOr<std::string> AppId(const std::string& given) {
  if (absl::StrContains(given, "/") || IsDirectory(given)) {
    const absl::StatusOr<App> app = LoadApp(given);
    if (!app.ok()) return app.status();
    return app->manifest.app.IdWithoutVersion();
  }
  const absl::StatusOr<Principal> principal = Principal::Parse(given);
  if (!principal.ok()) return principal.status();
  return principal->IdWithoutVersion();
}

absl::Status NothingApproved(const std::string& app) {
  return absl::NotFoundError(absl::StrCat("nothing is approved for ",
                                          internal::QuoteForDisplay(app),
                                          "; \"postern list\" shows what is"));
}

}  // namespace

absl::StatusOr<ExitCode> Revoke(const Arguments& arguments, Output* out) {
  const absl::StatusOr<std::string> app = AppId(arguments.app);
  if (!app.ok()) return app.status();
  const absl::StatusOr<std::string> path = StorePath(arguments.store);
  if (!path.ok()) return path.status();
  const absl::StatusOr<ApprovalState> state = ReadState(*path, *app);
  if (!state.ok()) return state.status();
  if (!state->approval) return NothingApproved(*app);
  const absl::StatusOr<std::unique_ptr<ApprovalStore>> store =
      OpenOrCreateStore(*path);
  if (!store.ok()) return store.status();

  const absl::StatusOr<int64_t> revision = (*store)->CompareAndSet(
      *app, state->revision, absl::nullopt,
      ChangeInfo{CurrentPerson(), absl::Now(), "postern revoke"});
  if (!revision.ok()) return revision.status();
  if (arguments.json) {
    out->Print(JsonObject([&](JsonWriter* json) {
      JsonMember("revoked", *app, json);
      json->Key("revision");
      json->Integer(*revision);
    }));
  } else {
    out->Print(absl::StrCat("revoked ", internal::QuoteForDisplay(*app),
                            ", revision ", *revision, "\n"));
  }
  return ExitCode::kDone;
}

}  // namespace cli
}  // namespace postern
