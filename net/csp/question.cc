#include "net/csp/question.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "net/csp/policy_text.h"
#include "net/csp/source.h"

namespace postern {
namespace csp {
namespace {

Answer Ask(const Policy& policy, const Origin& self, const Question& question,
           Dialect dialect) {
  if (question.load) {
    return MatchLoad(policy, &self, *question.load, dialect);
  }
  if (question.code) return MatchInline(policy, *question.code, dialect);
  return MatchEval(policy, *question.eval, dialect);
}

Verdict Judge(absl::Span<const Policy> policies, const Origin& self,
              const Question& question) {
  return JudgeAll(policies, [&](const Policy& policy, Dialect dialect) {
    return Ask(policy, self, question, dialect).allowed;
  });
}

bool IsAttribute(Directive directive) {
  return directive == Directive::kScriptSrcAttr ||
         directive == Directive::kStyleSrcAttr;
}

// The code that "inline" or "javascript:" means under the directive.
absl::optional<InlineKind> InlineKindOf(Directive directive,
                                        absl::string_view word) {
  if (word == "javascript:") {
    return LeafOf(directive) == Directive::kScriptSrcElem
               ? absl::make_optional(InlineKind::kJavaScriptUrl)
               : absl::nullopt;
  }
  for (InlineKind kind : {InlineKind::kScript, InlineKind::kScriptAttribute,
                          InlineKind::kStyle, InlineKind::kStyleAttribute}) {
    if (LeafOfInline(kind) == LeafOf(directive)) return kind;
  }
  return absl::nullopt;
}

absl::Status SetDigest(const std::string& digest, InlineCode* code) {
  if (digest.empty()) return absl::OkStatus();
  const Source source = ParseSource(absl::StrCat("'", digest, "'")).source;
  if (source.kind != SourceKind::kHash) {
    return absl::InvalidArgumentError(
        "digest: expected sha256-, sha384- or sha512- and base64");
  }
  ContentDigests& digests = code->digests;
  (absl::StartsWith(source.value, "sha256-")   ? digests.sha256
   : absl::StartsWith(source.value, "sha384-") ? digests.sha384
                                               : digests.sha512) = source.value;
  return absl::OkStatus();
}

absl::Status SetCode(const QuestionText& text, Question* question) {
  const Directive directive = question->directive;
  if (text.url == "eval" || text.url == "wasm") {
    if (directive != Directive::kScriptSrc) {
      return absl::InvalidArgumentError(
          absl::StrCat(DirectiveName(directive),
                       " does not govern code from strings; "
                       "script-src does, and default-src in its stead"));
    }
    question->eval =
        text.url == "eval" ? EvalKind::kJavaScript : EvalKind::kWasm;
    question->leaf = Directive::kScriptSrc;
    return absl::OkStatus();
  }
  const absl::optional<InlineKind> kind = InlineKindOf(directive, text.url);
  if (!kind) {
    return absl::InvalidArgumentError(
        absl::StrCat(DirectiveName(directive),
                     " governs no such code; script-src, script-src-attr, "
                     "style-src and style-src-attr do"));
  }
  InlineCode code;
  code.kind = *kind;
  code.nonce = text.nonce;
  code.parser_inserted = !text.inserted;
  const absl::Status status = SetDigest(text.digest, &code);
  question->code = std::move(code);
  question->leaf = LeafOfInline(*kind);
  return status;
}

absl::Status SetLoad(const QuestionText& text, Question* question) {
  const Directive directive = question->directive;
  if (IsAttribute(directive)) {
    return absl::InvalidArgumentError(
        absl::StrCat(DirectiveName(directive),
                     " loads nothing from a URL; ask with \"inline\""));
  }
  absl::StatusOr<Url> url = ParseUrl(text.url);
  if (!url.ok()) return url.status();
  Load load;
  load.directive = directive;
  load.url = *std::move(url);
  load.redirected = text.redirected;
  load.nonce = text.nonce;
  load.integrity = text.digest;
  load.parser_inserted = !text.inserted;
  question->what = load.url.ToString();
  question->load = std::move(load);
  return absl::OkStatus();
}

// ---- The answer ----

DialectAnswer AnswerOf(const Policy& policy, const Origin& self,
                       const Question& question, Dialect dialect) {
  const Answer answer = Ask(policy, self, question, dialect);
  DialectAnswer out;
  out.dialect = dialect;
  out.allowed = answer.allowed;
  if (answer.governing == nullptr) return out;
  out.governing = std::string(DirectiveName(answer.governing->directive));
  out.place = answer.governing->place;
  if (answer.source >= 0) {
    const PlacedSource& source =
        answer.governing->sources[static_cast<size_t>(answer.source)];
    out.source = source.source.ToString();
    out.place = source.place;
  }
  return out;
}

// The source that names what is loaded, and no more. Of code in the page, none
// is so narrow, as a page's next code is not known.
absl::optional<Source> SourceFor(const Question& question) {
  if (question.eval) {
    return ParseSource(KeywordName(*question.eval == EvalKind::kWasm
                                       ? Keyword::kWasmUnsafeEval
                                       : Keyword::kUnsafeEval))
        .source;
  }
  if (!question.load) return absl::nullopt;
  const Url& url = question.load->url;
  return ParseSource(
             url.host_kind == HostKind::kNone
                 ? absl::StrCat(url.scheme, ":")
                 : absl::StrCat(url.scheme, "://", url.host,
                                url.port ? absl::StrCat(":", *url.port) : ""))
      .source;
}

// The line that would allow it if it were merged, "" if no source does: void
// beside 'strict-dynamic', or an address.
std::string RemedyFor(std::vector<Policy> policies, const Origin& self,
                      const Question& question) {
  const absl::optional<Source> source = SourceFor(question);
  if (!source) return "";
  for (Policy& policy : policies) {
    const DirectiveValue* const governing =
        policy.Governing(question.leaf, Dialect::kSpec);
    if (governing == nullptr) continue;
    policy.Find(governing->directive)->sources.push_back({*source, Place{}});
  }
  return Judge(policies, self, question) == Verdict::kAllowed
             ? absl::StrCat(DirectiveName(question.directive), " ",
                            source->ToString())
             : "";
}

// What to know beside the remedy, or in place of one.
std::string AdviceFor(const Question& question) {
  if (question.eval && *question.eval == EvalKind::kJavaScript) {
    return "with it, whatever text reaches eval runs as code";
  }
  if (!question.code) return "";
  switch (question.code->kind) {
    case InlineKind::kScript:
    case InlineKind::kStyle:
      return "a nonce of this response or the digest of the code would allow "
             "it; 'unsafe-inline' allows whatever gets into the page";
    case InlineKind::kScriptAttribute:
    case InlineKind::kStyleAttribute:
    case InlineKind::kJavaScriptUrl:
      return "the digest of the code with 'unsafe-hashes' would allow it; "
             "'unsafe-inline' allows whatever gets into the page";
  }
  return "";
}

}  // namespace

absl::StatusOr<Question> ReadQuestion(const QuestionText& text) {
  const absl::StatusOr<Directive> directive =
      ParseAuthoredDirective(text.directive);
  if (!directive.ok()) return directive.status();
  if (ValueKindOf(*directive) != ValueKind::kSources ||
      *directive == Directive::kDefaultSrc) {
    return absl::InvalidArgumentError(absl::StrCat(
        DirectiveName(*directive),
        " loads nothing itself; name one such as img-src or script-src"));
  }
  Question question;
  question.directive = *directive;
  question.leaf = LeafOf(*directive);
  question.what = text.url;
  const bool code = text.url == "inline" || text.url == "eval" ||
                    text.url == "wasm" || text.url == "javascript:";
  const absl::Status status =
      code ? SetCode(text, &question) : SetLoad(text, &question);
  if (!status.ok()) return status;
  return question;
}

FullAnswer AnswerQuestion(absl::Span<const Policy> policies, const Origin& self,
                          const Question& question) {
  FullAnswer out;
  out.verdict = Judge(policies, self, question);
  out.directive = std::string(DirectiveName(question.directive));
  out.url = question.what;
  out.self = self.ToString();
  for (Directive link : FallbackChain(question.leaf)) {
    out.chain.emplace_back(DirectiveName(link));
  }
  // The first policy that does not allow it; else the first.
  const Policy nothing;
  const Policy* decides = policies.empty() ? &nothing : &policies[0];
  for (const Policy& policy : policies) {
    if (Judge(absl::MakeConstSpan(&policy, 1), self, question) ==
        Verdict::kAllowed) {
      continue;
    }
    decides = &policy;
    break;
  }
  for (Dialect dialect : kDialects) {
    out.dialects.push_back(AnswerOf(*decides, self, question, dialect));
  }
  if (out.verdict == Verdict::kAllowed) return out;
  out.remedy = RemedyFor({policies.begin(), policies.end()}, self, question);
  out.advice = AdviceFor(question);
  return out;
}

}  // namespace csp
}  // namespace postern
