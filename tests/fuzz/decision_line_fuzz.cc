// A line of a table of decisions: no crash, one-line errors, and what was read
// is written as a line that says the same.

#include <cstddef>
#include <cstdint>
#include <string>

#include "permission/analysis/decision_line.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  if (input.find('\n') != std::string::npos) return 0;
  const auto line = postern::ParseDecisionLine(input);
  if (!line.ok()) {
    for (const char c : std::string(line.status().message())) {
      postern::Require(static_cast<unsigned char>(c) >= 0x20, "one line");
    }
    return 0;
  }
  if (*line == nullptr) return 0;
  const std::string written =
      postern::FormatDecisionLine((*line)->expected, *(*line)->question);
  const auto again = postern::ParseDecisionLine(written);
  postern::Require(again.ok() && *again != nullptr, "it can be read again");
  postern::Require(
      (*again)->expected == (*line)->expected &&
          (*again)->question->words() == (*line)->question->words() &&
          (*again)->question->extent() == (*line)->question->extent(),
      "and says the same");
  for (size_t i = 0; i < (*line)->question->words().size(); ++i) {
    postern::Require(
        (*again)->question->is_named(i) == (*line)->question->is_named(i),
        "of arguments by name, too");
  }
  return 0;
}
