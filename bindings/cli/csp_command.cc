#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/optional.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/csp_arguments.h"
#include "bindings/cli/csp_json.h"
#include "net/csp/match.h"
#include "net/csp/merge.h"
#include "net/csp/open_hosts.h"
#include "net/csp/policy_text.h"
#include "net/csp/review.h"
#include "net/csp/subsume.h"
#include "net/csp/url.h"
#include "permission/approval/csp_request.h"
#include "permission/approval/manifest.h"
#include "permission/approval/manifest_proto.h"
#include "permission/proto/form.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

using internal::QuoteForDisplay;

// The bytes of a file, up to a little more than any of ours may have.
absl::StatusOr<std::string> ReadSmallFile(const std::string& name) {
  std::ifstream in(name, std::ios::binary);
  std::string bytes(csp::kMaxHeaderBytes + 1, '\0');
  in.read(&bytes[0], static_cast<std::streamsize>(bytes.size()));
  if (!in.is_open() || in.bad()) {
    return absl::NotFoundError(
        absl::StrCat("cannot read ", QuoteForDisplay(name)));
  }
  bytes.resize(static_cast<size_t>(in.gcount()));
  return bytes;
}

absl::StatusOr<csp::PolicyText> ReadPolicyText(const std::string& file) {
  const absl::StatusOr<std::string> text = ReadSmallFile(file);
  if (!text.ok()) return text.status();
  return csp::ParsePolicyText(file, *text);
}

// ---- merge, review ----

// Whether the name promises a manifest. ".policy" may be lines of a policy.
bool IsManifest(const std::string& file) {
  return DetectForm(file).ok() && !absl::EndsWith(file, ".policy");
}

// What an app asks for, in lines or in its manifest.
absl::StatusOr<csp::PolicyText> ReadRequest(const std::string& file) {
  if (!IsManifest(file)) return ReadPolicyText(file);
  const absl::StatusOr<Manifest> manifest = ReadManifestFile(file);
  if (!manifest.ok()) return manifest.status();
  return CspPolicyText(manifest->csp);
}

absl::Status ReadAdmin(const CspArguments& arguments, csp::MergeInput* input) {
  if (arguments.admin.empty()) return absl::OkStatus();
  const absl::StatusOr<std::string> text = ReadSmallFile(arguments.admin);
  if (!text.ok()) return text.status();
  absl::StatusOr<csp::AdminText> admin =
      csp::ParseAdminText(arguments.admin, *text);
  if (!admin.ok()) return admin.status();
  for (csp::GrantText& grant : admin->grants) {
    csp::GrantInput one;
    one.app = grant.app;
    one.grant = std::move(grant.grant);
    for (const csp::Acceptance& acceptance : grant.accepted) {
      one.accepted.push_back(acceptance.conflict);
    }
    input->grants.push_back(std::move(one));
  }
  input->ceiling = std::move(admin->ceiling);
  return absl::OkStatus();
}

absl::StatusOr<csp::MergeInput> ReadInput(const CspArguments& arguments) {
  csp::MergeInput input;
  absl::StatusOr<csp::PolicyText> base = ReadPolicyText(arguments.base);
  if (!base.ok()) return base.status();
  input.base = *std::move(base);
  for (const auto& app : arguments.apps) {
    absl::StatusOr<csp::PolicyText> request = ReadRequest(app.second);
    if (!request.ok()) return request.status();
    input.requests.push_back({app.first, *std::move(request)});
  }
  const absl::Status admin = ReadAdmin(arguments, &input);
  if (!admin.ok()) return admin;
  input.self = csp::AssumedOrigin();
  if (!arguments.self.empty()) {
    absl::StatusOr<csp::Origin> self = csp::ParseOrigin(arguments.self);
    if (!self.ok()) return self.status();
    input.self = *std::move(self);
  }
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

absl::StatusOr<ExitCode> MergeOrReview(const CspArguments& arguments,
                                       Output* out) {
  const absl::StatusOr<csp::MergeInput> input = ReadInput(arguments);
  if (!input.ok()) return input.status();
  const absl::StatusOr<csp::MergeResult> result = csp::Merge(*input);
  if (!result.ok()) return result.status();
  const bool assumed = arguments.self.empty();
  if (assumed) {
    PrintError("warning: no --self: pages are taken to be served over https");
  }
  if (arguments.command == CspCommand::kMerge) {
    out->Print(arguments.json
                   ? CspMergeToJson(*result, input->self.ToString(), assumed)
                   : MergeToText(*result));
    return ExitCode::kDone;
  }
  std::string hosts_text(csp::OpenHosts::DefaultText());
  std::string hosts_name = "open_hosts.txt";
  if (!arguments.open_hosts.empty()) {
    absl::StatusOr<std::string> read = ReadSmallFile(arguments.open_hosts);
    if (!read.ok()) return read.status();
    hosts_text = *std::move(read);
    hosts_name = arguments.open_hosts;
  }
  const absl::StatusOr<csp::OpenHosts> hosts =
      csp::OpenHosts::Parse(hosts_name, hosts_text);
  if (!hosts.ok()) return hosts.status();
  const csp::Review review = csp::MakeReview(*input, *result, *hosts);
  out->Print(arguments.json ? CspReviewToJson(review)
                            : csp::ReviewToText(review));
  return ExitCode::kDone;
}

// ---- check, explain ----

absl::StatusOr<std::vector<csp::Policy>> ReadPolicies(
    const CspArguments& arguments) {
  if (!arguments.has_header) {
    absl::StatusOr<csp::PolicyText> text = ReadPolicyText(arguments.policy);
    if (!text.ok()) return text.status();
    return std::vector<csp::Policy>{std::move(text->policy)};
  }
  absl::StatusOr<csp::ParsedHeader> header = csp::ParseHeader(arguments.header);
  if (!header.ok()) return header.status();
  for (const csp::ParseWarning& warning : header->warnings) {
    PrintError(absl::StrCat("warning: header:", warning.place.line, ":",
                            warning.place.column, ": ", warning.message));
  }
  return std::move(header->policies);
}

absl::StatusOr<csp::Load> ReadLoad(const CspArguments& arguments) {
  csp::Load load;
  const absl::StatusOr<csp::Directive> directive =
      csp::ParseAuthoredDirective(arguments.directive);
  if (!directive.ok()) return directive.status();
  if (csp::ValueKindOf(*directive) != csp::ValueKind::kSources ||
      *directive == csp::Directive::kDefaultSrc) {
    return absl::InvalidArgumentError(absl::StrCat(
        csp::DirectiveName(*directive),
        " loads nothing itself; name one such as img-src or script-src"));
  }
  load.directive = *directive;
  absl::StatusOr<csp::Url> url = csp::ParseUrl(arguments.url);
  if (!url.ok()) return url.status();
  load.url = *std::move(url);
  load.redirected = arguments.redirected;
  load.nonce = arguments.nonce;
  load.parser_inserted = !arguments.inserted;
  return load;
}

DialectAnswer AnswerOf(const csp::Policy& policy, const csp::Origin& self,
                       const csp::Load& load, csp::Dialect dialect) {
  const csp::Answer answer = csp::MatchLoad(policy, &self, load, dialect);
  DialectAnswer out;
  out.dialect = dialect;
  out.allowed = answer.allowed;
  if (answer.governing == nullptr) return out;
  out.governing = std::string(csp::DirectiveName(answer.governing->directive));
  out.place = answer.governing->place;
  if (answer.source >= 0) {
    const csp::PlacedSource& source =
        answer.governing->sources[static_cast<size_t>(answer.source)];
    out.source = source.source.ToString();
    out.place = source.place;
  }
  return out;
}

// The source that names what is loaded, and no more.
csp::Source SourceFor(const csp::Url& url) {
  return csp::ParseSource(
             url.host_kind == csp::HostKind::kNone
                 ? absl::StrCat(url.scheme, ":")
                 : absl::StrCat(url.scheme, "://", url.host,
                                url.port ? absl::StrCat(":", *url.port) : ""))
      .source;
}

// The line that would allow it if it were merged, "" if no source does: void
// beside 'strict-dynamic', or an address.
std::string RemedyFor(std::vector<csp::Policy> policies,
                      const csp::Origin& self, const csp::Load& load) {
  const csp::Source source = SourceFor(load.url);
  for (csp::Policy& policy : policies) {
    const csp::DirectiveValue* const governing =
        policy.Governing(csp::LeafOf(load.directive), csp::Dialect::kSpec);
    if (governing == nullptr) continue;
    policy.Find(governing->directive)
        ->sources.push_back({source, csp::Place{}});
  }
  return csp::JudgeLoad(policies, &self, load) == csp::Verdict::kAllowed
             ? absl::StrCat(csp::DirectiveName(load.directive), " ",
                            source.ToString())
             : "";
}

CspAnswer MakeAnswer(const std::vector<csp::Policy>& policies,
                     const csp::Origin& self, const csp::Load& load) {
  CspAnswer out;
  const csp::Directive leaf = csp::LeafOf(load.directive);
  out.verdict = csp::JudgeLoad(policies, &self, load);
  out.directive = std::string(csp::DirectiveName(load.directive));
  out.url = load.url.ToString();
  out.self = self.ToString();
  for (csp::Directive link : csp::FallbackChain(leaf)) {
    out.chain.emplace_back(csp::DirectiveName(link));
  }
  // The first policy that does not allow it; else the first.
  const csp::Policy nothing;
  const csp::Policy* decides = policies.empty() ? &nothing : &policies[0];
  for (const csp::Policy& policy : policies) {
    if (csp::JudgeLoad(absl::MakeConstSpan(&policy, 1), &self, load) ==
        csp::Verdict::kAllowed) {
      continue;
    }
    decides = &policy;
    break;
  }
  for (csp::Dialect dialect : {csp::Dialect::kSpec, csp::Dialect::kChromium}) {
    out.dialects.push_back(AnswerOf(*decides, self, load, dialect));
  }
  if (out.verdict != csp::Verdict::kAllowed) {
    out.remedy = RemedyFor(policies, self, load);
  }
  return out;
}

std::string AnswerToText(const CspAnswer& answer, bool detailed) {
  std::string out =
      absl::StrCat(csp::VerdictName(answer.verdict), ": ", answer.directive,
                   " ", answer.url, "  (page of ", answer.self, ")\n");
  if (!detailed) return out;
  absl::StrAppend(&out, "  may be governed by ",
                  absl::StrJoin(answer.chain, ", "), "\n");
  for (const DialectAnswer& one : answer.dialects) {
    absl::StrAppend(
        &out, "  ",
        one.dialect == csp::Dialect::kSpec ? "specification: " : "Chromium: ",
        one.allowed ? "allowed" : "blocked",
        one.governing.empty()
            ? ", nothing restricts it"
            : absl::StrCat(" by ", one.governing, one.source.empty() ? "" : " ",
                           one.source, ", line ", one.place.line, ", column ",
                           one.place.column),
        "\n");
  }
  if (!answer.remedy.empty()) {
    absl::StrAppend(&out, "  would be allowed by: ", answer.remedy, "\n");
  } else if (answer.verdict != csp::Verdict::kAllowed) {
    absl::StrAppend(&out, "  no source would allow it everywhere\n");
  }
  return out;
}

absl::StatusOr<ExitCode> CheckOrExplain(const CspArguments& arguments,
                                        Output* out) {
  const absl::StatusOr<csp::Load> load = ReadLoad(arguments);
  if (!load.ok()) return load.status();
  csp::Origin self = csp::AssumedOrigin();
  if (!arguments.self.empty()) {
    absl::StatusOr<csp::Origin> read = csp::ParseOrigin(arguments.self);
    if (!read.ok()) return read.status();
    self = *std::move(read);
  }
  const absl::StatusOr<std::vector<csp::Policy>> policies =
      ReadPolicies(arguments);
  if (!policies.ok()) return policies.status();
  const CspAnswer answer = MakeAnswer(*policies, self, *load);
  const bool detailed = arguments.command == CspCommand::kExplain;
  out->Print(arguments.json ? CspAnswerToJson(answer, detailed)
                            : AnswerToText(answer, detailed));
  return answer.verdict == csp::Verdict::kAllowed ? ExitCode::kDone
                                                  : ExitCode::kDenied;
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
      return CheckOrExplain(*csp, out);
  }
  return ExitCode::kFailed;
}

}  // namespace cli
}  // namespace postern
