#include "net/csp/reach.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "net/address.h"

namespace postern {
namespace csp {
namespace {

int32_t PortOf(absl::optional<uint16_t> port) {
  return port ? int32_t{*port} : Atom::kNoPort;
}

// Addresses and names are one to Chromium.
bool CountsAsName(HostKind kind, Dialect dialect) {
  return dialect == Dialect::kChromium || kind == HostKind::kName;
}

// The schemes that a scheme-part matches; the first is itself.
std::vector<absl::string_view> SchemesOf(absl::string_view scheme,
                                         Dialect dialect) {
  if (scheme == "http") return {"http", "https"};
  if (dialect == Dialect::kChromium) {
    if (scheme == "ws") return {"ws", "wss"};
    return {scheme};
  }
  if (scheme == "ws") return {"ws", "wss", "http", "https"};
  if (scheme == "wss") return {"wss", "https"};
  return {scheme};
}

Atom WholeScheme(absl::string_view scheme) {
  Atom atom;
  atom.scheme = std::string(scheme);
  atom.reach =
      IsSpecialScheme(scheme) ? HostReach::kAnyHost : HostReach::kEverything;
  return atom;
}

void AddAny(Directive directive, const Origin& self, Dialect dialect,
            std::vector<Atom>* out) {
  out->push_back(WholeScheme("http"));
  out->push_back(WholeScheme("https"));
  if (self.scheme != "http" && self.scheme != "https") {
    out->push_back(WholeScheme(self.scheme));
  }
  if (dialect != Dialect::kChromium || !GovernsWebSockets(directive)) return;
  for (absl::string_view scheme : {"ws", "wss"}) {
    if (self.scheme != scheme) out->push_back(WholeScheme(scheme));
  }
}

void AddSelf(Directive directive, const Origin& self, Dialect dialect,
             std::vector<Atom>* out) {
  std::vector<absl::string_view> schemes = {self.scheme};
  if (self.scheme != "https") schemes.push_back("https");
  if (GovernsWebSockets(directive)) {
    if (self.scheme != "wss") schemes.push_back("wss");
    if (self.scheme == "http") schemes.push_back("ws");
  }
  for (absl::string_view scheme : schemes) {
    Atom atom;
    atom.scheme = std::string(scheme);
    atom.host = self.host;
    atom.host_is_name = CountsAsName(self.host_kind, dialect);
    const int32_t standard = PortOf(DefaultPort(scheme));
    const int32_t own = PortOf(EffectivePort(self));
    if (!self.port) {
      atom.port = standard;
      out->push_back(atom);
    }
    // A URL does not name its scheme's own port, so by the specification the
    // same number there is another port; Chromium compares numbers.
    const bool numbers = dialect == Dialect::kChromium;
    const bool own_too = self.port ? numbers || own != standard
                                   : numbers && own != standard && own >= 0;
    if (own_too) {
      atom.port = own;
      out->push_back(atom);
    }
  }
}

// Sets the port with which the source matches URLs of `scheme`; false if it
// matches none.
bool SetPort(const Source& source, absl::string_view scheme, bool upgraded,
             Dialect dialect, Atom* atom) {
  switch (source.port_kind) {
    case PortKind::kAny:
      atom->port = Atom::kAnyPort;
      return true;
    case PortKind::kUnset:
      atom->port = PortOf(DefaultPort(scheme));
      return true;
    case PortKind::kNumber:
      break;
  }
  atom->port = source.port;
  if (dialect == Dialect::kSpec || !upgraded) return true;
  // Both https and wss are at 443, to which only 80 is upgraded.
  atom->port = 443;
  return source.port == 80 || source.port == 443;
}

void AddHost(const Source& source, Directive directive, const Origin& self,
             Dialect dialect, std::vector<Atom>* out) {
  const bool address = !source.host_wildcard && net::IsIpv4(source.host);
  if (address && dialect == Dialect::kSpec) return;
  const std::string& own = source.scheme.empty() ? self.scheme : source.scheme;
  for (absl::string_view scheme : SchemesOf(own, dialect)) {
    Atom atom;
    atom.scheme = std::string(scheme);
    atom.host = source.host;
    if (source.host_wildcard) atom.reach = HostReach::kBelow;
    if (source.host_wildcard && source.host.empty()) {
      atom.reach =
          dialect == Dialect::kSpec ? HostReach::kAnyName : HostReach::kAnyHost;
    }
    atom.is_upgrade = scheme != own;
    if (!SetPort(source, scheme, atom.is_upgrade, dialect, &atom)) continue;
    atom.any_path = source.path.empty();
    if (!atom.any_path) {
      atom.path = MakePathKey(source.path, dialect);
      atom.written_path = source.path;
      atom.any_path = atom.path.text == "/";
    }
    // An ancestor's path is always "/".
    if (!atom.any_path && directive == Directive::kFrameAncestors) continue;
    out->push_back(std::move(atom));
  }
}

bool HostsCover(const Atom& a, const Atom& b) {
  switch (a.reach) {
    case HostReach::kExact:
      return b.reach == HostReach::kExact && a.host == b.host;
    case HostReach::kBelow:
      if (b.reach == HostReach::kBelow && a.host == b.host) return true;
      return b.host_is_name && b.host.size() > a.host.size() &&
             absl::EndsWith(b.host, a.host) &&
             b.host[b.host.size() - a.host.size() - 1] == '.';
    case HostReach::kAnyName:
      return b.reach <= HostReach::kAnyName && b.host_is_name;
    case HostReach::kAnyHost:
      return b.reach <= HostReach::kAnyHost;
    case HostReach::kEverything:
      return true;
  }
  return false;
}

bool PathsCover(const Atom& a, const Atom& b) {
  if (a.any_path) return true;
  if (b.any_path) return false;
  if (a.path.is_prefix) return absl::StartsWith(b.path.text, a.path.text);
  return !b.path.is_prefix && a.path.text == b.path.text;
}

// The atom of the unencrypted scheme, if its port is that scheme's default.
absl::optional<Atom> PlainTwin(const Atom& atom) {
  const absl::string_view plain = atom.scheme == "https" ? "http"
                                  : atom.scheme == "wss" ? "ws"
                                                         : "";
  if (!atom.is_upgrade || plain.empty() ||
      atom.port != PortOf(DefaultPort(plain))) {
    return absl::nullopt;
  }
  Atom twin = atom;
  twin.scheme = std::string(plain);
  return twin;
}

bool CoversAsItStands(const Atom& a, const Atom& b) {
  return a.scheme == b.scheme &&
         (a.port == Atom::kAnyPort || a.port == b.port) && HostsCover(a, b) &&
         PathsCover(a, b);
}

std::string Key(absl::string_view scheme, HostReach reach,
                absl::string_view host, int32_t port) {
  return absl::StrCat(scheme, ":", static_cast<int>(reach), ":", host, ":",
                      port);
}

}  // namespace

std::vector<Atom> AtomsOf(const Source& source, Directive directive,
                          const Origin& self, Dialect dialect) {
  std::vector<Atom> out;
  if (source.chromium_only && dialect == Dialect::kSpec) return out;
  switch (source.kind) {
    case SourceKind::kAny:
      AddAny(directive, self, dialect, &out);
      break;
    case SourceKind::kSelf:
      AddSelf(directive, self, dialect, &out);
      break;
    case SourceKind::kScheme:
      for (absl::string_view scheme : SchemesOf(source.scheme, dialect)) {
        out.push_back(WholeScheme(scheme));
      }
      break;
    case SourceKind::kHost:
      AddHost(source, directive, self, dialect, &out);
      break;
    case SourceKind::kInvalid:
    case SourceKind::kNone:
    case SourceKind::kKeyword:
    case SourceKind::kNonce:
    case SourceKind::kHash:
      break;
  }
  return out;
}

Atom AtomOf(const Url& url, Dialect dialect) {
  Atom atom;
  atom.scheme = url.scheme;
  atom.host = url.host;
  atom.host_is_name = CountsAsName(url.host_kind, dialect);
  if (url.host_kind == HostKind::kNone) atom.reach = HostReach::kEverything;
  atom.port = PortOf(EffectivePort(url));
  atom.any_path = false;
  atom.path = MakePathKey(url.path, dialect);
  atom.written_path = url.path;
  return atom;
}

bool Covers(const Atom& a, const Atom& b) {
  if (CoversAsItStands(a, b)) return true;
  const absl::optional<Atom> twin = PlainTwin(b);
  return twin && CoversAsItStands(a, *twin);
}

absl::optional<Atom> Meet(const Atom& a, const Atom& b) {
  if (a.scheme != b.scheme) return absl::nullopt;
  Atom out;
  if (HostsCover(a, b)) {
    out = b;
  } else if (HostsCover(b, a)) {
    out = a;
  } else {
    return absl::nullopt;
  }
  if (a.port != b.port && a.port != Atom::kAnyPort &&
      b.port != Atom::kAnyPort) {
    return absl::nullopt;
  }
  out.port = a.port == Atom::kAnyPort ? b.port : a.port;
  const Atom* path = PathsCover(a, b) ? &b : PathsCover(b, a) ? &a : nullptr;
  if (path == nullptr) return absl::nullopt;
  out.any_path = path->any_path;
  out.is_upgrade = a.is_upgrade && b.is_upgrade;
  out.path = path->path;
  out.written_path = path->written_path;
  return out;
}

Url Witness(const Atom& atom, int number) {
  const std::string word = absl::StrCat("w", number);
  Url url;
  url.scheme = atom.scheme;
  url.host_kind = HostKind::kName;
  switch (atom.reach) {
    case HostReach::kExact:
      url.host = atom.host;
      if (absl::StartsWith(atom.host, "[")) url.host_kind = HostKind::kIpv6;
      if (net::IsIpv4(atom.host)) url.host_kind = HostKind::kIpv4;
      break;
    case HostReach::kBelow:
      url.host = absl::StrCat(word, ".", atom.host);
      break;
    case HostReach::kAnyName:
      url.host = absl::StrCat(word, ".example");
      break;
    case HostReach::kAnyHost:
      // Addresses in turn (RFC 5737).
      url.host = number % 2 == 0
                     ? absl::StrCat(word, ".example")
                     : absl::StrCat("192.0.2.", 1 + number / 2 % 250);
      if (number % 2 != 0) url.host_kind = HostKind::kIpv4;
      break;
    case HostReach::kEverything:
      url.host_kind = HostKind::kNone;
      url.path = word;
      return url;
  }
  if (atom.port >= 0 &&
      DefaultPort(atom.scheme) != static_cast<uint16_t>(atom.port)) {
    url.port = static_cast<uint16_t>(atom.port);
  }
  if (atom.port == Atom::kAnyPort && number > 1) {
    url.port = static_cast<uint16_t>(1024 + number % 60000);
  }
  if (atom.any_path) {
    url.path = number < 2 ? "/" : absl::StrCat("/", word);
  } else {
    url.path = atom.path.is_prefix ? absl::StrCat(atom.written_path, word)
                                   : atom.written_path;
  }
  return url;
}

void Reach::Add(const Atom& atom) {
  ++size_;
  Paths& paths = paths_[Key(atom.scheme, atom.reach, atom.host, atom.port)];
  if (atom.any_path) {
    paths.any = true;
  } else if (atom.path.is_prefix) {
    paths.prefixes.insert(atom.path.text);
  } else {
    paths.exact.insert(atom.path.text);
  }
}

bool Reach::CoversAt(const Atom& atom, HostReach reach,
                     absl::string_view host) const {
  const int32_t ports[] = {Atom::kAnyPort, atom.port};
  for (int32_t port : ports) {
    const auto found = paths_.find(Key(atom.scheme, reach, host, port));
    if (found == paths_.end()) continue;
    const Paths& paths = found->second;
    if (paths.any) return true;
    if (atom.any_path) continue;
    if (!atom.path.is_prefix && paths.exact.contains(atom.path.text)) {
      return true;
    }
    if (paths.prefixes.empty()) continue;
    const absl::string_view text = atom.path.text;
    for (size_t slash = text.find('/'); slash != text.npos;
         slash = text.find('/', slash + 1)) {
      if (paths.prefixes.contains(text.substr(0, slash + 1))) return true;
    }
  }
  return false;
}

bool Reach::Covers(const Atom& atom) const {
  if (CoversAsItStands(atom)) return true;
  const absl::optional<Atom> twin = PlainTwin(atom);
  return twin && CoversAsItStands(*twin);
}

bool Reach::CoversAsItStands(const Atom& atom) const {
  if (CoversAt(atom, HostReach::kEverything, "")) return true;
  if (atom.reach == HostReach::kEverything) return false;
  if (CoversAt(atom, HostReach::kAnyHost, "")) return true;
  if (atom.reach == HostReach::kAnyHost) return false;
  if (atom.reach == HostReach::kExact &&
      CoversAt(atom, HostReach::kExact, atom.host)) {
    return true;
  }
  if (!atom.host_is_name) return false;
  if (CoversAt(atom, HostReach::kAnyName, "")) return true;
  if (atom.reach == HostReach::kAnyName) return false;
  if (atom.reach == HostReach::kBelow &&
      CoversAt(atom, HostReach::kBelow, atom.host)) {
    return true;
  }
  const absl::string_view host = atom.host;
  for (size_t dot = host.find('.'); dot != host.npos;
       dot = host.find('.', dot + 1)) {
    if (CoversAt(atom, HostReach::kBelow, host.substr(dot + 1))) return true;
  }
  return false;
}

void BothReaches::Add(const Source& source) {
  for (Dialect dialect : kDialects) {
    for (const Atom& atom : AtomsOf(source, directive_, self_, dialect)) {
      reaches_[static_cast<int>(dialect)].Add(atom);
    }
  }
}

bool BothReaches::Cover(const Source& source) const {
  for (Dialect dialect : kDialects) {
    for (const Atom& atom : AtomsOf(source, directive_, self_, dialect)) {
      if (!reaches_[static_cast<int>(dialect)].Covers(atom)) return false;
    }
  }
  return true;
}

}  // namespace csp
}  // namespace postern
