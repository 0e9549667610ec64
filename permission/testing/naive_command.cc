#include "permission/testing/naive_command.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "permission/rule.h"

namespace postern {
namespace testing {
namespace {

absl::Status Bad(absl::string_view what) {
  return absl::InvalidArgumentError(what);
}

// At every space that no backslash stands before.
absl::StatusOr<std::vector<std::string>> Words(absl::string_view text) {
  std::vector<std::string> words = {""};
  bool escaped = false;
  for (char c : text) {
    if (c == '\0') return Bad("NUL");
    if (!escaped &&
        (c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f')) {
      return Bad("white space");
    }
    if (c == ' ' && !escaped) {
      words.emplace_back();
    } else {
      words.back() += c;
    }
    escaped = c == '\\' && !escaped;
  }
  for (const std::string& word : words) {
    if (word.empty()) return Bad("an empty word");
  }
  return words;
}

bool IsLiteral(const NaiveComponent& component) {
  if (component.double_star) return false;
  for (const NaiveAtom& atom : component.atoms) {
    if (atom.kind != NaiveAtom::Kind::kLiteral) return false;
  }
  return true;
}

size_t BytesOf(const NaiveComponent& component) {
  size_t bytes = 0;
  for (const NaiveAtom& atom : component.atoms) bytes += atom.character.size();
  return bytes;
}

constexpr int64_t kOneProgram = std::numeric_limits<int64_t>::max();

int64_t RankOf(const NaiveAlternative& path) {
  if (!path.wildcard) return kOneProgram;
  int64_t rank = 1;
  for (const NaiveComponent& component : path.components) {
    if (!IsLiteral(component)) break;
    rank += static_cast<int64_t>(BytesOf(component)) + 1;
  }
  return rank;
}

// The text of the last component if it is literal.
absl::optional<std::string> LastOf(const NaiveAlternative& path) {
  if (path.components.empty() || !IsLiteral(path.components.back())) {
    return absl::nullopt;
  }
  std::string name;
  for (const NaiveAtom& atom : path.components.back().atoms) {
    name += atom.character;
  }
  return name;
}

absl::Status AddPaths(const std::string& word, const NaivePathContext& context,
                      NaiveCommand* command) {
  if (absl::StartsWith(word, "exact:")) return Bad("exact:");
  auto paths = ParseNaivePath(absl::StrCat("exact:", word), context);
  if (!paths.ok()) return paths.status();
  for (NaiveAlternative& path : *paths) {
    if (path.components.empty()) return Bad("the root");
    NaiveProgram program;
    program.rank = RankOf(path);
    program.path = std::move(path);
    command->programs.push_back(std::move(program));
  }
  return absl::OkStatus();
}

absl::Status AddProgram(const std::string& word,
                        const NaivePathContext& context,
                        NaiveCommand* command) {
  if (absl::StrContains(word, "/")) return AddPaths(word, context, command);
  NaiveProgram program;
  program.any = word == "*";
  if (!program.any) {
    if (word.find_first_of("*?{}[]\\$~=") != std::string::npos || word == "." ||
        word == "..") {
      return Bad("no name");
    }
    program.name = word;
    program.rank = kOneProgram;
  }
  command->programs.push_back(std::move(program));
  return absl::OkStatus();
}

NaiveMatch MatchProgram(const NaiveProgram& program,
                        const NaiveGivenProgram& given) {
  if (program.any) return NaiveMatch::kYes;
  if (!program.name.empty()) {
    if (program.name != given.name) return NaiveMatch::kNo;
    // Which file the rule's name will be is not known.
    return given.path ? NaiveMatch::kUnknown : NaiveMatch::kYes;
  }
  if (given.path) {
    return NaiveMatches(program.path, *given.path) ? NaiveMatch::kYes
                                                   : NaiveMatch::kNo;
  }
  const absl::optional<std::string> last = LastOf(program.path);
  return last && *last != given.name ? NaiveMatch::kNo : NaiveMatch::kUnknown;
}

}  // namespace

absl::StatusOr<NaiveCommand> ParseNaiveCommand(
    absl::string_view text, const NaivePathContext& context) {
  NaiveCommand command;
  command.through = absl::ConsumePrefix(&text, "through:");
  auto words = Words(text);
  if (!words.ok()) return words.status();
  absl::Status status = AddProgram(words->front(), context, &command);
  if (!status.ok()) return status;
  words->erase(words->begin());
  for (std::string& word : *words) {
    if (word == "\"\"") word.clear();
  }
  auto args = ParseNaiveCall(
      RulePattern::Call("a.b", *std::move(words), CallForm::kExact), context);
  if (!args.ok()) return args.status();
  command.args = *std::move(args);
  return command;
}

absl::optional<NaiveGivenProgram> ReadNaiveCommand(
    const Access& access, const absl::optional<NaivePath>& base) {
  for (const CallArg& arg : access.call().args) {
    if (!arg.is_text || absl::StrContains(arg.text, absl::string_view("\0", 1)))
      return absl::nullopt;
  }
  const std::string text(access.text());
  NaiveGivenProgram given;
  if (!absl::StrContains(text, "/")) {
    given.name = text;
    const bool name = !text.empty() && text != "." && text != ".." &&
                      text.size() <= 4095 &&
                      text.find('\0') == std::string::npos;
    return name ? absl::make_optional(given) : absl::nullopt;
  }
  given.path = NaiveNormalize(text, base);
  if (!given.path) return absl::nullopt;
  if (!given.path->empty()) given.name = given.path->back();
  return given;
}

NaiveMatch NaiveMatchCommand(const NaiveCommand& pattern,
                             const NaiveProgram& program,
                             const NaiveGivenProgram& given,
                             const Access& access,
                             const absl::optional<NaivePath>& base) {
  CallView call = access.call();
  call.function = "a.b";
  const NaiveMatch args = NaiveMatchCall(pattern.args, call, {}, base);
  NaiveMatch match = MatchProgram(program, given);
  if (match == NaiveMatch::kNo || args == NaiveMatch::kNo) {
    return NaiveMatch::kNo;
  }
  if (pattern.through && !access.is_through()) match = NaiveMatch::kUnknown;
  return std::min(match, args);
}

}  // namespace testing
}  // namespace postern
