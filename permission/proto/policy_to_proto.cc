// The half of policy_proto.h that writes.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "permission/proto/policy.pb.h"
#include "permission/proto/policy_proto.h"
#include "permission/proto/print_message.h"
#include "permission/proto/values.h"
#include "permission/text/display.h"

namespace postern {
namespace {

absl::Status Invalid(absl::string_view message) {
  return absl::InvalidArgumentError(internal::EscapeForDisplay(message));
}

absl::Status CheckStrings(const std::vector<std::string>& strings) {
  for (const std::string& text : strings) {
    if (!IsWritable(text)) {
      return Invalid(absl::StrCat("\"", text.substr(0, 64),
                                  "\" cannot be written, expected UTF-8 "
                                  "without NUL"));
    }
  }
  return absl::OkStatus();
}

absl::Status WritePattern(const RulePattern& pattern, v1::Rule* to) {
  const auto& parts = pattern.parts();
  const bool nothing = pattern.text().empty();
  switch (pattern.kind()) {
    case RulePattern::Kind::kWhole:
      return absl::OkStatus();
    case RulePattern::Kind::kText:
    case RulePattern::Kind::kResolving:
      if (nothing) return Invalid("empty pattern, expected some text");
      to->set_pattern(pattern.text());
      to->mutable_resolves_to()->Assign(parts.begin(), parts.end());
      break;
    case RulePattern::Kind::kCall: {
      if (nothing) return Invalid("call without function");
      v1::Call* call = to->mutable_call();
      const bool exact = pattern.form() == CallForm::kExact;
      call->set_function(pattern.text());
      call->mutable_args()->Assign(parts.begin(), parts.end());
      call->set_no_args(exact && parts.empty());
      call->set_further_args(!exact && !parts.empty());
      break;
    }
    case RulePattern::Kind::kSecret:
      if (parts.empty()) return Invalid("secret without parts");
      to->mutable_secret()->mutable_parts()->Assign(parts.begin(), parts.end());
      break;
  }
  const absl::Status status = CheckStrings({pattern.text()});
  return status.ok() ? CheckStrings(parts) : status;
}

absl::Status WriteLimits(const RuleLimits& limits, v1::Rule* to) {
  if (limits.expires) {
    const absl::StatusOr<std::string> text = FormatRfc3339(*limits.expires);
    if (!text.ok()) return text.status();
    to->set_expires(*text);
  }
  if (limits.uses) {
    const uint32_t left = limits.uses->left();
    if (left == 0) return Invalid("a rule is used up, expected a use left");
    to->set_uses(left);
  }
  to->set_session(limits.session);
  return CheckStrings({limits.session});
}

absl::Status WriteRule(const Rule& rule, v1::Rule* to) {
  RepeatedStrings* names = to->mutable_deny();
  if (rule.effect == Effect::kAllow) names = to->mutable_allow();
  if (rule.effect == Effect::kAsk) names = to->mutable_ask();
  if (rule.permissions.empty()) return Invalid("rule without permissions");
  for (absl::string_view name :
       absl::StrSplit(rule.permissions.ToString(), ',')) {
    names->Add(std::string(name));
  }
  absl::Status status = WritePattern(rule.pattern, to);
  if (status.ok()) status = WriteLimits(rule.limits, to);
  to->set_reason(rule.reason);
  return status.ok() ? CheckStrings({rule.reason}) : status;
}

absl::Status WriteLayer(const Layer& layer, v1::Layer* to) {
  if (layer.name.empty()) return Invalid("layer without name");
  if (layer.default_effect == Effect::kAsk) {
    return Invalid(absl::StrCat("default of layer \"", layer.name,
                                "\" is ask, expected deny or allow"));
  }
  const bool allow = layer.default_effect == Effect::kAllow;
  to->set_name(layer.name);
  to->set_default_(allow ? v1::Layer::ALLOW : v1::Layer::DENY);
  if (layer.precedence == Precedence::kMostSpecific) {
    to->set_precedence(v1::Layer::MOST_SPECIFIC);
  }
  if (layer.mode == Mode::kAudit) to->set_mode(v1::Layer::AUDIT);
  if (layer.conceal) to->set_deny_as(v1::Layer::NOT_FOUND);
  for (const Rule& rule : layer.rules) {
    const absl::Status status = WriteRule(rule, to->add_rules());
    if (!status.ok()) return status;
  }
  return CheckStrings({layer.name});
}

absl::Status WriteSignatures(const Signatures& signatures, v1::Policy* to) {
  for (const auto& entry : signatures) {
    v1::Signature* signature = to->add_signatures();
    signature->set_function(entry.first);
    signature->mutable_parameters()->Assign(entry.second.begin(),
                                            entry.second.end());
    absl::Status status = CheckStrings({entry.first});
    if (status.ok()) status = CheckStrings(entry.second);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Policy> ToProto(const PolicySpec& spec) {
  v1::Policy policy;
  policy.set_version(kFormatVersion);
  policy.set_base_directory(spec.base_directory);
  policy.set_lenient_wildcards(spec.lenient_wildcards);
  absl::Status status = CheckStrings({spec.base_directory});
  if (status.ok()) status = WriteSignatures(spec.signatures, &policy);
  for (const auto& entry : spec.variables) {
    v1::Variable* variable = policy.add_variables();
    variable->set_name(entry.first);
    variable->set_value(entry.second);
    if (status.ok()) status = CheckStrings({entry.first, entry.second});
  }
  for (const Layer& layer : spec.layers) {
    if (status.ok()) status = WriteLayer(layer, policy.add_layers());
  }
  if (!status.ok()) return status;
  return policy;
}

}  // namespace

absl::StatusOr<std::string> PolicySpecToText(const PolicySpec& spec) {
  const absl::StatusOr<v1::Policy> policy = ToProto(spec);
  if (!policy.ok()) return policy.status();
  return PrintText(*policy);
}

absl::StatusOr<std::string> PolicySpecToJson(const PolicySpec& spec) {
  const absl::StatusOr<v1::Policy> policy = ToProto(spec);
  if (!policy.ok()) return policy.status();
  return PrintJson(*policy);
}

absl::StatusOr<std::string> PolicySpecToBinary(const PolicySpec& spec) {
  const absl::StatusOr<v1::Policy> policy = ToProto(spec);
  if (!policy.ok()) return policy.status();
  return policy->SerializeAsString();
}

}  // namespace postern
