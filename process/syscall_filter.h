#ifndef POSTERN_PROCESS_SYSCALL_FILTER_H_
#define POSTERN_PROCESS_SYSCALL_FILTER_H_

#include <cstdint>
#include <string>
#include <vector>

namespace postern {
namespace process {

// Compares one argument of a call, all 64 bits of it, unsigned. A kernel that
// takes an int looks at the lower half only: compare such by MaskedEqual, or
// so that what has a higher half is refused.
struct ArgumentTest {
  enum class Is {
    kEqual,
    kNotEqual,
    kLess,
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual,
    kMaskedEqual,  // argument & mask == value
  };
  int index = 0;  // 0 to 5
  Is is = Is::kEqual;
  uint64_t value = 0;
  uint64_t mask = ~uint64_t{0};  // of kMaskedEqual
};

// Whether the argument passes.
bool Passes(const ArgumentTest& test, uint64_t argument);

// What happens to a call that is refused.
struct Refusal {
  int error = 0;  // the errno that it fails with; 0 = the process is killed
};

// One way in which a call is refused, or may be made.
struct SyscallRule {
  std::string name;                // as "mount"
  std::vector<ArgumentTest> when;  // all must pass, each of another argument
  Refusal refusal;
  std::string reason;  // for people: what this keeps out
};

// What system calls a process can make. A call passes if
//  - it is made as this architecture makes them: others, x32 among them, kill
//    the process;
//  - Postern knows it: others fail with ENOSYS;
//  - no rule of `refused` is for it;
//  - if `only` has rules for its name, one of these is for it: else ENOSYS.
//    (Put into `refused` what should fail in a more telling way.)
// A rule is for a call that has its name and whose arguments pass all tests.
struct SyscallFilter {
  std::vector<SyscallRule> refused;
  std::vector<SyscallRule> only;  // `refusal` is not looked at
};

// Adds the rules of `more`.
void Append(std::vector<SyscallRule> more, std::vector<SyscallRule>* rules);

// The rules that refuse, a line each, for people.
std::string DescribeFilter(const SyscallFilter& filter);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_SYSCALL_FILTER_H_
