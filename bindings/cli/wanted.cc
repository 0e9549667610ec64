#include "bindings/cli/wanted.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "permission/approval/manifest_proto.h"
#include "permission/builder.h"

namespace postern {
namespace cli {
namespace {

using lua::WantedArg;
using lua::WantedCall;

constexpr char kNoPlugin[] =
    "there is no such plugin here; correct the name, or do without";

CallArg ToCallArg(const WantedArg& arg) {
  return arg.kind == WantedArg::Kind::kText ? CallArg{arg.text, true}
                                            : CallArg::NotText();
}

std::string PluginOf(const std::string& function) {
  return function.substr(0, function.rfind('.'));
}

// Of a function that an app called: "exec.in" of "exec.in.a.b" too, if that is
// the plugin that was loaded. Names of functions have no dot, but an app may
// ask for any.
std::string PluginOf(const std::string& function,
                     const std::set<std::string>& loaded) {
  std::string plugin = PluginOf(function);
  while (loaded.count(plugin) == 0) {
    const size_t dot = plugin.rfind('.');
    if (dot == plugin.npos) return PluginOf(function);
    plugin.resize(dot);
  }
  return plugin;
}

// A pattern that matches exactly `arg`; "*" where its text is not yet known.
std::string ArgumentPattern(const WantedArg& arg) {
  if (arg.kind != WantedArg::Kind::kText) return "*";
  std::string pattern;
  const bool prefixed =
      absl::StartsWith(arg.text, "re:") || absl::StartsWith(arg.text, "path:");
  for (const char c : arg.text) {
    const bool colon = prefixed && c == ':';
    if (colon || absl::StrContains("\\*?{},", absl::string_view(&c, 1))) {
      pattern.push_back('\\');
    }
    pattern.push_back(c);
  }
  return pattern;
}

// Without the head of a manifest, which is there already.
std::string WithoutHead(const std::string& text) {
  std::string lines;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (line.empty() || absl::StartsWith(line, "version:") ||
        absl::StartsWith(line, "app:")) {
      continue;
    }
    absl::StrAppend(&lines, line, "\n");
  }
  return lines;
}

}  // namespace

Signatures SignaturesOf(const host::Catalog& catalog) {
  Signatures signatures;
  for (const auto& entry : catalog.plugins()) {
    for (const host::PluginFunction& function : entry.second.functions) {
      signatures[absl::StrCat(entry.first, ".", function.name)] =
          function.parameters;
    }
  }
  return signatures;
}

absl::StatusOr<ManifestCoverage> ManifestCoverage::Make(
    const App& app, const host::Catalog& catalog) {
  const PermissionSet plugins = PermissionSet(Permission::kPluginCall) |
                                PermissionSet(Permission::kPluginLoad);
  PolicySpec spec;
  spec.base_directory = app.directory;
  spec.signatures = SignaturesOf(catalog);
  spec.layers.emplace_back();
  spec.layers[0].name = "manifest";
  for (const PermissionRequest& request : app.manifest.requests) {
    Rule rule;
    rule.effect = Effect::kAllow;
    rule.permissions = request.permissions & plugins;
    rule.pattern = request.pattern;
    rule.source = request.source;
    if (!rule.permissions.empty()) spec.layers[0].rules.push_back(rule);
  }
  Signatures signatures = spec.signatures;
  absl::StatusOr<std::shared_ptr<const Policy>> policy =
      PolicyBuilder(std::move(spec)).Build();
  if (!policy.ok()) return policy.status();
  return ManifestCoverage(app, std::move(signatures), *std::move(policy));
}

bool ManifestCoverage::Covers(const WantedCall& call) const {
  std::vector<CallArg> args;
  std::vector<NamedArg> named;
  for (const WantedArg& arg : call.args) {
    if (arg.name.empty()) {
      args.push_back(ToCallArg(arg));
    } else {
      named.push_back(NamedArg{arg.name, ToCallArg(arg)});
    }
  }
  return policy_->Check(Access::Call(CallView{call.function, args, named}))
      .allowed();
}

// Once: an app may load as many plugins as its manifest may have requests.
void ManifestCoverage::NoteCallablePlugins() {
  for (const PermissionRequest& request : app_.manifest.requests) {
    if (!request.permissions.Contains(Permission::kPluginCall)) continue;
    if (request.pattern.kind() == RulePattern::Kind::kWhole) {
      all_callable_ = true;
    } else {
      callable_.insert(PluginOf(request.pattern.text()));
    }
  }
}

bool ManifestCoverage::CoversModule(const std::string& id) const {
  return all_callable_ || callable_.count(id) != 0 ||
         policy_->Check(Access::Name(Permission::kPluginLoad, id)).allowed();
}

RulePattern ManifestCoverage::PatternFor(
    const WantedCall& call, const std::vector<std::string>& parameters) const {
  std::vector<std::string> args;
  for (const WantedArg& arg : call.args) {
    size_t position = args.size();
    if (!arg.name.empty()) {
      position = static_cast<size_t>(
          std::find(parameters.begin(), parameters.end(), arg.name) -
          parameters.begin());
      // No such parameter: the call will fail whatever is approved.
      if (position == parameters.size()) continue;
    }
    if (args.size() <= position) args.resize(position + 1, "*");
    args[position] = ArgumentPattern(arg);
  }
  return RulePattern::Call(call.function, std::move(args), CallForm::kExact);
}

bool ManifestCoverage::IsPlugin(const std::string& id) const {
  return std::any_of(
      signatures_.begin(), signatures_.end(),
      [&](const auto& known) { return PluginOf(known.first) == id; });
}

MissingRequests ManifestCoverage::Missing(
    const lua::AuditReport& report) const {
  MissingRequests missing;
  const std::set<std::string> loaded(report.modules.begin(),
                                     report.modules.end());
  std::set<std::string> called, said;
  const auto say = [&](const std::string& what, const std::string& why) {
    const std::string remark = absl::StrCat(what, ": ", why);
    if (said.insert(remark).second) missing.remarks.push_back(remark);
  };
  for (const WantedCall& call : report.calls) {
    const std::string plugin = PluginOf(call.function, loaded);
    called.insert(plugin);
    if (Covers(call)) continue;
    const absl::StatusOr<std::string> lines = LinesFor(call, plugin);
    if (lines.ok()) {
      absl::StrAppend(&missing.lines, *lines);
    } else {
      say(IsPlugin(plugin) ? call.function : plugin,
          std::string(lines.status().message()));
    }
  }
  for (const std::string& id : report.modules) {
    if (!IsPlugin(id)) {
      say(id, kNoPlugin);
    } else if (called.count(id) == 0 && !CoversModule(id)) {
      absl::StrAppend(&missing.lines, *RequestText(Permission::kPluginLoad,
                                                   RulePattern::Text(id)));
    }
  }
  return missing;
}

absl::StatusOr<std::string> ManifestCoverage::LinesFor(
    const WantedCall& call, const std::string& plugin) const {
  if (!IsPlugin(plugin)) return absl::NotFoundError(kNoPlugin);
  const auto known = signatures_.find(call.function);
  if (known == signatures_.end()) {
    return absl::NotFoundError(
        absl::StrCat("the plugin ", plugin,
                     " has no such function; correct the name, or do without"));
  }
  for (size_t i = 0; i < call.args.size(); ++i) {
    const WantedArg& arg = call.args[i];
    if (arg.kind != WantedArg::Kind::kNotText) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "argument ", arg.name.empty() ? absl::StrCat(i + 1) : arg.name,
        " is not text, and a manifest names nothing else; pass text"));
  }
  absl::StatusOr<std::string> lines =
      RequestText(Permission::kPluginCall, PatternFor(call, known->second));
  if (lines.ok()) return lines;
  return absl::InvalidArgumentError(
      absl::StrCat("a manifest cannot name these arguments; pass text that it "
                   "can hold: ",
                   lines.status().message()));
}

// The lines of one request, that can be added as they stand: one that needs a
// reason has a word to replace, or the manifest would be refused.
absl::StatusOr<std::string> ManifestCoverage::RequestText(
    Permission permission, const RulePattern& pattern) const {
  Manifest manifest;
  manifest.app = app_.manifest.app;
  PermissionRequest request;
  request.permissions = PermissionSet(permission);
  request.pattern = pattern;
  manifest.requests.push_back(std::move(request));
  absl::StatusOr<std::string> text = ManifestToText(manifest);
  if (text.ok() && !ParseManifestText(*text, "").ok()) {
    manifest.requests[0].reason = "TODO: say why";
    text = ManifestToText(manifest);
  }
  if (text.ok()) *text = WithoutHead(*text);
  return text;
}

}  // namespace cli
}  // namespace postern
