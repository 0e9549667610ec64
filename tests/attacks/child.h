#ifndef POSTERN_TESTS_ATTACKS_CHILD_H_
#define POSTERN_TESTS_ATTACKS_CHILD_H_

#include <sys/syscall.h>

#include <functional>
#include <string>

namespace postern {
namespace testing {

// Processes in which a test may spoil what it cannot mend again.

// How a child ended.
struct ChildResult {
  bool passed = false;
  std::string skipped;  // why it could not run; "" if it ran
};

// Runs `body` in a child of this process, with its expectations: a failure
// there is printed there, and `passed` is false here. What `body` returns is
// why it was skipped. A child that hangs is killed after `seconds`.
ChildResult RunInChild(const std::function<std::string()>& body,
                       unsigned seconds);

// From now on the system call of this number fails with `error_number` in this
// thread and what it starts (seccomp(2)). "" or why not.
std::string FailCall(int number, int error_number);
inline std::string HideOpenat2(int error_number) {
  return FailCall(SYS_openat2, error_number);
}

// A mount namespace of this process's own (unshare(2)), with a user namespace
// where that is what it takes. One thread only. "" or why not.
std::string EnterMountNamespace();

// mount(2). "" or why not.
std::string Mount(const std::string& source, const std::string& target,
                  const char* type, unsigned long flags);

// Whether this process may do what only the machine's root can: make device
// nodes.
bool CanMakeDevices();

// Open descriptors below 512, counted without procfs.
int CountOpenDescriptors();
// What they lead to, for people; "" without procfs.
std::string ListOpenDescriptors();

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_TESTS_ATTACKS_CHILD_H_
