#include "bindings/cli/terminal_prompt.h"

#include <errno.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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

// Bytes before they are escaped, which makes six of one at worst.
constexpr size_t kShownOfResource = 320;
constexpr size_t kShownOfArguments = 800;  // all of them
constexpr size_t kLeastOfArgument = 16;
constexpr size_t kShownOfValues = 800;  // as JSON; more is not shown
constexpr size_t kShownOfOther = 80;
constexpr size_t kShownRules = 3;

absl::string_view View(const postern_bytes& bytes) {
  return absl::string_view(bytes.data, bytes.size);
}

enum class Quotes : uint8_t { kNone, kDouble };

std::string Escaped(absl::string_view text, Quotes quotes) {
  return quotes == Quotes::kDouble ? QuoteForDisplay(text)
                                   : EscapeForDisplay(text);
}

// Text, or its beginning, its end and its size: what is dangerous in it may
// stand at either.
std::string Cut(absl::string_view text, size_t limit, Quotes quotes) {
  if (text.size() <= limit) return Escaped(text, quotes);
  const size_t tail = limit / 3;
  return absl::StrCat(Escaped(text.substr(0, limit - tail), quotes), " ... ",
                      Escaped(text.substr(text.size() - tail), quotes), " (",
                      text.size(), " bytes in all)");
}

std::string Cut(absl::string_view text) {
  return Cut(text, kShownOfOther, Quotes::kNone);
}

size_t ArgumentCount(const postern_access& access) {
  return access.arg_count + access.named_count + access.part_count;
}

// Each has the same room.
size_t RoomForEach(const postern_access& access) {
  const size_t count = std::max<size_t>(ArgumentCount(access), 1);
  return kShownOfArguments / count;
}

std::string Argument(const postern_arg& arg, size_t room) {
  if (arg.text == 0) return "(no text)";
  return Cut(View(arg.value), room, Quotes::kDouble);
}

std::string Arguments(const postern_access& access) {
  const size_t room = RoomForEach(access);
  if (room < kLeastOfArgument) {
    return absl::StrCat(ArgumentCount(access), " arguments: not shown");
  }
  std::vector<std::string> shown;
  for (size_t i = 0; i < access.arg_count; ++i) {
    shown.push_back(Argument(access.args[i], room));
  }
  for (size_t i = 0; i < access.named_count; ++i) {
    const postern_named_arg& named = access.named[i];
    shown.push_back(absl::StrCat(Cut(View(named.name), room, Quotes::kDouble),
                                 " = ", Argument(named.arg, room)));
  }
  for (size_t i = 0; i < access.part_count; ++i) {
    shown.push_back(Cut(View(access.parts[i]), room, Quotes::kDouble));
  }
  return absl::StrJoin(shown, ", ");
}

std::string Resource(const postern_access& access) {
  std::string line = access.form == POSTERN_FORM_WHOLE ? "everything" : "";
  absl::StrAppend(&line,
                  Cut(View(access.text), kShownOfResource, Quotes::kNone));
  if (access.form == POSTERN_FORM_SUBTREE) {
    absl::StrAppend(&line, " and all beneath it");
  }
  if (access.form == POSTERN_FORM_CALL || ArgumentCount(access) > 0) {
    absl::StrAppend(&line, " [", Arguments(access), "]");
  }
  return line;
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

absl::string_view LastLine(Choice choice) {
  switch (choice) {
    case Choice::kNothing:
      return "Not all of it can be shown, so only a rule can allow it."
             " n = no [n]: ";
    case Choice::kOnce:
      return "Allow? y = once, n = no; numbers, lists and objects are allowed"
             " for longer by rules alone [n]: ";
    case Choice::kOnceOrSession:
      return "Allow? y = once, a = while the app runs, n = no [n]: ";
  }
  return "";
}

// What was typed before the question could be read is no answer to it.
bool ShowQuestion(int in, int out, const std::string& text, Choice choice) {
  return Show(out, text) && tcdrain(out) == 0 && tcflush(in, TCIFLUSH) == 0 &&
         Show(out, LastLine(choice));
}

bool IsText(const postern_arg& arg) { return arg.text != 0; }

bool IsAllText(const postern_access& access) {
  return std::all_of(access.args, access.args + access.arg_count, IsText) &&
         std::all_of(
             access.named, access.named + access.named_count,
             [](const postern_named_arg& named) { return IsText(named.arg); });
}

bool AreShown(absl::string_view values) {
  return !values.empty() && values.size() <= kShownOfValues;
}

Typed Limited(Typed typed, Choice choice) {
  if (choice == Choice::kNothing) return Typed::kNo;
  if (choice == Choice::kOnce && typed == Typed::kSession) return Typed::kNo;
  return typed;
}

}  // namespace

Choice ChoiceFor(const postern_access& access, absl::string_view values) {
  if (RoomForEach(access) < kLeastOfArgument) return Choice::kNothing;
  if (IsAllText(access)) return Choice::kOnceOrSession;
  return AreShown(values) ? Choice::kOnce : Choice::kNothing;
}

std::string QuestionText(const postern_question& question,
                         absl::string_view values) {
  const auto permission = static_cast<Permission>(question.access->permission);
  // Whatever the guest printed, the question begins on a line of its own.
  std::string text = absl::StrCat("\npostern: ", Cut(View(question.principal)),
                                  " asks for ", PermissionName(permission),
                                  "\n  ", Resource(*question.access), "\n");
  if (!IsAllText(*question.access) && AreShown(values)) {
    absl::StrAppend(&text, "  with ", EscapeForDisplay(values), "\n");
  }
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
  const absl::string_view values = prompt->values_ ? prompt->values_() : "";
  const Choice choice = ChoiceFor(*question->access, values);
  const std::string text = QuestionText(*question, values);
  if (!ShowQuestion(prompt->in_, prompt->out_, text, choice)) return;
  const Typed read = ReadAnswer(prompt->in_, question->deadline_unix_ns);
  if (read == Typed::kNothing) {
    Show(prompt->out_, "\npostern: no answer in time\n");
    return;
  }
  const Typed typed = Limited(read, choice);
  postern_answer_set(
      answer, typed == Typed::kNo ? POSTERN_DENY : POSTERN_ALLOW,
      typed == Typed::kSession ? POSTERN_SESSION : POSTERN_SINGLE, 0);
}

}  // namespace cli
}  // namespace postern
