#include "net/csp/directive.h"

#include "absl/strings/match.h"

namespace postern {
namespace csp {
namespace {

using D = Directive;

constexpr D kDefault[] = {D::kDefaultSrc};
constexpr D kChild[] = {D::kChildSrc, D::kDefaultSrc};
constexpr D kScript[] = {D::kScriptSrc, D::kDefaultSrc};
constexpr D kStyle[] = {D::kStyleSrc, D::kDefaultSrc};
constexpr D kConnect[] = {D::kConnectSrc, D::kDefaultSrc};
constexpr D kFont[] = {D::kFontSrc, D::kDefaultSrc};
constexpr D kFrame[] = {D::kFrameSrc, D::kChildSrc, D::kDefaultSrc};
constexpr D kImg[] = {D::kImgSrc, D::kDefaultSrc};
constexpr D kManifest[] = {D::kManifestSrc, D::kDefaultSrc};
constexpr D kMedia[] = {D::kMediaSrc, D::kDefaultSrc};
constexpr D kObject[] = {D::kObjectSrc, D::kDefaultSrc};
constexpr D kScriptAttr[] = {D::kScriptSrcAttr, D::kScriptSrc, D::kDefaultSrc};
constexpr D kScriptElem[] = {D::kScriptSrcElem, D::kScriptSrc, D::kDefaultSrc};
constexpr D kStyleAttr[] = {D::kStyleSrcAttr, D::kStyleSrc, D::kDefaultSrc};
constexpr D kStyleElem[] = {D::kStyleSrcElem, D::kStyleSrc, D::kDefaultSrc};
constexpr D kWorker[] = {D::kWorkerSrc, D::kChildSrc, D::kScriptSrc,
                         D::kDefaultSrc};
constexpr D kBaseUri[] = {D::kBaseUri};
constexpr D kFormAction[] = {D::kFormAction};
constexpr D kFrameAncestors[] = {D::kFrameAncestors};
constexpr D kSandbox[] = {D::kSandbox};
constexpr D kUpgrade[] = {D::kUpgradeInsecureRequests};
constexpr D kRequireTypes[] = {D::kRequireTrustedTypesFor};
constexpr D kTypes[] = {D::kTrustedTypes};
constexpr D kReportUri[] = {D::kReportUri};
constexpr D kReportTo[] = {D::kReportTo};

constexpr D kLeaves[] = {
    D::kConnectSrc,    D::kFontSrc,      D::kFrameSrc,     D::kImgSrc,
    D::kManifestSrc,   D::kMediaSrc,     D::kObjectSrc,    D::kScriptSrcAttr,
    D::kScriptSrcElem, D::kStyleSrcAttr, D::kStyleSrcElem, D::kWorkerSrc,
};

struct Row {
  D directive;
  absl::string_view name;
  absl::string_view loads;
  ValueKind kind;
  absl::Span<const D> chain;
};

// In the order of the enum.
constexpr Row kRows[] = {
    {D::kDefaultSrc, "default-src", "loads of every kind", ValueKind::kSources,
     kDefault},
    {D::kChildSrc, "child-src", "frames and workers", ValueKind::kSources,
     kChild},
    {D::kScriptSrc, "script-src", "scripts", ValueKind::kSources, kScript},
    {D::kStyleSrc, "style-src", "styles", ValueKind::kSources, kStyle},
    {D::kConnectSrc, "connect-src", "connections by script",
     ValueKind::kSources, kConnect},
    {D::kFontSrc, "font-src", "fonts", ValueKind::kSources, kFont},
    {D::kFrameSrc, "frame-src", "frames", ValueKind::kSources, kFrame},
    {D::kImgSrc, "img-src", "images", ValueKind::kSources, kImg},
    {D::kManifestSrc, "manifest-src", "web app manifests", ValueKind::kSources,
     kManifest},
    {D::kMediaSrc, "media-src", "audio and video", ValueKind::kSources, kMedia},
    {D::kObjectSrc, "object-src", "plug-ins and embedded objects",
     ValueKind::kSources, kObject},
    {D::kScriptSrcAttr, "script-src-attr", "event handlers",
     ValueKind::kSources, kScriptAttr},
    {D::kScriptSrcElem, "script-src-elem", "script elements",
     ValueKind::kSources, kScriptElem},
    {D::kStyleSrcAttr, "style-src-attr", "style attributes",
     ValueKind::kSources, kStyleAttr},
    {D::kStyleSrcElem, "style-src-elem", "style sheets", ValueKind::kSources,
     kStyleElem},
    {D::kWorkerSrc, "worker-src", "workers", ValueKind::kSources, kWorker},
    {D::kBaseUri, "base-uri", "base URLs", ValueKind::kSources, kBaseUri},
    {D::kFormAction, "form-action", "form submissions", ValueKind::kSources,
     kFormAction},
    {D::kFrameAncestors, "frame-ancestors", "pages that frame it",
     ValueKind::kSources, kFrameAncestors},
    {D::kSandbox, "sandbox", "sandbox flags", ValueKind::kTokens, kSandbox},
    {D::kUpgradeInsecureRequests, "upgrade-insecure-requests",
     "upgrades to https", ValueKind::kNothing, kUpgrade},
    {D::kRequireTrustedTypesFor, "require-trusted-types-for",
     "sinks that want trusted types", ValueKind::kTokens, kRequireTypes},
    {D::kTrustedTypes, "trusted-types", "names of trusted types policies",
     ValueKind::kTokens, kTypes},
    {D::kReportUri, "report-uri", "places for reports", ValueKind::kTokens,
     kReportUri},
    {D::kReportTo, "report-to", "places for reports", ValueKind::kTokens,
     kReportTo},
};
static_assert(sizeof(kRows) / sizeof(kRows[0]) == kDirectiveCount,
              "a row for each directive");

const Row& RowOf(Directive directive) {
  return kRows[static_cast<int>(directive)];
}

}  // namespace

absl::string_view DirectiveName(Directive directive) {
  return RowOf(directive).name;
}

absl::optional<Directive> ParseDirectiveName(absl::string_view name) {
  for (const Row& row : kRows) {
    if (absl::EqualsIgnoreCase(row.name, name)) return row.directive;
  }
  return absl::nullopt;
}

ValueKind ValueKindOf(Directive directive) { return RowOf(directive).kind; }

bool IsFetchDirective(Directive directive) {
  return directive <= Directive::kWorkerSrc;
}

absl::Span<const Directive> FallbackChain(Directive directive) {
  return RowOf(directive).chain;
}

absl::Span<const Directive> LeafDirectives() { return kLeaves; }

Directive LeafOf(Directive directive) {
  if (directive == D::kScriptSrc) return D::kScriptSrcElem;
  if (directive == D::kStyleSrc) return D::kStyleSrcElem;
  if (directive == D::kChildSrc) return D::kFrameSrc;
  return directive;
}

bool GovernsWebSockets(Directive directive) {
  return directive == D::kConnectSrc;
}

absl::string_view WhatLoads(Directive directive) {
  return RowOf(directive).loads;
}

}  // namespace csp
}  // namespace postern
