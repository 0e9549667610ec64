#ifndef POSTERN_BINDINGS_CLI_OUTPUT_H_
#define POSTERN_BINDINGS_CLI_OUTPUT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace postern {
namespace cli {

// Standard output. Nothing is lost without an error: a closed pipe or a full
// disk is one. Not thread-safe.
class Output {
 public:
  explicit Output(int fd) : fd_(fd) {}

  // Collects.
  void Print(absl::string_view text) {
    collected_.append(text.data(), text.size());
    used_ = used_ || !text.empty();
  }
  // Whether nothing was printed so far.
  bool unused() const { return !used_; }
  // Writes what was collected. The first error stays.
  absl::Status Flush();

 private:
  const int fd_;
  std::string collected_;
  bool used_ = false;
  absl::Status status_;
};

// One line "postern: ..." on standard error: nothing in `message`, which may
// quote an app, ends it, hides or reorders.
void PrintError(absl::string_view message);

// EscapeForDisplay() of what lies between the characters of `kept`, which stay:
// of a guest's output line breaks and the like, while all else that steers a
// terminal, hides or reorders is escaped. A space beside one of them is no
// padding.
std::string EscapeAllBut(absl::string_view kept, absl::string_view text);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_OUTPUT_H_
