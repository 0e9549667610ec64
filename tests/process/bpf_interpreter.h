#ifndef POSTERN_TESTS_PROCESS_BPF_INTERPRETER_H_
#define POSTERN_TESTS_PROCESS_BPF_INTERPRETER_H_

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstdint>
#include <vector>

#include "process/bpf.h"

namespace postern {
namespace testing {

// What the kernel answers to a call: SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO with
// the errno, SECCOMP_RET_KILL_PROCESS. A program that the kernel would not take
// or that leaves its code kills, with a failure.
uint32_t RunFilter(const process::CompiledFilter& filter,
                   const seccomp_data& call);

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_TESTS_PROCESS_BPF_INTERPRETER_H_
