#include "net/csp/conflict.h"

namespace postern {
namespace csp {
namespace {

using D = Directive;

struct ConflictRow {
  Conflict conflict;
  absl::string_view name;
};

// In the order of the enum.
constexpr ConflictRow kConflicts[] = {
    {Conflict::kNonce, "nonce"},
    {Conflict::kHash, "hash"},
    {Conflict::kStrictDynamic, "strict-dynamic"},
    {Conflict::kSandbox, "sandbox"},
    {Conflict::kTrustedTypes, "trusted-types"},
    {Conflict::kBaseUri, "base-uri"},
    {Conflict::kFormAction, "form-action"},
    {Conflict::kFrameAncestors, "frame-ancestors"},
    {Conflict::kUpgradeInsecureRequests, "upgrade-insecure-requests"},
    {Conflict::kReporting, "reporting"},
};

}  // namespace

absl::string_view ConflictName(Conflict conflict) {
  return kConflicts[static_cast<int>(conflict)].name;
}

absl::optional<Conflict> ParseConflictName(absl::string_view name) {
  for (const ConflictRow& row : kConflicts) {
    if (row.name == name) return row.conflict;
  }
  return absl::nullopt;
}

std::vector<Conflict> AllConflicts() {
  std::vector<Conflict> out;
  for (const ConflictRow& row : kConflicts) out.push_back(row.conflict);
  return out;
}

absl::optional<Conflict> ConflictOf(Directive directive) {
  if (IsFetchDirective(directive)) return absl::nullopt;
  if (directive == D::kBaseUri) return Conflict::kBaseUri;
  if (directive == D::kFormAction) return Conflict::kFormAction;
  if (directive == D::kFrameAncestors) return Conflict::kFrameAncestors;
  if (directive == D::kSandbox) return Conflict::kSandbox;
  if (directive == D::kUpgradeInsecureRequests) {
    return Conflict::kUpgradeInsecureRequests;
  }
  if (directive == D::kReportUri || directive == D::kReportTo) {
    return Conflict::kReporting;
  }
  return Conflict::kTrustedTypes;
}

absl::optional<Conflict> ConflictOf(const Source& source) {
  if (source.kind == SourceKind::kNonce) return Conflict::kNonce;
  if (source.kind == SourceKind::kHash) return Conflict::kHash;
  if (source.kind == SourceKind::kKeyword &&
      source.keyword == Keyword::kStrictDynamic) {
    return Conflict::kStrictDynamic;
  }
  return absl::nullopt;
}

}  // namespace csp
}  // namespace postern
