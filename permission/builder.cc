#include "permission/builder.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "permission/internal/call_pattern.h"
#include "permission/internal/compiled_policy.h"

namespace postern {
namespace {

constexpr absl::string_view kGrants = "grants";

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

PolicyBuilder& PolicyBuilder::Add(Effect effect, PermissionSet permissions,
                                  RulePattern pattern) {
  size_t index = 0;
  while (index < spec_.layers.size() && spec_.layers[index].name != kGrants) {
    ++index;
  }
  if (index == spec_.layers.size()) {
    spec_.layers.emplace_back();
    spec_.layers.back().name = std::string(kGrants);
  }
  Rule rule;
  rule.effect = effect;
  rule.permissions = permissions;
  rule.pattern = std::move(pattern);
  spec_.layers[index].rules.push_back(std::move(rule));
  return *this;
}

PolicyBuilder& PolicyBuilder::Allow(PermissionSet permissions,
                                    RulePattern pattern) {
  return Add(Effect::kAllow, permissions, std::move(pattern));
}

PolicyBuilder& PolicyBuilder::Ask(PermissionSet permissions,
                                  RulePattern pattern) {
  return Add(Effect::kAsk, permissions, std::move(pattern));
}

PolicyBuilder& PolicyBuilder::Deny(PermissionSet permissions,
                                   RulePattern pattern) {
  return Add(Effect::kDeny, permissions, std::move(pattern));
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

absl::StatusOr<std::shared_ptr<const Policy>> PolicyBuilder::Build() const {
  for (const auto& signature : spec_.signatures) {
    absl::Status status = CheckSignature(signature.first, signature.second);
    if (!status.ok()) return status;
  }
  std::shared_ptr<Policy> policy(new Policy());
  policy->spec_ = spec_;
  policy->unconfined_ = unconfined_;
  absl::StatusOr<std::unique_ptr<const internal::CompiledPolicy>> compiled =
      internal::CompiledPolicy::Compile(policy->spec_, &policy->warnings_);
  if (!compiled.ok()) return compiled.status();
  policy->compiled_ = *std::move(compiled);
  return std::shared_ptr<const Policy>(std::move(policy));
}

}  // namespace postern
