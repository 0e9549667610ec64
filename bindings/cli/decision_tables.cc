#include "bindings/cli/decision_tables.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

// Of a message "column N: ...", N and what follows.
int TakeColumn(absl::string_view* message) {
  int column = 0;
  absl::string_view rest = *message;
  if (!absl::ConsumePrefix(&rest, "column ")) return 0;
  const size_t colon = rest.find(": ");
  if (colon == rest.npos || !absl::SimpleAtoi(rest.substr(0, colon), &column)) {
    return 0;
  }
  *message = rest.substr(colon + 2);
  return column;
}

class TableReader {
 public:
  TableReader(absl::string_view file_name, std::vector<Problem>* problems)
      : file_name_(file_name), problems_(*problems) {}

  std::vector<DecisionTable> Read(absl::string_view text) {
    for (absl::string_view line : absl::StrSplit(text, '\n')) {
      ++number_;
      if (problems_.size() >= kMaxProblems) break;
      ReadLine(line);
    }
    return std::move(tables_);
  }

 private:
  void ReadLine(absl::string_view line) {
    const absl::StatusOr<std::vector<LineWord>> words = SplitLine(line);
    if (!words.ok()) return Refuse(words.status().message());
    if (!words->empty() && (*words)[0].text == "policy") {
      return BeginTable(*words);
    }
    absl::StatusOr<std::unique_ptr<DecisionLine>> decision =
        ParseDecisionLine(line);
    if (!decision.ok()) return Refuse(decision.status().message());
    if (*decision == nullptr) return;
    if (tables_.empty()) tables_.emplace_back();
    const std::string text =
        FormatDecisionLine((*decision)->expected, *(*decision)->question);
    tables_.back().decisions.push_back(
        {internal::EscapeForDisplay(text), number_, *std::move(decision)});
  }

  void BeginTable(const std::vector<LineWord>& words) {
    if (words.size() < 2) {
      return Refuse("column 7: no file, expected \"policy FILE\"");
    }
    tables_.emplace_back();
    tables_.back().line = number_;
    for (size_t i = 1; i < words.size(); ++i) {
      tables_.back().policies.push_back(words[i].text);
    }
  }

  void Refuse(absl::string_view message) {
    Problem problem;
    problem.source.kind = RuleSource::Kind::kFile;
    problem.source.name = std::string(file_name_);
    problem.source.line = number_;
    problem.source.column = TakeColumn(&message);
    problem.message = std::string(message);
    problems_.push_back(std::move(problem));
  }

  const absl::string_view file_name_;
  std::vector<Problem>& problems_;
  std::vector<DecisionTable> tables_;
  int number_ = 0;
};

}  // namespace

std::vector<DecisionTable> ParseDecisionTables(absl::string_view file_name,
                                               absl::string_view text,
                                               std::vector<Problem>* problems) {
  return TableReader(file_name, problems).Read(text);
}

}  // namespace cli
}  // namespace postern
