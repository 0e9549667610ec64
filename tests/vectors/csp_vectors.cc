#include "tests/vectors/csp_vectors.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "net/csp/content_digest.h"
#include "net/csp/intersect.h"
#include "net/csp/match.h"
#include "net/csp/merge.h"
#include "net/csp/policy.h"
#include "net/csp/policy_text.h"
#include "net/csp/subsume.h"
#include "net/csp/url.h"
#include "rapidjson/document.h"

namespace postern {
namespace testing {
namespace {

using csp::Dialect;
using rapidjson::Value;

// A line that asks for what the specification, or the browser, does not do.
struct Divergence {
  absl::string_view kind;
  absl::string_view part;  // of the line
  absl::string_view reason;
};

constexpr Divergence kDivergences[] = {
    {"subsumes_list",
     R"("http://example1.com/foo/ 'unsafe-inline'", )"
     R"("http://example1.com/foo/ 'unsafe-inline' 'sha512-321cba'")",
     "CSP3, section 6.7.3.2: beside a hash, 'unsafe-inline' allows nothing, so "
     "the two lists together allow the hashed code alone, which is required"},
};

absl::Status Bad(absl::string_view what) {
  return absl::InvalidArgumentError(what);
}

std::string Text(const Value& value) {
  return std::string(value.GetString(), value.GetStringLength());
}

// Reads members; the first that is missing or of another type is remembered.
class Line {
 public:
  explicit Line(const Value& value) : value_(value) {}

  bool Has(const char* key) const { return Find(key) != nullptr; }
  bool IsNull(const char* key) {
    const Value* const member = Find(key);
    if (member == nullptr) Miss(key);
    return member == nullptr || member->IsNull();
  }
  std::string String(const char* key) {
    const Value* const member = Find(key);
    if (member == nullptr || !member->IsString()) {
      Miss(key);
      return "";
    }
    return Text(*member);
  }
  // "" if it is null or missing.
  std::string Optional(const char* key) const {
    const Value* const member = Find(key);
    return member != nullptr && member->IsString() ? Text(*member) : "";
  }
  bool Bool(const char* key) {
    const Value* const member = Find(key);
    if (member == nullptr || !member->IsBool()) {
      Miss(key);
      return false;
    }
    return member->GetBool();
  }
  int Int(const char* key) {
    const Value* const member = Find(key);
    if (member == nullptr || !member->IsInt()) {
      Miss(key);
      return 0;
    }
    return member->GetInt();
  }
  std::vector<std::string> Strings(const char* key) {
    std::vector<std::string> out;
    const Value* const member = Find(key);
    if (member == nullptr || !member->IsArray()) {
      Miss(key);
      return out;
    }
    for (const Value& item : member->GetArray()) {
      if (!item.IsString()) Miss(key);
      if (item.IsString()) out.push_back(Text(item));
    }
    return out;
  }
  const Value* Find(const char* key) const {
    const auto member = value_.FindMember(key);
    return member == value_.MemberEnd() ? nullptr : &member->value;
  }
  void Miss(const char* key) {
    if (status_.ok()) {
      status_ = Bad(absl::StrCat("no usable member \"", key, "\""));
    }
  }
  const absl::Status& status() const { return status_; }

 private:
  const Value& value_;
  absl::Status status_;
};

// What is wrong, or "".
using Complaint = std::string;

Complaint Compare(absl::string_view what, absl::string_view want,
                  absl::string_view got) {
  return want == got ? ""
                     : absl::StrCat(what, ": expected ", want, ", got ", got);
}

absl::string_view Word(bool allowed) { return allowed ? "allow" : "block"; }

std::vector<csp::Policy> ReadPolicies(const std::string& header) {
  absl::StatusOr<csp::ParsedHeader> parsed = csp::ParseHeader(header);
  return parsed.ok() ? std::move(parsed->policies) : std::vector<csp::Policy>();
}

// The list of one directive as a policy of its own, which may be empty.
csp::Policy OneDirective(absl::string_view name, absl::string_view value) {
  std::vector<csp::ParseWarning> warnings;
  absl::StatusOr<csp::Policy> policy =
      csp::ParsePolicy(absl::StrCat(name, " ", value), &warnings);
  return policy.ok() ? *std::move(policy) : csp::Policy();
}

absl::optional<csp::Origin> ReadSelf(const Line& line) {
  absl::StatusOr<csp::Origin> self = csp::ParseOrigin(line.Optional("self"));
  if (!self.ok()) return absl::nullopt;
  return *std::move(self);
}

csp::Origin SelfOrAssumed(const Line& line) {
  return ReadSelf(line).value_or(csp::AssumedOrigin());
}

// ---- Decisions ----

Complaint Match(Line* line) {
  const std::vector<csp::Policy> policies =
      ReadPolicies(line->String("policy"));
  const absl::optional<csp::Origin> self = ReadSelf(*line);
  csp::Load load;
  const auto directive = csp::ParseDirectiveName(line->String("directive"));
  if (!directive) line->Miss("directive");
  load.directive = directive.value_or(csp::Directive::kDefaultSrc);
  load.redirected = line->Bool("redirect");
  load.nonce = line->Optional("nonce");
  if (line->Has("parser_inserted")) {
    load.parser_inserted = line->Bool("parser_inserted");
  }
  // What is no URL is not loaded.
  const absl::StatusOr<csp::Url> url = csp::ParseUrl(line->String("url"));
  if (url.ok()) load.url = *url;
  const auto answer = [&](Dialect dialect) {
    bool allowed = url.ok();
    for (const csp::Policy& policy : policies) {
      allowed = allowed &&
                csp::MatchLoad(policy, self ? &*self : nullptr, load, dialect)
                    .allowed;
    }
    return Word(allowed);
  };
  std::string text = line->Optional("csp3_text");
  const std::string browser = line->Optional("chromium156");
  if (text.empty() && browser.empty()) text = line->String("expected");
  Complaint complaint;
  if (!text.empty()) complaint = Compare("csp3", text, answer(Dialect::kSpec));
  if (complaint.empty() && !browser.empty()) {
    complaint = Compare("chromium", browser, answer(Dialect::kChromium));
  }
  return complaint;
}

// The dialects that a line speaks for: measured ones for the browser; others
// for both, unless they disagree on purpose.
std::vector<Dialect> DialectsOf(const Line& line) {
  if (absl::StartsWith(line.Optional("source"), "measured")) {
    return {Dialect::kChromium};
  }
  return {Dialect::kSpec, Dialect::kChromium};
}

Complaint Inline(Line* line) {
  const std::vector<csp::Policy> policies =
      ReadPolicies(line->String("policy"));
  const std::string what = line->String("what");
  absl::StatusOr<csp::ContentDigests> digests =
      csp::DigestContent(line->Optional("code"));
  if (!digests.ok()) return std::string(digests.status().message());
  csp::InlineCode inlined;
  inlined.kind = what == "style" ? csp::InlineKind::kStyle
                 : what == "script-attribute"
                     ? csp::InlineKind::kScriptAttribute
                 : what == "style-attribute" ? csp::InlineKind::kStyleAttribute
                                             : csp::InlineKind::kScript;
  inlined.digests = *std::move(digests);
  inlined.nonce = line->Optional("nonce");
  if (line->Has("parser_inserted")) {
    inlined.parser_inserted = line->Bool("parser_inserted");
  }
  for (Dialect dialect : DialectsOf(*line)) {
    bool allowed = true;
    for (const csp::Policy& policy : policies) {
      allowed = allowed && csp::MatchInline(policy, inlined, dialect).allowed;
    }
    const Complaint complaint =
        Compare("inline", line->String("expected"), Word(allowed));
    if (!complaint.empty()) return complaint;
  }
  return "";
}

Complaint Eval(Line* line) {
  const bool wasm = line->String("what") == "wasm";
  for (Dialect dialect : DialectsOf(*line)) {
    bool allowed = true;
    for (const csp::Policy& policy : ReadPolicies(line->String("policy"))) {
      allowed = allowed && csp::MatchEval(policy,
                                          wasm ? csp::EvalKind::kWasm
                                               : csp::EvalKind::kJavaScript,
                                          dialect)
                               .allowed;
    }
    // A policy that only reports blocks nothing.
    allowed = allowed || line->Bool("report_only");
    const Complaint complaint =
        Compare("eval", line->String("expected"), Word(allowed));
    if (!complaint.empty()) return complaint;
  }
  return "";
}

Complaint FrameAncestors(Line* line) {
  const std::vector<csp::Policy> policies =
      ReadPolicies(line->String("policy"));
  const absl::optional<csp::Origin> self = ReadSelf(*line);
  const absl::StatusOr<csp::Url> parent = csp::ParseUrl(line->String("parent"));
  if (!parent.ok()) {
    line->Miss("parent");
    return "";
  }
  for (Dialect dialect : DialectsOf(*line)) {
    const bool allowed =
        csp::MayBeFramedBy(policies, self ? &*self : nullptr,
                           line->Optional("x_frame_options"), *parent, dialect);
    const Complaint complaint =
        Compare("framing", line->String("expected"), Word(allowed));
    if (!complaint.empty()) return complaint;
  }
  return "";
}

Complaint Upgrade(Line* line) {
  const absl::StatusOr<csp::Url> url = csp::ParseUrl(line->String("url"));
  const absl::StatusOr<csp::Url> want = csp::ParseUrl(line->String("expected"));
  // Without a host there is nothing to upgrade, and nothing to read.
  if (!url.ok() || !want.ok()) {
    return Compare("url", line->String("expected"), line->String("url"));
  }
  return Compare("url", want->ToString(),
                 csp::UpgradeInsecure(*url).ToString());
}

// ---- Reading ----

Complaint SourceGrammar(Line* line) {
  const csp::ParsedSource parsed = csp::ParseSource(line->String("value"));
  const csp::Source& source = parsed.source;
  const bool valid = source.kind != csp::SourceKind::kInvalid;
  const Complaint complaint =
      Compare("source", line->String("expected"), valid ? "valid" : "ignored");
  const Value* const want = line->Find("parsed");
  if (!complaint.empty() || want == nullptr || !want->IsObject()) {
    return complaint;
  }
  Line parts(*want);
  if (parts.Has("warning") == parsed.problem.empty()) return "warning differs";
  const std::string host =
      source.host_wildcard && source.host.empty() ? "*" : source.host;
  const std::string port = source.port_kind == csp::PortKind::kAny ? "*"
                           : source.port_kind == csp::PortKind::kNumber
                               ? absl::StrCat(source.port)
                               : "";
  std::string want_port = parts.Optional("port");
  const Value* const number = parts.Find("port");
  if (number != nullptr && number->IsInt()) {
    want_port = absl::StrCat(number->GetInt());
  }
  const bool wildcard = parts.Has("host_wildcard");
  if (wildcard != (source.host_wildcard && !source.host.empty())) {
    return "wildcard differs";
  }
  for (const auto& pair :
       {std::make_pair(parts.Optional("scheme"), source.scheme),
        std::make_pair(parts.Optional("host"), host),
        std::make_pair(want_port, port),
        std::make_pair(parts.Optional("path"),
                       csp::PercentDecode(source.path))}) {
    if (pair.first != pair.second) {
      return Compare("part", pair.first, pair.second);
    }
  }
  return "";
}

Complaint Parse(Line* line) {
  const absl::StatusOr<csp::ParsedHeader> parsed =
      csp::ParseHeader(line->String("header"));
  if (!parsed.ok()) return std::string(parsed.status().message());
  std::vector<std::string> got;
  const std::vector<std::string> want = line->Strings("expected_directives");
  for (const csp::Policy& policy : parsed->policies) {
    for (const csp::DirectiveValue& value : policy.directives) {
      if (value.absent_in_chromium) continue;
      std::string text(csp::DirectiveName(value.directive));
      const bool with_value =
          got.size() < want.size() && absl::StrContains(want[got.size()], "=");
      if (with_value) absl::StrAppend(&text, "=", csp::ValueToString(value));
      got.push_back(text);
    }
  }
  const Complaint complaint =
      Compare("directives", absl::StrJoin(want, " "), absl::StrJoin(got, " "));
  if (!complaint.empty()) return complaint;
  return Compare("errors", absl::StrCat(line->Int("expected_errors")),
                 absl::StrCat(parsed->warnings.size()));
}

Complaint PolicyCount(Line* line) {
  return Compare("policies", absl::StrCat(line->Int("expected")),
                 absl::StrCat(ReadPolicies(line->String("header")).size()));
}

Complaint NoneHandling(Line* line) {
  std::vector<csp::ParseWarning> warnings;
  const absl::StatusOr<csp::Policy> policy = csp::ParsePolicy(
      absl::StrCat(line->String("directive"), " ", line->String("value")),
      &warnings);
  if (!policy.ok() || policy->directives.size() != 1) return "not read";
  std::vector<std::string> got;
  for (const csp::PlacedSource& s : policy->directives[0].sources) {
    got.push_back(s.source.ToString());
  }
  const Complaint complaint =
      Compare("sources", absl::StrJoin(line->Strings("expected_sources"), " "),
              absl::StrJoin(got, " "));
  if (!complaint.empty()) return complaint;
  return Compare("warnings", absl::StrCat(line->Int("expected_warnings")),
                 absl::StrCat(warnings.size()));
}

Complaint Nonces(Line* line) {
  const csp::Policy policy =
      OneDirective(line->String("directive"), line->String("value"));
  std::vector<std::string> got;
  for (const csp::DirectiveValue& value : policy.directives) {
    for (const csp::PlacedSource& s : value.sources) {
      if (s.source.kind == csp::SourceKind::kNonce) {
        got.push_back(s.source.value);
      }
    }
  }
  return Compare("nonces", absl::StrJoin(line->Strings("expected"), " "),
                 absl::StrJoin(got, " "));
}

Complaint RejectValue(Line* line) {
  return csp::ParseAuthoredSource(line->String("value")).ok() ? "was accepted"
                                                              : "";
}

Complaint RejectDirectiveName(Line* line) {
  return csp::ParseAuthoredDirective(line->String("value")).ok()
             ? "was accepted"
             : "";
}

// ---- Sets ----

Complaint SubsumesSource(Line* line) {
  const bool got =
      csp::SourceSubsumes(csp::ParseSource(line->String("a")).source,
                          csp::ParseSource(line->String("b")).source,
                          SelfOrAssumed(*line), Dialect::kChromium);
  return Compare("subsumes", line->Bool("expected") ? "true" : "false",
                 got ? "true" : "false");
}

Complaint SubsumesList(Line* line) {
  const std::string directive = line->String("directive");
  const csp::Policy required =
      OneDirective(directive, line->String("required"));
  std::vector<csp::Policy> response;
  for (const std::string& list : line->Strings("response")) {
    response.push_back(OneDirective(directive, list));
  }
  const csp::Subsumption got = csp::Subsumes(
      required, response, SelfOrAssumed(*line), Dialect::kChromium);
  const Complaint complaint =
      Compare("subsumes", line->Bool("expected") ? "true" : "false",
              got.holds ? "true" : "false");
  return complaint.empty() || got.holds
             ? complaint
             : absl::StrCat(complaint, " (", got.counterexample, ")");
}

Complaint Intersect(Line* line) {
  const absl::optional<csp::Source> got =
      csp::IntersectSources(csp::ParseSource(line->String("a")).source,
                            csp::ParseSource(line->String("b")).source,
                            csp::Directive::kConnectSrc, SelfOrAssumed(*line));
  return Compare("meeting",
                 line->IsNull("expected") ? "" : line->String("expected"),
                 got ? got->ToString() : "");
}

// ---- Merging ----

// The object as a policy text: true = a directive without value.
std::string PolicyTextOf(const Value& object) {
  std::string out;
  for (const auto& member : object.GetObject()) {
    absl::StrAppend(&out, Text(member.name));
    if (member.value.IsArray()) {
      for (const Value& item : member.value.GetArray()) {
        if (item.IsString()) absl::StrAppend(&out, " ", Text(item));
      }
    }
    absl::StrAppend(&out, "\n");
  }
  return out;
}

// Directives in alphabetical order, each with its sources in theirs.
std::string Sorted(const csp::Policy& policy) {
  std::set<std::string> directives;
  for (const csp::DirectiveValue& value : policy.directives) {
    std::set<std::string> words;
    for (const csp::PlacedSource& s : value.sources) {
      words.insert(s.source.ToString());
    }
    for (const csp::PlacedToken& token : value.tokens) words.insert(token.text);
    directives.insert(absl::StrCat(csp::DirectiveName(value.directive), " ",
                                   absl::StrJoin(words, " ")));
  }
  return absl::StrJoin(directives, "; ");
}

absl::StatusOr<csp::GrantInput> AcceptedGrant(const Value& additions,
                                              size_t number) {
  absl::StatusOr<csp::PolicyText> text =
      csp::ParsePolicyText("additions", PolicyTextOf(additions));
  if (!text.ok()) return text.status();
  csp::GrantInput grant;
  grant.app = absl::StrCat("app", number);
  grant.grant = *std::move(text);
  grant.accepted = csp::AllConflicts();
  return grant;
}

Complaint Merge(Line* line) {
  const Value* const base = line->Find("base");
  const Value* const additions = line->Find("additions");
  const Value* const expected = line->Find("expected");
  if (base == nullptr || !base->IsObject()) line->Miss("base");
  if (additions == nullptr) line->Miss("additions");
  if (expected == nullptr) line->Miss("expected");
  if (!line->status().ok()) return "";
  csp::MergeInput input;
  absl::StatusOr<csp::PolicyText> text =
      csp::ParsePolicyText("base", PolicyTextOf(*base));
  if (!text.ok()) return std::string(text.status().message());
  input.base = *std::move(text);
  std::vector<const Value*> all;
  if (additions->IsObject()) all.push_back(additions);
  if (additions->IsArray()) {
    for (const Value& one : additions->GetArray()) all.push_back(&one);
  }
  for (const Value* one : all) {
    if (!one->IsObject()) return "additions are no objects";
    absl::StatusOr<csp::GrantInput> grant = AcceptedGrant(*one, all.size());
    if (!grant.ok()) return std::string(grant.status().message());
    grant->app = absl::StrCat("app", input.grants.size());
    input.grants.push_back(*std::move(grant));
  }
  const absl::StatusOr<csp::MergeResult> merged = csp::Merge(input);
  if (!merged.ok()) return std::string(merged.status().message());
  if (!expected->IsObject()) return "";
  absl::StatusOr<csp::PolicyText> want =
      csp::ParsePolicyText("expected", PolicyTextOf(*expected));
  if (!want.ok()) return std::string(want.status().message());
  return Compare("policy", Sorted(want->policy), Sorted(merged->all.policy));
}

// ---- A line ----

struct Kind {
  absl::string_view name;
  Complaint (*run)(Line*);  // nullptr: information only
};

constexpr Kind kKinds[] = {
    {"match", Match},
    {"subsumes_source", SubsumesSource},
    {"subsumes_list", SubsumesList},
    {"intersect", Intersect},
    {"source_grammar", SourceGrammar},
    {"parse", Parse},
    {"policy_count", PolicyCount},
    {"inline", Inline},
    {"eval", Eval},
    {"frame_ancestors", FrameAncestors},
    {"upgrade_insecure", Upgrade},
    {"none_handling", NoneHandling},
    {"nonces", Nonces},
    {"reject_value", RejectValue},
    {"reject_directive_name", RejectDirectiveName},
    {"merge", Merge},
    {"canonical", nullptr},
    {"findings", nullptr},
    {"normalize_list", nullptr},
    {"header_size", nullptr},
};

CspOutcome OutcomeOf(absl::string_view kind, absl::string_view line,
                     Complaint complaint) {
  for (const Divergence& divergence : kDivergences) {
    if (kind != divergence.kind || !absl::StrContains(line, divergence.part)) {
      continue;
    }
    // What does not diverge any more is to leave the table.
    if (complaint.empty()) return {CspOutcome::Kind::kFailed, "no divergence"};
    return {CspOutcome::Kind::kDivergence, std::string(divergence.reason)};
  }
  if (complaint.empty()) return {};
  return {CspOutcome::Kind::kFailed, std::move(complaint)};
}

}  // namespace

absl::StatusOr<CspOutcome> RunCspVector(absl::string_view line) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(line.data(), line.size());
  if (document.HasParseError() || !document.IsObject()) {
    return absl::NotFoundError("no object");
  }
  Line reader(document);
  const std::string name = reader.Optional("kind");
  const auto* const kind =
      std::find_if(std::begin(kKinds), std::end(kKinds),
                   [&name](const Kind& k) { return k.name == name; });
  if (kind == std::end(kKinds)) return absl::NotFoundError(name);
  const bool other_style =
      name == "merge" && reader.Optional("style") != "fallback-preserving";
  if (kind->run == nullptr || other_style) {
    return CspOutcome{CspOutcome::Kind::kInformation, ""};
  }
  Complaint complaint = kind->run(&reader);
  if (!reader.status().ok()) return reader.status();
  return OutcomeOf(name, line, std::move(complaint));
}

}  // namespace testing
}  // namespace postern
