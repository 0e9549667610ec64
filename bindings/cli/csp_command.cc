#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/csp_arguments.h"
#include "bindings/cli/csp_check.h"
#include "bindings/cli/csp_files.h"
#include "bindings/cli/csp_format.h"
#include "net/csp/merge.h"
#include "net/csp/open_hosts.h"
#include "net/csp/policy_text.h"
#include "net/csp/review.h"
#include "net/csp/url.h"
#include "permission/text/csp_json.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

using internal::QuoteForDisplay;

absl::Status ReadAdmin(const CspArguments& arguments, csp::MergeInput* input) {
  if (arguments.admin.empty()) return absl::OkStatus();
  const absl::StatusOr<std::string> text = ReadSmallFile(arguments.admin);
  if (!text.ok()) return text.status();
  absl::StatusOr<csp::AdminText> admin =
      csp::ParseAdminText(arguments.admin, *text);
  if (!admin.ok()) return admin.status();
  for (csp::GrantText& grant : admin->grants) {
    input->grants.push_back(csp::ToGrantInput(std::move(grant)));
  }
  input->ceiling = std::move(admin->ceiling);
  return absl::OkStatus();
}

absl::StatusOr<csp::MergeInput> ReadInput(const CspArguments& arguments,
                                          CspFiles* files) {
  csp::MergeInput input;
  absl::StatusOr<csp::PolicyText> base = files->ReadExisting(arguments.base);
  if (!base.ok()) return base.status();
  input.base = *std::move(base);
  for (const auto& app : arguments.apps) {
    absl::StatusOr<csp::PolicyText> request =
        files->ReadAsked(app.first, app.second);
    if (!request.ok()) return request.status();
    input.requests.push_back({app.first, *std::move(request)});
  }
  const absl::Status admin = ReadAdmin(arguments, &input);
  if (!admin.ok()) return admin;
  absl::StatusOr<csp::Origin> self = SelfOf(arguments);
  if (!self.ok()) return self.status();
  input.self = *std::move(self);
  return input;
}

std::string FromText(const std::vector<csp::Provenance>& all) {
  std::vector<std::string> out;
  for (const csp::Provenance& one : all) out.push_back(one.ToString());
  return out.empty() ? "" : absl::StrCat("   (", absl::StrJoin(out, "; "), ")");
}

void AppendMerged(const std::string& title, const csp::MergedPolicy& merged,
                  const std::vector<csp::Note>& notes, std::string* out) {
  absl::StrAppend(out, title,
                  "\nContent-Security-Policy: ", merged.policy.ToString(),
                  "\n");
  for (const csp::MergedValue& value : merged.values) {
    absl::StrAppend(out, "  ", csp::DirectiveName(value.directive),
                    FromText(value.from), "\n");
    for (const csp::MergedWord& word : value.words) {
      absl::StrAppend(out, "    ", word.text, FromText(word.from), "\n");
    }
  }
  if (!notes.empty()) absl::StrAppend(out, "Notes:\n", csp::NotesToText(notes));
}

std::string MergeToText(const csp::MergeResult& result) {
  std::string out;
  for (const csp::AppPolicy& app : result.apps) {
    AppendMerged(absl::StrCat("App ", QuoteForDisplay(app.app)), app.merged,
                 app.notes, &out);
    absl::StrAppend(&out, "\n");
  }
  AppendMerged("All apps together", result.all, result.notes, &out);
  return out;
}

// One policy as a server wants it, and on standard error how much the merge
// tells beside it.
absl::StatusOr<ExitCode> PrintFormatted(const CspArguments& arguments,
                                        const csp::MergeResult& result,
                                        Output* out) {
  const csp::MergedPolicy* merged = &result.all;
  const std::vector<csp::Note>* notes = &result.notes;
  for (const csp::AppPolicy& app : result.apps) {
    if (app.app != arguments.only) continue;
    merged = &app.merged;
    notes = &app.notes;
  }
  if (!arguments.only.empty() && merged == &result.all) {
    return absl::NotFoundError(
        absl::StrCat("no app is called ", QuoteForDisplay(arguments.only)));
  }
  const absl::StatusOr<std::string> text =
      FormatCsp(merged->policy, *arguments.format);
  if (!text.ok()) return text.status();
  if (!notes->empty()) {
    PrintError(absl::StrCat("warning: ", notes->size(),
                            " notes on what was left out, narrowed or not "
                            "granted; see them without --format"));
  }
  out->Print(*text);
  return ExitCode::kDone;
}

absl::StatusOr<csp::OpenHosts> ReadOpenHosts(const CspArguments& arguments) {
  if (arguments.open_hosts.empty()) {
    return csp::OpenHosts::Parse("open_hosts.txt",
                                 csp::OpenHosts::DefaultText());
  }
  const absl::StatusOr<std::string> text = ReadSmallFile(arguments.open_hosts);
  if (!text.ok()) return text.status();
  return csp::OpenHosts::Parse(arguments.open_hosts, *text);
}

absl::StatusOr<ExitCode> MergeOrReview(const CspArguments& arguments,
                                       Output* out) {
  CspFiles files(arguments.variables);
  const absl::StatusOr<csp::MergeInput> input = ReadInput(arguments, &files);
  if (!input.ok()) return input.status();
  const absl::StatusOr<csp::MergeResult> result = csp::Merge(*input);
  if (!result.ok()) return result.status();
  PrintWarnings(&files);
  const bool assumed = arguments.self.empty();
  if (assumed) {
    PrintError("warning: no --self: pages are taken to be served over https");
  }
  if (arguments.format) return PrintFormatted(arguments, *result, out);
  if (arguments.command == CspCommand::kMerge) {
    out->Print(arguments.json
                   ? CspMergeToJson(*result, input->self.ToString(), assumed)
                   : MergeToText(*result));
    return ExitCode::kDone;
  }
  const absl::StatusOr<csp::OpenHosts> hosts = ReadOpenHosts(arguments);
  if (!hosts.ok()) return hosts.status();
  const csp::Review review = csp::MakeReview(*input, *result, *hosts);
  out->Print(arguments.json ? CspReviewToJson(review)
                            : csp::ReviewToText(review));
  return ExitCode::kDone;
}

}  // namespace

absl::StatusOr<ExitCode> Csp(const Arguments& arguments, Output* out) {
  const absl::StatusOr<CspArguments> csp = ParseCspArguments(arguments.words);
  if (!csp.ok()) return csp.status();
  switch (csp->command) {
    case CspCommand::kHelp:
      out->Print(csp->help);
      return ExitCode::kDone;
    case CspCommand::kMerge:
    case CspCommand::kReview:
      return MergeOrReview(*csp, out);
    case CspCommand::kCheck:
    case CspCommand::kExplain:
      return CheckOrExplainCsp(*csp, out);
  }
  return ExitCode::kFailed;
}

}  // namespace cli
}  // namespace postern
