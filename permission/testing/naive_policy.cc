#include "permission/testing/naive_policy.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/types/optional.h"
#include "permission/rule.h"
#include "permission/testing/naive_call.h"
#include "permission/testing/naive_command.h"
#include "permission/testing/naive_endpoint.h"
#include "permission/testing/naive_path.h"

namespace postern {
namespace testing {
namespace {

using Kind = RulePattern::Kind;
using Form = Access::Form;

constexpr size_t kMaxNameBytes = 4095;

absl::Status Bad(absl::string_view what) {
  return absl::InvalidArgumentError(what);
}

// ---- Reading the rules ----

struct NaiveRule {
  Effect effect;
  PermissionSet permissions;
  Kind kind;
  RuleLimits limits;
  std::vector<NaiveAlternative> paths;
  NaiveName name;
  NaiveCall call;
  NaiveCommand command;
  NaiveSecret secret;
  absl::optional<NaiveEndpointPattern> endpoint;
  std::vector<NaiveEndpointPattern> resolves_to;
};

struct NaiveLayer {
  Effect default_effect = Effect::kDeny;
  Precedence precedence = Precedence::kDenyOverrides;
  Mode mode = Mode::kEnforce;
  bool conceal = false;
  std::vector<NaiveRule> rules;
};

std::vector<Permission> Members(PermissionSet set) {
  std::vector<Permission> members;
  for (int i = 1; i < kPermissionLimit; ++i) {
    const auto permission = static_cast<Permission>(i);
    if (set.Contains(permission)) members.push_back(permission);
  }
  return members;
}

PermissionSet PathPermissions() {
  PermissionSet set;
  for (Permission p : Members(PermissionSet::All())) {
    if (ResourceKindOf(p) == ResourceKind::kPath) set = set | PermissionSet(p);
  }
  return set;
}

bool IsNet(ResourceKind kind) {
  return kind == ResourceKind::kEndpoint || kind == ResourceKind::kHostName;
}

bool LooksLikePath(const RulePattern& pattern) {
  return pattern.kind() == Kind::kText &&
         (absl::StartsWith(pattern.text(), "/") ||
          absl::StartsWith(pattern.text(), "exact:/"));
}

// What the rule is about; kNone for a rule without a resource.
absl::StatusOr<ResourceKind> RuleKind(const Rule& rule) {
  const bool whole = rule.pattern.kind() == Kind::kWhole;
  if (rule.permissions.empty()) return Bad("no permission");
  if (rule.permissions == PermissionSet::All()) {
    if (whole) return ResourceKind::kNone;
    if (LooksLikePath(rule.pattern)) return ResourceKind::kPath;
    return Bad("\"all\" takes no such resource");
  }
  const std::vector<Permission> members = Members(rule.permissions);
  if (whole) return ResourceKind::kNone;
  const ResourceKind kind = ResourceKindOf(members[0]);
  for (Permission p : members) {
    const ResourceKind other = ResourceKindOf(p);
    if (other != kind && !(IsNet(kind) && IsNet(other))) {
      return Bad("permissions of several kinds");
    }
  }
  if (kind == ResourceKind::kNone) return Bad("takes no resource");
  return kind;
}

Kind PatternKindOf(ResourceKind kind) {
  switch (kind) {
    case ResourceKind::kCall:
      return Kind::kCall;
    case ResourceKind::kSecret:
      return Kind::kSecret;
    case ResourceKind::kNone:
      return Kind::kWhole;
    case ResourceKind::kPath:
    case ResourceKind::kEndpoint:
    case ResourceKind::kHostName:
    case ResourceKind::kCommand:
    case ResourceKind::kProcess:
    case ResourceKind::kName:
    case ResourceKind::kFact:
    case ResourceKind::kModule:
      break;
  }
  return Kind::kText;
}

// A class, or an app's id: no number.
bool IsProcess(const NaiveName& name) {
  if (name.prefix && name.text.empty()) return true;
  if (name.text == "@self" || name.text == "@children" ||
      name.text == "@others") {
    return true;
  }
  return name.text[0] != '@' && !absl::StrContains(name.text, "/") &&
         name.text.find_first_not_of("-0123456789") != std::string::npos;
}

absl::Status ParseName(const RulePattern& pattern, ResourceKind kind,
                       NaiveRule* rule) {
  if (kind == ResourceKind::kName && absl::StartsWith(pattern.text(), "$")) {
    return Bad("\"$\" before a variable's name");
  }
  auto name = ParseNaiveName(pattern.text());
  if (!name.ok()) return name.status();
  rule->name = *std::move(name);
  if (kind == ResourceKind::kName && absl::StrContains(rule->name.text, "=")) {
    return Bad("\"=\" in a variable's name");
  }
  const size_t scheme = rule->name.text.find("://");
  if (kind == ResourceKind::kModule && rule->name.prefix &&
      scheme != std::string::npos) {
    const std::string rest = rule->name.text.substr(scheme + 3);
    if (!rest.empty() && !absl::StrContains(rest, "/")) {
      return Bad("the beginning of a host");
    }
  }
  if (kind == ResourceKind::kProcess && !IsProcess(rule->name)) {
    return Bad("no process");
  }
  if (kind == ResourceKind::kFact && rule->name.prefix) {
    return Bad("a kind of fact has no wildcard");
  }
  return absl::OkStatus();
}

absl::Status ParsePath(const RulePattern& pattern, bool may_be_open,
                       const NaivePathContext& context, NaiveRule* rule) {
  auto paths = ParseNaivePath(pattern.text(), context);
  if (!paths.ok()) return paths.status();
  rule->paths = *std::move(paths);
  for (const NaiveAlternative& path : rule->paths) {
    if (!may_be_open && !path.sealed) return Bad("leaves what is below open");
  }
  return absl::OkStatus();
}

absl::Status ParseCall(const RulePattern& pattern, bool may_be_open,
                       const NaivePathContext& context, NaiveRule* rule) {
  auto call = ParseNaiveCall(pattern, context);
  if (!call.ok()) return call.status();
  rule->call = *std::move(call);
  if (!may_be_open && !rule->call.sealed) {
    return Bad("leaves what is below open");
  }
  return absl::OkStatus();
}

absl::Status ParseCommand(const RulePattern& pattern, bool may_be_open,
                          const NaivePathContext& context, NaiveRule* rule) {
  auto command = ParseNaiveCommand(pattern.text(), context);
  if (!command.ok()) return command.status();
  rule->command = *std::move(command);
  if (rule->command.through && rule->effect != Effect::kAllow) {
    return Bad("goes with what is allowed");
  }
  if (!may_be_open && !rule->command.args.sealed) {
    return Bad("leaves what is below open");
  }
  return absl::OkStatus();
}

// For a look-up, a name and no port; of "net", look-ups are left out where the
// pattern is none.
absl::Status ParseEndpoint(const RulePattern& pattern, NaiveRule* rule) {
  const PermissionSet look_up(Permission::kNetResolve);
  auto endpoint = ParseNaiveEndpoint(pattern.text());
  if (!endpoint.ok()) return endpoint.status();
  rule->endpoint = *std::move(endpoint);
  const bool name = rule->endpoint->kind == NaiveEndpointPattern::Kind::kName ||
                    rule->endpoint->kind == NaiveEndpointPattern::Kind::kBelow;
  if (rule->permissions.Contains(Permission::kNetResolve) &&
      (!name || rule->endpoint->ports)) {
    if (Members(rule->permissions).size() != 3) return Bad("not looked up");
    rule->permissions = PermissionSet(Permission::kNetConnect) |
                        PermissionSet(Permission::kNetListen);
  }
  if (pattern.parts().empty()) return absl::OkStatus();
  if (!name || rule->effect == Effect::kDeny || rule->permissions == look_up) {
    return Bad("leads nowhere");
  }
  for (const std::string& part : pattern.parts()) {
    auto address = ParseNaiveEndpoint(part);
    if (!address.ok()) return address.status();
    rule->resolves_to.push_back(*std::move(address));
  }
  return absl::OkStatus();
}

absl::Status ParsePattern(const RulePattern& pattern, ResourceKind kind,
                          bool may_be_open, const NaivePathContext& context,
                          NaiveRule* rule) {
  switch (pattern.kind()) {
    case Kind::kWhole:
      return absl::OkStatus();
    case Kind::kCall:
      return ParseCall(pattern, may_be_open, context, rule);
    case Kind::kSecret: {
      if (pattern.parts().empty()) return Bad("no key at all");
      auto secret = ParseNaiveSecret(pattern.parts());
      if (!secret.ok()) return secret.status();
      rule->secret = *std::move(secret);
      return absl::OkStatus();
    }
    case Kind::kText:
    case Kind::kResolving:
      break;
  }
  if (IsNet(kind)) return ParseEndpoint(pattern, rule);
  if (kind == ResourceKind::kCommand) {
    return ParseCommand(pattern, may_be_open, context, rule);
  }
  return kind == ResourceKind::kPath
             ? ParsePath(pattern, may_be_open, context, rule)
             : ParseName(pattern, kind, rule);
}

absl::StatusOr<NaiveRule> ParseRule(const Rule& rule, bool lenient,
                                    const NaivePathContext& context) {
  const absl::StatusOr<ResourceKind> kind = RuleKind(rule);
  if (!kind.ok()) return kind.status();
  const bool resolving =
      IsNet(*kind) && rule.pattern.kind() == Kind::kResolving;
  if (PatternKindOf(*kind) != rule.pattern.kind() && !resolving) {
    return Bad("other kind");
  }
  if (rule.effect == Effect::kDeny && rule.limits.any()) {
    return Bad("a denial with a limit");
  }
  NaiveRule out;
  out.effect = rule.effect;
  out.permissions = rule.permissions;
  if (*kind == ResourceKind::kPath) {
    out.permissions = out.permissions & PathPermissions();
  }
  out.kind = rule.pattern.kind();
  out.limits = rule.limits;
  const bool may_be_open = lenient || rule.effect == Effect::kAllow;
  absl::Status status =
      ParsePattern(rule.pattern, *kind, may_be_open, context, &out);
  if (!status.ok()) return status;
  return out;
}

absl::StatusOr<NaiveLayer> ParseLayer(const Layer& layer, bool lenient,
                                      const NaivePathContext& context) {
  if (layer.default_effect == Effect::kAsk) return Bad("default must not ask");
  NaiveLayer out;
  out.default_effect = layer.default_effect;
  out.precedence = layer.precedence;
  out.mode = layer.mode;
  out.conceal = layer.conceal;
  for (const Rule& rule : layer.rules) {
    auto parsed = ParseRule(rule, lenient, context);
    if (!parsed.ok()) return parsed.status();
    out.rules.push_back(*std::move(parsed));
  }
  return out;
}

absl::StatusOr<NaivePathContext> ReadContext(const PolicySpec& spec) {
  NaivePathContext context;
  context.variables = spec.variables;
  if (spec.base_directory.empty()) return context;
  if (spec.base_directory[0] != '/') return Bad("base must be absolute");
  context.base = NaiveNormalize(spec.base_directory, absl::nullopt);
  if (!context.base) return Bad("invalid base directory");
  return context;
}

// ---- Deciding ----

// An access with its resource read once, and the moment it is decided at.
struct Query {
  const Access& access;
  NaivePath path;  // kPath, kSubtree
  absl::Time now;
  absl::string_view session;
  const Signatures& signatures;
  const absl::optional<NaivePath>& base;
  NaiveEndpoint endpoint;  // kEndpoint, the name of kResolved
  NaiveEndpoint address;   // kResolved
  const std::set<const UseCounter*>& taken;
  NaiveGivenProgram program;  // kCommand
};

bool HasUsesLeft(const RuleLimits& limits, const Query& query) {
  return limits.uses == nullptr || limits.uses->left() > 0 ||
         query.taken.count(limits.uses.get()) > 0;
}

bool IsNameText(const Access& access) {
  const absl::string_view text = access.text();
  if (text.empty() || text.size() > kMaxNameBytes) return false;
  if (text.find('\0') != text.npos) return false;
  const bool variable =
      ResourceKindOf(access.permission()) == ResourceKind::kName;
  return !variable || !absl::StrContains(text, "=");
}

bool IsKey(absl::Span<const absl::string_view> parts) {
  for (absl::string_view part : parts) {
    if (part.size() > kMaxNameBytes || part.find('\0') != part.npos) {
      return false;
    }
  }
  return !parts.empty();
}

bool ReadEndpoints(const Access& access, ResourceKind kind, Query* query) {
  const auto endpoint = ReadNaiveEndpoint(access.text());
  if (!endpoint || !IsNet(kind)) return false;
  query->endpoint = *endpoint;
  if (kind == ResourceKind::kHostName &&
      (endpoint->port || !endpoint->host.socket.empty())) {
    return false;
  }
  if (access.form() == Form::kEndpoint) return true;
  const auto address = ReadNaiveEndpoint(access.address());
  if (!address || kind == ResourceKind::kHostName) return false;
  query->address = *address;
  return !endpoint->host.name.empty() && !address->host.bits.empty() &&
         endpoint->port == address->port;
}

// Is the resource of the form that its permission takes, and well-formed?
bool ReadResource(const Access& access, const absl::optional<NaivePath>& base,
                  Query* query) {
  NaivePath* const path = &query->path;
  const ResourceKind kind = ResourceKindOf(access.permission());
  switch (access.form()) {
    case Form::kWhole:
      return true;
    case Form::kPath:
    case Form::kSubtree: {
      const auto normal = NaiveNormalize(access.text(), base);
      if (normal) *path = *normal;
      return normal && kind == ResourceKind::kPath;
    }
    case Form::kName:
      return IsNameText(access) &&
             (kind == ResourceKind::kName || kind == ResourceKind::kFact ||
              kind == ResourceKind::kModule ||
              (kind == ResourceKind::kProcess &&
               IsProcess({std::string(access.text()), false})));
    case Form::kCall:
      return IsNameText(access) && kind == ResourceKind::kCall;
    case Form::kCommand: {
      const auto program = ReadNaiveCommand(access, base);
      if (program) query->program = *program;
      return program && kind == ResourceKind::kCommand;
    }
    case Form::kSecret:
      return IsKey(access.parts()) && kind == ResourceKind::kSecret;
    case Form::kEndpoint:
    case Form::kResolved:
      return ReadEndpoints(access, kind, query);
  }
  return false;
}

bool IsInForce(const NaiveRule& rule, const Query& query) {
  const RuleLimits& limits = rule.limits;
  if (!rule.permissions.Contains(query.access.permission())) return false;
  if (limits.expires && *limits.expires <= query.now) return false;
  if (!HasUsesLeft(limits, query)) return false;
  return limits.session.empty() || limits.session == query.session;
}

// One way in which a rule concerns an access.
struct Hit {
  int index = 0;
  const NaiveRule* rule = nullptr;
  const NaiveAlternative* path = nullptr;  // of path rules
  bool wildcard = false;
  NaiveCover cover = {NaiveCoverage::kNone, 0, 0};  // of endpoint rules
  int64_t program_rank = 0;                         // of command rules
};

bool MatchesResource(const NaiveRule& rule, const Query& query) {
  switch (query.access.form()) {
    case Form::kName:
      return rule.name.Matches(query.access.text());
    case Form::kCall: {
      const NaiveMatch match = NaiveMatchCall(rule.call, query.access.call(),
                                              query.signatures, query.base);
      return rule.effect == Effect::kAllow ? match == NaiveMatch::kYes
                                           : match != NaiveMatch::kNo;
    }
    case Form::kSecret:
      return NaiveMatchesSecret(rule.secret, query.access.parts());
    case Form::kWhole:
    case Form::kPath:
    case Form::kSubtree:
    case Form::kEndpoint:
    case Form::kResolved:
    case Form::kCommand:  // program by program
      break;
  }
  return false;
}

bool HasWildcard(const NaiveRule& rule) {
  return rule.name.prefix || rule.call.wildcard || rule.secret.wildcard;
}

// The part of what is asked for that a hit must concern.
enum class Part {
  kAll,      // all of it: an object, a subtree with its top, the permission
  kTop,      // the object that a subtree is named by
  kBeneath,  // something in it, and not by concerning all
};

bool ConcernsPath(const NaiveAlternative& pattern, const Query& query,
                  Part part) {
  switch (part) {
    case Part::kAll:
      if (query.access.form() == Form::kSubtree) {
        return NaiveCovers(pattern, query.path);
      }
      return NaiveMatches(pattern, query.path);
    case Part::kTop:
      return NaiveMatches(pattern, query.path);
    case Part::kBeneath:
      return NaiveCanMatchBeneath(pattern, query.path);
  }
  return false;
}

bool ConcernsResource(const NaiveRule& rule, const Query& query, Part part) {
  // The permission as a whole: a rule with a resource is about something in it.
  if (query.access.form() == Form::kWhole) return part == Part::kBeneath;
  return part != Part::kBeneath && MatchesResource(rule, query);
}

void AddPrograms(const NaiveRule& rule, int index, const Query& query,
                 std::vector<Hit>* hits) {
  for (const NaiveProgram& program : rule.command.programs) {
    const NaiveMatch match = NaiveMatchCommand(
        rule.command, program, query.program, query.access, query.base);
    const bool matches = rule.effect == Effect::kAllow
                             ? match == NaiveMatch::kYes
                             : match != NaiveMatch::kNo;
    if (!matches) continue;
    Hit hit = {
        index, &rule, nullptr,
        program.any || program.path.wildcard || rule.command.args.wildcard};
    hit.program_rank = program.rank;
    hits->push_back(hit);
  }
}

// Every way in which a rule of the layer concerns that part.
std::vector<Hit> Hits(const NaiveLayer& layer, const Query& query, Part part) {
  std::vector<Hit> hits;
  for (size_t i = 0; i < layer.rules.size(); ++i) {
    const NaiveRule& rule = layer.rules[i];
    const int index = static_cast<int>(i);
    if (!IsInForce(rule, query)) continue;
    if (rule.kind == Kind::kWhole) {
      if (part != Part::kBeneath)
        hits.push_back({index, &rule, nullptr, false});
    } else if (query.access.form() == Form::kCommand) {
      if (part != Part::kBeneath) AddPrograms(rule, index, query, &hits);
    } else if (rule.paths.empty() || query.access.form() == Form::kWhole) {
      if (ConcernsResource(rule, query, part)) {
        hits.push_back({index, &rule, nullptr, HasWildcard(rule)});
      }
    } else {
      for (const NaiveAlternative& path : rule.paths) {
        if (ConcernsPath(path, query, part)) {
          hits.push_back({index, &rule, &path, path.wildcard});
        }
      }
    }
  }
  return hits;
}

// Is `a` more specific than `b`, both being about the object of the query?
bool IsAbove(const Hit& a, const Hit& b, const Query& query) {
  const bool a_whole = a.rule->kind == Kind::kWhole;
  const bool b_whole = b.rule->kind == Kind::kWhole;
  if (a_whole || b_whole) return !a_whole && b_whole;
  if (a.path != nullptr) return NaiveCompare(*a.path, *b.path, query.path) > 0;
  switch (query.access.form()) {
    case Form::kName:
      return NaiveCompareNames(a.rule->name, b.rule->name) > 0;
    case Form::kCall:
      return NaiveCompareNames(a.rule->call.function, b.rule->call.function) >
             0;
    case Form::kCommand:
      return a.program_rank > b.program_rank;
    case Form::kEndpoint:
    case Form::kResolved:
      if (a.cover.host != b.cover.host) return a.cover.host > b.cover.host;
      return a.cover.ports < b.cover.ports;
    case Form::kPath:
    case Form::kSubtree:
    case Form::kWhole:
    case Form::kSecret:
      break;
  }
  return false;
}

// Those that no other is above. For one query the order is total, so the best
// one found on the way through is above all that are not its equals.
std::vector<Hit> Highest(const NaiveLayer& layer, const std::vector<Hit>& hits,
                         const Query& query) {
  if (layer.precedence == Precedence::kDenyOverrides || hits.empty()) {
    return hits;
  }
  Hit best = hits[0];
  for (const Hit& hit : hits) {
    if (IsAbove(hit, best, query)) best = hit;
  }
  std::vector<Hit> highest;
  for (const Hit& hit : hits) {
    if (!IsAbove(best, hit, query)) highest.push_back(hit);
  }
  return highest;
}

void Describe(const std::vector<Hit>& hits, NaiveLayerAnswer* answer) {
  std::map<int, Effect> rules;
  for (const Hit& hit : hits) rules[hit.index] = hit.rule->effect;
  bool allow = false, deny = false;
  for (const auto& rule : rules) {
    allow |= rule.second == Effect::kAllow;
    deny |= rule.second == Effect::kDeny;
  }
  answer->matching = static_cast<int>(rules.size());
  answer->allow_and_deny = allow && deny;
}

// The strictest of the highest hits; the default where there is none.
NaiveLayerAnswer DecideHits(const NaiveLayer& layer,
                            const std::vector<Hit>& hits, const Query& query) {
  NaiveLayerAnswer answer;
  Describe(hits, &answer);
  answer.effect = hits.empty() ? layer.default_effect : Effect::kAllow;
  const std::vector<Hit> highest = Highest(layer, hits, query);
  for (const Hit& hit : highest) {
    answer.effect = std::min(answer.effect, hit.rule->effect);
  }
  answer.by_wildcard = !hits.empty();
  for (const Hit& hit : highest) {
    if (hit.rule->effect != answer.effect) continue;
    answer.by_wildcard &= hit.wildcard;
    std::vector<int>& deciders = answer.deciders;
    if (deciders.empty() || deciders.back() != hit.index) {
      deciders.push_back(hit.index);
    }
  }
  return answer;
}

NaiveLayerAnswer DecidePart(const NaiveLayer& layer, const Query& query,
                            Part part) {
  return DecideHits(layer, Hits(layer, query, part), query);
}

void TakeStricter(const NaiveLayerAnswer& part, NaiveLayerAnswer* answer) {
  answer->matching = std::max(answer->matching, part.matching);
  answer->allow_and_deny |= part.allow_and_deny;
  if (part.effect >= answer->effect) return;
  answer->effect = part.effect;
  answer->by_wildcard = part.by_wildcard;
  answer->deciders.clear();
}

// ---- Endpoints ----

enum class Uses { kMustBeLeft, kMayBeTaken };

bool HoldsFor(Permission permission, const NaiveRule& rule, const Query& query,
              Uses uses) {
  const RuleLimits& limits = rule.limits;
  if (!rule.permissions.Contains(permission)) return false;
  if (limits.expires && *limits.expires <= query.now) return false;
  if (!limits.session.empty() && limits.session != query.session) return false;
  return HasUsesLeft(limits, query) || uses == Uses::kMayBeTaken;
}

// Every way in which a rule of the layer covers one endpoint. What covers only
// an alias is no match for allow.
std::vector<Hit> EndpointHits(const NaiveLayer& layer, Permission permission,
                              const NaiveEndpoint& endpoint, const Query& query,
                              Uses uses) {
  std::vector<Hit> hits;
  const bool listens = permission == Permission::kNetListen;
  for (size_t i = 0; i < layer.rules.size(); ++i) {
    const NaiveRule& rule = layer.rules[i];
    const int index = static_cast<int>(i);
    if (!HoldsFor(permission, rule, query, uses)) continue;
    if (rule.kind == Kind::kWhole) {
      hits.push_back({index, &rule, nullptr, false, {}});
      continue;
    }
    if (!rule.endpoint) continue;
    const bool wildcard =
        rule.endpoint->kind != NaiveEndpointPattern::Kind::kName;
    for (const NaiveCover& cover : NaiveCovers(
             *rule.endpoint, endpoint, listens, rule.effect != Effect::kDeny)) {
      if (cover.coverage == NaiveCoverage::kItself ||
          rule.effect != Effect::kAllow) {
        hits.push_back({index, &rule, nullptr, wildcard, cover});
      }
    }
  }
  return hits;
}

NaiveLayerAnswer DecideEndpoint(const NaiveLayer& layer, const Query& query) {
  const Permission permission = query.access.permission();
  NaiveLayerAnswer answer = DecideHits(
      layer,
      EndpointHits(layer, permission, query.endpoint, query, Uses::kMustBeLeft),
      query);
  if (query.endpoint.host.name.empty() ||
      permission == Permission::kNetResolve) {
    return answer;
  }
  // The look-up, where it is denied by a rule.
  NaiveEndpoint host = query.endpoint;
  host.port.reset();
  const NaiveLayerAnswer look_up =
      DecideHits(layer,
                 EndpointHits(layer, Permission::kNetResolve, host, query,
                              Uses::kMustBeLeft),
                 query);
  if (answer.effect != Effect::kDeny && !look_up.deciders.empty() &&
      look_up.effect == Effect::kDeny) {
    answer.effect = Effect::kDeny;
    answer.deciders = look_up.deciders;
    answer.by_wildcard = look_up.by_wildcard;
  }
  return answer;
}

bool LeadsTo(const NaiveRule& rule, const Query& query) {
  const bool listens = query.access.permission() == Permission::kNetListen;
  NaiveEndpoint address = query.address;
  address.port.reset();
  for (const NaiveEndpointPattern& pattern : rule.resolves_to) {
    for (const NaiveCover& cover : NaiveCovers(pattern, address, listens,
                                               /*grants=*/false)) {
      if (cover.coverage == NaiveCoverage::kItself) return true;
    }
  }
  return false;
}

bool IsForEveryHost(const Hit& hit) {
  return hit.rule->kind == Kind::kWhole || hit.cover.host == 0;
}

std::vector<Hit> Filter(const std::vector<Hit>& hits, bool every_host) {
  std::vector<Hit> kept;
  for (const Hit& hit : hits) {
    if (IsForEveryHost(hit) == every_host) kept.push_back(hit);
  }
  return kept;
}

// What an address adds to its name, which was granted or asked about.
NaiveLayerAnswer DecideResolved(const NaiveLayer& layer, const Query& query) {
  const Permission permission = query.access.permission();
  const std::vector<Hit> name_hits =
      EndpointHits(layer, permission, query.endpoint, query, Uses::kMayBeTaken);
  const std::vector<Hit> name_highest = Highest(layer, name_hits, query);
  const NaiveLayerAnswer named = DecideHits(layer, name_hits, query);
  if (named.effect == Effect::kDeny) return named;
  const std::vector<Hit> hits =
      EndpointHits(layer, permission, query.address, query, Uses::kMustBeLeft);
  const std::vector<Hit> own = Filter(hits, false);
  if (!own.empty()) return DecideHits(layer, own, query);
  const std::vector<Hit> every = Filter(hits, true);
  const NaiveLayerAnswer answer = DecideHits(layer, every, query);
  if (name_hits.empty()) return answer;

  NaiveLayerAnswer granted = answer;
  granted.effect = Effect::kAllow;
  granted.deciders.clear();
  bool leads = IsNaivePublic(query.address.host);
  for (const Hit& hit : name_highest) {
    leads |= hit.rule->effect == named.effect && LeadsTo(*hit.rule, query);
  }
  if (every.empty()) {
    return leads && layer.default_effect == Effect::kDeny ? granted : answer;
  }
  const bool above =
      layer.precedence == Precedence::kMostSpecific &&
      IsAbove(name_highest[0], Highest(layer, every, query)[0], query);
  return leads && (above || answer.effect != Effect::kDeny) ? granted : answer;
}

// What is asked for as a whole is decided as that, then by the object on top
// of it, then by each rule that is stricter about something in it. (Whether
// such a rule is overruled by a more specific one there is not worked out.)
NaiveLayerAnswer Decide(const NaiveLayer& layer, const Query& query) {
  if (query.access.form() == Form::kEndpoint) {
    return DecideEndpoint(layer, query);
  }
  if (query.access.form() == Form::kResolved) {
    return DecideResolved(layer, query);
  }
  NaiveLayerAnswer answer = DecidePart(layer, query, Part::kAll);
  const Form form = query.access.form();
  if (form != Form::kSubtree && form != Form::kWhole) return answer;
  if (form == Form::kSubtree) {
    TakeStricter(DecidePart(layer, query, Part::kTop), &answer);
  }
  // A denied look-up is of something that would be connected to.
  if (form == Form::kWhole &&
      ResourceKindOf(query.access.permission()) == ResourceKind::kEndpoint) {
    for (const NaiveRule& rule : layer.rules) {
      if (rule.effect != Effect::kDeny ||
          !rule.permissions.Contains(Permission::kNetResolve)) {
        continue;
      }
      NaiveLayerAnswer look_up;
      look_up.effect = Effect::kDeny;
      look_up.matching = 1;
      TakeStricter(look_up, &answer);
    }
  }
  for (const Hit& hit : Hits(layer, query, Part::kBeneath)) {
    NaiveLayerAnswer beneath;
    beneath.effect = hit.rule->effect;
    beneath.by_wildcard = hit.wildcard;
    beneath.matching = 1;
    TakeStricter(beneath, &answer);
  }
  return answer;
}

}  // namespace

struct NaivePolicy::State {
  bool unconfined = false;
  bool lenient = false;
  NaivePathContext context;
  Signatures signatures;
  std::vector<NaiveLayer> layers;
  absl::optional<NaiveLayer> drops;
};

absl::StatusOr<NaivePolicy> NaivePolicy::Build(const PolicySpec& spec,
                                               bool unconfined) {
  auto state = std::make_shared<State>();
  state->unconfined = unconfined;
  state->lenient = spec.lenient_wildcards;
  state->signatures = spec.signatures;
  absl::StatusOr<NaivePathContext> context = ReadContext(spec);
  if (!context.ok()) return context.status();
  state->context = *std::move(context);
  for (const Layer& layer : spec.layers) {
    auto parsed = ParseLayer(layer, state->lenient, state->context);
    if (!parsed.ok()) return parsed.status();
    state->layers.push_back(*std::move(parsed));
  }
  NaivePolicy policy;
  policy.state_ = std::move(state);
  return policy;
}

void NaivePolicy::Drop(PermissionSet permissions, const RulePattern& pattern) {
  auto state = std::make_shared<State>(*state_);
  if (!state->drops) {
    state->drops.emplace();
    state->drops->default_effect = Effect::kAllow;
  }
  Rule rule;
  rule.permissions = permissions;
  rule.pattern = pattern;
  auto parsed = ParseRule(rule, state->lenient, state->context);
  if (!parsed.ok()) {
    parsed = NaiveRule{};
    parsed->effect = Effect::kDeny;
    parsed->permissions = permissions;
    parsed->kind = Kind::kWhole;
  }
  state->drops->rules.push_back(*std::move(parsed));
  state_ = std::move(state);
}

NaiveAnswer NaivePolicy::Check(const Access& access, absl::Time now,
                               absl::string_view session,
                               const std::set<const UseCounter*>& taken) const {
  NaiveAnswer answer;
  Query query{
      access, {}, now,   session, state_->signatures, state_->context.base,
      {},     {}, taken, {}};
  const bool known = access.permission() != Permission::kUnknown &&
                     static_cast<int>(access.permission()) < kPermissionLimit;
  if (!known || !ReadResource(access, state_->context.base, &query)) {
    answer.invalid = true;
    return answer;
  }
  std::vector<const NaiveLayer*> layers;
  for (const NaiveLayer& layer : state_->layers) layers.push_back(&layer);
  if (state_->drops) layers.push_back(&*state_->drops);

  Effect strictest = Effect::kAllow;
  bool grant_layer = state_->unconfined;
  for (const NaiveLayer* layer : layers) {
    NaiveLayerAnswer said = Decide(*layer, query);
    const bool denies = said.effect == Effect::kDeny;
    answer.matching += said.matching;
    answer.allow_and_deny |= said.allow_and_deny;
    if (layer->mode == Mode::kAudit) {
      answer.would_deny |= denies;
    } else {
      strictest = std::min(strictest, said.effect);
      grant_layer |= layer->default_effect == Effect::kDeny;
      answer.concealed |= denies && layer->conceal;
    }
    answer.layers.push_back(std::move(said));
  }
  answer.default_only = answer.matching == 0;
  answer.no_grant_layer = !grant_layer;
  answer.effect = grant_layer ? strictest : Effect::kDeny;
  for (size_t i = 0; i < layers.size(); ++i) {
    answer.by_wildcard |= layers[i]->mode == Mode::kEnforce &&
                          answer.layers[i].effect == answer.effect &&
                          answer.layers[i].by_wildcard;
  }
  return answer;
}

}  // namespace testing
}  // namespace postern
