#include "permission/testing/naive_call.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "permission/testing/naive_text.h"

namespace postern {
namespace testing {
namespace {

absl::Status Bad(absl::string_view what) {
  return absl::InvalidArgumentError(what);
}

bool HasNul(absl::string_view text) { return text.find('\0') != text.npos; }

// ---- Arguments ----

absl::StatusOr<NaiveArg> ParseTexts(const std::vector<NaiveSymbols>& choices) {
  NaiveArg arg;
  arg.kind = NaiveArg::Kind::kOneOf;
  for (const NaiveSymbols& choice : choices) {
    if (NaiveHasSign(choice, '*') || NaiveHasSign(choice, '?')) {
      return Bad("wildcard inside a literal");
    }
    arg.texts.push_back(NaiveBytes(choice));
  }
  return arg;
}

absl::StatusOr<NaiveArg> ParseBraces(absl::string_view text) {
  absl::StatusOr<NaiveSymbols> symbols = NaiveLex(text, "{},*?");
  if (!symbols.ok()) return symbols.status();
  auto expanded = NaiveExpand(*symbols);
  if (!expanded.ok()) return expanded.status();
  return ParseTexts(*expanded);
}

absl::StatusOr<NaiveArg> ParseRegex(absl::string_view text) {
  NaiveArg arg;
  arg.kind = NaiveArg::Kind::kRegex;
  absl::StatusOr<NaiveRegex> regex = NaiveRegex::Parse(text);
  if (!regex.ok()) return regex.status();
  arg.regex = *std::move(regex);
  return arg;
}

absl::StatusOr<NaiveArg> ParsePathArg(absl::string_view text,
                                      const NaivePathContext& context) {
  NaiveArg arg;
  arg.kind = NaiveArg::Kind::kPath;
  auto paths = ParseNaivePath(text, context);
  if (!paths.ok()) return paths.status();
  arg.paths = *std::move(paths);
  return arg;
}

NaiveArg OfKind(NaiveArg::Kind kind) {
  NaiveArg arg;
  arg.kind = kind;
  return arg;
}

absl::StatusOr<NaiveArg> ParseArg(absl::string_view text, bool last,
                                  const NaivePathContext& context) {
  if (HasNul(text)) return Bad("NUL in an argument pattern");
  if (text == "*") return OfKind(NaiveArg::Kind::kAny);
  if (text == "**") {
    if (!last) return Bad("\"**\" must be last");
    return OfKind(NaiveArg::Kind::kRest);
  }
  if (absl::ConsumePrefix(&text, "re:")) return ParseRegex(text);
  if (absl::ConsumePrefix(&text, "path:")) return ParsePathArg(text, context);
  return ParseBraces(text);
}

NaiveMatch FromBool(bool matches) {
  return matches ? NaiveMatch::kYes : NaiveMatch::kNo;
}

NaiveMatch MatchPathArg(const NaiveArg& arg, absl::string_view text,
                        const absl::optional<NaivePath>& base) {
  const absl::optional<NaivePath> path = NaiveNormalize(text, base);
  if (!path) return NaiveMatch::kUnknown;
  for (const NaiveAlternative& alternative : arg.paths) {
    if (NaiveMatches(alternative, *path)) return NaiveMatch::kYes;
  }
  return NaiveMatch::kNo;
}

bool IsOneOf(const NaiveArg& arg, absl::string_view text) {
  return std::find(arg.texts.begin(), arg.texts.end(), text) != arg.texts.end();
}

NaiveMatch MatchArg(const NaiveArg& arg, const CallArg& value,
                    const absl::optional<NaivePath>& base) {
  if (arg.kind == NaiveArg::Kind::kAny) return NaiveMatch::kYes;
  if (!value.is_text) return NaiveMatch::kUnknown;
  switch (arg.kind) {
    case NaiveArg::Kind::kRegex:
      return FromBool(arg.regex->Matches(value.text));
    case NaiveArg::Kind::kPath:
      return MatchPathArg(arg, value.text, base);
    case NaiveArg::Kind::kOneOf:
      return FromBool(IsOneOf(arg, value.text));
    case NaiveArg::Kind::kAny:
    case NaiveArg::Kind::kRest:
      break;
  }
  return NaiveMatch::kNo;
}

// Whether a program may take `text` for an option: nothing before it in the
// pattern is just "--".
bool MayBeOption(const NaiveCall& pattern, size_t at, absl::string_view text) {
  for (size_t i = 0; i < at; ++i) {
    if (pattern.args[i].texts == std::vector<std::string>{"--"}) return false;
  }
  return absl::StartsWith(text, "-");
}

NaiveMatch MatchArgs(const NaiveCall& pattern,
                     const std::vector<CallArg>& values,
                     const absl::optional<NaivePath>& base) {
  const size_t wanted = pattern.args.size();
  if (values.size() < wanted) return NaiveMatch::kNo;
  if (values.size() > wanted && !pattern.open_end) return NaiveMatch::kNo;
  NaiveMatch all = NaiveMatch::kYes;
  for (size_t i = 0; i < wanted; ++i) {
    const bool option = pattern.args[i].kind == NaiveArg::Kind::kPath &&
                        values[i].is_text &&
                        MayBeOption(pattern, i, values[i].text);
    all = std::min(all, option ? NaiveMatch::kUnknown
                               : MatchArg(pattern.args[i], values[i], base));
  }
  return all;
}

// ---- Binding named arguments to positions ----

// All arguments by position; nullopt if some name has no place of its own or
// a place before the last stays empty.
absl::optional<std::vector<CallArg>> Bind(const CallView& call,
                                          const Signatures& signatures) {
  std::vector<CallArg> values(call.args.begin(), call.args.end());
  if (call.named.empty()) return values;
  const auto signature = signatures.find(std::string(call.function));
  if (signature == signatures.end()) return absl::nullopt;
  std::vector<bool> taken(values.size(), true);
  for (const NamedArg& named : call.named) {
    const auto& names = signature->second;
    const size_t at =
        std::find(names.begin(), names.end(), named.name) - names.begin();
    if (at == names.size() || absl::StartsWith(names[at], "*")) {
      return absl::nullopt;
    }
    if (at < taken.size() && taken[at]) return absl::nullopt;
    if (at >= values.size()) {
      values.resize(at + 1);
      taken.resize(at + 1, false);
    }
    values[at] = named.value;
    taken[at] = true;
  }
  if (std::find(taken.begin(), taken.end(), false) != taken.end()) {
    return absl::nullopt;
  }
  return values;
}

// "exec.in.run", or "exec.in.*" for all of them.
absl::StatusOr<NaiveName> ParseFunction(absl::string_view text) {
  NaiveName function;
  function.prefix = absl::EndsWith(text, ".*");
  if (function.prefix) text.remove_suffix(1);
  if (text.empty() || text == "." || HasNul(text) ||
      absl::StrContains(text, "*")) {
    return Bad("expected a function or \"plugin.*\"");
  }
  function.text = std::string(text);
  return function;
}

}  // namespace

bool NaiveName::Matches(absl::string_view name) const {
  return prefix ? absl::StartsWith(name, text) : name == text;
}

absl::StatusOr<NaiveName> ParseNaiveName(absl::string_view pattern) {
  if (pattern.empty() || HasNul(pattern)) return Bad("empty or NUL");
  absl::StatusOr<NaiveSymbols> symbols = NaiveLex(pattern, "*{?");
  if (!symbols.ok()) return symbols.status();
  if (NaiveHasSign(*symbols, '{') || NaiveHasSign(*symbols, '?')) {
    return Bad("a wildcard of paths");
  }
  NaiveName name;
  if (symbols->back().sign) {
    name.prefix = true;
    symbols->pop_back();
  }
  if (NaiveHasSign(*symbols, '*')) return Bad("\"*\" only at the end");
  name.text = NaiveBytes(*symbols);
  return name;
}

int NaiveCompareNames(const NaiveName& a, const NaiveName& b) {
  if (a.prefix != b.prefix) return b.prefix ? 1 : -1;
  if (!a.prefix || a.text.size() == b.text.size()) return 0;
  return a.text.size() > b.text.size() ? 1 : -1;
}

absl::StatusOr<NaiveCall> ParseNaiveCall(const RulePattern& pattern,
                                         const NaivePathContext& context) {
  NaiveCall call;
  absl::StatusOr<NaiveName> function = ParseFunction(pattern.text());
  if (!function.ok()) return function.status();
  call.function = *std::move(function);
  call.open_end = pattern.form() == CallForm::kList;
  call.wildcard = call.function.prefix || call.open_end;
  const std::vector<std::string>& parts = pattern.parts();
  for (size_t i = 0; i < parts.size(); ++i) {
    auto arg = ParseArg(parts[i], i + 1 == parts.size(), context);
    if (!arg.ok()) return arg.status();
    call.wildcard |= arg->kind != NaiveArg::Kind::kOneOf;
    for (const NaiveAlternative& path : arg->paths) call.sealed &= path.sealed;
    if (arg->kind == NaiveArg::Kind::kRest) {
      call.open_end = true;
    } else {
      call.args.push_back(*std::move(arg));
    }
  }
  return call;
}

NaiveMatch NaiveMatchCall(const NaiveCall& pattern, const CallView& call,
                          const Signatures& signatures,
                          const absl::optional<NaivePath>& base) {
  const NaiveName& function = pattern.function;
  if (!function.Matches(call.function)) return NaiveMatch::kNo;
  // "exec.in.*" is not "exec.in.".
  if (function.prefix && call.function.size() == function.text.size()) {
    return NaiveMatch::kNo;
  }
  const auto values = Bind(call, signatures);
  if (!values) return NaiveMatch::kUnknown;
  return MatchArgs(pattern, *values, base);
}

absl::StatusOr<NaiveSecret> ParseNaiveSecret(
    const std::vector<std::string>& parts) {
  NaiveSecret secret;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (HasNul(parts[i])) return Bad("NUL in a key part");
    absl::StatusOr<NaiveArg> part = OfKind(NaiveArg::Kind::kAny);
    if (parts[i] == "**") {
      if (i + 1 != parts.size()) return Bad("\"**\" must be last");
      part->kind = NaiveArg::Kind::kRest;
    } else if (parts[i] != "*") {
      absl::StatusOr<NaiveSymbols> symbols = NaiveLex(parts[i], "*{?");
      if (!symbols.ok()) return symbols.status();
      if (NaiveHasSign(*symbols, '{')) return Bad("a group in a key");
      part = ParseTexts({*symbols});
      if (!part.ok()) return part.status();
    }
    secret.wildcard |= part->kind != NaiveArg::Kind::kOneOf;
    secret.parts.push_back(*std::move(part));
  }
  return secret;
}

bool NaiveMatchesSecret(const NaiveSecret& pattern,
                        absl::Span<const absl::string_view> parts) {
  const size_t wanted = pattern.parts.size();
  for (size_t i = 0; i < wanted; ++i) {
    const NaiveArg& part = pattern.parts[i];
    if (part.kind == NaiveArg::Kind::kRest) return true;
    if (i >= parts.size()) return false;
    if (part.kind == NaiveArg::Kind::kOneOf && !IsOneOf(part, parts[i])) {
      return false;
    }
  }
  return wanted != 0 && parts.size() == wanted;
}

}  // namespace testing
}  // namespace postern
