#ifndef POSTERN_NET_CSP_SOURCE_H_
#define POSTERN_NET_CSP_SOURCE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace postern {
namespace csp {

enum class SourceKind : uint8_t {
  kInvalid = 0,  // matches nothing
  kNone,         // 'none'
  kAny,          // *
  kSelf,         // 'self'
  kScheme,       // https:
  kHost,         // [scheme://]host[:port][/path]
  kKeyword,
  kNonce,
  kHash,
};

enum class Keyword : uint8_t {
  kUnsafeInline,
  kUnsafeEval,
  kStrictDynamic,
  kUnsafeHashes,
  kReportSample,
  kWasmUnsafeEval,
  kTrustedTypesEval,
  kInlineSpeculationRules,
};

enum class PortKind : uint8_t { kUnset, kNumber, kAny };

// Who reads a source or a policy, and by which rules.
enum class Dialect : uint8_t {
  kSpec,      // CSP Level 3, editor's draft, to the letter
  kChromium,  // Chromium 156, as measured
};
constexpr Dialect kDialects[] = {Dialect::kSpec, Dialect::kChromium};

// One source expression (CSP3, section 2.3.1), read.
struct Source {
  SourceKind kind = SourceKind::kInvalid;
  Keyword keyword = Keyword::kUnsafeInline;
  std::string scheme;          // lower case; "" = that of the page
  bool host_wildcard = false;  // "*." + host, or "*" where host is ""
  std::string host;            // lower case
  PortKind port_kind = PortKind::kUnset;
  uint16_t port = 0;
  std::string path;  // percent-encoded; "" = every path
  // Of a nonce its value; of a hash "sha256-" and the digest in base64.
  std::string value;
  // Chromium reads it though it is outside the specification's grammar: a
  // query,
  // "%" without digits, "//".
  bool chromium_only = false;
  // What was written, if kind is kInvalid or chromium_only is set.
  std::string text;

  bool Is(Keyword one) const {
    return kind == SourceKind::kKeyword && keyword == one;
  }
  // The canonical form: equal texts are equal sources. Scheme, host, keyword
  // and algorithm in lower case, no ":443" on https and wss, no "/" for every
  // path, needless percent-encoding undone.
  std::string ToString() const;
};

bool operator==(const Source& a, const Source& b);

// Whether URLs are compared with the source: it is no keyword, nonce or hash.
bool MatchesUrls(const Source& source);

constexpr size_t kMaxSourceBytes = 1024;

struct ParsedSource {
  Source source;
  // Why it is kInvalid, or what is odd about it; "" = nothing.
  std::string problem;
  // Readers take it, but an author must not write it.
  bool refused_on_authoring = false;
};

// Reads one expression of visible ASCII without ";" and ",". It never fails:
// text that is no source becomes kInvalid, with the reason. Linear.
ParsedSource ParseSource(absl::string_view text);

absl::string_view KeywordName(Keyword keyword);  // with its quotes

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_SOURCE_H_
