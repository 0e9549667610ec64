#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/types/optional.h"
#include "bindings/cli/app.h"
#include "bindings/cli/app_target.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/json.h"
#include "bindings/cli/store.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {

absl::StatusOr<ExitCode> Revoke(const Arguments& arguments, Output* out) {
  const absl::StatusOr<AppTarget> target = ReadAppTarget(arguments.app);
  if (!target.ok()) return target.status();
  const std::string* const app = &target->app;
  const absl::StatusOr<std::string> path = StorePath(arguments.store);
  if (!path.ok()) return path.status();
  const absl::StatusOr<ApprovalState> state = ReadState(*path, *app);
  if (!state.ok()) return state.status();
  if (!state->approval) return NothingApproved(*app);
  const absl::Status place =
      target->in
          ? CheckPlace(*target->in, *state,
                       "; to end that approval, revoke the id or that folder")
          : absl::OkStatus();
  if (!place.ok()) return place;
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
