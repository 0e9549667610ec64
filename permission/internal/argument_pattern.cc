#include "permission/internal/argument_pattern.h"

#include <utility>

#include "absl/base/attributes.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fs/brace_expansion.h"
#include "fs/path_components.h"

namespace postern {
namespace internal {
namespace {

using fs::PatternAtom;
using fs::PatternError;
using Kind = ArgumentPattern::Kind;

constexpr absl::string_view kRegexPrefix = "re:";
constexpr absl::string_view kPathPrefix = "path:";
constexpr size_t kMaxArgumentPatternBytes = 4095;

// An error inside of an argument's own pattern.
absl::Status InArgument(absl::string_view text, const absl::Status& error) {
  return absl::InvalidArgumentError(absl::StrCat(
      "in argument \"", text.substr(0, 200), "\": ", error.message()));
}

PatternAtom::Kind AtomKindOf(char c) {
  switch (c) {
    case '{':
      return PatternAtom::Kind::kOpen;
    case ',':
      return PatternAtom::Kind::kComma;
    case '}':
      return PatternAtom::Kind::kClose;
    default:
      return PatternAtom::Kind::kByte;
  }
}

absl::StatusOr<fs::PatternAtoms> ScanLiteral(absl::string_view text) {
  fs::PatternAtoms atoms;
  for (size_t i = 0; i < text.size(); ++i) {
    const uint16_t column = static_cast<uint16_t>(i + 1);
    if (text[i] == '*' || text[i] == '?') {
      return PatternError(
          text, column,
          absl::StrCat("\"", text.substr(i, 1),
                       "\" is no wildcard inside an argument, expected \"\\",
                       text.substr(i, 1), "\" or a pattern \"re:...\""));
    }
    if (text[i] == '\\') {
      if (++i == text.size()) {
        return PatternError(text, column, "expected a character after \"\\\"");
      }
      atoms.push_back({PatternAtom::Kind::kByte, text[i], column});
    } else {
      atoms.push_back({AtomKindOf(text[i]), text[i], column});
    }
  }
  return atoms;
}

absl::StatusOr<ArgumentPattern> ParseLiteral(absl::string_view text) {
  absl::StatusOr<fs::PatternAtoms> atoms = ScanLiteral(text);
  if (!atoms.ok()) return atoms.status();
  absl::StatusOr<std::vector<fs::PatternAtoms>> alternatives =
      fs::ExpandBraces(text, *std::move(atoms), fs::kMaxAlternatives);
  if (!alternatives.ok()) return alternatives.status();
  ArgumentPattern pattern;
  pattern.kind = Kind::kLiteral;
  for (const fs::PatternAtoms& alternative : *alternatives) {
    pattern.literals.emplace_back();
    for (const PatternAtom& atom : alternative) {
      pattern.literals.back().push_back(atom.byte);
    }
  }
  return pattern;
}

absl::StatusOr<ArgumentPattern> ParseRegex(absl::string_view text) {
  absl::StatusOr<std::shared_ptr<const Regex>> regex =
      Regex::Compile(text.substr(kRegexPrefix.size()));
  if (!regex.ok()) {
    return PatternError(text, kRegexPrefix.size() + 1,
                        regex.status().message());
  }
  ArgumentPattern pattern;
  pattern.kind = Kind::kRegex;
  pattern.regex = *std::move(regex);
  return pattern;
}

absl::StatusOr<ArgumentPattern> ParsePath(
    absl::string_view text, const fs::PathPatternOptions& options) {
  absl::StatusOr<std::vector<fs::PathPattern>> paths =
      fs::ParsePathPattern(text.substr(kPathPrefix.size()), options);
  if (!paths.ok()) return InArgument(text, paths.status());
  ArgumentPattern pattern;
  pattern.kind = Kind::kPath;
  pattern.paths = *std::move(paths);
  return pattern;
}

template <typename Path>
ABSL_ATTRIBUTE_NOINLINE Match
MatchesPathIn(const std::vector<fs::PathPattern>& patterns,
              absl::string_view base_directory, absl::string_view path) {
  Path components;
  if (!components.Split(base_directory, path)) return Match::kUnknown;
  for (const fs::PathPattern& pattern : patterns) {
    if (pattern.Matches(components)) return Match::kYes;
  }
  return Match::kNo;
}

Match MatchesPath(const std::vector<fs::PathPattern>& patterns,
                  absl::string_view base_directory, absl::string_view path) {
  const auto matches = fs::ShortPathComponents::Fits(base_directory, path)
                           ? MatchesPathIn<fs::ShortPathComponents>
                           : MatchesPathIn<fs::AnyPathComponents>;
  return matches(patterns, base_directory, path);
}

bool IsEndOfOptions(const ArgumentPattern& pattern) {
  return pattern.kind == Kind::kLiteral && pattern.literals.size() == 1 &&
         pattern.literals[0] == "--";
}

}  // namespace

Match ArgumentPattern::Matches(const CallArg& argument,
                               absl::string_view base_directory) const {
  if (kind == Kind::kAny || kind == Kind::kRest) return Match::kYes;
  if (!argument.is_text) return Match::kUnknown;
  switch (kind) {
    case Kind::kLiteral:
      for (const std::string& literal : literals) {
        if (literal == argument.text) return Match::kYes;
      }
      return Match::kNo;
    case Kind::kRegex:
      return regex->FullMatch(argument.text);
    case Kind::kPath:
      if (!after_options && absl::StartsWith(argument.text, "-")) {
        return Match::kUnknown;
      }
      return MatchesPath(paths, base_directory, argument.text);
    case Kind::kAny:
    case Kind::kRest:
      break;
  }
  return Match::kYes;
}

absl::StatusOr<ArgumentPattern> ParseArgumentPattern(
    absl::string_view text, const fs::PathPatternOptions& options) {
  if (text.size() > kMaxArgumentPatternBytes) {
    return PatternError(text, kMaxArgumentPatternBytes + 1, "too long");
  }
  const size_t nul = text.find('\0');
  if (nul != text.npos) return PatternError(text, nul + 1, "a NUL byte");
  ArgumentPattern pattern;
  if (text == "*") return pattern;
  if (text == "**") {
    pattern.kind = Kind::kRest;
    return pattern;
  }
  if (absl::StartsWith(text, kRegexPrefix)) return ParseRegex(text);
  if (absl::StartsWith(text, kPathPrefix)) return ParsePath(text, options);
  return ParseLiteral(text);
}

absl::StatusOr<std::vector<ArgumentPattern>> ParseArgumentPatterns(
    const std::vector<std::string>& texts,
    const fs::PathPatternOptions& options) {
  std::vector<ArgumentPattern> patterns;
  for (const std::string& text : texts) {
    if (!patterns.empty() && patterns.back().kind == Kind::kRest) {
      return PatternError("**", 1, "expected nothing after it in the list");
    }
    absl::StatusOr<ArgumentPattern> pattern =
        ParseArgumentPattern(text, options);
    if (!pattern.ok()) return pattern.status();
    pattern->after_options =
        !patterns.empty() &&
        (patterns.back().after_options || IsEndOfOptions(patterns.back()));
    patterns.push_back(*std::move(pattern));
  }
  return patterns;
}

}  // namespace internal
}  // namespace postern
