#include "permission/analysis/decision_line.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/types/optional.h"
#include "permission/internal/nearest_name.h"
#include "permission/text/display.h"

namespace postern {
namespace {

absl::Status Invalid(size_t column, absl::string_view message) {
  return absl::InvalidArgumentError(
      absl::StrCat("column ", column, ": ", message));
}

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

// Whether a comment begins at `at`, which is in no word.
bool BeginsComment(absl::string_view line, size_t at) {
  return line[at] == '#' &&
         (at == 0 || (at > 1 && line[at - 1] == ' ' && line[at - 2] == ' '));
}

// A comment after one space would be arguments: a decision of another call,
// which a test then expects for a wrong reason.
absl::Status CheckNoLateComment(const std::vector<LineWord>& words) {
  for (const LineWord& word : words) {
    if (word.text != "#" || word.quoted) continue;
    return Invalid(word.column,
                   "a comment needs two spaces before \"#\"; quote \"#\" as an "
                   "argument");
  }
  return absl::OkStatus();
}

absl::Status CheckExpected(const LineWord& word) {
  const std::vector<std::string> names = DecisionNames();
  if (std::find(names.begin(), names.end(), word.text) != names.end()) {
    return absl::OkStatus();
  }
  return Invalid(
      word.column,
      absl::StrCat("unknown answer ", internal::QuoteForDisplay(word.text),
                   internal::Suggestion(word.text, names), ", expected ",
                   absl::StrJoin(names, ", ")));
}

// A path's "/**", taken off.
AccessQuestion::Extent TakeExtent(absl::string_view permission,
                                  std::vector<std::string>* words) {
  const absl::optional<Permission> known = ParsePermission(permission);
  if (!known || ResourceKindOf(*known) != ResourceKind::kPath ||
      words->size() != 1 || !absl::EndsWith((*words)[0], "/**")) {
    return AccessQuestion::Extent::kOne;
  }
  std::string& path = (*words)[0];
  path.resize(std::max<size_t>(path.size() - 3, 1));  // "/**" is all of "/"
  return AccessQuestion::Extent::kSubtree;
}

std::string Quoted(absl::string_view word, bool force = false) {
  const bool plain =
      !force && !word.empty() && word[0] != '#' &&
      std::all_of(word.begin(), word.end(), [](char c) {
        return absl::ascii_isgraph(static_cast<unsigned char>(c)) &&
               c != '\'' && c != '"';
      });
  if (plain) return std::string(word);
  return absl::StrCat("'", absl::StrReplaceAll(word, {{"'", "'\"'\"'"}}), "'");
}

// What is beneath a folder, as a line says it.
std::string Beneath(const std::string& folder) {
  return folder == "/" ? "/**" : absl::StrCat(folder, "/**");
}

// An argument of a call: "name=value" by position in quotes, by name without
// one before the name.
std::string QuotedArgument(const std::string& word, bool named) {
  const size_t equals = word.find('=');
  if (!named) return Quoted(word, /*force=*/equals != word.npos);
  // The name's first character is a letter, before which no quote may be.
  const std::string rest = word.substr(1, equals - 1);
  return absl::StrCat(word.substr(0, 1), rest.empty() ? "" : Quoted(rest), "=",
                      Quoted(word.substr(equals + 1)));
}

}  // namespace

std::vector<std::string> DecisionNames() {
  return {"allow", "ask", "deny", "hide", "report"};
}

std::string DecisionName(const Decision& decision) {
  if (decision.concealed()) return "hide";
  if (decision.allowed() && decision.would_deny()) return "report";
  return std::string(EffectName(decision.effect()));
}

absl::StatusOr<std::vector<LineWord>> SplitLine(absl::string_view line) {
  std::vector<LineWord> words;
  char quote = 0;
  size_t quoted_from = 0;
  bool open = false;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote == 0 && IsBlank(c)) {
      open = false;
      continue;
    }
    if (!open && BeginsComment(line, i)) break;
    if (!open) words.push_back({"", i + 1, c == '\'' || c == '"'});
    open = true;
    if (c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
      quoted_from = i + 1;
    } else {
      words.back().text.push_back(c);
    }
  }
  if (quote == 0) {
    const absl::Status comment = CheckNoLateComment(words);
    if (!comment.ok()) return comment;
    return words;
  }
  return Invalid(quoted_from,
                 absl::StrCat("no end of what is quoted, expected ",
                              quote == '"' ? "'\"'" : "\"'\""));
}

absl::StatusOr<std::unique_ptr<DecisionLine>> ParseDecisionLine(
    absl::string_view line) {
  const absl::StatusOr<std::vector<LineWord>> words = SplitLine(line);
  if (!words.ok()) return words.status();
  if (words->empty()) return std::unique_ptr<DecisionLine>();
  const absl::Status known = CheckExpected((*words)[0]);
  if (!known.ok()) return known;
  if (words->size() < 2) {
    return Invalid(line.size() + 1,
                   "no permission, expected one as \"fs.read\"");
  }
  const LineWord& permission = (*words)[1];
  std::vector<std::string> resource;
  std::vector<bool> quoted;
  for (size_t i = 2; i < words->size(); ++i) {
    resource.push_back((*words)[i].text);
    quoted.push_back((*words)[i].quoted);
  }
  const AccessQuestion::Extent extent = TakeExtent(permission.text, &resource);
  absl::StatusOr<std::unique_ptr<AccessQuestion>> question =
      AccessQuestion::Read(permission.text, std::move(resource), extent,
                           AccessQuestion::Naming::kTaken, quoted);
  if (!question.ok()) {
    return Invalid(permission.column,
                   internal::EscapeForDisplay(question.status().message()));
  }
  auto parsed = std::make_unique<DecisionLine>();
  parsed->expected = (*words)[0].text;
  parsed->question = *std::move(question);
  return parsed;
}

std::string FormatDecisionLine(absl::string_view expected,
                               const AccessQuestion& question) {
  std::string line =
      absl::StrCat(expected, " ", PermissionName(question.permission()));
  const bool tree = question.extent() == AccessQuestion::Extent::kSubtree;
  const ResourceKind kind = ResourceKindOf(question.permission());
  const bool call =
      kind == ResourceKind::kCall || kind == ResourceKind::kCommand;
  for (size_t i = 0; i < question.words().size(); ++i) {
    const std::string& word = question.words()[i];
    if (call && i > 0) {
      absl::StrAppend(&line, " ", QuotedArgument(word, question.is_named(i)));
      continue;
    }
    absl::StrAppend(&line, " ", Quoted(tree ? Beneath(word) : word));
  }
  return line;
}

}  // namespace postern
