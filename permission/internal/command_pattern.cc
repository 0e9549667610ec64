#include "permission/internal/command_pattern.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "fs/brace_expansion.h"

namespace postern {
namespace internal {
namespace {

using fs::PatternError;
using ComponentKind = fs::PatternComponent::Kind;

constexpr char kNotInNames[] = "*?{}[]\\$~= \t\n\v\f\r";
constexpr absl::string_view kThrough = "through:";
constexpr absl::string_view kExact = "exact:";
constexpr absl::string_view kEmptyArgument = "\"\"";

// A word of a command pattern and where it begins, from 0.
struct Word {
  std::string text;
  size_t at;
};

absl::StatusOr<std::vector<Word>> SplitWords(absl::string_view text,
                                             size_t at) {
  std::vector<Word> words = {{"", at}};
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\0') return PatternError(text, at + 1, "a NUL byte");
    if (absl::string_view("\t\n\v\f\r").find(c) != absl::string_view::npos) {
      return PatternError(text, at + 1,
                          "expected one space before each argument, or a "
                          "\"\\\" before what is part of one");
    }
    if (c == ' ') {
      words.push_back({"", at + 1});
      continue;
    }
    words.back().text.push_back(c);
    if (c == '\\' && at + 1 < text.size()) {
      words.back().text.push_back(text[++at]);
    }
  }
  for (const Word& word : words) {
    if (!word.text.empty()) continue;
    return PatternError(text, word.at + 1,
                        "expected a program and one space before each "
                        "argument, with \"\" for an argument without text");
  }
  return words;
}

// A program by its bare name: looked up along PATH when the policy is bound.
absl::Status CheckName(absl::string_view text, const Word& word) {
  if (IsPlainProgramName(word.text)) return absl::OkStatus();
  const size_t at = word.text.find_first_of(kNotInNames);
  if (at != std::string::npos && word.text[at] == '=') {
    return PatternError(text, word.at + 1,
                        "expected the program first: a variable's value is no "
                        "part of a command");
  }
  return PatternError(text, word.at + (at == std::string::npos ? 1 : at + 1),
                      "expected a program's name without wildcards, its path "
                      "(with a \"/\"), or \"*\" for every program");
}

absl::Status ParseProgramPath(absl::string_view text, const Word& word,
                              const fs::PathPatternOptions& options,
                              CommandPattern* pattern) {
  // As it is written, for the message.
  absl::Status status = fs::ParsePathPattern(word.text, options).status();
  if (!status.ok()) return status;
  absl::StatusOr<std::vector<fs::PathPattern>> programs =
      fs::ParsePathPattern(absl::StrCat(kExact, word.text), options);
  if (!programs.ok()) return programs.status();
  for (const fs::PathPattern& program : *programs) {
    if (program.components.empty() && !program.subtree) {
      return PatternError(text, word.at + 1, "\"/\" is no program");
    }
  }
  pattern->programs = *std::move(programs);
  return absl::OkStatus();
}

absl::Status ParseProgram(absl::string_view text, const Word& word,
                          const fs::PathPatternOptions& options,
                          CommandPattern* pattern) {
  pattern->any_program = word.text == "*";
  if (pattern->any_program) return absl::OkStatus();
  if (absl::StartsWith(word.text, kExact)) {
    return PatternError(text, word.at + 1,
                        "a program's path is always exact, expected none of "
                        "\"exact:\"");
  }
  if (absl::StrContains(word.text, "/")) {
    return ParseProgramPath(text, word, options, pattern);
  }
  absl::Status status = CheckName(text, word);
  pattern->name = word.text;
  return status;
}

absl::StatusOr<std::shared_ptr<const ArgumentsPattern>> ParseArguments(
    const std::vector<Word>& words, const fs::PathPatternOptions& options) {
  std::vector<std::string> texts;
  for (size_t i = 1; i < words.size(); ++i) {
    texts.push_back(words[i].text == kEmptyArgument ? "" : words[i].text);
  }
  absl::StatusOr<std::vector<ArgumentPattern>> args =
      ParseArgumentPatterns(texts, options);
  if (!args.ok()) return args.status();
  auto arguments = std::make_shared<ArgumentsPattern>();
  arguments->args = *std::move(args);
  arguments->open = !arguments->args.empty() &&
                    arguments->args.back().kind == ArgumentPattern::Kind::kRest;
  return arguments;
}

absl::string_view LastLiteral(const fs::PathPattern& program) {
  const bool one = !program.subtree && !program.components.empty() &&
                   program.components.back().kind == ComponentKind::kLiteral;
  return one ? absl::string_view(program.components.back().text) : "";
}

// Whether a pattern for paths may match one that ends so.
Match MatchesName(const fs::PathPattern& program, absl::string_view name) {
  const absl::string_view only = LastLiteral(program);
  return only.empty() || only == name ? Match::kUnknown : Match::kNo;
}

}  // namespace

std::string ProgramNameIn(const fs::PathPattern& program) {
  return std::string(LastLiteral(program));
}

uint32_t RankOfProgram(const fs::PathPattern& program) {
  if (program.literal() && !program.subtree) return UINT32_MAX;
  uint32_t bytes = 1;
  for (size_t i = 0; i < program.literal_prefix(); ++i) {
    bytes += static_cast<uint32_t>(program.components[i].text.size()) + 1;
  }
  return bytes;
}

Match CommandPattern::MatchesProgram(const GivenProgram& given) const {
  if (any_program) return Match::kYes;
  const bool named = !name.empty() && name == given.name;
  if (given.path == nullptr && named) return Match::kYes;
  Match best = named && !name_is_bound ? Match::kUnknown : Match::kNo;
  for (const fs::PathPattern& program : programs) {
    if (given.path == nullptr) {
      best = std::max(best, MatchesName(program, given.name));
    } else if (program.Matches(*given.path)) {
      return Match::kYes;
    }
  }
  return best;
}

Match CommandPattern::Matches(const GivenProgram& given,
                              const GivenArguments& args, bool is_through,
                              absl::string_view base_directory) const {
  const Match program = MatchesProgram(given);
  if (program == Match::kNo) return Match::kNo;
  const Match match = arguments->MatchesArguments(args, base_directory);
  const bool sure = program == Match::kYes && (!through || is_through);
  return sure || match == Match::kNo ? match : Match::kUnknown;
}

absl::StatusOr<CommandPattern> ParseCommandPattern(
    absl::string_view text, const fs::PathPatternOptions& options) {
  CommandPattern pattern;
  pattern.through = absl::StartsWith(text, kThrough);
  absl::StatusOr<std::vector<Word>> words =
      SplitWords(text, pattern.through ? kThrough.size() : 0);
  if (!words.ok()) return words.status();
  absl::Status status = ParseProgram(text, (*words)[0], options, &pattern);
  if (!status.ok()) return status;
  auto arguments = ParseArguments(*words, options);
  if (!arguments.ok()) return arguments.status();
  pattern.arguments = *std::move(arguments);
  return pattern;
}

bool IsPlainProgramName(absl::string_view name) {
  return name.find_first_of(kNotInNames) == name.npos && name != "." &&
         name != ".." && !absl::StartsWith(name, kThrough);
}

std::vector<std::string> WordsOfCommand(absl::string_view text) {
  absl::ConsumePrefix(&text, kThrough);
  std::vector<std::string> out;
  const absl::StatusOr<std::vector<Word>> words = SplitWords(text, 0);
  if (!words.ok()) return out;
  for (const Word& word : *words) out.push_back(word.text);
  return out;
}

}  // namespace internal
}  // namespace postern
