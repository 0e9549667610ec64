#include "net/csp/header_filter.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "net/csp/frame_options.h"
#include "net/csp/intersect.h"

namespace postern {
namespace csp {
namespace {

// Concern the whole origin, the browser or third parties; never the app's.
constexpr absl::string_view kAlwaysDropped[] = {
    "accept-ch",
    "accept-ch-lifetime",
    "activate-storage-access",
    "alt-svc",
    "authentication-info",
    "clear-site-data",
    "critical-ch",
    "expect-ct",
    "nel",
    "origin-agent-cluster",
    "public-key-pins",
    "report-to",
    "reporting-endpoints",
    "sec-session-registration",
    "secure-session-registration",
    "service-worker-allowed",
    "set-cookie2",
    "set-login",
    "strict-transport-security",
    "timing-allow-origin",
    "www-authenticate",
    "x-content-security-policy",
    "x-permitted-cross-domain-policies",
    "x-webkit-csp",
};

// Steer a server that stands in front, and may make it send its own files:
// nginx (X-Accel-Redirect), Apache and lighttpd (X-Sendfile, X-LIGHTTPD-...),
// LiteSpeed, Perlbal (X-Reproxy-URL); and any proxy (RFC 9110, section 11.7).
constexpr absl::string_view kAlwaysDroppedPrefixes[] = {
    "proxy-",       "x-accel-",   "x-lighttpd-",
    "x-litespeed-", "x-reproxy-", "x-sendfile",
};

bool IsAlwaysDropped(absl::string_view name) {
  const auto starts = [name](absl::string_view prefix) {
    return absl::StartsWith(name, prefix);
  };
  return absl::EndsWith(name, "-report-only") ||
         std::any_of(std::begin(kAlwaysDroppedPrefixes),
                     std::end(kAlwaysDroppedPrefixes), starts) ||
         std::find(std::begin(kAlwaysDropped), std::end(kAlwaysDropped),
                   name) != std::end(kAlwaysDropped);
}

// What an app's own policies may cost the host: some tens of milliseconds.
constexpr size_t kMaxAppPolicyBytes = 16 << 10;
constexpr int kMaxPairs = 2000;

bool IsTokenByte(char c) {  // RFC 9110, section 5.6.2
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::StrContains("!#$%&'*+-.^_`|~", c);
}

bool IsValueByte(char c) {
  const unsigned char byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7F) || byte == '\t';
}

bool IsSound(const Header& header) {
  return !header.name.empty() &&
         std::all_of(header.name.begin(), header.name.end(), IsTokenByte) &&
         std::all_of(header.value.begin(), header.value.end(), IsValueByte);
}

bool SameOrigin(const Origin& a, const Origin& b) {
  return a.scheme == b.scheme && a.host == b.host &&
         EffectivePort(a) == EffectivePort(b);
}

class Filter {
 public:
  explicit Filter(const FilterOptions& options)
      : options_(options),
        self_(options.self.scheme.empty() ? AssumedOrigin() : options.self),
        policy_(options.policy) {}

  FilteredHeaders Run(const std::vector<Header>& app) {
    const bool cors = AllowsCors(app);
    for (const Header& header : app) Pass(header, cors);
    Finish();
    return std::move(out_);
  }

 private:
  void Tell(const Header& header, absl::string_view what) {
    out_.notes.push_back(
        absl::StrCat(absl::CHexEscape(header.name.substr(0, 100)), ": ", what));
  }

  void Pass(const Header& header, bool cors) {
    if (!IsSound(header)) {
      return Tell(header, "left out: a byte that no header holds");
    }
    const std::string name = absl::AsciiStrToLower(header.name);
    if (name == "content-security-policy") return TakePolicy(header);
    if (name == "x-frame-options") {
      frame_options_.push_back(header.value);
      return;
    }
    if (name == "set-cookie") return TakeCookie(header);
    if (absl::StartsWith(name, "access-control-")) {
      return TakeCors(name, header, cors);
    }
    if (IsAlwaysDropped(name)) {
      return Tell(header, "left out: not the app's to say");
    }
    out_.headers.push_back(header);
  }

  // ---- The app's own policy ----

  void TakePolicy(const Header& header) {
    if (options_.app_policy == FilterOptions::AppPolicy::kDrop) {
      return Tell(header, "left out: the host's stands in its place");
    }
    policy_bytes_ += header.value.size();
    if (policy_bytes_ > kMaxAppPolicyBytes) {
      return Tell(header, "left out: the app's policies are too long");
    }
    const absl::StatusOr<ParsedHeader> parsed = ParseHeader(header.value);
    if (!parsed.ok()) return Tell(header, "left out: cannot be read");
    for (const Policy& policy : parsed->policies) Narrow(header, policy);
  }

  void Narrow(const Header& header, Policy policy) {
    // Where it reports to is the host's affair, and a list that browsers may
    // leave out narrows nothing.
    auto& values = policy.directives;
    values.erase(
        std::remove_if(values.begin(), values.end(),
                       [](const DirectiveValue& value) {
                         return value.absent_in_chromium ||
                                value.directive == Directive::kReportUri ||
                                value.directive == Directive::kReportTo;
                       }),
        values.end());
    absl::StatusOr<Policy> both = Intersect(policy_, policy, self_, &budget_);
    if (!both.ok()) {
      return Tell(header, "left out: the host's policy cannot be narrowed so");
    }
    policy_ = *std::move(both);
    Tell(header, "narrows the host's policy");
  }

  // ---- Framing ----

  // What the app's headers say, as one. Where the host has a list for it, that
  // stands in their place, narrowed by them if the app may narrow.
  void FinishFraming() {
    FrameOptions options = ReadFrameOptions(frame_options_);
    if (options == FrameOptions::kAnyone && !frame_options_.empty()) {
      Tell({"X-Frame-Options", ""}, "left out: neither DENY nor SAMEORIGIN");
    }
    if (options != FrameOptions::kAnyone) NarrowFraming(options);
    const DirectiveValue* const list = policy_.Find(Directive::kFrameAncestors);
    if (list != nullptr) options = OptionsOf(*list);
    const std::string text(FrameOptionsText(options));
    if (!text.empty()) out_.headers.push_back({"X-Frame-Options", text});
  }

  void NarrowFraming(FrameOptions options) {
    const Header header = {"X-Frame-Options", ""};
    if (options_.app_policy == FilterOptions::AppPolicy::kDrop) {
      if (policy_.Find(Directive::kFrameAncestors) != nullptr) {
        Tell(header,
             "left out: the host's frame-ancestors stands in its place");
      }
      return;
    }
    Source source;
    source.kind = options == FrameOptions::kNobody ? SourceKind::kNone
                                                   : SourceKind::kSelf;
    Policy own;
    own.directives.emplace_back();
    own.directives[0].directive = Directive::kFrameAncestors;
    own.directives[0].sources = {{std::move(source), Place{}}};
    Narrow(header, std::move(own));
  }

  // What frame-ancestors says, for old browsers; where they know no such
  // thing, nothing.
  static FrameOptions OptionsOf(const DirectiveValue& list) {
    bool none = true, self_only = true;
    for (const PlacedSource& s : list.sources) {
      none = none && s.source.kind == SourceKind::kNone;
      self_only = self_only && s.source.kind == SourceKind::kSelf;
    }
    return none        ? FrameOptions::kNobody
           : self_only ? FrameOptions::kSameOrigin
                       : FrameOptions::kAnyone;
  }

  // ---- CORS ----

  bool AllowsCors(const std::vector<Header>& app) const {
    int count = 0;
    bool allowed = false;
    for (const Header& header : app) {
      if (!absl::EqualsIgnoreCase(header.name, "access-control-allow-origin")) {
        continue;
      }
      ++count;
      const absl::StatusOr<Origin> origin = ParseOrigin(header.value);
      allowed = origin.ok() &&
                std::any_of(
                    options_.cors_origins.begin(), options_.cors_origins.end(),
                    [&](const Origin& o) { return SameOrigin(o, *origin); });
    }
    // Two are an error to browsers; "*" and "null" name nobody.
    return count == 1 && allowed;
  }

  void TakeCors(const std::string& name, const Header& header, bool cors) {
    if (!cors) return Tell(header, "left out: not opened to that origin");
    // Credentials would let the other origin act as the person.
    if (name == "access-control-allow-credentials" ||
        name == "access-control-allow-private-network") {
      return Tell(header, "left out: not the app's to give");
    }
    out_.headers.push_back(header);
  }

  // ---- Cookies ----

  void TakeCookie(const Header& header) {
    if (options_.cookie_path.empty()) {
      return Tell(header, "left out: the app sets no cookies");
    }
    const std::vector<absl::string_view> parts =
        absl::StrSplit(header.value, ';');
    const absl::string_view pair = absl::StripAsciiWhitespace(parts[0]);
    const size_t equals = pair.find('=');
    if (equals == pair.npos || equals == 0 ||
        absl::StartsWithIgnoreCase(pair, "__host-") ||
        absl::StartsWithIgnoreCase(pair, "__http-") ||
        absl::StartsWithIgnoreCase(pair, "__secure-")) {
      return Tell(header, "left out: a name that is the host's");
    }
    std::string out(pair);
    bool strict = false;
    for (size_t i = 1; i < parts.size(); ++i) {
      const absl::string_view part = absl::StripAsciiWhitespace(parts[i]);
      const std::string key = absl::AsciiStrToLower(absl::StripAsciiWhitespace(
          part.substr(0, std::min(part.find('='), part.size()))));
      if (key == "max-age" || key == "expires" || key == "httponly") {
        absl::StrAppend(&out, "; ", part);
      }
      strict = strict ||
               (key == "samesite" && absl::EndsWithIgnoreCase(part, "strict"));
    }
    absl::StrAppend(&out, "; Path=", options_.cookie_path,
                    "; Secure; SameSite=", strict ? "Strict" : "Lax");
    if (out != header.value) Tell(header, "kept to the app's own path");
    out_.headers.push_back({header.name, std::move(out)});
  }

  void Finish() {
    const size_t place = out_.headers.size();
    FinishFraming();
    out_.headers.insert(
        out_.headers.begin() + static_cast<std::ptrdiff_t>(place),
        {"Content-Security-Policy", policy_.ToString()});
  }

  const FilterOptions& options_;
  const Origin self_;
  Policy policy_;
  std::vector<std::string> frame_options_;  // the app's
  size_t policy_bytes_ = 0;                 // of the app's policies
  PairBudget budget_{kMaxPairs};
  FilteredHeaders out_;
};

}  // namespace

FilteredHeaders FilterHeaders(const std::vector<Header>& app,
                              const FilterOptions& options) {
  return Filter(options).Run(app);
}

}  // namespace csp
}  // namespace postern
