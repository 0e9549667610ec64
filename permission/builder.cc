#include "permission/builder.h"

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "permission/internal/call_pattern.h"
#include "permission/internal/compiled_policy.h"
#include "permission/internal/path_binder.h"
#include "permission/internal/policy_compiler.h"
#include "permission/internal/query.h"
#include "permission/internal/rule_table.h"

namespace postern {
namespace {

using internal::PathBinder;
using internal::RuleTable;

// What a policy keeps of `spec` as it is. The rules go to a table.
PolicySpec WithoutLayers(const PolicySpec& spec) {
  PolicySpec frame;
  frame.signatures = spec.signatures;
  frame.base_directory = spec.base_directory;
  frame.variables = spec.variables;
  frame.lenient_wildcards = spec.lenient_wildcards;
  return frame;
}

constexpr absl::string_view kGrants = "grants";

Rule RuleOf(Effect effect, PermissionSet permissions, RulePattern pattern) {
  Rule rule;
  rule.effect = effect;
  rule.permissions = permissions;
  rule.pattern = std::move(pattern);
  return rule;
}

absl::Status CheckSignature(absl::string_view function,
                            const std::vector<std::string>& parameters) {
  if (!internal::IsValidFunction(function)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "invalid function \"", function, "\": expected plugin.function"));
  }
  if (parameters.size() > internal::BoundCall::kMaxArguments) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", function, "\" has more than ",
                     internal::BoundCall::kMaxArguments, " parameters"));
  }
  for (size_t i = 0; i < parameters.size(); ++i) {
    const bool rest = parameters[i].substr(0, 1) == "*";
    if (parameters[i].size() == (rest ? 1u : 0u) ||
        (rest && i + 1 != parameters.size())) {
      return absl::InvalidArgumentError(absl::StrCat(
          "invalid parameter \"", parameters[i], "\" of \"", function,
          "\": expected a name, or \"*name\" at the "
          "end"));
    }
    for (size_t j = 0; j < i; ++j) {
      if (parameters[j] == parameters[i]) {
        return absl::InvalidArgumentError(absl::StrCat(
            "\"", function, "\" has two parameters \"", parameters[i], "\""));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

PolicyBuilder& PolicyBuilder::Add(Rule rule) {
  size_t index = 0;
  while (index < spec_.layers.size() && spec_.layers[index].name != kGrants) {
    ++index;
  }
  if (index == spec_.layers.size()) {
    spec_.layers.emplace_back();
    spec_.layers.back().name = std::string(kGrants);
  }
  spec_.layers[index].rules.push_back(std::move(rule));
  return *this;
}

PolicyBuilder& PolicyBuilder::Allow(PermissionSet permissions,
                                    RulePattern pattern) {
  return Add(RuleOf(Effect::kAllow, permissions, std::move(pattern)));
}

PolicyBuilder& PolicyBuilder::Ask(PermissionSet permissions,
                                  RulePattern pattern) {
  return Add(RuleOf(Effect::kAsk, permissions, std::move(pattern)));
}

PolicyBuilder& PolicyBuilder::Deny(PermissionSet permissions,
                                   RulePattern pattern) {
  return Add(RuleOf(Effect::kDeny, permissions, std::move(pattern)));
}

PolicyBuilder& PolicyBuilder::AddLayer(Layer layer) {
  spec_.layers.push_back(std::move(layer));
  return *this;
}

PolicyBuilder& PolicyBuilder::DeclareFunction(
    absl::string_view function, std::vector<std::string> parameters) {
  spec_.signatures[std::string(function)] = std::move(parameters);
  return *this;
}

PolicyBuilder& PolicyBuilder::SetBaseDirectory(absl::string_view path) {
  spec_.base_directory = std::string(path);
  return *this;
}

PolicyBuilder& PolicyBuilder::SetVariable(absl::string_view name,
                                          absl::string_view value) {
  spec_.variables[std::string(name)] = std::string(value);
  return *this;
}

PolicyBuilder& PolicyBuilder::AllowUnconfined(UnconfinedToken) {
  unconfined_ = true;
  return *this;
}

PolicyBuilder& PolicyBuilder::Bind(PathBindingOptions options,
                                   std::shared_ptr<const Policy> previous) {
  binding_ = Binding::kPolicy;
  binding_options_ = std::move(options);
  previous_ = std::move(previous);
  return *this;
}

PolicyBuilder& PolicyBuilder::BindToNarrow(
    std::shared_ptr<const Policy> previous) {
  binding_ = Binding::kNarrowing;
  previous_ = std::move(previous);
  return *this;
}

absl::StatusOr<std::shared_ptr<PathBinder>> PolicyBuilder::MakeBinder() const {
  const PathBinding* const previous =
      previous_ == nullptr ? nullptr : previous_->binding();
  switch (binding_) {
    case Binding::kNone:
      return std::shared_ptr<PathBinder>();
    case Binding::kNarrowing:
      return std::shared_ptr<PathBinder>(PathBinder::ForNarrowing(previous));
    case Binding::kPolicy:
      break;
  }
  absl::StatusOr<std::unique_ptr<PathBinder>> binder =
      PathBinder::ForPolicy(binding_options_, previous);
  if (!binder.ok()) return binder.status();
  return std::shared_ptr<PathBinder>(*std::move(binder));
}

// Whether the policy may grant to write there, now or when somebody says yes,
// in whatever session.
bool PolicyBuilder::MayWrite(const Policy& policy, absl::string_view path) {
  internal::QueryScope scope;
  scope.signatures = &policy.frame_.signatures;
  scope.ignores_limits = true;
  const internal::AnyQuery query(
      Access::CanonicalPath(Permission::kFsWrite, path), scope);
  return query.invalid() == Reason::kNone &&
         policy.Decide(query).effect() != Effect::kDeny;
}

// By its own name or with a directory above.
bool PolicyBuilder::MayReplace(const Policy& policy, absl::string_view link) {
  for (;;) {
    if (MayWrite(policy, link)) return true;
    const size_t slash = link.rfind('/');
    if (link.size() < 2 || slash == link.npos) return false;
    link = link.substr(0, slash == 0 ? 1 : slash);
  }
}

absl::Status PolicyBuilder::CheckLinks(const PathBinder& binder,
                                       const Policy& policy) {
  absl::flat_hash_map<absl::string_view, bool> replaceable;
  for (const PathBinder::Passed& passed : binder.passed()) {
    const auto known = replaceable.emplace(passed.link, false);
    if (known.second) {
      known.first->second = MayReplace(policy, passed.link);
    }
    if (!known.first->second) continue;
    return internal::AtRule(
        *policy.rules_, passed.rule,
        absl::InvalidArgumentError(absl::StrCat(
            "\"", passed.written, "\" passes the link \"", passed.link,
            "\", which fs.write rules of this policy let the guest replace: "
            "write \"",
            passed.canonical, "\" instead, where it leads")));
  }
  return absl::OkStatus();
}

absl::Status PolicyBuilder::BindPolicy(PathBinder* binder, Policy* policy) {
  absl::Status status = CheckLinks(*binder, *policy);
  if (!status.ok()) return status;
  absl::StatusOr<std::unique_ptr<const PathBinding>> binding =
      binder->Finish(&policy->warnings_);
  if (!binding.ok()) return binding.status();
  policy->binding_ = *std::move(binding);
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const Policy>> PolicyBuilder::Build() const {
  for (const auto& signature : spec_.signatures) {
    absl::Status status = CheckSignature(signature.first, signature.second);
    if (!status.ok()) return status;
  }
  absl::StatusOr<RuleTable> table = RuleTable::Make(spec_);
  if (!table.ok()) return table.status();
  auto rules = std::make_unique<RuleTable>(*std::move(table));
  std::shared_ptr<Policy> policy(new Policy());
  policy->frame_ = WithoutLayers(spec_);
  policy->unconfined_ = unconfined_;
  absl::StatusOr<std::shared_ptr<PathBinder>> binder = MakeBinder();
  if (!binder.ok()) return binder.status();
  absl::StatusOr<std::unique_ptr<const internal::CompiledPolicy>> compiled =
      internal::PolicyCompiler::Compile(policy->frame_, *binder, rules.get(),
                                        &policy->warnings_);
  if (!compiled.ok()) return compiled.status();
  rules->mutable_arena()->Finish();
  policy->rules_ = std::move(rules);
  policy->compiled_ = *std::move(compiled);
  if (binding_ == Binding::kPolicy) {
    absl::Status status = BindPolicy(binder->get(), policy.get());
    if (!status.ok()) return status;
  }
  return std::shared_ptr<const Policy>(std::move(policy));
}

}  // namespace postern
