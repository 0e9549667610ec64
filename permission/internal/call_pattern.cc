#include "permission/internal/call_pattern.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "fs/brace_expansion.h"
#include "permission/internal/name_pattern.h"

namespace postern {
namespace internal {
namespace {

using Kind = ArgumentPattern::Kind;

constexpr size_t kMaxFunctionBytes = 255;

bool IsFunctionByte(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' ||
         c == '-';
}

// Parts of IsFunctionByte() bytes, joined by single dots.
bool IsDotted(absl::string_view name) {
  bool part_is_empty = true;
  for (char c : name) {
    if (c == '.' ? part_is_empty : !IsFunctionByte(c)) return false;
    part_is_empty = c == '.';
  }
  return !part_is_empty;
}

bool IsRestName(const std::string& parameter) {
  return absl::StartsWith(parameter, "*");
}

}  // namespace

BoundCall::BoundCall(const CallView& call, const Signatures& signatures)
    : args_(call.args) {
  if (call.named.empty()) return;
  const auto it = signatures.find(call.function);
  if (it == signatures.end() || call.args.size() > kMaxArguments) {
    unbound_ = true;
    return;
  }
  BindAll(call, it->second);
}

void BoundCall::BindAll(const CallView& call,
                        const std::vector<std::string>& names) {
  taken_.fill(false);
  for (const CallArg& arg : call.args) {
    taken_[count_] = true;
    bound_[count_++] = arg;
  }
  for (const NamedArg& named : call.named) {
    if (!Bind(named, names)) unbound_ = true;
  }
  for (size_t i = 0; i < count_; ++i) {
    if (!taken_[i]) unbound_ = true;  // a gap: nobody knows what is there
  }
  args_ = absl::MakeConstSpan(bound_).first(count_);
}

bool BoundCall::Bind(const NamedArg& named,
                     const std::vector<std::string>& names) {
  for (size_t i = 0; i < names.size() && i < kMaxArguments; ++i) {
    if (names[i] != named.name || IsRestName(names[i])) continue;
    if (taken_[i]) return false;  // given twice
    taken_[i] = true;
    bound_[i] = named.value;
    count_ = std::max(count_, i + 1);
    return true;
  }
  return false;
}

bool CallPattern::MatchesFunction(absl::string_view name) const {
  if (!any_function) return name == function;
  return absl::ConsumePrefix(&name, function) && absl::StartsWith(name, ".");
}

Match ArgumentsPattern::MatchesArguments(
    const GivenArguments& arguments, absl::string_view base_directory) const {
  if (arguments.unbound) return Match::kUnknown;
  const absl::Span<const CallArg> given = arguments.args;
  if (given.size() < needed() || (given.size() > needed() && !open)) {
    return Match::kNo;
  }
  Match result = Match::kYes;
  for (size_t i = 0; i < needed(); ++i) {
    const Match match = args[i].Matches(given[i], base_directory);
    if (match == Match::kNo) return Match::kNo;
    if (match == Match::kUnknown) result = Match::kUnknown;
  }
  return result;
}

size_t ArgumentsPattern::needed() const {
  return args.size() -
         (!args.empty() && args.back().kind == Kind::kRest ? 1 : 0);
}

int ArgumentsPattern::FirstMismatch(const GivenArguments& arguments,
                                    absl::string_view base_directory) const {
  const absl::Span<const CallArg> given = arguments.args;
  for (size_t i = 0; i < needed(); ++i) {
    if (i >= given.size() ||
        args[i].Matches(given[i], base_directory) != Match::kYes) {
      return static_cast<int>(i);
    }
  }
  return given.size() > needed() && !open ? static_cast<int>(needed()) : -1;
}

bool IsValidFunction(absl::string_view function) {
  return function.size() <= kMaxFunctionBytes && IsDotted(function) &&
         function.find('.') != function.npos;
}

absl::StatusOr<CallPattern> ParseCallPattern(
    const RulePattern& pattern, const fs::PathPatternOptions& options) {
  CallPattern call;
  absl::string_view function = pattern.text();
  call.any_function = absl::ConsumeSuffix(&function, ".*");
  const bool valid = call.any_function ? function.size() <= kMaxFunctionBytes &&
                                             IsDotted(function)
                                       : IsValidFunction(function);
  if (!valid) {
    return fs::PatternError(pattern.text(), 1,
                            "expected plugin.function or plugin.*");
  }
  call.function = std::string(function);
  absl::StatusOr<std::vector<ArgumentPattern>> args =
      ParseArgumentPatterns(pattern.parts(), options);
  if (!args.ok()) return args.status();
  call.args = *std::move(args);
  call.open = pattern.form() == CallForm::kList ||
              (!call.args.empty() && call.args.back().kind == Kind::kRest);
  return call;
}

uint32_t CallPattern::Rank() const {
  return any_function ? static_cast<uint32_t>(function.size()) : UINT32_MAX;
}

absl::StatusOr<SecretPattern> SecretPattern::Parse(
    const std::vector<std::string>& texts) {
  SecretPattern pattern;
  for (const std::string& text : texts) {
    if (pattern.rest) {
      return fs::PatternError("**", 1, "expected nothing after it in the list");
    }
    if (text == "**") {
      pattern.rest = true;
      continue;
    }
    absl::StatusOr<Part> part = ParsePart(text);
    if (!part.ok()) return part.status();
    pattern.parts.push_back(*std::move(part));
  }
  pattern.empty = texts.empty();
  return pattern;
}

absl::StatusOr<SecretPattern::Part> SecretPattern::ParsePart(
    absl::string_view text) {
  Part part;
  part.any = text == "*";
  for (size_t i = 0; i < text.size() && !part.any; ++i) {
    if (text[i] == '\0') return fs::PatternError(text, i + 1, "a NUL byte");
    if (text[i] == '*') {
      return fs::PatternError(text, i + 1,
                              "\"*\" must be a whole part, expected \"\\*\"");
    }
    absl::Status status = CheckNoPathWildcard(text, i);
    if (!status.ok()) return status;
    if (text[i] == '\\' && ++i == text.size()) {
      return fs::PatternError(text, i, "expected a character after \"\\\"");
    }
    part.text.push_back(text[i]);
  }
  return part;
}

bool SecretPattern::Matches(absl::Span<const absl::string_view> key) const {
  if (empty) return false;
  if (rest ? key.size() < parts.size() : key.size() != parts.size()) {
    return false;
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    if (!parts[i].any && parts[i].text != key[i]) return false;
  }
  return true;
}

}  // namespace internal
}  // namespace postern
