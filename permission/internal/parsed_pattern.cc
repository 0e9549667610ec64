#include "permission/internal/parsed_pattern.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "fs/brace_expansion.h"
#include "fs/path_components.h"
#include "net/coverage.h"
#include "net/host_pattern.h"
#include "net/syntax_error.h"

namespace postern {
namespace internal {
namespace {

using Kind = ParsedPattern::Kind;

template <typename Visit>
void ForEach(PermissionSet set, Visit visit) {
  uint32_t rest = set.bits();
  for (int i = 0; rest != 0; ++i, rest >>= 1) {
    if ((rest & 1) != 0) visit(static_cast<Permission>(i));
  }
}

// A rule's pattern, whose text is borrowed.
struct Written {
  RulePattern::Kind kind;
  absl::string_view text;
  const RulePattern* pattern;  // with its parts; null if it is text alone

  std::string ToString() const {
    return pattern == nullptr ? std::string(text) : pattern->ToString();
  }
};

PermissionSet OfKind(ResourceKind kind) {
  PermissionSet set;
  ForEach(PermissionSet::All(), [&](Permission permission) {
    if (ResourceKindOf(permission) == kind)
      set = set | PermissionSet(permission);
  });
  return set;
}

// The permissions that a pattern with this text is for, all of one kind.
absl::StatusOr<PermissionSet> PatternPermissions(PermissionSet permissions,
                                                 const Written& pattern) {
  if (permissions == PermissionSet::All()) {
    const bool path = pattern.kind == RulePattern::Kind::kText &&
                      (absl::StartsWith(pattern.text, "/") ||
                       absl::StartsWith(pattern.text, "exact:/"));
    if (path) return OfKind(ResourceKind::kPath);
    return absl::InvalidArgumentError(
        absl::StrCat("\"all\" takes an absolute path or no pattern, not \"",
                     pattern.ToString(), "\""));
  }
  absl::optional<ResourceKind> kind;
  bool mixed = false;
  ForEach(permissions, [&](Permission permission) {
    ResourceKind next = ResourceKindOf(permission);
    // The names that are looked up are hosts of endpoints.
    if (next == ResourceKind::kHostName) next = ResourceKind::kEndpoint;
    mixed = mixed || (kind.has_value() && *kind != next);
    kind = next;
  });
  if (mixed) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", permissions.ToString(),
        "\" covers permissions with different resources, expected one "
        "permission beside the pattern \"",
        pattern.ToString(), "\""));
  }
  return permissions;
}

ResourceKind KindOf(PermissionSet permissions) {
  ResourceKind kind = ResourceKind::kNone;
  ForEach(permissions,
          [&](Permission permission) { kind = ResourceKindOf(permission); });
  return kind;
}

absl::Status OpenBelow(absl::string_view text) {
  return fs::PatternError(
      text, 1,
      absl::StrCat("a deny or ask pattern with a wildcard leaves open what "
                   "lies below, expected \"",
                   text, "/**\" or \"exact:", text, "\""));
}

bool LeavesBelowOpen(const std::vector<fs::PathPattern>& paths) {
  for (const fs::PathPattern& path : paths) {
    if (path.leaves_below_open) return true;
  }
  return false;
}

// "path:" arguments are held to the same rule as path patterns. `texts` are
// those of the arguments.
absl::Status CheckArguments(absl::Span<const std::string> texts,
                            const ArgumentsPattern& pattern) {
  for (size_t i = 0; i < pattern.args.size(); ++i) {
    if (LeavesBelowOpen(pattern.args[i].paths)) {
      return OpenBelow(texts[i].substr(5));
    }
  }
  return absl::OkStatus();
}

absl::Status WrongForm(PermissionSet permissions, absl::string_view expected) {
  return absl::InvalidArgumentError(
      absl::StrCat(permissions.ToString(), " expected ", expected));
}

absl::Status ParsePaths(Effect effect, const Written& pattern,
                        const PatternScope& scope, ParsedPattern* parsed) {
  if (pattern.kind != RulePattern::Kind::kText) {
    return WrongForm(parsed->permissions, "a path");
  }
  if (scope.binder == nullptr) {
    const absl::optional<fs::PlainPath> plain =
        fs::ParsePlainPath(pattern.text);
    if (plain.has_value()) {
      parsed->kind = Kind::kPlainPath;
      parsed->plain = *plain;
      return absl::OkStatus();
    }
  }
  absl::StatusOr<std::vector<fs::PathPattern>> paths =
      fs::ParsePathPattern(pattern.text, scope.path);
  if (!paths.ok()) return paths.status();
  if (effect != Effect::kAllow && !scope.lenient_wildcards &&
      LeavesBelowOpen(*paths)) {
    return OpenBelow(pattern.text);
  }
  parsed->kind = Kind::kPaths;
  parsed->paths = *std::move(paths);
  return scope.binder == nullptr
             ? absl::OkStatus()
             : scope.binder->Bind(effect, &parsed->paths, &parsed->links);
}

absl::Status ParseName(ResourceKind kind, const Written& pattern,
                       ParsedPattern* parsed) {
  if (pattern.kind != RulePattern::Kind::kText) {
    return WrongForm(parsed->permissions, "a name");
  }
  absl::StatusOr<NamePattern> name = ParseNamePattern(pattern.text, kind);
  if (!name.ok()) return name.status();
  parsed->kind = Kind::kName;
  parsed->name = *std::move(name);
  return absl::OkStatus();
}

absl::Status ParseCall(Effect effect, const Written& written,
                       const PatternScope& scope, ParsedPattern* parsed) {
  if (written.kind != RulePattern::Kind::kCall) {
    return WrongForm(parsed->permissions,
                     "\"call\" with a function and its arguments");
  }
  const RulePattern& pattern = *written.pattern;
  absl::StatusOr<CallPattern> call = ParseCallPattern(pattern, scope.path);
  if (!call.ok()) return call.status();
  if (effect != Effect::kAllow && !scope.lenient_wildcards) {
    absl::Status status = CheckArguments(pattern.parts(), *call);
    if (!status.ok()) return status;
  }
  parsed->kind = Kind::kCall;
  parsed->call = *std::move(call);
  return absl::OkStatus();
}

// Binds the program: to the files that it leads to, at this moment.
absl::Status BindCommand(Effect effect, PathBinder* binder,
                         CommandPattern* command) {
  if (command->name.empty()) {
    return binder->BindPrograms(effect, &command->programs);
  }
  command->name_is_bound = true;
  return binder->BindProgramName(effect, command->name, &command->programs);
}

absl::Status ParseCommand(Effect effect, const Written& pattern,
                          const PatternScope& scope, ParsedPattern* parsed) {
  if (pattern.kind != RulePattern::Kind::kText) {
    return WrongForm(parsed->permissions, "a program and its arguments");
  }
  absl::StatusOr<CommandPattern> command =
      ParseCommandPattern(pattern.text, scope.path);
  if (!command.ok()) return command.status();
  if (command->through && effect != Effect::kAllow) {
    return WrongForm(parsed->permissions,
                     "\"through:\" where something is allowed only");
  }
  if (effect != Effect::kAllow && !scope.lenient_wildcards) {
    std::vector<std::string> words = WordsOfCommand(pattern.text);
    absl::Status status = CheckArguments(absl::MakeConstSpan(words).subspan(1),
                                         *command->arguments);
    if (!status.ok()) return status;
  }
  parsed->kind = Kind::kCommand;
  parsed->command = *std::move(command);
  return scope.binder == nullptr
             ? absl::OkStatus()
             : BindCommand(effect, scope.binder.get(), &parsed->command);
}

absl::Status ParseSecret(const Written& pattern, ParsedPattern* parsed) {
  if (pattern.kind != RulePattern::Kind::kSecret) {
    return WrongForm(parsed->permissions, "the parts of a secret's key");
  }
  if (pattern.pattern->parts().empty()) {
    return WrongForm(parsed->permissions,
                     "the parts of a secret's key, not an empty list");
  }
  absl::StatusOr<SecretPattern> secret =
      SecretPattern::Parse(pattern.pattern->parts());
  if (!secret.ok()) return secret.status();
  parsed->kind = Kind::kSecret;
  parsed->secret = *std::move(secret);
  return absl::OkStatus();
}

absl::Status ParseResolvesTo(Effect effect, const std::vector<std::string>& to,
                             const net::EndpointPattern& endpoint,
                             ParsedPattern* parsed) {
  const PermissionSet look_up(Permission::kNetResolve);
  if (effect == Effect::kDeny || !endpoint.is_for_names() ||
      parsed->permissions == look_up) {
    return absl::InvalidArgumentError(
        "resolves_to goes with a host name that net.connect or net.listen is "
        "allowed or asked for");
  }
  if (to.size() > RulePattern::kMaxResolvesTo) {
    return absl::InvalidArgumentError(absl::StrCat("resolves_to has more than ",
                                                   RulePattern::kMaxResolvesTo,
                                                   " addresses"));
  }
  std::vector<std::string> known;
  for (const std::string& text : to) {
    net::EndpointPattern address;
    net::SyntaxError error;
    if (!net::ParseAddressPattern(text, &address.host, &error)) {
      return net::ToStatus("address", text, error);
    }
    // A class is many blocks: once is enough.
    std::string normal = address.host.ToString();
    if (std::find(known.begin(), known.end(), normal) != known.end()) continue;
    known.push_back(std::move(normal));
    for (net::EndpointPattern& one : net::AlternativesOf(address)) {
      parsed->resolves_to.push_back(std::move(one));
    }
  }
  return absl::OkStatus();
}

// The name that is looked up, as an endpoint.
absl::StatusOr<net::EndpointPattern> ParseLookUp(absl::string_view text) {
  absl::StatusOr<net::HostPattern> host = net::ParseNamePattern(text);
  if (!host.ok()) return host.status();
  net::EndpointPattern endpoint;
  endpoint.host = *std::move(host);
  return endpoint;
}

// The sockets of `endpoint`, a unix path, as the policy's binder finds them: at
// the names that they have once links are followed.
absl::Status BindSocket(Effect effect, const net::EndpointPattern& endpoint,
                        PathBinder* binder, ParsedPattern* parsed) {
  absl::StatusOr<std::vector<std::string>> names =
      binder->BindSocket(effect, endpoint.name);
  if (!names.ok()) return names.status();
  parsed->endpoints.clear();
  for (std::string& name : *names) {
    parsed->endpoints.push_back(endpoint);
    parsed->endpoints.back().name = std::move(name);
  }
  return absl::OkStatus();
}

absl::Status ParseEndpoint(Effect effect, const Written& pattern,
                           const PatternScope& scope, ParsedPattern* parsed) {
  const bool resolving = pattern.kind == RulePattern::Kind::kResolving;
  if (pattern.kind != RulePattern::Kind::kText && !resolving) {
    return WrongForm(parsed->permissions, "an endpoint");
  }
  const PermissionSet look_up(Permission::kNetResolve);
  absl::StatusOr<net::EndpointPattern> endpoint =
      parsed->permissions == look_up ? ParseLookUp(pattern.text)
                                     : net::ParseEndpointPattern(pattern.text);
  if (!endpoint.ok()) return endpoint.status();
  if (parsed->permissions.Contains(Permission::kNetResolve) &&
      !(endpoint->is_for_names() && endpoint->ports.any())) {
    // A name without a port is what is looked up; "net" leaves look-ups out
    // where none is meant.
    const PermissionSet endpoints = OfKind(ResourceKind::kEndpoint);
    if (parsed->permissions != (endpoints | look_up)) {
      return WrongForm(look_up, "a host name without a port");
    }
    parsed->permissions = endpoints;
  }
  parsed->kind = Kind::kEndpoint;
  parsed->endpoints = net::AlternativesOf(*endpoint);
  if (effect != Effect::kDeny) {
    const auto names = net::NamesBeside(*endpoint);
    if (names.has_value()) parsed->endpoints.push_back(*names);
  }
  if (endpoint->kind == net::EndpointPattern::Kind::kUnix &&
      scope.binder != nullptr) {
    absl::Status status =
        BindSocket(effect, *endpoint, scope.binder.get(), parsed);
    if (!status.ok()) return status;
  }
  return resolving ? ParseResolvesTo(effect, pattern.pattern->parts(),
                                     *endpoint, parsed)
                   : absl::OkStatus();
}

absl::Status ParseResource(Effect effect, const Written& pattern,
                           const PatternScope& scope, ParsedPattern* parsed) {
  const ResourceKind kind = KindOf(parsed->permissions);
  switch (kind) {
    case ResourceKind::kPath:
      return ParsePaths(effect, pattern, scope, parsed);
    case ResourceKind::kName:
    case ResourceKind::kFact:
    case ResourceKind::kModule:
    case ResourceKind::kProcess:
      return ParseName(kind, pattern, parsed);
    case ResourceKind::kCall:
      return ParseCall(effect, pattern, scope, parsed);
    case ResourceKind::kSecret:
      return ParseSecret(pattern, parsed);
    case ResourceKind::kEndpoint:
    case ResourceKind::kHostName:
      return ParseEndpoint(effect, pattern, scope, parsed);
    case ResourceKind::kCommand:
      return ParseCommand(effect, pattern, scope, parsed);
    case ResourceKind::kNone:
      return WrongForm(parsed->permissions, "no pattern");
  }
  return absl::OkStatus();
}

bool AnyPathMatches(const std::vector<fs::PathPattern>& paths,
                    const Query& query, bool whole_subtree) {
  for (const fs::PathPattern& path : paths) {
    if (path.Matches(query.path()) && (path.subtree || !whole_subtree)) {
      return true;
    }
  }
  return false;
}

bool AnyPathMayMatchWithin(const std::vector<fs::PathPattern>& paths,
                           const Query& query) {
  for (const fs::PathPattern& path : paths) {
    if (path.MayMatchWithin(query.path())) return true;
  }
  return false;
}

absl::StatusOr<ParsedPattern> Parse(Effect effect, PermissionSet permissions,
                                    const Written& pattern,
                                    const PatternScope& scope) {
  if (permissions.empty()) {
    return absl::InvalidArgumentError("expected at least one permission");
  }
  ParsedPattern parsed;
  parsed.permissions = permissions;
  if (pattern.kind == RulePattern::Kind::kWhole) return parsed;
  absl::StatusOr<PermissionSet> covered =
      PatternPermissions(permissions, pattern);
  if (!covered.ok()) return covered.status();
  parsed.permissions = *covered;
  absl::Status status = ParseResource(effect, pattern, scope, &parsed);
  if (!status.ok()) return status;
  return parsed;
}

net::Coverage CoverageOf(const std::vector<net::EndpointPattern>& endpoints,
                         const net::Endpoint& endpoint, const Query& query) {
  net::Coverage best = net::Coverage::kNone;
  for (const net::EndpointPattern& one : endpoints) {
    best = std::max(best, net::CoverageOf(one, endpoint, query.purpose()));
  }
  return best;
}

// Of an address that a name led to either of both.
Match MatchEndpoints(const std::vector<net::EndpointPattern>& endpoints,
                     const Query& query) {
  net::Coverage best = CoverageOf(endpoints, query.endpoint(), query);
  if (query.access().form() == Access::Form::kResolved) {
    best = std::max(best, CoverageOf(endpoints, query.address(), query));
  }
  switch (best) {
    case net::Coverage::kNone:
      return Match::kNo;
    case net::Coverage::kAlias:
      return Match::kUnknown;
    case net::Coverage::kItself:
      return Match::kYes;
  }
  return Match::kUnknown;
}

}  // namespace

void ParsedPattern::Own() {
  if (kind != Kind::kPlainPath) return;
  kind = Kind::kPaths;
  paths = {fs::ToPathPattern(plain)};
  plain = fs::PlainPath();
}

Match ParsedPattern::Matches(const Query& query) const {
  if (kind == Kind::kPlainPath) {
    ParsedPattern owned = *this;
    owned.Own();
    return owned.Matches(query);
  }
  if (kind == Kind::kWhole) return Match::kYes;
  const auto known = [](bool yes) { return yes ? Match::kYes : Match::kNo; };
  switch (query.access().form()) {
    case Access::Form::kWhole:
      return Match::kNo;
    case Access::Form::kPath:
    case Access::Form::kSubtree:
      return known(
          AnyPathMatches(paths, query,
                         query.access().form() == Access::Form::kSubtree) ||
          (query.access().permission() == Permission::kFsRead &&
           AnyPathMatches(links, query,
                          query.access().form() == Access::Form::kSubtree)));
    case Access::Form::kName:
      return known(name.Matches(query.access().text()));
    case Access::Form::kCall:
      return call.MatchesFunction(query.access().text())
                 ? call.MatchesArguments(query.arguments(),
                                         query.scope().base_directory)
                 : Match::kNo;
    case Access::Form::kCommand:
      return command.Matches(query.program(), query.arguments(),
                             query.access().is_through(),
                             query.scope().base_directory);
    case Access::Form::kSecret:
      return known(secret.Matches(query.access().parts()));
    case Access::Form::kEndpoint:
    case Access::Form::kResolved:
      return MatchEndpoints(endpoints, query);
  }
  return Match::kUnknown;
}

bool ParsedPattern::MayMatchWithin(const Query& query) const {
  if (query.access().form() == Access::Form::kWhole) return true;
  if (query.access().form() != Access::Form::kSubtree) {
    return Matches(query) != Match::kNo;
  }
  if (kind == Kind::kWhole) return true;
  if (kind == Kind::kPlainPath) {
    ParsedPattern owned = *this;
    owned.Own();
    return owned.MayMatchWithin(query);
  }
  return AnyPathMayMatchWithin(paths, query) ||
         (query.access().permission() == Permission::kFsRead &&
          AnyPathMayMatchWithin(links, query));
}

bool ParsedPattern::NamesSocketWithin(absl::string_view directory) const {
  const std::string within = absl::StrCat(directory, "/");
  return std::any_of(endpoints.begin(), endpoints.end(),
                     [&](const net::EndpointPattern& endpoint) {
                       return endpoint.kind ==
                                  net::EndpointPattern::Kind::kUnix &&
                              absl::StartsWith(endpoint.name, within);
                     });
}

absl::StatusOr<ParsedPattern> ParsePattern(Effect effect,
                                           PermissionSet permissions,
                                           const RulePattern& pattern,
                                           const PatternScope& scope) {
  absl::StatusOr<ParsedPattern> parsed = Parse(
      effect, permissions, {pattern.kind(), pattern.text(), &pattern}, scope);
  if (parsed.ok()) parsed->Own();
  return parsed;
}

absl::StatusOr<ParsedPattern> ParsePatternText(Effect effect,
                                               PermissionSet permissions,
                                               absl::string_view text,
                                               const PatternScope& scope) {
  return Parse(effect, permissions,
               {RulePattern::Kind::kText, text, /*pattern=*/nullptr}, scope);
}

absl::StatusOr<std::string> ParseBaseDirectory(absl::string_view path) {
  if (path.empty()) return std::string();
  std::string normal = fs::NormalPath("", path);
  if (normal.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("invalid base directory \"", path.substr(0, 200),
                     "\": expected an absolute path"));
  }
  return normal;
}

}  // namespace internal
}  // namespace postern
