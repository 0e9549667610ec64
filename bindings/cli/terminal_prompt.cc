#include "bindings/cli/terminal_prompt.h"

#include <errno.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bindings/cli/output.h"
#include "permission/permission.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

using internal::EscapeForDisplay;
using internal::QuoteForDisplay;

// Bytes before they are escaped, which makes four of one at worst.
constexpr size_t kShownOfResource = 320;
constexpr size_t kShownOfOther = 80;
constexpr size_t kShownRules = 3;

absl::string_view View(const postern_bytes& bytes) {
  return absl::string_view(bytes.data, bytes.size);
}

// Pieces of one line, up to a limit, that tells how much there was.
class CutLine {
 public:
  explicit CutLine(size_t limit) : left_(limit) {}

  void Mark(absl::string_view text) {
    if (!cut_) absl::StrAppend(&line_, text);
  }
  void Piece(absl::string_view piece, bool quoted) {
    bytes_ += piece.size();
    if (cut_) return;
    cut_ = left_ == 0 || piece.size() > left_;
    piece = piece.substr(0, left_);
    absl::StrAppend(&line_,
                    quoted ? QuoteForDisplay(piece) : EscapeForDisplay(piece));
    // What is empty takes room too.
    left_ -= std::min(left_, piece.size() + 4);
  }
  std::string Finish() && {
    if (cut_) absl::StrAppend(&line_, " ... (", bytes_, " bytes in all)");
    return std::move(line_);
  }

 private:
  std::string line_;
  size_t left_;
  size_t bytes_ = 0;
  bool cut_ = false;
};

std::string Cut(absl::string_view text) {
  CutLine line(kShownOfOther);
  line.Piece(text, /*quoted=*/false);
  return std::move(line).Finish();
}

void AddArgument(const postern_arg& arg, CutLine* line) {
  if (arg.text != 0) {
    line->Piece(View(arg.value), /*quoted=*/true);
  } else {
    line->Piece("(no text)", /*quoted=*/false);
  }
}

void AddArguments(const postern_access& access, CutLine* line) {
  line->Mark(" [");
  for (size_t i = 0; i < access.arg_count; ++i) {
    if (i > 0) line->Mark(", ");
    AddArgument(access.args[i], line);
  }
  for (size_t i = 0; i < access.named_count; ++i) {
    if (i + access.arg_count > 0) line->Mark(", ");
    line->Piece(View(access.named[i].name), /*quoted=*/true);
    line->Mark(" = ");
    AddArgument(access.named[i].arg, line);
  }
  line->Mark("]");
}

std::string Resource(const postern_access& access) {
  CutLine line(kShownOfResource);
  if (access.form == POSTERN_FORM_WHOLE) line.Mark("everything");
  line.Piece(View(access.text), /*quoted=*/false);
  if (access.form == POSTERN_FORM_SUBTREE) line.Mark(" and all beneath it");
  if (access.form == POSTERN_FORM_CALL) AddArguments(access, &line);
  for (size_t i = 0; i < access.part_count; ++i) {
    line.Mark(" ");
    line.Piece(View(access.parts[i]), /*quoted=*/true);
  }
  return std::move(line).Finish();
}

// What a person typed; kNothing: no line came in time.
enum class Typed : uint8_t { kNothing, kOnce, kSession, kNo };

Typed Understand(absl::string_view line) {
  if (line == "y\n" || line == "Y\n" || line == "yes\n") return Typed::kOnce;
  if (line == "a\n" || line == "A\n") return Typed::kSession;
  return Typed::kNo;
}

// Milliseconds for poll(), which has no "later than that".
int Left(int64_t deadline_unix_ns) {
  if (deadline_unix_ns == INT64_MAX) return -1;
  const absl::Duration left =
      absl::FromUnixNanos(deadline_unix_ns) - absl::Now();
  return static_cast<int>(std::min<int64_t>(
      std::max<int64_t>(absl::ToInt64Milliseconds(left), 0), 1 << 30));
}

Typed ReadAnswer(int in, int64_t deadline_unix_ns) {
  char line[4096];  // the longest that a terminal hands over
  for (;;) {
    pollfd watched = {in, POLLIN, 0};
    const int ready = poll(&watched, 1, Left(deadline_unix_ns));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return Typed::kNothing;
    const ssize_t got = read(in, line, sizeof(line));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Typed::kNo;
    return Understand(absl::string_view(line, static_cast<size_t>(got)));
  }
}

bool Show(int out, absl::string_view text) {
  Output output(out);
  output.Print(text);
  return output.Flush().ok();
}

// What was typed before the question could be read is no answer to it.
bool ShowQuestion(int in, int out, const postern_question& question) {
  return Show(out, QuestionText(question)) && tcdrain(out) == 0 &&
         tcflush(in, TCIFLUSH) == 0 &&
         Show(out, "Allow? y = once, a = while the app runs, n = no [n]: ");
}

}  // namespace

std::string QuestionText(const postern_question& question) {
  const auto permission = static_cast<Permission>(question.access->permission);
  // Whatever the guest printed, the question begins on a line of its own.
  std::string text = absl::StrCat("\npostern: ", Cut(View(question.principal)),
                                  " asks for ", PermissionName(permission),
                                  "\n  ", Resource(*question.access), "\n");
  for (size_t i = 0; i < std::min(question.rule_count, kShownRules); ++i) {
    const postern_question_rule& rule = question.rules[i];
    absl::StrAppend(&text, "  rule ", Cut(View(rule.pattern)), ", from ",
                    Cut(View(rule.source)));
    if (rule.reason.size > 0) {
      absl::StrAppend(&text, ", reason: ", Cut(View(rule.reason)));
    }
    absl::StrAppend(&text, "\n");
  }
  if (question.rule_count > kShownRules) {
    absl::StrAppend(&text, "  and ", question.rule_count - kShownRules,
                    " more rules that ask\n");
  }
  return text;
}

TerminalPrompt TerminalPrompt::OfProcess() {
  const bool terminal = isatty(STDIN_FILENO) != 0 && isatty(STDERR_FILENO) != 0;
  return terminal ? TerminalPrompt(STDIN_FILENO, STDERR_FILENO)
                  : TerminalPrompt(-1, -1);
}

void TerminalPrompt::Ask(void* self, const postern_question* question,
                         postern_answer* answer) {
  TerminalPrompt* const prompt = static_cast<TerminalPrompt*>(self);
  if (!prompt->has_terminal()) {
    prompt->missed_question_ = true;
    return;
  }
  if (!ShowQuestion(prompt->in_, prompt->out_, *question)) return;
  const Typed typed = ReadAnswer(prompt->in_, question->deadline_unix_ns);
  if (typed == Typed::kNothing) {
    Show(prompt->out_, "\npostern: no answer in time\n");
    return;
  }
  postern_answer_set(
      answer, typed == Typed::kNo ? POSTERN_DENY : POSTERN_ALLOW,
      typed == Typed::kSession ? POSTERN_SESSION : POSTERN_SINGLE, 0);
}

}  // namespace cli
}  // namespace postern
