#include "tests/process/bpf_interpreter.h"

#include <string.h>

#include "gtest/gtest.h"

namespace postern {
namespace testing {
namespace {

bool Jumps(const sock_filter& step, uint32_t accumulator) {
  switch (BPF_OP(step.code)) {
    case BPF_JEQ:
      return accumulator == step.k;
    case BPF_JGT:
      return accumulator > step.k;
    case BPF_JGE:
      return accumulator >= step.k;
    case BPF_JSET:
      return (accumulator & step.k) != 0;
  }
  ADD_FAILURE() << "a jump that is not known: " << step.code;
  return false;
}

uint32_t Load(const seccomp_data& call, uint32_t offset) {
  uint32_t word = 0;
  if (offset % 4 != 0 || offset > sizeof(call) - 4) {
    ADD_FAILURE() << "a load beyond the call: " << offset;
    return 0;
  }
  memcpy(&word, reinterpret_cast<const char*>(&call) + offset, 4);
  return word;
}

}  // namespace

uint32_t RunFilter(const process::CompiledFilter& filter,
                   const seccomp_data& call) {
  const std::vector<sock_filter>& program = filter.program;
  uint32_t accumulator = 0;
  for (size_t at = 0; at < program.size(); ++at) {
    const sock_filter& step = program[at];
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        accumulator = Load(call, step.k);
        continue;
      case BPF_ALU | BPF_AND | BPF_K:
        accumulator &= step.k;
        continue;
      case BPF_JMP | BPF_JA:
        at += step.k;
        continue;
      case BPF_RET | BPF_K:
        return step.k;
    }
    if (BPF_CLASS(step.code) != BPF_JMP || BPF_SRC(step.code) != BPF_K) break;
    at += Jumps(step, accumulator) ? step.jt : step.jf;
  }
  ADD_FAILURE() << "a program that does not end, or has a strange step";
  return SECCOMP_RET_KILL_PROCESS;
}

}  // namespace testing
}  // namespace postern
