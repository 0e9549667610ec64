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
  }
  // Writes what was collected. The first error stays.
  absl::Status Flush();

 private:
  const int fd_;
  std::string collected_;
  absl::Status status_;
};

// One line "postern: ..." on standard error: nothing in `message`, which may
// quote an app, ends it, hides or reorders.
void PrintError(absl::string_view message);

// `text` with everything that steers a terminal written as \xNN, save for line
// breaks and tabs. For what a guest prints.
std::string WithoutTerminalControls(absl::string_view text);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_OUTPUT_H_
