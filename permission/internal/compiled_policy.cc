#include "permission/internal/compiled_policy.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "net/address_class.h"
#include "net/endpoint.h"
#include "permission/internal/argument_pattern.h"

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

// How a rule without a resource compares.
int BelowAll(uint32_t, uint32_t current) {
  return current == Candidate::kWholeSet ? 0 : -1;
}

// Not in force: the links of all its names led elsewhere before.
bool LedElsewhere(const ParsedPattern& parsed) {
  return (parsed.kind == ParsedPattern::Kind::kPaths && parsed.paths.empty()) ||
         (parsed.kind == ParsedPattern::Kind::kEndpoint &&
          parsed.endpoints.empty());
}

}  // namespace

absl::StatusOr<std::unique_ptr<const CompiledPolicy>> CompiledPolicy::Compile(
    const PolicySpec& spec, std::shared_ptr<PathBinder> binder,
    RuleTable* rules, std::vector<PolicyWarning>* warnings,
    size_t max_patterns) {
  std::unique_ptr<CompiledPolicy> policy(new CompiledPolicy(max_patterns));
  absl::StatusOr<std::string> base = ParseBaseDirectory(spec.base_directory);
  if (!base.ok()) return base.status();
  policy->base_directory_ = *std::move(base);
  const PatternScope scope = {{policy->base_directory_, &spec.variables},
                              spec.lenient_wildcards,
                              std::move(binder)};
  absl::Status status = policy->AddLayers(rules->layers());
  if (status.ok()) status = policy->AddRules(scope, rules, warnings);
  if (!status.ok()) return status;
  policy->Build(rules->layers());
  return std::unique_ptr<const CompiledPolicy>(std::move(policy));
}

absl::Status CompiledPolicy::AddLayers(
    const std::vector<LayerSummary>& layers) {
  for (const LayerSummary& layer : layers) {
    absl::Status status = CheckLayer(layer, layers_.size());
    if (!status.ok()) return status;
    layers_.push_back(
        {layer.default_effect, layer.precedence, layer.mode, layer.conceal});
    marks_denials_ =
        marks_denials_ || layer.conceal || layer.mode == Mode::kAudit;
    grants_ = grants_ || (layer.mode == Mode::kEnforce &&
                          layer.default_effect == Effect::kDeny);
    if (layer.precedence == Precedence::kMostSpecific) paths_.KeepPatterns();
  }
  return absl::OkStatus();
}

absl::Status CompiledPolicy::AddRules(const PatternScope& scope,
                                      RuleTable* rules,
                                      std::vector<PolicyWarning>* warnings) {
  text_bytes_ = rules->arena().size();
  RuleWarnings found(*rules, base_directory_, warnings);
  paths_.UseText(rules->mutable_arena());
  for (uint32_t number = 0; number < rules->size(); ++number) {
    absl::Status status = AddRule(*rules, number, scope, &found);
    if (!status.ok()) return AtRule(*rules, number, status);
  }
  found.Finish();
  return absl::OkStatus();
}

absl::Status CompiledPolicy::AddRule(const RuleTable& rules, uint32_t number,
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
    expiries_.push_back(*limits->expires);
  }
  if (LedElsewhere(*parsed)) return absl::OkStatus();
  AddDeniedLookUp(candidate);
  if (parsed->kind != ParsedPattern::Kind::kWhole) {
    if (limits == nullptr) {
      narrower_.Add(candidate, layers_[candidate.layer]);
    } else if (effect == Effect::kAsk) {
      limited_asks_.push_back({candidate, limits});
    }
  }
  return AddPattern(*parsed, candidate, limits);
}

// Who asks for a permission as a whole asks for names, too.
void CompiledPolicy::AddDeniedLookUp(Candidate candidate) {
  const uint32_t look_up = PermissionSet(Permission::kNetResolve).bits();
  if ((candidate.permissions & look_up) == 0) return;
  if (candidate.effect() != Effect::kDeny) return;
  denies_look_ups_ = true;
  candidate.permissions = PermissionSet(Permission::kNetConnect).bits() |
                          PermissionSet(Permission::kNetListen).bits();
  narrower_.Add(candidate, layers_[candidate.layer]);
}

absl::Status CompiledPolicy::CountPatterns(size_t count) {
  patterns_ += count;
  if (patterns_ <= max_patterns_) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the patterns so far expand to more than ", max_patterns_));
}

absl::Status CompiledPolicy::CountExpanded(size_t bytes) {
  expanded_bytes_ += bytes;
  const size_t limit = kMaxExpandedBytes + kMaxExpansion * text_bytes_;
  if (expanded_bytes_ <= limit) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "the braces so far expand to more than ", limit, " bytes (",
      kMaxExpandedBytes >> 20, " MiB and ", kMaxExpansion,
      " times the text of all rules), expected fewer alternatives"));
}

absl::Status CompiledPolicy::AddPaths(const std::vector<fs::PathPattern>& paths,
                                      const Candidate& candidate,
                                      const RuleLimits* limits) {
  absl::Status status = CountPatterns(paths.size());
  if (!status.ok()) return status;
  for (const fs::PathPattern& path : paths) {
    if (!paths_.Add(path, candidate, limits)) return TooLarge();
  }
  return absl::OkStatus();
}

absl::Status CompiledPolicy::AddPlainPath(const fs::PlainPath& path,
                                          const Candidate& candidate,
                                          const RuleLimits* limits) {
  absl::Status status = CountPatterns(1);
  if (!status.ok()) return status;
  return paths_.AddPlain(path, candidate, limits) ? absl::OkStatus()
                                                  : TooLarge();
}

absl::Status CompiledPolicy::AddPattern(const ParsedPattern& parsed,
                                        Candidate candidate,
                                        const RuleLimits* limits) {
  switch (parsed.kind) {
    case ParsedPattern::Kind::kWhole:
      candidate.set = Candidate::kWholeSet;
      if (limits != nullptr) {
        limited_whole_.push_back({candidate, limits});
        limited_whole_permissions_ |= candidate.permissions;
      } else {
        whole_.push_back(candidate);
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
      names_.Add(parsed.name, candidate, limits);
      break;
    case ParsedPattern::Kind::kCall:
      calls_.Add(parsed.call, candidate, limits);
      break;
    case ParsedPattern::Kind::kSecret:
      secrets_.Add(parsed.secret, candidate, limits);
      break;
    case ParsedPattern::Kind::kEndpoint: {
      absl::Status status =
          CountPatterns(parsed.endpoints.size() + parsed.resolves_to.size());
      if (!status.ok()) return status;
      endpoints_.Add(parsed, candidate, limits);
      break;
    }
  }
  return absl::OkStatus();
}

void CompiledPolicy::Build(const std::vector<LayerSummary>& summaries) {
  std::sort(expiries_.begin(), expiries_.end());
  expiries_.erase(std::unique(expiries_.begin(), expiries_.end()),
                  expiries_.end());
  std::vector<Layer> layers(summaries.size());  // what the indexes read of them
  for (size_t i = 0; i < layers.size(); ++i) {
    layers[i].precedence = summaries[i].precedence;
  }
  whole_ = DecidingCandidates(whole_, layers);
  paths_.Build(layers, layers_, whole_);
  names_.Build(layers);
  calls_.Build(layers);
  secrets_.Build(layers);
  endpoints_.Build();
}

void CompiledPolicy::EvaluateWhole(const Query& query,
                                   LayerStates* states) const {
  // No other rule has been offered yet: those without a resource all rank
  // the same.
  const auto same = [](uint32_t, uint32_t) { return 0; };
  states->OfferAll(whole_, query.permission_bit(), same);
}

void CompiledPolicy::EvaluateResource(const Query& query, LayerStates* states,
                                      Narrower* narrower) const {
  switch (query.access().form()) {
    case Access::Form::kPath:
      return paths_.Evaluate(query, states);
    case Access::Form::kSubtree:
      return EvaluateSubtree(query, states, narrower);
    case Access::Form::kName:
      EvaluateWhole(query, states);
      return names_.Evaluate(query, states);
    case Access::Form::kCall:
      EvaluateWhole(query, states);
      return calls_.Evaluate(query, states);
    case Access::Form::kSecret:
      EvaluateWhole(query, states);
      return secrets_.Evaluate(query, states);
    case Access::Form::kEndpoint:
      return EvaluateEndpoint(query, states);
    case Access::Form::kResolved:
      return EvaluateResolved(query, states);
    case Access::Form::kWhole:
      EvaluateWhole(query, states);
      narrower->Add(narrower_);
      for (const LimitedWhole& rule : limited_asks_) {
        if (InForce(*rule.limits, query.scope())) {
          narrower->Add(rule.candidate, layers_[rule.candidate.layer]);
        }
      }
  }
}

// Rules without a resource, and those for a port alone.
void CompiledPolicy::EvaluateEveryHost(const net::Endpoint& endpoint,
                                       uint32_t bit, EndpointIndex::Holds holds,
                                       LayerStates* states) const {
  states->OfferAll(whole_, bit, [](uint32_t, uint32_t) { return 0; });
  endpoints_.Evaluate(endpoint, bit, EndpointIndex::Hosts::kEvery, holds,
                      states);
  for (const LimitedWhole& rule : limited_whole_) {
    if ((rule.candidate.permissions & bit) != 0 &&
        holds(rule.candidate, *rule.limits)) {
      states->OfferOne(rule.candidate, BelowAll);
    }
  }
}

void CompiledPolicy::EvaluateHost(const net::Endpoint& endpoint, uint32_t bit,
                                  EndpointIndex::Holds holds,
                                  LayerStates* states) const {
  EvaluateEveryHost(endpoint, bit, holds, states);
  endpoints_.Evaluate(endpoint, bit, EndpointIndex::Hosts::kOne, holds, states);
}

// A name that may not be looked up is denied for whatever it is looked up for.
void CompiledPolicy::EvaluateEndpoint(const Query& query,
                                      LayerStates* states) const {
  const auto holds = [&](const Candidate&, const RuleLimits& limits) {
    return InForce(limits, query.scope());
  };
  EvaluateHost(query.endpoint(), query.permission_bit(), holds, states);
  if (!denies_look_ups_ || !LooksUp(query)) return;
  LayerStates look_up = states->Fresh();
  EvaluateHost(net::Endpoint::Name(query.endpoint().host(), absl::nullopt),
               PermissionSet(Permission::kNetResolve).bits(), holds, &look_up);
  states->TakeDenials(look_up);
}

// The name was granted, which took the uses of its rules, or a person was asked
// about it.
void CompiledPolicy::EvaluateResolved(const Query& query,
                                      LayerStates* states) const {
  const uint32_t bit = query.permission_bit();
  const auto held = [&](const Candidate&, const RuleLimits& limits) {
    return InForceIfUsesLeft(limits, query.scope());
  };
  const auto holds = [&](const Candidate&, const RuleLimits& limits) {
    return InForce(limits, query.scope());
  };
  LayerStates named = states->Fresh(), every_host = states->Fresh();
  EvaluateHost(query.endpoint(), bit, held, &named);
  EvaluateEveryHost(query.address(), bit, holds, &every_host);
  endpoints_.Evaluate(query.address(), bit, EndpointIndex::Hosts::kOne, holds,
                      states);
  const uint64_t leading =
      net::IsPublic(query.address().address())
          ? UINT64_MAX
          : endpoints_.LayersLeadingTo(query.endpoint(), query.address(), bit,
                                       held, named);
  for (size_t i = 0; i < layers_.size(); ++i) {
    const bool leads = (leading >> i & 1) != 0;
    // A name that a layer does not grant leads nowhere in it.
    if (named.effect(i) == Effect::kDeny) {
      states->Take(i, named);
    } else if ((*states)[i].matched) {
      continue;  // a rule for the address
    } else if (NameStandsFor(every_host[i], named[i], layers_[i], leads)) {
      states->Grant(i);
    } else {
      states->TakeBeside(i, named, every_host);
    }
  }
}

// Whether the grant of a name is good for an address that no rule is about but
// `every_host`, which is for every host: it is for public addresses, and those
// that the name may lead to. For these what is for every host was asked with
// the name, and a rule for the name that is above it stays above; who was asked
// about the name said nothing of others.
bool CompiledPolicy::NameStandsFor(const LayerState& every_host,
                                   const LayerState& name,
                                   const LayerInfo& layer, bool leads) const {
  if (!name.matched) return false;
  if (!every_host.matched) {
    return leads && layer.default_effect == Effect::kDeny;
  }
  const bool above = layer.precedence == Precedence::kMostSpecific &&
                     endpoints_.IsAbove(name, every_host);
  return leads && (above || every_host.effect != Effect::kDeny);
}

// Limited rules come last: of rules that say the same, one that stays is named.
void CompiledPolicy::EvaluateLimitedWhole(const Query& query,
                                          LayerStates* states) const {
  for (const LimitedWhole& rule : limited_whole_) {
    if ((rule.candidate.permissions & query.permission_bit()) != 0 &&
        InForce(*rule.limits, query.scope())) {
      states->OfferOne(rule.candidate, BelowAll);
    }
  }
}

bool CompiledPolicy::ExpiresWithin(absl::Time after, absl::Time until) const {
  const auto next = std::upper_bound(expiries_.begin(), expiries_.end(), after);
  return next != expiries_.end() && *next <= until;
}

bool CompiledPolicy::HasLimitedWhole(uint32_t bits) const {
  return std::any_of(limited_whole_.begin(), limited_whole_.end(),
                     [&](const LimitedWhole& rule) {
                       return (rule.candidate.permissions & bits) != 0;
                     });
}

// The object on top and all of the subtree are two questions: a rule without
// a resource must be heard in both before the stricter answer is taken.
void CompiledPolicy::EvaluateSubtree(const Query& query, LayerStates* states,
                                     Narrower* narrower) const {
  LayerStates all = *states;
  paths_.EvaluateSubtree(query, states, &all, narrower);
  EvaluateLimitedWhole(query, states);
  EvaluateLimitedWhole(query, &all);
  states->TakeStricter(all);
}

void CompiledPolicy::Decide(const Query& query, const Outcome::Place& place,
                            std::vector<LayerAnswerState>* trace,
                            Outcome* outcome) const {
  LayerStates states(layers_);
  if (trace != nullptr) states.NoteDeciders();
  Narrower narrower;
  Evaluate(query, &states, &narrower);
  outcome->AddLayers(layers_, states, place, trace);
  outcome->AddNarrower(narrower, query.permission_bit(), place);
}

void CompiledPolicy::Evaluate(const Query& query, LayerStates* states,
                              Narrower* narrower) const {
  EvaluateResource(query, states, narrower);
  switch (query.access().form()) {
    case Access::Form::kSubtree:
    case Access::Form::kEndpoint:
    case Access::Form::kResolved:
      return;  // it was asked in each part
    case Access::Form::kWhole:
    case Access::Form::kPath:
    case Access::Form::kName:
    case Access::Form::kCall:
    case Access::Form::kSecret:
      EvaluateLimitedWhole(query, states);
  }
}

}  // namespace internal
}  // namespace postern
