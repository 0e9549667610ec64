#ifndef POSTERN_BINDINGS_CLI_TERMINAL_PROMPT_H_
#define POSTERN_BINDINGS_CLI_TERMINAL_PROMPT_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "bindings/c/postern.h"

namespace postern {
namespace cli {

// Asks whoever sits at a terminal about an access. All that the guest had a
// hand in is escaped and cut, so that the question fits on a screen and ends
// with our own line; of each argument it shows beginning, end and size. What
// was typed before that line does not count. Only a
// whole line "y" or "a" allows; the end of the input denies, and past the
// deadline there is no answer. Not thread-safe: one guest, one thread.
class TerminalPrompt {
 public:
  // `in` is read and `out` written, both terminals; -1 = there is none, and
  // nobody answers.
  TerminalPrompt(int in, int out) : in_(in), out_(out) {}

  // Standard input and standard error if both are terminals, else none.
  static TerminalPrompt OfProcess();

  bool has_terminal() const { return in_ >= 0; }
  // A question came while there was no terminal.
  bool missed_question() const { return missed_question_; }

  // What a host knows of the values that are no text: all that they are, on one
  // line, such as JSON; "" = nothing. It is called while a question is shown,
  // which then may be allowed once.
  void ShowValues(std::function<absl::string_view()> values) {
    values_ = std::move(values);
  }

  // For postern_context_options::ask; `self` is a TerminalPrompt.
  static void Ask(void* self, const postern_question* question,
                  postern_answer* answer);

 private:
  const int in_;
  const int out_;
  std::function<absl::string_view()> values_;
  bool missed_question_ = false;
};

// What may be typed besides "n".
enum class Choice : uint8_t { kNothing, kOnce, kOnceOrSession };

// Nobody can allow what is not shown: more than 50 arguments, and values that
// are no text, unless `values` has all of them. Those are allowed once, for no
// answer can be kept for just these values.
Choice ChoiceFor(const postern_access& access, absl::string_view values = "");

// The question but for its last line. At most about 80 lines of 80 columns.
std::string QuestionText(const postern_question& question,
                         absl::string_view values = "");

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_TERMINAL_PROMPT_H_
