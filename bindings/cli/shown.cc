#include "bindings/cli/shown.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "bindings/cli/app_target.h"
#include "bindings/cli/policies.h"
#include "bindings/cli/store.h"
#include "permission/approval/approval.h"

namespace postern {
namespace cli {
namespace {

absl::StatusOr<PolicyPage> LoadPolicyPage(const Arguments& arguments) {
  if (!arguments.store.empty()) {
    return absl::InvalidArgumentError(
        "--store is where approvals are: give --app APP too");
  }
  absl::StatusOr<LoadedPolicy> loaded = LoadPolicies(arguments);
  if (!loaded.ok()) return loaded.status();
  PolicyPage page;
  page.title = absl::StrJoin(
      arguments.policies, ", ", [](std::string* out, const std::string& file) {
        absl::StrAppend(out, file == "-" ? "standard input" : file);
      });
  if (page.title.empty()) page.title = "rules of the command line";
  page.policy = std::move(loaded->policy);
  page.warnings = std::move(loaded->warnings);
  return page;
}

// What is approved in the store at `path`.
absl::StatusOr<AppOnPage> ReadApp(const std::string& path,
                                  const std::string& app) {
  const absl::StatusOr<std::unique_ptr<ApprovalStore>> store = OpenStore(path);
  if (!store.ok()) return store.status();
  if (*store == nullptr) return NothingApproved(app);
  const absl::StatusOr<ApprovalState> state = (*store)->Get(app);
  if (!state.ok()) return state.status();
  if (state->revision == 0) return NothingApproved(app);
  absl::StatusOr<std::vector<ApprovalEvent>> history = (*store)->History(app);
  if (!history.ok()) return history.status();
  return AppOnPage{*state, *std::move(history)};
}

// The rules of an approval, as "run" takes them.
PolicySpec SpecOf(const ApprovalState& state) {
  PolicySpec spec;
  spec.layers.emplace_back();
  spec.layers[0].name = "grants";
  if (!state.approval) return spec;
  spec.layers[0].rules = ApprovalRules(*state.approval);
  if (absl::StartsWith(state.approval->place, "/")) {
    spec.base_directory = state.approval->place;
  }
  return spec;
}

absl::StatusOr<PolicyPage> LoadAppPage(const Arguments& arguments) {
  if (!arguments.policies.empty() || !arguments.flags.layer.rules.empty()) {
    return absl::InvalidArgumentError(
        "an app has its own rules: give --app, or files and rules");
  }
  if (!arguments.variables.empty() || !arguments.base.empty()) {
    return absl::InvalidArgumentError(
        "--var and --base are for policies; an approval has its own");
  }
  const absl::StatusOr<AppTarget> target = ReadAppTarget(arguments.app);
  if (!target.ok()) return target.status();
  const absl::StatusOr<std::string> path = StorePath(arguments.store);
  if (!path.ok()) return path.status();
  absl::StatusOr<AppOnPage> app = ReadApp(*path, target->app);
  if (!app.ok()) return app.status();
  if (target->in) {
    const absl::Status place = CheckPlace(*target->in, app->state);
    if (!place.ok()) return place;
  }
  absl::StatusOr<std::shared_ptr<const Policy>> policy =
      BuildPolicy(SpecOf(app->state));
  if (!policy.ok()) return policy.status();
  PolicyPage page;
  page.title = target->app;
  page.policy = *std::move(policy);
  page.warnings = page.policy->warnings();
  page.app = *std::move(app);
  return page;
}

}  // namespace

absl::StatusOr<PolicyPage> LoadShown(const Arguments& arguments) {
  return arguments.app.empty() ? LoadPolicyPage(arguments)
                               : LoadAppPage(arguments);
}

}  // namespace cli
}  // namespace postern
