#include "bindings/cli/csp_check.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "bindings/cli/output.h"
#include "net/csp/match.h"
#include "net/csp/policy.h"
#include "net/csp/question.h"
#include "net/csp/url.h"
#include "permission/text/csp_json.h"

namespace postern {
namespace cli {
namespace {

using csp::Dialect;
using Policies = std::vector<csp::Policy>;

// Without the header's name, which may stand in front: blanks in its place keep
// the columns.
absl::StatusOr<std::string> HeaderValue(const std::string& header) {
  constexpr absl::string_view kName = "content-security-policy:";
  if (absl::StartsWithIgnoreCase(header,
                                 "content-security-policy-report-only:")) {
    return absl::InvalidArgumentError(
        "--header: a header that only reports blocks nothing");
  }
  if (!absl::StartsWithIgnoreCase(header, kName)) return header;
  return absl::StrCat(std::string(kName.size(), ' '),
                      header.substr(kName.size()));
}

absl::StatusOr<Policies> ReadPolicies(const CspArguments& arguments) {
  if (!arguments.has_header) {
    CspFiles files(arguments.variables);
    absl::StatusOr<csp::PolicyText> text = files.ReadExisting(arguments.policy);
    if (!text.ok()) return text.status();
    PrintWarnings(&files);
    return Policies{std::move(text->policy)};
  }
  const absl::StatusOr<std::string> value = HeaderValue(arguments.header);
  if (!value.ok()) return value.status();
  absl::StatusOr<csp::ParsedHeader> header = csp::ParseHeader(*value);
  if (!header.ok()) return header.status();
  for (const csp::ParseWarning& warning : header->warnings) {
    PrintError(absl::StrCat("warning: header:", warning.place.line, ":",
                            warning.place.column, ": ", warning.message));
  }
  return std::move(header->policies);
}

csp::QuestionText TextOf(const CspArguments& arguments) {
  csp::QuestionText text;
  text.directive = arguments.directive;
  text.url = arguments.url;
  text.redirected = arguments.redirected;
  text.inserted = arguments.inserted;
  text.nonce = arguments.nonce;
  text.digest = arguments.digest;
  return text;
}

std::string AnswerToText(const csp::FullAnswer& answer, bool detailed) {
  std::string out =
      absl::StrCat(csp::VerdictName(answer.verdict), ": ", answer.directive,
                   " ", answer.url, "  (page of ", answer.self, ")\n");
  if (!detailed) return out;
  absl::StrAppend(&out, "  may be governed by ",
                  absl::StrJoin(answer.chain, ", "), "\n");
  for (const csp::DialectAnswer& one : answer.dialects) {
    absl::StrAppend(
        &out, "  ",
        one.dialect == Dialect::kSpec ? "specification: " : "Chromium: ",
        one.allowed ? "allowed" : "blocked",
        one.governing.empty()
            ? ", nothing restricts it"
            : absl::StrCat(" by ", one.governing, one.source.empty() ? "" : " ",
                           one.source, ", line ", one.place.line, ", column ",
                           one.place.column),
        "\n");
  }
  if (answer.verdict == csp::Verdict::kAllowed) return out;
  if (!answer.remedy.empty()) {
    absl::StrAppend(&out, "  would be allowed by: ", answer.remedy, "\n");
  } else if (answer.advice.empty()) {
    absl::StrAppend(&out, "  no source would allow it everywhere\n");
  }
  if (!answer.advice.empty()) absl::StrAppend(&out, "  ", answer.advice, "\n");
  return out;
}

}  // namespace

absl::StatusOr<csp::Origin> SelfOf(const CspArguments& arguments) {
  if (arguments.self.empty()) return csp::AssumedOrigin();
  return csp::ParseOrigin(arguments.self);
}

void PrintWarnings(CspFiles* files) {
  for (const std::string& warning : files->TakeWarnings()) {
    PrintError(absl::StrCat("warning: ", warning));
  }
}

absl::StatusOr<ExitCode> CheckOrExplainCsp(const CspArguments& arguments,
                                           Output* out) {
  const absl::StatusOr<csp::Question> question =
      csp::ReadQuestion(TextOf(arguments));
  if (!question.ok()) return question.status();
  const absl::StatusOr<csp::Origin> self = SelfOf(arguments);
  if (!self.ok()) return self.status();
  const absl::StatusOr<Policies> policies = ReadPolicies(arguments);
  if (!policies.ok()) return policies.status();
  const csp::FullAnswer answer =
      csp::AnswerQuestion(*policies, *self, *question);
  const bool detailed = arguments.command == CspCommand::kExplain;
  out->Print(arguments.json ? CspAnswerToJson(answer, detailed)
                            : AnswerToText(answer, detailed));
  return answer.verdict == csp::Verdict::kAllowed ? ExitCode::kDone
                                                  : ExitCode::kDenied;
}

}  // namespace cli
}  // namespace postern
