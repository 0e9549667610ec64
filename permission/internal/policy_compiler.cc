#include "permission/internal/policy_compiler.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "permission/internal/argument_pattern.h"
#include "permission/internal/precedence.h"

namespace postern {
namespace internal {
namespace {

// What braces may make of a policy's text, each alternative counted as so many
// bytes more than it has: some MiB, and some times the text.
constexpr size_t kAlternativeBytes = 64;
constexpr size_t kMaxExpandedBytes = size_t{4} << 20;
constexpr size_t kMaxExpansion = 4;

size_t BytesOf(const std::vector<fs::PathPattern>& alternatives) {
  if (alternatives.size() < 2) return 0;
  size_t bytes = 0;
  for (const fs::PathPattern& path : alternatives) {
    bytes += kAlternativeBytes;
    for (const fs::PatternComponent& component : path.components) {
      bytes += component.text.size() + 1;
    }
  }
  return bytes;
}

size_t BytesOf(const ArgumentPattern& argument) {
  if (argument.literals.size() < 2) return BytesOf(argument.paths);
  size_t bytes = 0;
  for (const std::string& literal : argument.literals) {
    bytes += kAlternativeBytes + literal.size();
  }
  return bytes;
}

// What the braces of a pattern became.
size_t ExpandedBytes(const ParsedPattern& parsed) {
  size_t bytes = BytesOf(parsed.paths);
  for (const ArgumentPattern& argument : parsed.call.args) {
    bytes += BytesOf(argument);
  }
  bytes += BytesOf(parsed.command.programs);
  if (parsed.command.arguments == nullptr) return bytes;
  for (const ArgumentPattern& argument : parsed.command.arguments->args) {
    bytes += BytesOf(argument);
  }
  return bytes;
}

absl::Status TooLarge() {
  return absl::ResourceExhaustedError("the path rules are too large");
}

absl::Status CheckLayer(const LayerSummary& layer, size_t index) {
  if (layer.default_effect != Effect::kAsk) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "layer ", index + 1, " \"", layer.name,
      "\": a layer's default is deny or allow; to ask by default, add a rule "
      "that asks for \"all\""));
}

absl::Status CheckLimits(Effect effect, const RuleLimits* limits) {
  if (effect != Effect::kDeny || limits == nullptr) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "a deny rule cannot expire, be used up or end with a session");
}

// The pattern of a rule; text is not copied.
absl::StatusOr<ParsedPattern> ParseRule(const RuleTable& rules, uint32_t number,
                                        const PatternScope& scope) {
  const Effect effect = rules.effect(number);
  const PermissionSet permissions = rules.permissions(number);
  return rules.pattern_kind(number) == RulePattern::Kind::kText
             ? ParsePatternText(effect, permissions, rules.pattern_text(number),
                                scope)
             : ParsePattern(effect, permissions, rules.Pattern(number), scope);
}

// Not in force: the links of all its names led elsewhere before.
bool LedElsewhere(const ParsedPattern& parsed) {
  return (parsed.kind == ParsedPattern::Kind::kPaths && parsed.paths.empty()) ||
         (parsed.kind == ParsedPattern::Kind::kCommand &&
          parsed.command.MatchesNothing()) ||
         (parsed.kind == ParsedPattern::Kind::kEndpoint &&
          parsed.endpoints.empty());
}

}  // namespace

absl::StatusOr<std::unique_ptr<const CompiledPolicy>> PolicyCompiler::Compile(
    const PolicySpec& spec, std::shared_ptr<PathBinder> binder,
    RuleTable* rules, std::vector<PolicyWarning>* warnings,
    size_t max_patterns) {
  std::unique_ptr<CompiledPolicy> policy(new CompiledPolicy());
  absl::StatusOr<std::string> base = ParseBaseDirectory(spec.base_directory);
  if (!base.ok()) return base.status();
  policy->base_directory_ = *std::move(base);
  const PatternScope scope = {{policy->base_directory_, &spec.variables},
                              spec.lenient_wildcards,
                              std::move(binder)};
  PolicyCompiler compiler(max_patterns, policy.get());
  absl::Status status = compiler.AddLayers(rules->layers());
  if (status.ok()) status = compiler.AddRules(scope, rules, warnings);
  if (!status.ok()) return status;
  compiler.Build();
  return std::unique_ptr<const CompiledPolicy>(std::move(policy));
}

absl::Status PolicyCompiler::AddLayers(
    const std::vector<LayerSummary>& layers) {
  for (const LayerSummary& layer : layers) {
    absl::Status status = CheckLayer(layer, policy_->layers_.size());
    if (!status.ok()) return status;
    policy_->layers_.push_back(layer);
    policy_->marks_denials_ =
        policy_->marks_denials_ || layer.conceal || layer.mode == Mode::kAudit;
    policy_->grants_ =
        policy_->grants_ ||
        (layer.mode == Mode::kEnforce && layer.default_effect == Effect::kDeny);
    if (layer.precedence == Precedence::kMostSpecific)
      policy_->paths_.KeepPatterns();
  }
  return absl::OkStatus();
}

absl::Status PolicyCompiler::AddRules(const PatternScope& scope,
                                      RuleTable* rules,
                                      std::vector<PolicyWarning>* warnings) {
  text_bytes_ = rules->arena().size();
  RuleWarnings found(*rules, policy_->base_directory_, warnings);
  policy_->paths_.UseText(rules->mutable_arena());
  for (uint32_t number = 0; number < rules->size(); ++number) {
    absl::Status status = AddRule(*rules, number, scope, &found);
    if (!status.ok()) return AtRule(*rules, number, status);
  }
  found.Finish();
  return absl::OkStatus();
}

absl::Status PolicyCompiler::AddRule(const RuleTable& rules, uint32_t number,
                                     const PatternScope& scope,
                                     RuleWarnings* warnings) {
  const Effect effect = rules.effect(number);
  const RuleLimits* const limits = rules.limits(number);
  absl::Status status = CheckLimits(effect, limits);
  if (!status.ok()) return status;
  if (scope.binder != nullptr) scope.binder->StartRule(rules, number);
  absl::StatusOr<ParsedPattern> parsed = ParseRule(rules, number, scope);
  if (!parsed.ok()) return parsed.status();
  status = CountExpanded(ExpandedBytes(*parsed));
  if (!status.ok()) return status;
  warnings->Add(number, *parsed);
  Candidate candidate = {};
  candidate.rule = number & Candidate::kMaxRules;
  candidate.layer = static_cast<uint32_t>(rules.layer(number)) & 63;
  candidate.effect_bits = static_cast<uint32_t>(effect) & 3;
  candidate.has_uses = limits != nullptr && limits->uses != nullptr ? 1 : 0;
  candidate.permissions = parsed->permissions.bits();
  if (limits != nullptr && limits->expires.has_value()) {
    policy_->expiries_.push_back(*limits->expires);
  }
  if (LedElsewhere(*parsed)) return absl::OkStatus();
  AddDeniedLookUp(candidate);
  if (parsed->kind != ParsedPattern::Kind::kWhole) {
    if (limits == nullptr) {
      policy_->narrower_.Add(candidate, policy_->layers_[candidate.layer]);
    } else if (effect == Effect::kAsk) {
      policy_->limited_asks_.push_back({candidate, limits});
    }
  }
  return AddPattern(*parsed, candidate, limits);
}

// Who asks for a permission as a whole asks for names, too.
void PolicyCompiler::AddDeniedLookUp(Candidate candidate) {
  const uint32_t look_up = PermissionSet(Permission::kNetResolve).bits();
  if ((candidate.permissions & look_up) == 0) return;
  if (candidate.effect() != Effect::kDeny) return;
  policy_->denies_look_ups_ = true;
  candidate.permissions = PermissionSet(Permission::kNetConnect).bits() |
                          PermissionSet(Permission::kNetListen).bits();
  policy_->narrower_.Add(candidate, policy_->layers_[candidate.layer]);
}

absl::Status PolicyCompiler::CountPatterns(size_t count) {
  patterns_ += count;
  if (patterns_ <= max_patterns_) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the patterns so far expand to more than ", max_patterns_));
}

absl::Status PolicyCompiler::CountExpanded(size_t bytes) {
  expanded_bytes_ += bytes;
  const size_t limit = kMaxExpandedBytes + kMaxExpansion * text_bytes_;
  if (expanded_bytes_ <= limit) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "the braces so far expand to more than ", limit, " bytes (",
      kMaxExpandedBytes >> 20, " MiB and ", kMaxExpansion,
      " times the text of all rules), expected fewer alternatives"));
}

absl::Status PolicyCompiler::AddPaths(const std::vector<fs::PathPattern>& paths,
                                      const Candidate& candidate,
                                      const RuleLimits* limits) {
  absl::Status status = CountPatterns(paths.size());
  if (!status.ok()) return status;
  for (const fs::PathPattern& path : paths) {
    if (!policy_->paths_.Add(path, candidate, limits)) return TooLarge();
  }
  return absl::OkStatus();
}

absl::Status PolicyCompiler::AddPlainPath(const fs::PlainPath& path,
                                          const Candidate& candidate,
                                          const RuleLimits* limits) {
  absl::Status status = CountPatterns(1);
  if (!status.ok()) return status;
  return policy_->paths_.AddPlain(path, candidate, limits) ? absl::OkStatus()
                                                           : TooLarge();
}

absl::Status PolicyCompiler::AddPattern(const ParsedPattern& parsed,
                                        Candidate candidate,
                                        const RuleLimits* limits) {
  switch (parsed.kind) {
    case ParsedPattern::Kind::kWhole:
      candidate.set = Candidate::kWholeSet;
      if (limits != nullptr) {
        policy_->limited_whole_.push_back({candidate, limits});
        policy_->limited_whole_permissions_ |= candidate.permissions;
      } else {
        policy_->whole_.push_back(candidate);
      }
      break;
    case ParsedPattern::Kind::kPaths: {
      Candidate for_links = candidate;
      for_links.permissions &= PermissionSet(Permission::kFsRead).bits();
      absl::Status status = AddPaths(parsed.paths, candidate, limits);
      if (!status.ok() || for_links.permissions == 0) return status;
      return AddPaths(parsed.links, for_links, limits);
    }
    case ParsedPattern::Kind::kPlainPath:
      return AddPlainPath(parsed.plain, candidate, limits);
    case ParsedPattern::Kind::kName:
      policy_->names_.Add(parsed.name, candidate, limits);
      break;
    case ParsedPattern::Kind::kCall:
      policy_->calls_.Add(parsed.call, candidate, limits);
      break;
    case ParsedPattern::Kind::kCommand: {
      absl::Status status = CountPatterns(parsed.command.programs.size() + 1);
      if (!status.ok()) return status;
      policy_->commands_.Add(parsed.command, candidate, limits);
      break;
    }
    case ParsedPattern::Kind::kSecret:
      policy_->secrets_.Add(parsed.secret, candidate, limits);
      break;
    case ParsedPattern::Kind::kEndpoint: {
      absl::Status status =
          CountPatterns(parsed.endpoints.size() + parsed.resolves_to.size());
      if (!status.ok()) return status;
      policy_->endpoints_.Add(parsed, candidate, limits);
      break;
    }
  }
  return absl::OkStatus();
}

void PolicyCompiler::Build() {
  std::sort(policy_->expiries_.begin(), policy_->expiries_.end());
  policy_->expiries_.erase(
      std::unique(policy_->expiries_.begin(), policy_->expiries_.end()),
      policy_->expiries_.end());
  const std::vector<LayerTerms>& layers = policy_->layers_;
  policy_->whole_ = DecidingCandidates(policy_->whole_, layers);
  policy_->paths_.Build(layers, policy_->whole_);
  policy_->names_.Build(layers);
  policy_->calls_.Build(layers);
  policy_->commands_.Build(layers);
  policy_->secrets_.Build(layers);
  policy_->endpoints_.Build();
}

}  // namespace internal
}  // namespace postern
