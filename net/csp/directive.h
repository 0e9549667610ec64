#ifndef POSTERN_NET_CSP_DIRECTIVE_H_
#define POSTERN_NET_CSP_DIRECTIVE_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"

namespace postern {
namespace csp {

// The directives of CSP Level 3 and its extensions that are understood.
enum class Directive : uint8_t {
  // Fetch directives (CSP3, section 6.1).
  kDefaultSrc,
  kChildSrc,
  kScriptSrc,
  kStyleSrc,
  kConnectSrc,
  kFontSrc,
  kFrameSrc,
  kImgSrc,
  kManifestSrc,
  kMediaSrc,
  kObjectSrc,
  kScriptSrcAttr,
  kScriptSrcElem,
  kStyleSrcAttr,
  kStyleSrcElem,
  kWorkerSrc,
  // Source lists of documents and navigation (6.3, 6.4).
  kBaseUri,
  kFormAction,
  kFrameAncestors,
  // Directives whose values have other forms.
  kSandbox,
  kUpgradeInsecureRequests,
  kRequireTrustedTypesFor,
  kTrustedTypes,
  kReportUri,
  kReportTo,
};

// What stands after a directive's name.
enum class ValueKind : uint8_t {
  kSources,  // source expressions
  kTokens,   // words: sandbox flags, names of policies, places to report to
  kNothing,
};

constexpr int kDirectiveCount = static_cast<int>(Directive::kReportTo) + 1;

absl::string_view DirectiveName(Directive directive);
// ASCII case is ignored. nullopt for any other name.
absl::optional<Directive> ParseDirectiveName(absl::string_view name);

ValueKind ValueKindOf(Directive directive);
bool IsFetchDirective(Directive directive);

// The directives that may govern a load for `directive`, itself included: the
// first of them that a policy has does (CSP3, section 6.8.3). A directive that
// is no fetch directive has only itself. Static storage.
absl::Span<const Directive> FallbackChain(Directive directive);

// The fetch directives to which no other one falls back: each is one kind of
// load or of inline code. All but default-src, child-src, script-src and
// style-src.
absl::Span<const Directive> LeafDirectives();

// The kind of load that a person means by `directive`: elements by script-src
// and style-src, frames by child-src, else the directive itself.
Directive LeafOf(Directive directive);

// Whether web sockets are opened under the directive. Only there do "*" and
// 'self' stand for ws: and wss: too.
bool GovernsWebSockets(Directive directive);

// What a load that the directive governs is called: "images", "scripts".
absl::string_view WhatLoads(Directive directive);

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_DIRECTIVE_H_
