#include "permission/testing/random_policy.h"

#include <cstddef>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

namespace postern {
namespace testing {
namespace {

// A piece of a path pattern and a name that it matches.
struct Piece {
  const char* pattern;
  const char* example;
};

constexpr Piece kLiteralPieces[] = {
    {"a", "a"},
    {"b", "b"},
    {"ab", "ab"},
    {"a", "a"},
    {"b", "b"},
    {"ab", "ab"},
    {"\xC3\xA9", "\xC3\xA9"},
    {"\\*", "*"},
    {"\\a\\b", "ab"},
    {"\xFF", "\xFF"},
    {"a\\?", "a?"},
};

constexpr Piece kWildcardPieces[] = {
    {"*", "ab"},
    {"*", "a"},
    {"**", "b"},
    {"**", "a/ab"},
    {"?", "b"},
    {"?", "\xC3\xA9"},
    {"a*", "ab"},
    {"*b", "aab"},
    {"{a,b}", "b"},
    {"{a*,b}", "aa"},
    {"{,a/}ab", "a/ab"},
    {"?b", "ab"},
    {"*a*", "bab"},
    {"??", "\xFF\xC3"},
    {"{a,{b,ab}}", "ab"},
    {"a?b",
     "a\xC3\xA9"
     "b"},
    {"*?*", "a"},
    {"a*b*b", "abb"},
    {"*ab", "aab"},
    {"*b", "ab"},
    {"**", "ab"},
    {"**", "ab/b/ab"},
    {"\\**", "*b"},
    {"?\\?", "a?"},
    {"\\{a\\,b\\}", "{a,b}"},
};

constexpr const char* kBroadPaths[] = {"/",        "/a",    "/**", "/{a,b}",
                                       "/**/a/**", "/*/**", "/a"};

constexpr const char* kBelow[] = {"ab", "a*/**", "b/ab", "**"};

constexpr const char* kNames[] = {"a",    "b",        "ab",  "a",     "b",
                                  "ab",   "aa",       "aab", "{a,b}", "*",
                                  "\xFF", "\xC3\xA9", "a?"};

// Each is refused, or has a meaning that is easy to get wrong.
constexpr const char* kOddPatterns[] = {
    "",           "/a/[b]",      "/a**",        "/**b/a",
    "/a/..",      "a/../b",      "/{a,b",       "/a}",
    "/a\\",       "${NONE}",     "${DATA",      "exact:",
    "/{a*,b}*",   "{,a}",        "/{*,a}*",     "/..",
    "/{}",        "/{a}/b",      "/a//b/./",    "/a\\/b",
    "/\\.\\./a",  "$a/b",        "/a,b",        "./b",
    "../../../a", "exact:../b",  "/${PIECE}*",  "${DATA}",
    "/***",       "\\${DATA}",   "/{{a,b},",    "/{a,,b}/a",
    "exact:/",    "/",           "/{,a,b}/",    "{/a,b}",
    "~/a",        "./~",         "\\~/a",       "{~,a}/b",
    "file:a",     "exact:a:/b",  "a\\:/b",      "{a:/,b:c}",
    "/a:/b",      "/b/$a",       "/b/\\$a",     "/b/$1",
    "/a/\xC3*",   "/a/*\xA9/**", "/\xE2\x82?b", "/\xC3\xA9*",
    "/\xFF*/**",  "/\xC0*",      "/{\xC3,a}*",
};

constexpr const char* kOddPaths[] = {
    "",         "/",     "//",     "/..",     "..",
    ".",        "a",     "../a",   "/a//",    "/a/.",
    "/./../ab", "/{a,b", "/a,b/b", "/a/*b/{", "$a/b",
    "/\\",      "~/a",   "/b/$a",  "/a/\xC3", "/\xC3\xA9\x61",
};

constexpr const char* kVariables[] = {"A", "B", "AB", "A_B", "ABC", "A*"};
constexpr const char* kVariablePatterns[] = {"A",    "B",   "AB", "A*",
                                             "A_B*", "A_B", "*",  "A\\*"};
constexpr const char* kModules[] = {"m",     "m.a",  "m.b",
                                    "m.a.b", "m.a?", "m://a/b"};
constexpr const char* kModulePatterns[] = {"m", "m.a",    "m.*",  "m.a*",
                                           "*", "m.a\\?", "m://*"};
// Each is refused; for some kind of name, if not for all.
constexpr const char* kOddNames[] = {"",    "A?",  "{A,B}",  "A*B",
                                     "A\\", "A=B", "m://a*", "m://a/*"};
constexpr const char* kFacts[] = {"hostname", "cpus", "uid"};

constexpr const char* kFunctions[] = {"p.f", "p.g", "p.f.g", "q.f"};
constexpr const char* kFunctionPatterns[] = {"p.f", "p.f", "p.g",  "p.f.g",
                                             "p.*", "q.f", "p.f.*"};
constexpr const char* kArgs[] = {"a",    "b",  "aa",   "ab",      "*",
                                 "",     "/a", "/a/b", "/a/../b", "a\n",
                                 "\xFF", "--", "-a",   "-/../a/b"};
constexpr const char* kArgPatterns[] = {
    "a",        "b",          "*",          "*",
    "{a,b}",    "re:a+|b",    "re:.a",      "\\*",
    "re:.*a.*", "path:/a",    "a{,b}",      "path:exact:/a",
    "",         "{a,{b,aa}}", "path:/*/b",  "re:[a-b]*",
    "path:b",   "re:(a|\n)*", "--",         "{--,a}",
    "path:/",   "re:(?i)A|b", "re:(?s).*b", "re:(?i)[^A-B]*",
    "re:(?U)a*"};
// What may end the options of a program, for certain or not.
constexpr const char* kBeforeOperands[] = {"--", "{--,a}", "*", "re:--"};
constexpr const char* kParameters[] = {"x", "y", "z"};

constexpr const char* kKeyParts[] = {"a", "b", "*", ""};
constexpr const char* kKeyPatterns[] = {"a", "b", "*", "\\*", ""};

constexpr const char* kHostNames[] = {"x.io",  "a.x.io", "b.a.x.io", "ax.io",
                                      "X.io.", "x.io",   "a.x.io"};
constexpr const char* kAddresses[] = {"10.0.0.1",          "10.0.0.1",
                                      "10.128.0.1",        "127.0.0.1",
                                      "0.0.0.0",           "8.8.8.8",
                                      "8.8.8.8",           "::1",
                                      "2001:db8::1",       "::",
                                      "2a00::1",           "fd00::1",
                                      "8.8.4.4",           "169.254.169.254",
                                      "64:ff9b::10.0.0.1", "::ffff:10.0.0.1"};
constexpr const char* kInside[] = {"10.0.0.1", "127.0.0.1"};
constexpr const char* kHostPatterns[] = {
    "x.io",         "x.io",      "a.x.io",         "*.x.io",
    "*.a.x.io",     "*.io",      "ax.io",          "X.IO.",
    "b.a.x.io",     "10.0.0.1",  "10.0.0.0/8",     "10.0.0.0/9",
    "0.0.0.0/0",    "::/0",      "2001:db8::/32",  "127.0.0.1",
    "@private",     "@loopback", "@public",        "@metadata",
    "@unspecified", "::1",       "8.8.0.0/16",     "@link-local",
    "0.0.0.0",      "2a00::/16", "169.254.0.0/16", "::ffff:10.0.0.1",
    "64:ff9b::/96", "x.io",      "a.x.io",         "*.x.io"};
constexpr const char* kSockets[] = {
    "unix:/a",         "unix:/a/b",          "unix:/ab",
    "unix:/a/*",       "unix-abstract:a",    "unix-abstract:ab",
    "unix-abstract:b", "unix-abstract:/a*",  "vsock:2:80",
    "vsock:3:80",      "vsock:2:81",         "vsock:4294967295:80",
    "fe80::1%eth0",    "[fe80::1%eth0]:80",  "[ff02::1%2]:80",
    "unix:a",          "unix:/a/../b",       "unix:/a/",
    "unix:/",          "unix-abstract:",     "vsock:2",
    "vsock:-1:80",     "vsock:4294967296:1", "10.0.0.1%eth0",
    "::1%lo",          "fe80::1%",           "fe80::1%a/b"};
constexpr const char* kSocketPatterns[] = {
    "unix:/a",          "unix:/a/b",         "unix:/ab",
    "unix:/b",          "unix-abstract:a",   "unix-abstract:a*",
    "unix-abstract:ab", "unix-abstract:ab*", "unix-abstract:/*",
    "vsock:2",          "vsock:2:80",        "vsock:2:80-81",
    "vsock:3",          "fe80::/10",         "@link-local"};
constexpr const char* kPortPatterns[] = {":80", ":80-82", ":81", ":1-65535"};
constexpr const char* kOddEndpoints[] = {"",
                                         "*",
                                         "10.0.0.1/8",
                                         "a.1",
                                         "x.io:0",
                                         ":",
                                         "127.1",
                                         "x.io:",
                                         "@nothing",
                                         "x..io",
                                         "-a.io",
                                         "[::1",
                                         "[x.io]",
                                         "x.io:b",
                                         "*.*.a",
                                         "x.io:9-8",
                                         "0x7f.1",
                                         "x y",
                                         "::g",
                                         "1.2.3.4.",
                                         "a.*.b",
                                         "::1:80",
                                         "[::1:80]",
                                         "64:ff9b::a00:1",
                                         "unix:/a/*",
                                         "unix:/{a,b}",
                                         "unix:/a\\",
                                         "unix:a",
                                         "unix:/a?",
                                         "unix:/[a]",
                                         "unix-abstract:*",
                                         "unix-abstract:a*b",
                                         "vsock:x",
                                         "vsock:2:0",
                                         "fe80::1%eth0"};
constexpr const char* kLeadsTo[] = {"@private",  "10.0.0.0/8", "127.0.0.1",
                                    "@loopback", "::1",        "@metadata"};

constexpr Permission kNetPermissions[] = {
    Permission::kNetConnect, Permission::kNetConnect, Permission::kNetConnect,
    Permission::kNetListen, Permission::kNetResolve};
constexpr Permission kPathPermissions[] = {
    Permission::kFsRead,   Permission::kFsRead,   Permission::kFsRead,
    Permission::kFsRead,   Permission::kFsWrite,  Permission::kFsWrite,
    Permission::kCodeLoad, Permission::kDeviceUse};
constexpr Permission kNamePermissions[] = {
    Permission::kEnvRead, Permission::kEnvRead,    Permission::kEnvWrite,
    Permission::kSysInfo, Permission::kPluginLoad, Permission::kCodeImport};
constexpr Permission kOtherPermissions[] = {
    Permission::kCodeEval,   Permission::kThreadCreate, Permission::kNetConnect,
    Permission::kPluginLoad, Permission::kSecretUse,    Permission::kUnknown};

PermissionSet Fs() {
  return PermissionSet(Permission::kFsRead) |
         PermissionSet(Permission::kFsWrite);
}

// Whether an endpoint pattern of above is for a name, with a port or without.
bool IsHostName(const std::string& host) {
  return host.find_first_of("@/[") == host.npos &&
         host.find_first_of("xX") != host.npos;
}

}  // namespace

int RandomPolicy::Below(int limit) {
  return static_cast<int>(random_() % static_cast<uint64_t>(limit));
}

// ---- Paths ----

// One or two shared stems and a few components, now and then relative, with a
// variable or below the base directory.
RandomPolicy::Example RandomPolicy::NextPath() {
  Example path;
  if (!stems_.empty() && !OneIn(3)) {
    path.first = path.second = stems_[Below(static_cast<int>(stems_.size()))];
  }
  const int count = path.first.empty() ? 1 + Below(4) : Below(3);
  const bool may_be_wild = !OneIn(3);
  for (int i = 0; i < count; ++i) {
    const Piece& piece =
        may_be_wild && OneIn(2) ? Pick(kWildcardPieces) : Pick(kLiteralPieces);
    absl::StrAppend(&path.first, "/", piece.pattern);
    absl::StrAppend(&path.second, "/", piece.example);
  }
  if (has_base_ && OneIn(4)) {
    const bool climbs = OneIn(2);
    path.first = absl::StrCat(climbs ? ".." : ".", path.first);
    path.second = absl::StrCat(climbs ? "/a" : "/a/b", path.second);
  } else if (OneIn(12)) {
    path.first = absl::StrCat("${DATA}", path.first);
    path.second = absl::StrCat("/a/ab", path.second);
  } else if (OneIn(16)) {
    absl::StrAppend(&path.first, "/${PIECE}");
    absl::StrAppend(&path.second, "/*{b");
  }
  return path;
}

void RandomPolicy::NextPathRule(Rule* rule) {
  switch (Below(8)) {
    case 0:
    case 1:
      rule->permissions = Fs();
      break;
    case 2:
      rule->permissions = PermissionSet::All();
      break;
    default:
      rule->permissions = PermissionSet(Pick(kPathPermissions));
  }
  if (OneIn(14)) return;  // without a resource
  Example path = NextPath();
  examples_.push_back(path.second);
  std::string text = path.first;
  const bool wild = text.find_first_of("*?") != text.npos;
  const bool must_close = !lenient_ && rule->effect != Effect::kAllow && wild;
  if (must_close ? OneIn(2) : OneIn(8)) {
    text = absl::StrCat("exact:", text);
  } else if (must_close ? !OneIn(30) : OneIn(8)) {
    absl::StrAppend(&text, "/**");
  } else if (OneIn(10)) {
    absl::StrAppend(&text, "/");
  }
  // "all" takes only what looks absolute.
  if (rule->permissions == PermissionSet::All() && path.first[0] != '/') {
    rule->permissions = Fs();
  }
  rule->pattern = RulePattern::Text(text);
}

std::string RandomPolicy::RandomPath() {
  std::string path;
  if (!stems_.empty() && OneIn(2)) {
    path = stems_[Below(static_cast<int>(stems_.size()))];
  }
  for (int i = Below(4); i > 0; --i) absl::StrAppend(&path, "/", Pick(kNames));
  return path.empty() ? "/" : path;
}

// A neighbour: above, below, beside, or a twin by prefix.
std::string RandomPolicy::Disturbed(std::string path) {
  const size_t slash = path.rfind('/');
  switch (Below(5)) {
    case 0:
      return absl::StrCat(path, "/", Pick(kNames));
    case 1:
      return slash == 0 || slash == path.npos ? "/" : path.substr(0, slash);
    case 2:
      return absl::StrCat(path, Pick(kNames));
    case 3:
      return slash == path.npos
                 ? path
                 : absl::StrCat(path.substr(0, slash + 1), Pick(kNames));
    default:
      return absl::StrCat("/", Pick(kNames), path);
  }
}

// Another spelling of a path that mostly leads to one object with it.
std::string RandomPolicy::Respelled(const std::string& path) {
  std::string out;
  for (char c : path) {
    out.push_back(c);
    if (c != '/' || !OneIn(4)) continue;
    constexpr const char* kDetours[] = {"/", "./", "a/../", "a/b/../../",
                                        "../"};
    out += Pick(kDetours);
  }
  if (OneIn(8)) out += OneIn(2) ? "/" : "/.";
  return out;
}

OwnedAccess RandomPolicy::PathAccess() {
  OwnedAccess access;
  access.permission = Pick(kPathPermissions);
  access.form =
      OneIn(16) && !crowded_ ? Access::Form::kSubtree : Access::Form::kPath;
  if (OneIn(40)) {
    access.text = Pick(kOddPaths);
    if (OneIn(8)) access.text.push_back('\0');
    if (OneIn(40)) access.text = absl::StrCat("/", std::string(4095, 'a'));
    if (OneIn(10)) {
      access.text = RandomPath();
      for (int i = 100 + Below(300); i > 0; --i) {
        absl::StrAppend(&access.text, "/", Pick(kNames));
      }
    }
    return access;
  }
  if (!examples_.empty() && !OneIn(3)) {
    access.text = examples_[Below(static_cast<int>(examples_.size()))];
    if (access.text.empty()) access.text = "/";
    if (OneIn(3)) access.text = Disturbed(access.text);
  } else {
    access.text = RandomPath();
  }
  if (OneIn(5)) access.text = Respelled(access.text);
  if (OneIn(has_base_ ? 20 : 100))
    access.text = access.text.substr(1);  // relative
  return access;
}

// ---- Names ----

void RandomPolicy::NextNameRule(Rule* rule) {
  const Permission permission = Pick(kNamePermissions);
  rule->permissions = PermissionSet(permission);
  if (OneIn(12)) {
    if (OneIn(2)) rule->permissions = PermissionSet::All();
    return;
  }
  switch (ResourceKindOf(permission)) {
    case ResourceKind::kFact:
      rule->pattern = RulePattern::Text(Pick(kFacts));
      return;
    case ResourceKind::kModule:
      rule->pattern = RulePattern::Text(Pick(kModulePatterns));
      return;
    default:
      if (OneIn(3)) {
        rule->permissions = PermissionSet(Permission::kEnvRead) |
                            PermissionSet(Permission::kEnvWrite);
      }
      rule->pattern = RulePattern::Text(Pick(kVariablePatterns));
  }
}

OwnedAccess RandomPolicy::NameAccess() {
  OwnedAccess access;
  access.permission = Pick(kNamePermissions);
  access.form = Access::Form::kName;
  switch (ResourceKindOf(access.permission)) {
    case ResourceKind::kFact:
      access.text = Pick(kFacts);
      break;
    case ResourceKind::kModule:
      access.text = Pick(kModules);
      break;
    default:
      access.text = Pick(kVariables);
      if (OneIn(60)) access.text.push_back('=');
  }
  if (OneIn(60)) access.text.clear();
  if (OneIn(60)) access.text.push_back('\0');
  return access;
}

// ---- Calls ----

void RandomPolicy::NextCallRule(Rule* rule) {
  rule->permissions = PermissionSet(Permission::kPluginCall);
  if (OneIn(16)) return;
  std::vector<std::string> args;
  for (int i = Below(4); i > 0; --i) {
    args.push_back(Pick(kArgPatterns));
    // Open wildcards in denied paths are refused unless lenient.
    if (!lenient_ && args.back() == "path:/*/b") args.back() = "path:/b";
    if (!has_base_ && args.back() == "path:b") args.back() = "path:/b";
  }
  if (OneIn(10)) args = {Pick(kBeforeOperands), "path:/"};
  if (OneIn(4)) args.push_back("**");
  const CallForm form = OneIn(2) ? CallForm::kList : CallForm::kExact;
  rule->pattern =
      RulePattern::Call(Pick(kFunctionPatterns), std::move(args), form);
}

OwnedAccess::Arg RandomPolicy::NextArg() {
  OwnedAccess::Arg arg;
  arg.is_text = !OneIn(16);
  if (arg.is_text) arg.text = Pick(kArgs);
  return arg;
}

OwnedAccess RandomPolicy::CallAccess() {
  OwnedAccess access;
  access.permission = Permission::kPluginCall;
  access.form = Access::Form::kCall;
  access.text = Pick(kFunctions);
  for (int i = Below(4); i > 0; --i) access.args.push_back(NextArg());
  if (OneIn(10)) access.args = {{"--", true}, {"-/../a", true}};
  if (OneIn(4)) {
    for (int i = Below(3); i >= 0; --i) {
      access.named.emplace_back(Pick(kParameters), NextArg());
    }
  }
  return access;
}

// ---- Secrets ----

void RandomPolicy::NextSecretRule(Rule* rule) {
  rule->permissions = PermissionSet(OneIn(3) ? Permission::kSecretReveal
                                             : Permission::kSecretUse);
  if (OneIn(16)) return;
  std::vector<std::string> parts;
  for (int i = Below(4); i > 0; --i) parts.push_back(Pick(kKeyPatterns));
  if (OneIn(4) || parts.empty()) parts.push_back("**");
  rule->pattern = RulePattern::Secret(std::move(parts));
}

OwnedAccess RandomPolicy::SecretAccess() {
  OwnedAccess access;
  access.permission =
      OneIn(3) ? Permission::kSecretReveal : Permission::kSecretUse;
  access.form = Access::Form::kSecret;
  for (int i = Below(4); i > 0; --i) access.parts.push_back(Pick(kKeyParts));
  return access;
}

// ---- Endpoints ----

void RandomPolicy::NextEndpointRule(Rule* rule) {
  const bool group = OneIn(4);
  rule->permissions = group ? PermissionSet(Permission::kNetConnect) |
                                  PermissionSet(Permission::kNetListen) |
                                  PermissionSet(Permission::kNetResolve)
                            : PermissionSet(Pick(kNetPermissions));
  if (OneIn(12)) return;
  const bool look_up =
      rule->permissions == PermissionSet(Permission::kNetResolve);
  if (!look_up && OneIn(5)) {
    // "net" leaves look-ups out.
    rule->pattern = RulePattern::Text(Pick(kSocketPatterns));
    return;
  }
  std::string host = look_up ? Pick(kHostNames) : Pick(kHostPatterns);
  if (look_up && OneIn(2)) host = absl::StrCat("*.", host);
  const bool to =
      IsHostName(host) && !look_up && rule->effect != Effect::kDeny && OneIn(3);
  if (!look_up && OneIn(2)) {
    const bool colons = host.find(':') != host.npos;
    host = OneIn(5) ? Pick(kPortPatterns)
           : colons ? absl::StrCat("[", host, "]", Pick(kPortPatterns))
                    : absl::StrCat(host, Pick(kPortPatterns));
  }
  rule->pattern =
      to && host[0] != ':' ? Leading(host) : RulePattern::Text(host);
}

RulePattern RandomPolicy::Leading(const std::string& host) {
  std::vector<std::string> addresses = {Pick(kLeadsTo)};
  if (OneIn(3)) addresses.push_back(Pick(kLeadsTo));
  return RulePattern::Resolving(host, std::move(addresses));
}

// Makes a rule for a name one that asks or leads elsewhere, and now and then
// one for all names beside it.
void RandomPolicy::VaryEndpoint(Rule* rule) {
  std::string host = rule->pattern.text();
  if (!IsHostName(host)) return;
  const size_t dot = host.find('.');
  if (dot != host.npos && host[0] != '*' && OneIn(3)) {
    host = absl::StrCat("*", host.substr(dot));
  }
  if (rule->permissions == PermissionSet(Permission::kNetResolve)) return;
  rule->effect = OneIn(2) ? Effect::kAsk : Effect::kAllow;
  rule->pattern = OneIn(2) ? Leading(host) : RulePattern::Text(host);
}

OwnedAccess RandomPolicy::EndpointAccess() {
  const auto at_port = [](const std::string& host, const std::string& port) {
    if (port.empty()) return host;
    return host.find(':') == host.npos ? absl::StrCat(host, ":", port)
                                       : absl::StrCat("[", host, "]:", port);
  };
  OwnedAccess access;
  access.permission = Pick(kNetPermissions);
  access.form = Access::Form::kEndpoint;
  const bool look_up = access.permission == Permission::kNetResolve;
  const std::string port =
      (look_up ? !OneIn(20) : OneIn(8)) ? "" : absl::StrCat(79 + Below(4));
  const bool resolved = OneIn(2);
  access.text =
      at_port(OneIn(2) || resolved ? Pick(kHostNames) : Pick(kAddresses), port);
  if (OneIn(60)) access.text = Pick(kOddEndpoints);
  if (OneIn(6) && !resolved) access.text = Pick(kSockets);
  if (OneIn(200)) access.text.push_back('\0');
  if (!resolved) return access;
  access.form = Access::Form::kResolved;
  access.address = at_port(OneIn(2) ? Pick(kAddresses) : Pick(kInside),
                           OneIn(40) ? "1" : port);
  if (OneIn(60)) access.address = Pick(kOddEndpoints);
  return access;
}

// ---- Rules, layers, stacks ----

// Few rules are limited; a limited denial is an error and rarer.
RuleLimits RandomPolicy::NextLimits(Effect effect) {
  RuleLimits limits;
  if (!OneIn(effect == Effect::kDeny ? 2000 : 12)) return limits;
  switch (Below(4)) {
    case 0:
      limits.expires = absl::UnixEpoch();
      break;
    case 1:
      limits.expires = absl::InfiniteFuture();
      break;
    case 2:
      limits.uses = std::make_shared<UseCounter>(Below(2));
      break;
    default:
      limits.session = "s";
  }
  return limits;
}

Rule RandomPolicy::NextRule(Effect effect) {
  Rule rule;
  rule.effect = effect;
  switch (theme_) {
    case RandomTheme::kAny:
    case RandomTheme::kPaths:
      NextPathRule(&rule);
      break;
    case RandomTheme::kNames:
      NextNameRule(&rule);
      break;
    case RandomTheme::kCalls:
      NextCallRule(&rule);
      break;
    case RandomTheme::kSecrets:
      NextSecretRule(&rule);
      break;
    case RandomTheme::kEndpoints:
      NextEndpointRule(&rule);
      break;
    case RandomTheme::kCommands:
      NextCommandRule(&rule);
      break;
  }
  return rule;
}

// Makes a rule one that is about nearly the same.
void RandomPolicy::Vary(Rule* rule) {
  if (theme_ == RandomTheme::kPaths) VaryPath(rule);
  if (theme_ == RandomTheme::kEndpoints) VaryEndpoint(rule);
}

// Makes a path pattern one that begins alike and may match the same.
void RandomPolicy::VaryPath(Rule* rule) {
  const std::string& text = rule->pattern.text();
  const bool is_path = rule->pattern.kind() == RulePattern::Kind::kText;
  if (!is_path || text.empty() || (text.back() != 'a' && text.back() != 'b')) {
    return;
  }
  constexpr const char* kTails[] = {"*", "?", "b", "*b", "{,b}"};
  rule->pattern = RulePattern::Text(absl::StrCat(text, Pick(kTails)));
  // A denied wildcard must be closed.
  if (!lenient_) rule->effect = Effect::kAllow;
}

// An allow rule that covers much, so that denials have something to cut from.
Rule RandomPolicy::BroadRule() {
  Rule rule = NextRule(Effect::kAllow);
  switch (theme_) {
    case RandomTheme::kAny:
    case RandomTheme::kPaths:
      rule.permissions = OneIn(3) ? PermissionSet::All() : Fs();
      rule.pattern = RulePattern::Text(Pick(kBroadPaths));
      break;
    case RandomTheme::kNames:
      rule.pattern =
          OneIn(2) || rule.permissions == PermissionSet(Permission::kSysInfo)
              ? RulePattern::Whole()
              : RulePattern::Text("*");
      if (rule.pattern.kind() == RulePattern::Kind::kWhole) {
        rule.permissions = PermissionSet::All();
      }
      break;
    case RandomTheme::kCalls:
      rule.pattern = RulePattern::Call("p.*", {}, CallForm::kList);
      break;
    case RandomTheme::kSecrets:
      rule.pattern = RulePattern::Secret({"**"});
      break;
    case RandomTheme::kEndpoints:
      rule.permissions = PermissionSet(OneIn(4) ? Permission::kNetListen
                                                : Permission::kNetConnect);
      rule.pattern = OneIn(3)   ? RulePattern::Whole()
                     : OneIn(3) ? RulePattern::Text(":1-65535")
                     : OneIn(2) ? RulePattern::Text("0.0.0.0/0")
                                : RulePattern::Text("*.io");
      break;
    case RandomTheme::kCommands:
      rule.pattern = RulePattern::Text(OneIn(2) ? "* **" : "/a/** **");
      break;
  }
  return rule;
}

Layer RandomPolicy::NextLayer(bool first) {
  constexpr Effect kEffects[] = {Effect::kAllow, Effect::kAllow, Effect::kAllow,
                                 Effect::kAllow, Effect::kAllow, Effect::kDeny,
                                 Effect::kDeny,  Effect::kAsk};
  Layer layer;
  layer.name = first ? "grants" : "more";
  const bool grants = first ? !OneIn(16) : OneIn(6);
  layer.default_effect = grants ? Effect::kDeny : Effect::kAllow;
  layer.precedence =
      OneIn(2) ? Precedence::kMostSpecific : Precedence::kDenyOverrides;
  layer.mode = OneIn(first ? 20 : 3) ? Mode::kAudit : Mode::kEnforce;
  layer.conceal = OneIn(4);
  const int bare = theme_ == RandomTheme::kEndpoints ? 2 : first ? 4 : 8;
  if (grants && !OneIn(bare)) layer.rules.push_back(BroadRule());
  int count = grants ? 2 + Below(8) : Below(4);
  if (OneIn(20)) count += 30;
  for (int i = 0; i < count; ++i) {
    const bool again = OneIn(theme_ == RandomTheme::kEndpoints ? 3 : 6);
    if (!layer.rules.empty() && again) {
      layer.rules.push_back(
          layer.rules[Below(static_cast<int>(layer.rules.size()))]);
      if (OneIn(2)) layer.rules.back().effect = Effect::kAllow;
      if (OneIn(2)) Vary(&layer.rules.back());
      continue;
    }
    layer.rules.push_back(NextRule(Pick(kEffects)));
    layer.rules.back().limits = NextLimits(layer.rules.back().effect);
  }
  return layer;
}

// So many wildcards alive at once that whoever keeps them in lists of fixed
// length has to do something else.
void RandomPolicy::Crowd(RandomStack* stack) {
  constexpr const char* kPieces[] = {
      "*",   "a*",  "*b", "?b", "a?", "??",  "*a*",  "*b*",  "a*b", "*?",
      "*?b", "a?*", "?*", "**", "ab", "?*?", "*a*b", "a*b*", "*??", "**"};
  for (int i = 200 + Below(400); i > 0; --i) {
    Rule rule;
    rule.effect = OneIn(3)    ? Effect::kDeny
                  : OneIn(10) ? Effect::kAsk
                              : Effect::kAllow;
    rule.permissions = OneIn(2) ? Fs() : PermissionSet(Pick(kPathPermissions));
    std::string text;
    for (int n = 2 + Below(3); n > 0; --n) {
      absl::StrAppend(&text, "/", Pick(kPieces));
    }
    // Else hardly anything would be allowed.
    if (rule.effect == Effect::kDeny) absl::StrAppend(&text, "/b/ab");
    rule.pattern = RulePattern::Text(text);
    stack->spec.layers[0].rules.push_back(std::move(rule));
  }
  stack->spec.lenient_wildcards = true;
  stack->crowded = crowded_ = true;
  for (int i = 0; i < 10; ++i) {
    std::string path;
    for (int n = 2 + Below(4); n > 0; --n) {
      absl::StrAppend(&path, OneIn(4) ? "/b" : "/ab");
    }
    examples_.push_back(path);
  }
}

RandomStack RandomPolicy::NextStack(RandomTheme theme) {
  constexpr RandomTheme kThemes[] = {
      RandomTheme::kPaths,   RandomTheme::kPaths,     RandomTheme::kPaths,
      RandomTheme::kPaths,   RandomTheme::kPaths,     RandomTheme::kPaths,
      RandomTheme::kNames,   RandomTheme::kNames,     RandomTheme::kCalls,
      RandomTheme::kSecrets, RandomTheme::kEndpoints, RandomTheme::kEndpoints,
      RandomTheme::kCommands};
  theme_ = theme == RandomTheme::kAny ? Pick(kThemes) : theme;
  lenient_ = !OneIn(5);
  has_base_ = OneIn(3);
  crowded_ = false;
  examples_.clear();
  stems_.clear();
  for (int i = Below(3); i > 0; --i) stems_.push_back(RandomPath());
  for (std::string& stem : stems_) {
    // As a pattern it must mean itself.
    if (stem.find_first_of("*?") != stem.npos || stem == "/") stem = "/a/b";
  }

  RandomStack stack;
  stack.unconfined = OneIn(30);
  stack.spec.lenient_wildcards = lenient_;
  if (has_base_) stack.spec.base_directory = OneIn(2) ? "/a/b" : "/a//x/../b/";
  stack.spec.variables = {{"DATA", "/a/ab"}, {"PIECE", "*{b"}};
  if (!OneIn(3)) stack.spec.signatures["p.f"] = {"x", "y"};
  if (!OneIn(3)) stack.spec.signatures["p.g"] = {"x", "*y"};
  for (int layers = OneIn(4) ? 1 : 2 + Below(3), i = 0; i < layers; ++i) {
    stack.spec.layers.push_back(NextLayer(i == 0));
  }
  for (int i = OneIn(2) ? 1 + Below(3) : 0; i > 0; --i) {
    const Rule rule = NextRule(Effect::kDeny);
    // A drop of everything leaves little to compare.
    if (rule.pattern.kind() == RulePattern::Kind::kWhole) continue;
    stack.drops.push_back({rule.permissions, rule.pattern});
    if (theme_ == RandomTheme::kPaths && OneIn(3)) {
      // And something beneath it, which it may cover or not.
      const std::string beneath = absl::StrCat(
          absl::StripPrefix(rule.pattern.text(), "exact:"), "/", Pick(kBelow));
      stack.drops.push_back({rule.permissions, RulePattern::Text(beneath)});
      examples_.push_back(absl::StrCat(examples_.back(), "/ab"));
    }
  }
  if (theme_ == RandomTheme::kEndpoints && OneIn(12)) {
    Rule rule = NextRule(Effect::kAllow);
    rule.pattern = RulePattern::Text(Pick(kOddEndpoints));
    stack.spec.layers[0].rules.push_back(std::move(rule));
  }
  if (theme_ == RandomTheme::kNames && OneIn(12)) {
    Rule rule;
    rule.effect = OneIn(2) ? Effect::kAllow : Effect::kDeny;
    rule.permissions = PermissionSet(OneIn(2) ? Permission::kEnvRead
                                              : Permission::kCodeImport);
    rule.pattern = RulePattern::Text(Pick(kOddNames));
    stack.spec.layers[0].rules.push_back(std::move(rule));
  }
  if (theme_ == RandomTheme::kCommands && OneIn(12)) {
    Rule rule;
    rule.effect = OneIn(2) ? Effect::kAllow : Effect::kDeny;
    rule.permissions = PermissionSet(Permission::kProcessSpawn);
    rule.pattern = OddCommand();
    stack.spec.layers[0].rules.push_back(std::move(rule));
  }
  if (theme_ == RandomTheme::kPaths && OneIn(100)) {
    Crowd(&stack);
  } else if (theme_ == RandomTheme::kPaths && OneIn(8)) {
    Rule rule;
    rule.effect = OneIn(2) ? Effect::kAllow : Effect::kDeny;
    rule.permissions = OneIn(5) ? PermissionSet::All() : Fs();
    rule.pattern = RulePattern::Text(Pick(kOddPatterns));
    if (OneIn(4)) {
      stack.drops.push_back({rule.permissions, rule.pattern});
    } else {
      stack.spec.layers[0].rules.push_back(std::move(rule));
    }
  }
  return stack;
}

OwnedAccess RandomPolicy::NextAccess() {
  OwnedAccess access;
  switch (theme_) {
    case RandomTheme::kAny:
    case RandomTheme::kPaths:
      access = PathAccess();
      break;
    case RandomTheme::kNames:
      access = NameAccess();
      break;
    case RandomTheme::kCalls:
      access = CallAccess();
      break;
    case RandomTheme::kSecrets:
      access = SecretAccess();
      break;
    case RandomTheme::kEndpoints:
      access = EndpointAccess();
      break;
    case RandomTheme::kCommands:
      access = CommandAccess();
      break;
  }
  if (OneIn(40)) access.form = Access::Form::kWhole;
  if (OneIn(100) && access.form != Access::Form::kCall &&
      access.form != Access::Form::kCommand) {
    access.permission = Pick(kOtherPermissions);
  }
  return access;
}

}  // namespace testing
}  // namespace postern
