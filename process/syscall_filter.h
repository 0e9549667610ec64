#ifndef POSTERN_PROCESS_SYSCALL_FILTER_H_
#define POSTERN_PROCESS_SYSCALL_FILTER_H_

#include <cstdint>
#include <string>
#include <vector>

namespace postern {
namespace process {

// Whether an argument of a call, all 64 bits of it, has certain bits: there is
// no other test, because libseccomp 2.5.4 puts rules with "not equal" and
// "greater" together wrongly, and may not end.
struct ArgumentTest {
  int index = 0;  // 0 to 5
  uint64_t value = 0;
  uint64_t mask = ~uint64_t{0};

  bool Passes(uint64_t argument) const { return (argument & mask) == value; }
};

// The argument is this int. The kernel looks at the lower half only, and so
// must a test: the upper one may be anything.
inline ArgumentTest IntIs(int index, uint32_t value) {
  return {index, value, 0xffffffff};
}
// All of these bits are set.
inline ArgumentTest HasBits(int index, uint64_t bits) {
  return {index, bits, bits};
}
// None of them is.
inline ArgumentTest HasNone(int index, uint64_t bits) {
  return {index, 0, bits};
}

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
//  - if `only` has rules for its name, one of these is for it: else it is
//    refused as these rules say.
// A rule is for a call that has its name and whose arguments pass all tests.
// All rules for one name in one list have the same refusal.
struct SyscallFilter {
  std::vector<SyscallRule> refused;
  std::vector<SyscallRule> only;  // `refusal` is for what no rule is for
};

// Adds the rules of `more`.
void Append(std::vector<SyscallRule> more, std::vector<SyscallRule>* rules);
void Append(SyscallFilter more, SyscallFilter* filter);

// The rules that refuse, a line each, for people.
std::string DescribeFilter(const SyscallFilter& filter);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_SYSCALL_FILTER_H_
