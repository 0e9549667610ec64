#ifndef POSTERN_PROCESS_CHILD_H_
#define POSTERN_PROCESS_CHILD_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "process/limits.h"
#include "process/start_steps.h"
#include "process/usage.h"

namespace postern {
namespace process {

// What happened to a program.
struct ChildEvent {
  enum class Kind {
    kNone,     // nothing until the deadline
    kStopped,  // by job control or SIGSTOP; `signal` says which
    kContinued,
    kEnded,  // and nothing that it started is left
  };
  Kind kind = Kind::kNone;
  // Of an end: the exit status, or 128 + `signal` if it was ended by one.
  int exit_status = 0;
  int signal = 0;
  // Limits that were reached: they ended the program, or it had to do without.
  // Of those in `seen`, where all that the limit lets was seen to be used.
  std::vector<Limit> reached;
  // Limits on memory, processes and open files that an rlimit holds. To meet
  // one is an error of the program, of which nobody else hears; this is how
  // near it was to them when the launcher looked, every few hundredths of a
  // second: address space and open files of the process that had most, and all
  // processes and threads that the program started, of those of its user that
  // count. What lived shorter was not seen, nor a request that was refused.
  struct Seen {
    Limit limit = Limit::kMemory;
    SeenLimit use;
  };
  std::vector<Seen> seen;
  bool ended_by_limit = false;  // killed for one of them
  bool ended_by_order = false;  // by Terminate()
  int left_over = 0;  // processes that were there at the end, and were killed
  Usage usage;
};

// A running program and all that it started. One thread at a time.
class Child {
 public:
  Child(Child&&) noexcept;
  Child& operator=(Child&&) noexcept;
  // Kills what is running of it.
  ~Child();

  pid_t pid() const;
  // Of the program (pidfd_open(2)): to send signals to it, and no other.
  int pidfd() const;
  // Readable when there is news: Next() does not wait then.
  int news_descriptor() const;

  // Waits for news, at most until `deadline`. Internal if somebody killed the
  // process that kept the program: program and tree were killed then.
  absl::StatusOr<ChildEvent> Next(absl::Time deadline);
  // The same until it ended; Kind::kNone at the deadline.
  absl::StatusOr<ChildEvent> Wait(absl::Time deadline);

  // To the program alone. NotFound if it ended.
  absl::Status Signal(int number);
  // SIGTERM to the program and all that it started, daemons too, and SIGKILL
  // to what is left after `grace`. Does not wait: the end is news.
  void Terminate(absl::Duration grace);
  // SIGKILL to all at once, though somebody stopped what keeps the program.
  // Gives the end, of which nothing was measured then.
  ChildEvent Kill();

  // How the start went, a result for each step.
  const std::vector<StepResult>& steps() const;
  // What holds the limits that were asked for.
  const std::vector<LimitResult>& limits() const;

 private:
  friend class ChildMaker;
  struct State;
  explicit Child(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

// Those of `event.seen` of which nine tenths or more were in use, and that are
// not told of as reached.
std::vector<ChildEvent::Seen> NearLimits(const ChildEvent& event);

// An event as people read it: "ended by signal 9, reached the limit of memory".
std::string EventText(const ChildEvent& event);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_CHILD_H_
