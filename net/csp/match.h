#ifndef POSTERN_NET_CSP_MATCH_H_
#define POSTERN_NET_CSP_MATCH_H_

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "net/csp/policy.h"
#include "net/csp/url.h"

namespace postern {
namespace csp {

// A load that a page asks for.
struct Load {
  // What it is for: a leaf directive, base-uri, form-action or
  // frame-ancestors (`url` is then the framing page, of which its origin alone
  // counts). script-src, style-src and child-src mean what LeafOf() says.
  Directive directive = Directive::kImgSrc;
  Url url;
  bool redirected = false;  // `url` was reached by a redirect: paths are free
  std::string nonce;        // of the element, "" = none
  std::string integrity;    // "sha256-..." of the script element, "" = none
  // Of a script: it stands in the page's text. Else a script inserted it.
  bool parser_inserted = true;
};

enum class InlineKind : uint8_t {
  kScript,
  kScriptAttribute,
  kStyle,
  kStyleAttribute,
  kJavaScriptUrl,  // a navigation to a javascript: URL
};

// The leaf directive that governs such code, by its fallback chain.
Directive LeafOfInline(InlineKind kind);

// The digests of code as Source::value holds them: "sha256-" and base64. One
// that is empty matches nothing, so that code whose digests nobody made is
// allowed by no hash source. DigestContent() makes all of them.
struct ContentDigests {
  std::string sha256;
  std::string sha384;
  std::string sha512;
};

// Code inside a page.
struct InlineCode {
  InlineKind kind = InlineKind::kScript;
  ContentDigests digests;
  std::string nonce;
  bool parser_inserted = true;
};

enum class EvalKind : uint8_t { kJavaScript, kWasm };

// What one policy says.
struct Answer {
  bool allowed = false;
  // The value that decided; nullptr if nothing restricts this.
  const DirectiveValue* governing = nullptr;
  // Its source that allowed it, -1 if none did.
  int source = -1;
};

// Whether the policy lets a page of origin `self` do the load, run the code, or
// turn text into code. Without `self`, 'self' and sources without scheme match
// nothing. Thread-safe; linear.
//
// kSpec: CSP3, sections 6.7 and 6.8, editor's draft, in which a host that is
// an address matches no host source. Two readings of ours: 'self' does not
// match blob: URLs, as the shared browser tests want it, and of "*" and
// 'self', ws: and wss: are looked at in connect-src only, as nothing else
// opens a web socket.
// kChromium: as measured on Chromium 156 (docs/csp.md).
Answer MatchLoad(const Policy& policy, const Origin* self, const Load& load,
                 Dialect dialect);
Answer MatchInline(const Policy& policy, const InlineCode& code,
                   Dialect dialect);
Answer MatchEval(const Policy& policy, EvalKind kind, Dialect dialect);

// Whether one source matches the URL, in the list of `directive`.
bool SourceMatches(const Source& source, Directive directive,
                   const Origin* self, const Url& url, bool redirected,
                   Dialect dialect);

// Whether a response with these enforced policies and this X-Frame-Options
// header ("" = none, several parted by ",") may be framed by `parent`: the
// defence against clickjacking. HTML, section 7.5: frame-ancestors, where it
// is, makes X-Frame-Options void.
bool MayBeFramedBy(absl::Span<const Policy> policies, const Origin* self,
                   absl::string_view x_frame_options, const Url& parent,
                   Dialect dialect);

// For a person: what all browsers do, or that they differ.
enum class Verdict : uint8_t { kBlocked, kAllowed, kDependsOnBrowser };
absl::string_view VerdictName(Verdict verdict);  // "depends on the browser"

// The verdict that all policies of a response give together: on what
// `allows(policy, dialect)` asks of each, and on a load.
Verdict JudgeAll(absl::Span<const Policy> policies,
                 absl::FunctionRef<bool(const Policy&, Dialect)> allows);
Verdict JudgeLoad(absl::Span<const Policy> policies, const Origin* self,
                  const Load& load);

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_MATCH_H_
