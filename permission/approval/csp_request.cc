#include "permission/approval/csp_request.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "net/csp/policy.h"
#include "net/csp/source.h"
#include "permission/text/display.h"

namespace postern {
namespace {

using csp::Directive;
using csp::DirectiveName;
using csp::ValueKind;

constexpr absl::string_view kNone = "'none'";

absl::Status Invalid(absl::string_view message) {
  return absl::InvalidArgumentError(message);
}

// Directives whose absence and empty value differ, or that take no value.
bool MayStandAlone(Directive directive) {
  return csp::ValueKindOf(directive) == ValueKind::kNothing ||
         directive == Directive::kSandbox;
}

absl::StatusOr<std::string> CanonicalSource(Directive directive,
                                            absl::string_view text) {
  const absl::StatusOr<csp::Source> source = csp::ParseAuthoredSource(text);
  if (!source.ok()) return source.status();
  if (source->kind == csp::SourceKind::kNone &&
      csp::IsFetchDirective(directive)) {
    return Invalid(absl::StrCat("'none' in ", DirectiveName(directive),
                                " asks for nothing, expected the sources that "
                                "the app needs"));
  }
  return source->ToString();
}

absl::StatusOr<std::string> CanonicalToken(Directive directive,
                                           absl::string_view text) {
  if (csp::IsTokenOf(directive, text)) return std::string(text);
  return Invalid(absl::StrCat(internal::QuoteForDisplay(text.substr(0, 100)),
                              " is nothing that ", DirectiveName(directive),
                              " takes"));
}

absl::Status CheckWord(const CspRequest& request) {
  const absl::StatusOr<std::string> word =
      CanonicalCspWord(request.directive, request.word);
  if (!word.ok()) return word.status();
  if (*word == request.word) return absl::OkStatus();
  return Invalid(
      absl::StrCat(internal::QuoteForDisplay(request.word.substr(0, 100)),
                   " of ", DirectiveName(request.directive),
                   " is not in its canonical form, \"", *word, "\""));
}

// The directive's value in `policy`, which is made if there is none.
csp::DirectiveValue* ValueOf(Directive directive, const csp::Place& place,
                             csp::Policy* policy) {
  if (csp::DirectiveValue* value = policy->Find(directive)) return value;
  policy->directives.emplace_back();
  policy->directives.back().directive = directive;
  policy->directives.back().place = place;
  return &policy->directives.back();
}

void AddWord(const std::string& word, const csp::Place& place,
             csp::DirectiveValue* value) {
  if (word.empty()) return;
  if (csp::ValueKindOf(value->directive) == ValueKind::kSources) {
    value->sources.push_back({csp::ParseSource(word).source, place});
  } else {
    value->tokens.push_back({word, place});
  }
}

}  // namespace

absl::StatusOr<std::string> CanonicalCspWord(Directive directive,
                                             absl::string_view text) {
  if (text.empty()) {
    if (MayStandAlone(directive)) return std::string();
    return Invalid(absl::StrCat("no sources for ", DirectiveName(directive),
                                ", expected at least one"));
  }
  switch (csp::ValueKindOf(directive)) {
    case ValueKind::kSources:
      return CanonicalSource(directive, text);
    case ValueKind::kTokens:
      return CanonicalToken(directive, text);
    case ValueKind::kNothing:
      break;
  }
  return Invalid(
      absl::StrCat(DirectiveName(directive), " takes no value, expected none"));
}

absl::Status ValidateCsp(const std::vector<CspRequest>& requests) {
  if (requests.size() > static_cast<size_t>(csp::kMaxPolicySources)) {
    return Invalid(absl::StrCat("more than ", csp::kMaxPolicySources,
                                " sources for pages"));
  }
  std::set<Directive> nothing, something;
  for (const CspRequest& request : requests) {
    if (absl::Status s = CheckWord(request); !s.ok()) return s;
    const bool sources =
        csp::ValueKindOf(request.directive) == ValueKind::kSources;
    if (!sources) continue;
    (request.word == kNone ? nothing : something).insert(request.directive);
    if (nothing.count(request.directive) + something.count(request.directive) >
        1) {
      return Invalid(absl::StrCat("'none' beside other sources of ",
                                  DirectiveName(request.directive),
                                  ", expected one or the other"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<csp::PolicyText> CspPolicyText(
    const std::vector<CspRequest>& requests) {
  if (absl::Status s = ValidateCsp(requests); !s.ok()) return s;
  csp::PolicyText text;
  if (!requests.empty()) text.file = requests[0].source.name;
  std::set<std::pair<Directive, std::string>> known;
  for (const CspRequest& request : requests) {
    if (!known.insert({request.directive, request.word}).second) continue;
    csp::Place place;
    if (request.source.name == text.file) {
      place = {request.source.line, request.source.column};
    }
    AddWord(request.word, place,
            ValueOf(request.directive, place, &text.policy));
  }
  return text;
}

absl::StatusOr<csp::RequestInput> CspRequestInput(const Manifest& manifest) {
  absl::StatusOr<csp::PolicyText> text = CspPolicyText(manifest.csp);
  if (!text.ok()) return text.status();
  csp::RequestInput input;
  input.app = manifest.app.IdWithoutVersion();
  input.request = *std::move(text);
  return input;
}

}  // namespace postern
