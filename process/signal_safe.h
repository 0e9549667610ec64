#ifndef POSTERN_PROCESS_SIGNAL_SAFE_H_
#define POSTERN_PROCESS_SIGNAL_SAFE_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace postern {
namespace process {

// What a process does for itself after a fork, perhaps of a program with
// threads. All of it is async-signal-safe: system calls, no memory, no locks.

// Tells ThreadSanitizer, if it watches, that from here on this process has one
// thread. It keeps a state for each number of a descriptor, but learns little
// of what close_range(2), fcntl(2) and sendmsg(2) do to them, and took a
// child's descriptor for one that another thread of the parent had before the
// fork.
void ForgetOtherThreads();
// _exit(2), past the sanitizer, which would complain of that.
[[noreturn]] void EndChild(int status);

// Puts back the default action of every signal, those too that libc keeps for
// itself. If `keep_ignored`, ignored ones stay ignored, but for SIGCHLD: nobody
// could wait then.
void ResetSignalActions(bool keep_ignored);
void UnblockSignals();

enum class Closing {
  kNow,
  kOnExec,
};
// Closes all descriptors but `kept`, which are in ascending order, each once.
// False with errno if it cannot.
[[nodiscard]] bool CloseOthers(const int* kept, size_t count, Closing closing);

// Sets the soft limit, and the hard one no higher than it is. False with errno.
[[nodiscard]] bool SetRlimit(int resource, uint64_t soft, uint64_t hard);

// Reads a small file of the kernel from its beginning; "" if it cannot. The
// text ends with NUL. Returns its length.
size_t ReadFromStart(int fd, char* text, size_t size);

// The number in decimal that `text` begins with; 0 if it begins with none.
uint64_t LeadingNumber(const char* text);
// The number after `key`, perhaps a colon, and blanks, at the beginning of a
// line; 0 if there is none.
uint64_t NumberAfter(const char* text, const char* key);
// Writes `number` and a NUL. Returns the length.
size_t WriteNumber(uint64_t number, char* to);

// Calls `visit(number, argument)` for each number in decimal of a file, which
// is read from its beginning. Returns how many there were.
int VisitNumbers(int fd, void (*visit)(pid_t, void*), void* argument);

int64_t MonotonicNs();

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_SIGNAL_SAFE_H_
