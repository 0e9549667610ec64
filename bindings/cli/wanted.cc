#include "bindings/cli/wanted.h"

#include <algorithm>
#include <utility>

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

CallArg ToCallArg(const WantedArg& arg) {
  return arg.kind == WantedArg::Kind::kText ? CallArg{arg.text, true}
                                            : CallArg::NotText();
}

std::string PluginOf(const std::string& function) {
  return function.substr(0, function.rfind('.'));
}

// A pattern that matches exactly `arg`; "*" where its text is not known.
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

RulePattern ManifestCoverage::PatternFor(const WantedCall& call) const {
  const auto known = signatures_.find(call.function);
  std::vector<std::string> args;
  for (const WantedArg& arg : call.args) {
    size_t position = args.size();
    if (!arg.name.empty()) {
      if (known == signatures_.end()) {
        return RulePattern::Call(call.function, {"**"}, CallForm::kExact);
      }
      position = static_cast<size_t>(
          std::find(known->second.begin(), known->second.end(), arg.name) -
          known->second.begin());
      // No such parameter: the call will fail whatever is approved.
      if (position == known->second.size()) continue;
    }
    if (args.size() <= position) args.resize(position + 1, "*");
    args[position] = ArgumentPattern(arg);
  }
  return RulePattern::Call(call.function, std::move(args), CallForm::kExact);
}

std::string ManifestCoverage::MissingLines(
    const lua::AuditReport& report) const {
  std::string lines;
  std::set<std::string> called;
  for (const WantedCall& call : report.calls) {
    called.insert(PluginOf(call.function));
    if (Covers(call)) continue;
    RulePattern pattern = PatternFor(call);
    std::string line = LineFor(Permission::kPluginCall, pattern);
    if (line.empty()) {  // an argument that a manifest cannot hold
      pattern = RulePattern::Call(
          call.function, std::vector<std::string>(pattern.parts().size(), "*"),
          CallForm::kExact);
      line = LineFor(Permission::kPluginCall, pattern);
    }
    absl::StrAppend(&lines, line);
  }
  for (const std::string& id : report.modules) {
    if (called.count(id) != 0 || CoversModule(id)) continue;
    absl::StrAppend(&lines,
                    LineFor(Permission::kPluginLoad, RulePattern::Text(id)));
  }
  return lines;
}

// The lines of one request; "" if a manifest cannot say it.
std::string ManifestCoverage::LineFor(Permission permission,
                                      const RulePattern& pattern) const {
  Manifest manifest;
  manifest.app = app_.manifest.app;
  PermissionRequest request;
  request.permissions = PermissionSet(permission);
  request.pattern = pattern;
  manifest.requests.push_back(std::move(request));
  const absl::StatusOr<std::string> text = ManifestToText(manifest);
  return text.ok() ? WithoutHead(*text) : "";
}

}  // namespace cli
}  // namespace postern
