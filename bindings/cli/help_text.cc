#include "bindings/cli/help_text.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "bindings/cli/concepts.h"

namespace postern {
namespace cli {
namespace {

constexpr size_t kColumns = 79;

using Row = std::pair<std::string, std::string>;

// `text` in lines that begin with `indent` spaces; the first has begun.
std::string Folded(absl::string_view text, size_t indent) {
  std::string out;
  size_t column = indent;
  for (absl::string_view word : absl::StrSplit(text, ' ')) {
    if (column > indent && column + 1 + word.size() > kColumns) {
      absl::StrAppend(&out, "\n", std::string(indent, ' '));
      column = indent;
    } else if (column > indent) {
      absl::StrAppend(&out, " ");
      ++column;
    }
    absl::StrAppend(&out, word);
    column += word.size();
  }
  return out;
}

std::string Table(const std::vector<Row>& rows) {
  size_t width = 0;
  for (const Row& row : rows) width = std::max(width, row.first.size());
  std::string out;
  for (const Row& row : rows) {
    absl::StrAppend(&out, "  ", row.first,
                    std::string(width - row.first.size() + 2, ' '),
                    Folded(row.second, width + 4), "\n");
  }
  return out;
}

std::vector<Row> OptionRows(const Verb& verb) {
  std::vector<Row> rows = {{"-h, --help", "Print this help"}};
  for (const Option& option : verb.options) {
    rows.emplace_back(
        absl::StrCat(option.name, *option.value == '\0' ? "" : " ",
                     option.value),
        option.summary);
  }
  return rows;
}

bool StartsAProgram(Command command) {
  switch (command) {
    case Command::kDeno:
    case Command::kExec:
    case Command::kMcp:
    case Command::kNode:
    case Command::kPython:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string ExitCodesText(const Verb& verb) {
  if (StartsAProgram(verb.command)) {
    return "Exit codes: the program's, or 128 and the number of the signal "
           "that "
           "ended it;\n126 it is denied, 127 it is not there, 125 something "
           "else failed, 2 usage.\n";
  }
  return absl::StrCat(
      Folded(absl::StrCat(
                 "Exit codes: 0 granted or done, ",
                 *verb.no == '\0' ? "" : absl::StrCat("1 ", verb.no, ", "),
                 "2 usage, bad input or a failure."),
             0),
      "\n");
}

std::string StoreText(const Verb& verb) {
  const bool stores =
      std::any_of(verb.options.begin(), verb.options.end(),
                  [](const Option& o) { return o.text == &Arguments::store; });
  return stores ? "Approvals are kept in --store FILE; else in $POSTERN_STORE; "
                  "else in\n$XDG_DATA_HOME/postern/approvals.db; else in\n"
                  "~/.local/share/postern/approvals.db. The folder of the "
                  "first two has to exist;\nthat of the others is made with "
                  "the first approval.\n"
                : "";
}

std::string HelpText(const Verb& verb) {
  return absl::StrCat(
      "usage: postern ", verb.name, " ", verb.usage, "\n\n", verb.summary,
      "\n\nOptions:\n", Table(OptionRows(verb)),
      verb.takes_rules ? "Rules are told of by \"postern help rules\".\n" : "",
      "\nExamples:\n", verb.examples, "\n", ExitCodesText(verb),
      StoreText(verb));
}

std::string ProgramHelpText() {
  std::vector<Row> verbs, concepts;
  for (const Verb& verb : AllVerbs())
    verbs.emplace_back(verb.name, verb.summary);
  for (const Concept& one : AllConcepts()) {
    concepts.emplace_back(one.name, one.summary);
  }
  return absl::StrCat(
      "usage: postern COMMAND ...\n\n", kSummary, "\n\nCommands:\n",
      Table(verbs), "\nConcepts, each told of by \"postern help CONCEPT\":\n",
      Table(concepts),
      "\nOptions:\n  -h, --help  Print this help\n  --version   Print the "
      "version\n\nSee \"postern COMMAND --help\" for examples.\n");
}

}  // namespace cli
}  // namespace postern
