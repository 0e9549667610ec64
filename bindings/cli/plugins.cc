#include "bindings/cli/plugins.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "bindings/cli/suggestion.h"
#include "bindings/plugins/exec_in.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {

absl::StatusOr<host::Catalog> HostPlugins() {
  host::Catalog catalog;
  const absl::Status status = catalog.Add(plugins::MakeExecIn());
  if (!status.ok()) return status;
  return catalog;
}

absl::Status CheckFunction(absl::string_view function,
                           const host::Catalog& catalog) {
  const size_t dot = function.rfind('.');
  if (dot == function.npos) return absl::OkStatus();
  const host::Plugin* const plugin = catalog.Find(function.substr(0, dot));
  const absl::string_view name = function.substr(dot + 1);
  if (plugin == nullptr || name == "*") return absl::OkStatus();
  std::vector<std::string> names;
  for (const host::PluginFunction& known : plugin->functions) {
    names.push_back(known.name);
  }
  if (std::find(names.begin(), names.end(), name) != names.end()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "plugin ", internal::QuoteForDisplay(plugin->id), " has no function ",
      internal::QuoteForDisplay(name), Suggestion(name, names), ", expected ",
      absl::StrJoin(names, " or ")));
}

absl::Status CheckFunctions(const Manifest& manifest,
                            const host::Catalog& catalog) {
  for (const PermissionRequest& request : manifest.requests) {
    if (request.pattern.kind() != RulePattern::Kind::kCall) continue;
    const absl::Status known = CheckFunction(request.pattern.text(), catalog);
    if (known.ok()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(internal::EscapeForDisplay(request.source.ToString()),
                     ": ", known.message()));
  }
  return absl::OkStatus();
}

}  // namespace cli
}  // namespace postern
