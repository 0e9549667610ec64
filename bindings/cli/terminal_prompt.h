#ifndef POSTERN_BINDINGS_CLI_TERMINAL_PROMPT_H_
#define POSTERN_BINDINGS_CLI_TERMINAL_PROMPT_H_

#include <string>

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

  // For postern_context_options::ask; `self` is a TerminalPrompt.
  static void Ask(void* self, const postern_question* question,
                  postern_answer* answer);

 private:
  const int in_;
  const int out_;
  bool missed_question_ = false;
};

// Does the question show something of each argument? Those that are no text,
// and more than 50, are not shown; then nobody can allow it.
bool IsShown(const postern_access& access);

// The question but for its last line. At most about 80 lines of 80 columns.
std::string QuestionText(const postern_question& question);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_TERMINAL_PROMPT_H_
