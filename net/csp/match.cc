#include "net/csp/match.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "net/csp/frame_options.h"
#include "net/csp/path_key.h"

namespace postern {
namespace csp {
namespace {

using Sources = std::vector<PlacedSource>;

// The place of the source of this kind and value, or -1.
int FindValue(const Sources& sources, SourceKind kind,
              absl::string_view value) {
  if (value.empty()) return -1;
  for (size_t i = 0; i < sources.size(); ++i) {
    if (sources[i].source.kind == kind && sources[i].source.value == value) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

// ---- Schemes and ports ----

enum class Fit : uint8_t { kNo, kUpgrade, kWildcard, kExact };

Fit SchemeFit(absl::string_view source, absl::string_view url,
              Dialect dialect) {
  if (source.empty()) return Fit::kNo;
  if (source == url) return Fit::kExact;
  if (source == "http" && url == "https") return Fit::kUpgrade;
  if (source == "ws" && url == "wss") return Fit::kUpgrade;
  if (dialect == Dialect::kChromium) return Fit::kNo;
  // Section 6.7.2.8: web socket schemes stand for http ones too.
  const bool http = url == "http" || url == "https";
  if ((source == "ws" && http) || (source == "wss" && url == "https")) {
    return Fit::kUpgrade;
  }
  return Fit::kNo;
}

Fit PortFit(const Source& source, const Url& url) {
  const absl::optional<uint16_t> port = EffectivePort(url);
  switch (source.port_kind) {
    case PortKind::kAny:
      return Fit::kWildcard;
    case PortKind::kUnset:
      return port == DefaultPort(url.scheme) ? Fit::kWildcard : Fit::kNo;
    case PortKind::kNumber:
      break;
  }
  // A URL does not name its scheme's own port, and so it fits any scheme.
  if (port == source.port) return url.port ? Fit::kExact : Fit::kWildcard;
  return source.port == 80 && port == uint16_t{443} ? Fit::kUpgrade : Fit::kNo;
}

// Chromium upgrades scheme and port together or not at all.
bool SchemeAndPortFit(const Source& source, const Origin* self, const Url& url,
                      Dialect dialect) {
  const absl::string_view scheme =
      !source.scheme.empty() ? absl::string_view(source.scheme)
      : self != nullptr      ? absl::string_view(self->scheme)
                             : absl::string_view();
  const Fit by_scheme = SchemeFit(scheme, url.scheme, dialect);
  const Fit by_port = PortFit(source, url);
  if (by_scheme == Fit::kNo || by_port == Fit::kNo) return false;
  if (dialect == Dialect::kSpec) return by_port != Fit::kUpgrade;
  if (by_scheme == Fit::kUpgrade) return by_port != Fit::kExact;
  return by_port != Fit::kUpgrade;
}

// ---- Hosts ----

bool HostFits(const Source& source, const Url& url, Dialect dialect) {
  if (url.host_kind == HostKind::kNone) return false;
  if (dialect == Dialect::kSpec && url.host_kind != HostKind::kName) {
    return false;  // section 6.7.2.9: only domains
  }
  if (!source.host_wildcard) return source.host == url.host;
  if (source.host.empty()) return true;
  return url.host.size() > source.host.size() &&
         absl::EndsWith(url.host, source.host) &&
         url.host[url.host.size() - source.host.size() - 1] == '.';
}

// A URL and, made where the first source asks for it, the key of its path.
class Target {
 public:
  Target(const Url& url, bool redirected, Dialect dialect)
      : url_(url), redirected_(redirected), dialect_(dialect) {}

  const Url& url() const { return url_; }

  // Section 6.7.2.7: a redirect makes paths void.
  bool PathFits(const Source& source) {
    if (redirected_ || source.path.empty()) return true;
    if (!path_) path_ = MakePathKey(url_.path, dialect_);
    const PathKey pattern = MakePathKey(source.path, dialect_);
    return pattern.is_prefix ? absl::StartsWith(path_->text, pattern.text)
                             : path_->text == pattern.text;
  }

 private:
  const Url& url_;
  const bool redirected_;
  const Dialect dialect_;
  absl::optional<PathKey> path_;
};

// ---- 'self' and "*" ----

bool IsWebSocket(absl::string_view scheme) {
  return scheme == "ws" || scheme == "wss";
}

// Section 6.7.2.7, step 4.
bool SelfFits(Directive directive, const Origin* self, const Url& url,
              Dialect dialect) {
  if (self == nullptr || url.host_kind == HostKind::kNone) return false;
  if (self->host != url.host) return false;
  if (IsWebSocket(url.scheme) && !GovernsWebSockets(directive) &&
      url.scheme != self->scheme) {
    return false;
  }
  const bool same_scheme = self->scheme == url.scheme;
  bool ports = self->port == url.port;  // unset = the scheme's own
  // Chromium compares the numbers: https://a.test:80 for http://a.test.
  if (dialect == Dialect::kChromium) {
    ports = ports || EffectivePort(*self) == EffectivePort(url);
  }
  if (!ports) return false;
  if (same_scheme) return true;
  return url.scheme == "https" || url.scheme == "wss" ||
         (self->scheme == "http" && url.scheme == "ws");
}

bool AnyFits(Directive directive, const Origin* self, const Url& url,
             Dialect dialect) {
  if (url.scheme == "http" || url.scheme == "https") return true;
  if (self != nullptr && url.scheme == self->scheme) return true;
  // Chromium: "*" stands for web sockets too.
  return dialect == Dialect::kChromium && IsWebSocket(url.scheme) &&
         GovernsWebSockets(directive);
}

// ---- Lists ----

bool Fits(const Source& source, Directive directive, const Origin* self,
          Dialect dialect, Target* target) {
  if (source.chromium_only && dialect == Dialect::kSpec) return false;
  const Url& url = target->url();
  switch (source.kind) {
    case SourceKind::kAny:
      return AnyFits(directive, self, url, dialect);
    case SourceKind::kSelf:
      return SelfFits(directive, self, url, dialect);
    case SourceKind::kScheme:
      return SchemeFit(source.scheme, url.scheme, dialect) != Fit::kNo;
    case SourceKind::kHost:
      return HostFits(source, url, dialect) &&
             SchemeAndPortFit(source, self, url, dialect) &&
             target->PathFits(source);
    case SourceKind::kInvalid:
    case SourceKind::kNone:
    case SourceKind::kKeyword:
    case SourceKind::kNonce:
    case SourceKind::kHash:
      return false;
  }
  return false;
}

int FindMatch(const Sources& sources, Directive directive, const Origin* self,
              const Load& load, Dialect dialect) {
  Target target(load.url, load.redirected, dialect);
  for (size_t i = 0; i < sources.size(); ++i) {
    if (Fits(sources[i].source, directive, self, dialect, &target)) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

// Section 6.4.2.1: ancestors are looked at as their origins. URLs without host,
// whose origins are opaque, are taken as they stand.
int FindAncestor(const Sources& sources, const Origin* self, const Url& page,
                 Dialect dialect) {
  Load load;
  load.url = page;
  if (page.host_kind != HostKind::kNone) load.url.path = "/";
  return FindMatch(sources, Directive::kFrameAncestors, self, load, dialect);
}

Answer AllowedBy(const DirectiveValue* governing, int source) {
  return {source >= 0, governing, source};
}

// Whether nonces, and of scripts digests and 'strict-dynamic', are looked at:
// the pre-request checks of script-src and style-src (sections 6.1.10, 6.1.13)
// and of default-src in their stead.
bool HasScriptRules(Directive leaf, Directive governing) {
  return governing == Directive::kScriptSrc ||
         governing == Directive::kScriptSrcElem ||
         (governing == Directive::kDefaultSrc &&
          leaf == Directive::kScriptSrcElem);
}

// The hash source that is one of the digests, or -1.
int FindHash(const Sources& sources, const ContentDigests& digests) {
  for (const std::string* digest :
       {&digests.sha256, &digests.sha384, &digests.sha512}) {
    const int found = FindValue(sources, SourceKind::kHash, *digest);
    if (found >= 0) return found;
  }
  return -1;
}

bool IsScript(InlineKind kind) {
  return kind == InlineKind::kScript || kind == InlineKind::kScriptAttribute ||
         kind == InlineKind::kJavaScriptUrl;
}

bool IsElement(InlineKind kind) {
  return kind == InlineKind::kScript || kind == InlineKind::kStyle;
}

// The 'unsafe-inline' that allows all inline code (section 6.7.3.2), or -1.
int FindAllowAllInline(const Sources& sources, InlineKind kind) {
  int found = -1;
  for (size_t i = 0; i < sources.size(); ++i) {
    const Source& source = sources[i].source;
    if (source.kind == SourceKind::kNonce || source.kind == SourceKind::kHash) {
      return -1;
    }
    if (source.kind != SourceKind::kKeyword) continue;
    if (source.keyword == Keyword::kStrictDynamic && IsScript(kind)) return -1;
    if (source.keyword == Keyword::kUnsafeInline) found = static_cast<int>(i);
  }
  return found;
}

}  // namespace

Directive LeafOfInline(InlineKind kind) {
  switch (kind) {
    case InlineKind::kScript:
      return Directive::kScriptSrcElem;
    case InlineKind::kScriptAttribute:
      return Directive::kScriptSrcAttr;
    case InlineKind::kStyle:
      return Directive::kStyleSrcElem;
    case InlineKind::kStyleAttribute:
      return Directive::kStyleSrcAttr;
    case InlineKind::kJavaScriptUrl:  // "navigation", section 6.8.2
      return Directive::kScriptSrcElem;
  }
  return Directive::kScriptSrcElem;
}

bool SourceMatches(const Source& source, Directive directive,
                   const Origin* self, const Url& url, bool redirected,
                   Dialect dialect) {
  Target target(url, redirected, dialect);
  return Fits(source, directive, self, dialect, &target);
}

Answer MatchLoad(const Policy& policy, const Origin* self, const Load& load,
                 Dialect dialect) {
  const Directive leaf = LeafOf(load.directive);
  const DirectiveValue* const governing = policy.Governing(leaf, dialect);
  if (governing == nullptr) return {true, nullptr, -1};
  const Sources& sources = governing->sources;
  if (leaf == Directive::kFrameAncestors) {
    return AllowedBy(governing, FindAncestor(sources, self, load.url, dialect));
  }
  const bool scripts = HasScriptRules(leaf, governing->directive);
  // A worker has neither nonce nor digest (HTML, "fetch a worker script").
  const bool worker = leaf == Directive::kWorkerSrc;
  if ((scripts && !worker) || leaf == Directive::kStyleSrcElem) {
    const int nonce = FindValue(sources, SourceKind::kNonce, load.nonce);
    if (nonce >= 0) return AllowedBy(governing, nonce);
  }
  if (scripts && !worker) {
    const int hash = FindValue(sources, SourceKind::kHash, load.integrity);
    if (hash >= 0) return AllowedBy(governing, hash);
  }
  // In Chromium, 'strict-dynamic' is for workers in every list.
  if (scripts || (worker && dialect == Dialect::kChromium)) {
    const int dynamic = FindKeyword(sources, Keyword::kStrictDynamic);
    if (dynamic >= 0) {
      // A worker does not stand in the page's text.
      const bool in_text = load.parser_inserted && !worker;
      return AllowedBy(governing, in_text ? -1 : dynamic);
    }
  }
  return AllowedBy(governing, FindMatch(sources, leaf, self, load, dialect));
}

Answer MatchInline(const Policy& policy, const InlineCode& code,
                   Dialect dialect) {
  const DirectiveValue* const governing =
      policy.Governing(LeafOfInline(code.kind), dialect);
  if (governing == nullptr) return {true, nullptr, -1};
  const Sources& sources = governing->sources;
  int source = FindAllowAllInline(sources, code.kind);
  if (source >= 0) return AllowedBy(governing, source);
  if (IsElement(code.kind)) {
    source = FindValue(sources, SourceKind::kNonce, code.nonce);
    if (source >= 0) return AllowedBy(governing, source);
  }
  // Chromium trusts inline scripts too that a trusted script inserts.
  if (dialect == Dialect::kChromium && code.kind == InlineKind::kScript &&
      !code.parser_inserted) {
    source = FindKeyword(sources, Keyword::kStrictDynamic);
    if (source >= 0) return AllowedBy(governing, source);
  }
  if (IsElement(code.kind) || HasKeyword(sources, Keyword::kUnsafeHashes)) {
    source = FindHash(sources, code.digests);
  }
  return AllowedBy(governing, source);
}

Answer MatchEval(const Policy& policy, EvalKind kind, Dialect dialect) {
  // Section 4.4: script-src, else default-src.
  const DirectiveValue* const governing =
      policy.Governing(Directive::kScriptSrc, dialect);
  if (governing == nullptr) return {true, nullptr, -1};
  int source = FindKeyword(governing->sources, Keyword::kUnsafeEval);
  if (source < 0 && kind == EvalKind::kWasm) {
    source = FindKeyword(governing->sources, Keyword::kWasmUnsafeEval);
  }
  return AllowedBy(governing, source);
}

bool MayBeFramedBy(absl::Span<const Policy> policies, const Origin* self,
                   absl::string_view x_frame_options, const Url& parent,
                   Dialect dialect) {
  bool has_list = false;
  for (const Policy& policy : policies) {
    Load load;
    load.directive = Directive::kFrameAncestors;
    load.url = parent;
    const Answer answer = MatchLoad(policy, self, load, dialect);
    if (!answer.allowed) return false;
    has_list = has_list || answer.governing != nullptr;
  }
  if (has_list) return true;
  switch (ReadFrameOptions({std::string(x_frame_options)})) {
    case FrameOptions::kAnyone:
      return true;
    case FrameOptions::kSameOrigin:
      return self != nullptr && self->scheme == parent.scheme &&
             self->host == parent.host &&
             EffectivePort(*self) == EffectivePort(parent);
    case FrameOptions::kNobody:
      return false;
  }
  return false;
}

absl::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kBlocked:
      return "blocked";
    case Verdict::kAllowed:
      return "allowed";
    case Verdict::kDependsOnBrowser:
      return "depends on the browser";
  }
  return "";
}

Verdict JudgeAll(absl::Span<const Policy> policies,
                 absl::FunctionRef<bool(const Policy&, Dialect)> allows) {
  bool allowed[] = {true, true};
  for (const Policy& policy : policies) {
    for (Dialect dialect : kDialects) {
      bool& one = allowed[static_cast<int>(dialect)];
      one = one && allows(policy, dialect);
    }
  }
  if (allowed[0] != allowed[1]) return Verdict::kDependsOnBrowser;
  return allowed[0] ? Verdict::kAllowed : Verdict::kBlocked;
}

Verdict JudgeLoad(absl::Span<const Policy> policies, const Origin* self,
                  const Load& load) {
  return JudgeAll(policies, [&](const Policy& policy, Dialect dialect) {
    return MatchLoad(policy, self, load, dialect).allowed;
  });
}

}  // namespace csp
}  // namespace postern
