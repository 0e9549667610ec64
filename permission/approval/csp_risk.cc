#include "permission/approval/csp_risk.h"

#include <map>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "net/csp/conflict.h"
#include "net/csp/directive.h"
#include "net/csp/findings.h"
#include "net/csp/merge.h"
#include "net/csp/policy.h"
#include "net/csp/policy_text.h"
#include "net/csp/source.h"
#include "net/csp/url.h"
#include "permission/approval/csp_request.h"

namespace postern {
namespace {

using csp::Directive;
using FindingsByWord =
    std::map<std::pair<Directive, std::string>, std::vector<csp::Finding>>;

// With the words of its lists, as findings are told by them.
csp::MergedPolicy WithWords(csp::Policy policy) {
  csp::MergedPolicy merged;
  for (const csp::DirectiveValue& value : policy.directives) {
    merged.values.emplace_back();
    merged.values.back().directive = value.directive;
    for (const csp::PlacedSource& source : value.sources) {
      merged.values.back().words.push_back({source.source.ToString(), {}});
    }
  }
  merged.policy = std::move(policy);
  return merged;
}

// What is found in single words; of the whole policy nothing, as it is no
// policy of its own.
FindingsByWord Find(const std::vector<CspRequest>& requests,
                    const csp::OpenHosts& open_hosts) {
  FindingsByWord found;
  absl::StatusOr<csp::PolicyText> text = CspPolicyText(requests);
  if (!text.ok()) return found;
  for (csp::Finding& finding :
       csp::FindingsOf(WithWords(std::move(text->policy)), open_hosts,
                       csp::AssumedOrigin())) {
    if (finding.word.empty()) continue;
    found[{finding.directive, finding.word}].push_back(std::move(finding));
  }
  return found;
}

absl::optional<csp::Conflict> ConflictOf(const CspRequest& request,
                                         const csp::Source& source) {
  const absl::optional<csp::Conflict> whole =
      csp::ConflictOf(request.directive);
  return whole ? whole : csp::ConflictOf(source);
}

void Add(absl::string_view code, std::string text, bool broad,
         CspRisks* risks) {
  if (broad && !risks->broad) risks->broad = text;
  risks->notes.push_back({std::string(code), std::move(text)});
}

CspRisks RisksOf(const CspRequest& request, const FindingsByWord& found) {
  CspRisks risks;
  csp::Source source;
  if (csp::ValueKindOf(request.directive) == csp::ValueKind::kSources) {
    source = csp::ParseSource(request.word).source;
  }
  if (const auto conflict = ConflictOf(request, source)) {
    Add("conflict",
        absl::StrCat("changes more than it adds: has no effect until the "
                     "administrator accepts \"",
                     csp::ConflictName(*conflict), "\""),
        true, &risks);
  }
  const auto findings = found.find({request.directive, request.word});
  if (findings != found.end()) {
    for (const csp::Finding& finding : findings->second) {
      Add(absl::StrReplaceAll(absl::AsciiStrToLower(finding.code),
                              {{"_", "-"}}),
          absl::StrCat(csp::SeverityName(finding.severity), ": ",
                       finding.message),
          finding.severity >= csp::Severity::kMedium, &risks);
    }
  }
  if (source.kind == csp::SourceKind::kHost && source.host_wildcard &&
      !source.host.empty()) {
    Add("many-hosts", "every host below that name", true, &risks);
  }
  return risks;
}

}  // namespace

CspAssessor::CspAssessor() {
  absl::StatusOr<csp::OpenHosts> hosts =
      csp::OpenHosts::Parse("open_hosts.txt", csp::OpenHosts::DefaultText());
  if (hosts.ok()) open_hosts_ = *std::move(hosts);
}

std::vector<CspRisks> CspAssessor::Assess(
    const std::vector<CspRequest>& requests) const {
  std::vector<CspRisks> risks(requests.size());
  if (requests.empty() || !ValidateCsp(requests).ok()) return risks;
  const FindingsByWord found = Find(requests, open_hosts_);
  for (size_t i = 0; i < requests.size(); ++i) {
    risks[i] = RisksOf(requests[i], found);
  }
  return risks;
}

}  // namespace postern
