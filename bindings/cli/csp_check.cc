#include "bindings/cli/csp_check.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "bindings/cli/csp_json.h"
#include "bindings/cli/output.h"
#include "net/csp/directive.h"
#include "net/csp/match.h"
#include "net/csp/policy.h"
#include "net/csp/policy_text.h"
#include "net/csp/source.h"
#include "net/csp/url.h"

namespace postern {
namespace cli {
namespace {

using csp::Dialect;
using csp::Directive;
using csp::kDialects;
using Policies = std::vector<csp::Policy>;

// What is asked about: exactly one of these.
struct CspQuestion {
  Directive directive = Directive::kImgSrc;  // as it was asked for
  Directive leaf = Directive::kImgSrc;       // whose fallback chain counts
  std::string what;                          // the URL, or the word for code
  absl::optional<csp::Load> load;
  absl::optional<csp::InlineCode> code;
  absl::optional<csp::EvalKind> eval;
};

csp::Answer Ask(const csp::Policy& policy, const csp::Origin& self,
                const CspQuestion& question, Dialect dialect) {
  if (question.load) {
    return csp::MatchLoad(policy, &self, *question.load, dialect);
  }
  if (question.code) return csp::MatchInline(policy, *question.code, dialect);
  return csp::MatchEval(policy, *question.eval, dialect);
}

csp::Verdict Judge(absl::Span<const csp::Policy> policies,
                   const csp::Origin& self, const CspQuestion& question) {
  bool allowed[] = {true, true};
  for (const csp::Policy& policy : policies) {
    for (Dialect dialect : kDialects) {
      bool& one = allowed[static_cast<int>(dialect)];
      one = one && Ask(policy, self, question, dialect).allowed;
    }
  }
  if (allowed[0] != allowed[1]) return csp::Verdict::kDependsOnBrowser;
  return allowed[0] ? csp::Verdict::kAllowed : csp::Verdict::kBlocked;
}

// ---- What is asked ----

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

bool IsAttribute(Directive directive) {
  return directive == Directive::kScriptSrcAttr ||
         directive == Directive::kStyleSrcAttr;
}

// The code that "inline" or "javascript:" means under the directive.
absl::optional<csp::InlineKind> InlineKindOf(Directive directive,
                                             absl::string_view word) {
  if (word == "javascript:") {
    return csp::LeafOf(directive) == Directive::kScriptSrcElem
               ? absl::make_optional(csp::InlineKind::kJavaScriptUrl)
               : absl::nullopt;
  }
  for (csp::InlineKind kind :
       {csp::InlineKind::kScript, csp::InlineKind::kScriptAttribute,
        csp::InlineKind::kStyle, csp::InlineKind::kStyleAttribute}) {
    if (csp::LeafOfInline(kind) == csp::LeafOf(directive)) return kind;
  }
  return absl::nullopt;
}

absl::Status SetDigest(const std::string& digest, csp::InlineCode* code) {
  if (digest.empty()) return absl::OkStatus();
  const csp::Source source =
      csp::ParseSource(absl::StrCat("'", digest, "'")).source;
  if (source.kind != csp::SourceKind::kHash) {
    return absl::InvalidArgumentError(
        "--digest: expected sha256-, sha384- or sha512- and base64");
  }
  csp::ContentDigests& digests = code->digests;
  (absl::StartsWith(source.value, "sha256-")   ? digests.sha256
   : absl::StartsWith(source.value, "sha384-") ? digests.sha384
                                               : digests.sha512) = source.value;
  return absl::OkStatus();
}

absl::Status SetCode(const CspArguments& arguments, CspQuestion* question) {
  const Directive directive = question->directive;
  if (arguments.url == "eval" || arguments.url == "wasm") {
    if (directive != Directive::kScriptSrc) {
      return absl::InvalidArgumentError(
          absl::StrCat(csp::DirectiveName(directive),
                       " does not govern code from strings; "
                       "script-src does, and default-src in its stead"));
    }
    question->eval = arguments.url == "eval" ? csp::EvalKind::kJavaScript
                                             : csp::EvalKind::kWasm;
    question->leaf = Directive::kScriptSrc;
    return absl::OkStatus();
  }
  const absl::optional<csp::InlineKind> kind =
      InlineKindOf(directive, arguments.url);
  if (!kind) {
    return absl::InvalidArgumentError(
        absl::StrCat(csp::DirectiveName(directive),
                     " governs no such code; script-src, script-src-attr, "
                     "style-src and style-src-attr do"));
  }
  csp::InlineCode code;
  code.kind = *kind;
  code.nonce = arguments.nonce;
  code.parser_inserted = !arguments.inserted;
  const absl::Status status = SetDigest(arguments.digest, &code);
  question->code = std::move(code);
  question->leaf = csp::LeafOfInline(*kind);
  return status;
}

absl::Status SetLoad(const CspArguments& arguments, CspQuestion* question) {
  const Directive directive = question->directive;
  if (IsAttribute(directive)) {
    return absl::InvalidArgumentError(
        absl::StrCat(csp::DirectiveName(directive),
                     " loads nothing from a URL; ask with \"inline\""));
  }
  absl::StatusOr<csp::Url> url = csp::ParseUrl(arguments.url);
  if (!url.ok()) return url.status();
  csp::Load load;
  load.directive = directive;
  load.url = *std::move(url);
  load.redirected = arguments.redirected;
  load.nonce = arguments.nonce;
  load.integrity = arguments.digest;
  load.parser_inserted = !arguments.inserted;
  question->what = load.url.ToString();
  question->load = std::move(load);
  return absl::OkStatus();
}

absl::StatusOr<CspQuestion> ReadQuestion(const CspArguments& arguments) {
  const absl::StatusOr<Directive> directive =
      csp::ParseAuthoredDirective(arguments.directive);
  if (!directive.ok()) return directive.status();
  if (csp::ValueKindOf(*directive) != csp::ValueKind::kSources ||
      *directive == Directive::kDefaultSrc) {
    return absl::InvalidArgumentError(absl::StrCat(
        csp::DirectiveName(*directive),
        " loads nothing itself; name one such as img-src or script-src"));
  }
  CspQuestion question;
  question.directive = *directive;
  question.leaf = csp::LeafOf(*directive);
  question.what = arguments.url;
  const bool code = arguments.url == "inline" || arguments.url == "eval" ||
                    arguments.url == "wasm" || arguments.url == "javascript:";
  const absl::Status status =
      code ? SetCode(arguments, &question) : SetLoad(arguments, &question);
  if (!status.ok()) return status;
  return question;
}

// ---- The answer ----

DialectAnswer AnswerOf(const csp::Policy& policy, const csp::Origin& self,
                       const CspQuestion& question, Dialect dialect) {
  const csp::Answer answer = Ask(policy, self, question, dialect);
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

// The source that names what is loaded, and no more. Of code in the page, none
// is so narrow, as a page's next code is not known.
absl::optional<csp::Source> SourceFor(const CspQuestion& question) {
  if (question.eval) {
    return csp::ParseSource(
               csp::KeywordName(*question.eval == csp::EvalKind::kWasm
                                    ? csp::Keyword::kWasmUnsafeEval
                                    : csp::Keyword::kUnsafeEval))
        .source;
  }
  if (!question.load) return absl::nullopt;
  const csp::Url& url = question.load->url;
  return csp::ParseSource(
             url.host_kind == csp::HostKind::kNone
                 ? absl::StrCat(url.scheme, ":")
                 : absl::StrCat(url.scheme, "://", url.host,
                                url.port ? absl::StrCat(":", *url.port) : ""))
      .source;
}

// The line that would allow it if it were merged, "" if no source does: void
// beside 'strict-dynamic', or an address.
std::string RemedyFor(Policies policies, const csp::Origin& self,
                      const CspQuestion& question) {
  const absl::optional<csp::Source> source = SourceFor(question);
  if (!source) return "";
  for (csp::Policy& policy : policies) {
    const csp::DirectiveValue* const governing =
        policy.Governing(question.leaf, Dialect::kSpec);
    if (governing == nullptr) continue;
    policy.Find(governing->directive)
        ->sources.push_back({*source, csp::Place{}});
  }
  return Judge(policies, self, question) == csp::Verdict::kAllowed
             ? absl::StrCat(csp::DirectiveName(question.directive), " ",
                            source->ToString())
             : "";
}

// What to know beside the remedy, or in place of one.
std::string AdviceFor(const CspQuestion& question) {
  if (question.eval && *question.eval == csp::EvalKind::kJavaScript) {
    return "with it, whatever text reaches eval runs as code";
  }
  if (!question.code) return "";
  switch (question.code->kind) {
    case csp::InlineKind::kScript:
    case csp::InlineKind::kStyle:
      return "a nonce of this response or the digest of the code would allow "
             "it; 'unsafe-inline' allows whatever gets into the page";
    case csp::InlineKind::kScriptAttribute:
    case csp::InlineKind::kStyleAttribute:
    case csp::InlineKind::kJavaScriptUrl:
      return "the digest of the code with 'unsafe-hashes' would allow it; "
             "'unsafe-inline' allows whatever gets into the page";
  }
  return "";
}

CspAnswer MakeAnswer(const Policies& policies, const csp::Origin& self,
                     const CspQuestion& question) {
  CspAnswer out;
  out.verdict = Judge(policies, self, question);
  out.directive = std::string(csp::DirectiveName(question.directive));
  out.url = question.what;
  out.self = self.ToString();
  for (Directive link : csp::FallbackChain(question.leaf)) {
    out.chain.emplace_back(csp::DirectiveName(link));
  }
  // The first policy that does not allow it; else the first.
  const csp::Policy nothing;
  const csp::Policy* decides = policies.empty() ? &nothing : &policies[0];
  for (const csp::Policy& policy : policies) {
    if (Judge(absl::MakeConstSpan(&policy, 1), self, question) ==
        csp::Verdict::kAllowed) {
      continue;
    }
    decides = &policy;
    break;
  }
  for (Dialect dialect : kDialects) {
    out.dialects.push_back(AnswerOf(*decides, self, question, dialect));
  }
  if (out.verdict == csp::Verdict::kAllowed) return out;
  out.remedy = RemedyFor(policies, self, question);
  out.advice = AdviceFor(question);
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
  const absl::StatusOr<CspQuestion> question = ReadQuestion(arguments);
  if (!question.ok()) return question.status();
  const absl::StatusOr<csp::Origin> self = SelfOf(arguments);
  if (!self.ok()) return self.status();
  const absl::StatusOr<Policies> policies = ReadPolicies(arguments);
  if (!policies.ok()) return policies.status();
  const CspAnswer answer = MakeAnswer(*policies, *self, *question);
  const bool detailed = arguments.command == CspCommand::kExplain;
  out->Print(arguments.json ? CspAnswerToJson(answer, detailed)
                            : AnswerToText(answer, detailed));
  return answer.verdict == csp::Verdict::kAllowed ? ExitCode::kDone
                                                  : ExitCode::kDenied;
}

}  // namespace cli
}  // namespace postern
