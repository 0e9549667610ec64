#ifndef POSTERN_BINDINGS_CLI_ATTEND_CHILD_H_
#define POSTERN_BINDINGS_CLI_ATTEND_CHILD_H_

#include "absl/status/statusor.h"
#include "process/child.h"

namespace postern {
namespace cli {

// Takes this process's signals from its making on, so that none that comes
// before a child is there is lost. One in a program; one thread.
class SignalTaker {
 public:
  SignalTaker();
  ~SignalTaker();
  SignalTaker(const SignalTaker&) = delete;
  SignalTaker& operator=(const SignalTaker&) = delete;

  // Readable when there is a signal (signalfd(2)); -1 if there is no such
  // descriptor.
  int descriptor() const { return fd_; }

 private:
  int fd_;
};

// Whether a terminal is among 0 to 2: it stays the program's, with its keys.
bool SharesTerminal();

// Stops this process where job control stopped the program on a terminal that
// both share, as a shell expects it.
void StopAsChild(const process::ChildEvent& event, bool shares_terminal);

// Hands the signals on that came to `signals`, without a wait. What a terminal
// sent reached the program by itself if it shares the terminal.
void PassOnSignals(const SignalTaker& signals, bool shares_terminal,
                   process::Child* child);

// Until the program ended: hands on the signals that are sent to this process,
// so that who ends, stops or asks this one reaches the program. What a terminal
// sends reaches the program by itself, if it shares the terminal. This process
// stops together with the program where both share a terminal and job control
// stops it, as a shell expects it.
absl::StatusOr<process::ChildEvent> AttendChild(const SignalTaker& signals,
                                                bool shares_terminal,
                                                process::Child* child);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_ATTEND_CHILD_H_
