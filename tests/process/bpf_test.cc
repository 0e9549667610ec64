#include "process/bpf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "process/syscall_filter.h"
#include "process/syscall_rules.h"
#include "tests/amount.h"
#include "tests/process/bpf_interpreter.h"

namespace postern {
namespace process {
namespace {

using ::postern::testing::RunFilter;
using ::testing::HasSubstr;

constexpr uint32_t kAllow = SECCOMP_RET_ALLOW;
constexpr uint32_t kKill = SECCOMP_RET_KILL_PROCESS;
uint32_t Fails(int error) {
  return SECCOMP_RET_ERRNO | static_cast<uint32_t>(error);
}

#ifdef __x86_64__
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
constexpr int kX32 = 0x40000000;
// What include/uapi/asm/unistd_64.h has: Linux 7.0.
bool Exists(int number) {
  return (number >= 0 && number <= 336) || (number >= 424 && number <= 471);
}
#endif

// What the comments of syscall_filter.h say, on the data itself.
class Oracle {
 public:
  explicit Oracle(const SyscallFilter& filter)
      : refused_(ByNumber(filter.refused)), only_(ByNumber(filter.only)) {}

  uint32_t AnswerOf(const seccomp_data& call) const {
    // -1 is what a debugger makes of a call that it forbids.
    const bool is_x32 = (call.nr & kX32) != 0 && call.nr != -1;
    if (call.arch != kArchitecture || is_x32) return kKill;
    if (const SyscallRule* rule = Find(refused_, call)) {
      return rule->refusal.error == 0 ? kKill : Fails(rule->refusal.error);
    }
    const auto only = only_.find(call.nr);
    if (only == only_.end()) return Exists(call.nr) ? kAllow : Fails(ENOSYS);
    if (Find(only_, call) != nullptr) return kAllow;
    const int error = only->second[0].refusal.error;
    return error == 0 ? kKill : Fails(error);
  }

  // Those for a call.
  std::vector<SyscallRule> RulesFor(int number) const {
    std::vector<SyscallRule> rules;
    for (const Rules* all : {&refused_, &only_}) {
      const auto found = all->find(number);
      if (found == all->end()) continue;
      rules.insert(rules.end(), found->second.begin(), found->second.end());
    }
    return rules;
  }

  std::set<int> Numbers() const {
    std::set<int> numbers;
    for (const auto& rules : refused_) numbers.insert(rules.first);
    for (const auto& rules : only_) numbers.insert(rules.first);
    return numbers;
  }

 private:
  using Rules = std::map<int, std::vector<SyscallRule>>;

  static Rules ByNumber(const std::vector<SyscallRule>& rules) {
    Rules by_number;
    for (const SyscallRule& rule : rules) {
      by_number[CallNumber(rule.name)].push_back(rule);
    }
    return by_number;
  }

  static const SyscallRule* Find(const Rules& rules, const seccomp_data& call) {
    const auto found = rules.find(call.nr);
    if (found == rules.end()) return nullptr;
    for (const SyscallRule& rule : found->second) {
      const bool is_for =
          std::all_of(rule.when.begin(), rule.when.end(),
                      [&call](const ArgumentTest& test) {
                        return test.Passes(call.args[test.index]);
                      });
      if (is_for) return &rule;
    }
    return nullptr;
  }

  const Rules refused_;
  const Rules only_;
};

seccomp_data Call(int number, std::vector<uint64_t> arguments = {}) {
  seccomp_data call = {};
  call.nr = number;
  call.arch = kArchitecture;
  for (size_t i = 0; i < arguments.size(); ++i) call.args[i] = arguments[i];
  return call;
}

// Values where a test changes its mind, and what an int's upper half hides.
std::vector<uint64_t> BoundariesOf(const std::vector<SyscallRule>& rules,
                                   int index) {
  std::set<uint64_t> values = {0, 1, ~uint64_t{0}, 0xffffffff, 0x100000000};
  for (const SyscallRule& rule : rules) {
    for (const ArgumentTest& test : rule.when) {
      if (test.index != index) continue;
      for (const uint64_t value :
           {test.value, test.value - 1, test.value + 1, ~test.value,
            test.value | ~test.mask, test.value | 0x100000000,
            test.value ^ 0x8000000000000000, test.value | 0x80800}) {
        values.insert(value);
      }
    }
  }
  return {values.begin(), values.end()};
}

// Draws boundaries for all six arguments, `amount` times.
void CompareAtBoundaries(const Oracle& oracle, const CompiledFilter& compiled,
                         int number, int64_t amount, std::mt19937* random) {
  const std::vector<SyscallRule> rules = oracle.RulesFor(number);
  std::vector<std::vector<uint64_t>> values;
  for (int i = 0; i < 6; ++i) values.push_back(BoundariesOf(rules, i));
  for (int64_t n = 0; n < amount; ++n) {
    seccomp_data call = Call(number);
    for (size_t i = 0; i < 6; ++i) {
      call.args[i] = values[i][(*random)() % values[i].size()];
    }
    ASSERT_EQ(RunFilter(compiled, call), oracle.AnswerOf(call))
        << number << "(" << call.args[0] << ", " << call.args[1] << ", "
        << call.args[2] << ", " << call.args[3] << ")\n"
        << DescribeFilter({rules, {}});
  }
}

// The calls that have rules at their boundaries, and all numbers there are.
void CompareEach(const SyscallFilter& filter, std::mt19937* random,
                 int64_t amount) {
  const absl::StatusOr<CompiledFilter> compiled = CompileFilter(filter);
  ASSERT_TRUE(compiled.ok()) << compiled.status();
  const Oracle oracle(filter);
  for (const int number : oracle.Numbers()) {
    CompareAtBoundaries(oracle, *compiled, number, amount, random);
  }
  for (int number = -3; number < 500; ++number) {
    const seccomp_data call = Call(number);
    ASSERT_EQ(RunFilter(*compiled, call), oracle.AnswerOf(call)) << number;
  }
}

int64_t Draws() { return postern::testing::AmountOf({2000, 200, 100000}); }

TEST(BpfTest, AnswersAsTheDataOfTheBaseTableSay) {
  std::mt19937 random(1);
  SyscallFilter filter = RefusedCalls();
  Append(MetadataRules(), &filter.refused);
  Append(SharedIpcRules(), &filter.refused);
  Append(MemoryFileRules(), &filter.refused);
  CompareEach(filter, &random, Draws() / 20);
}

TEST(BpfTest, AnswersAsTheDataOfIdentitiesSay) {
  std::mt19937 random(2);
  for (const OwnIds own :
       {OwnIds{0, 0}, OwnIds{1000, 100}, OwnIds{65534, 65534}}) {
    SyscallFilter filter;
    AddIdentityRules(own, &filter);
    CompareEach(filter, &random, Draws());
  }
}

SocketKinds KindsFromBits(unsigned bits) {
  SocketKinds kinds;
  bool* const all[] = {&kinds.tcp,         &kinds.udp,           &kinds.ping,
                       &kinds.unix_domain, &kinds.netlink_route, &kinds.netlink,
                       &kinds.raw,         &kinds.packet,        &kinds.vsock,
                       &kinds.multipath,   &kinds.fast_open,     &kinds.listen};
  for (bool* kind : all) {
    *kind = (bits & 1) != 0;
    bits >>= 1;
  }
  return kinds;
}

TEST(BpfTest, AnswersAsTheDataOfSocketsSay) {
  std::mt19937 random(3);
  for (const unsigned bits : {0x0u, 0x1u, 0x3u, 0xbu, 0x1bu, 0xa2bu, 0xfffu}) {
    SCOPED_TRACE(bits);
    SyscallFilter filter;
    AddSocketRules(KindsFromBits(bits), &filter);
    CompareEach(filter, &random, Draws());
  }
}

// ------------------------------------------------- what the rules mean

// What the kernel makes of socket()'s ints, and whether it was granted.
bool IsGranted(const SocketKinds& kinds, uint64_t raw_family, uint64_t raw_type,
               uint64_t raw_protocol) {
  const int family = static_cast<int>(raw_family);
  const int type = static_cast<int>(raw_type) & 0xf;
  const int protocol = static_cast<int>(raw_protocol);
  const bool internet = family == AF_INET || family == AF_INET6;
  if (family == AF_UNIX) return kinds.unix_domain;
  if (family == AF_PACKET) return kinds.packet;
  if (family == AF_VSOCK) return kinds.vsock;
  if (family == AF_NETLINK) {
    return kinds.netlink || (kinds.netlink_route && protocol == 0);
  }
  if (internet && type == SOCK_STREAM) {
    return ((protocol == 0 || protocol == 6) && kinds.tcp) ||
           (protocol == 262 && kinds.multipath);
  }
  if (internet && type == SOCK_DGRAM) {
    return ((protocol == 0 || protocol == 17) && kinds.udp) ||
           (protocol == (family == AF_INET ? 1 : 58) && kinds.ping);
  }
  return internet && type == SOCK_RAW && kinds.raw;
}

TEST(BpfTest, NoSocketIsMadeThatWasNotGranted) {
  std::mt19937 random(4);
  const uint64_t high[] = {0, 0, 0, 0x100000000, 0xffffffff00000000};
  for (int round = 0; round < 12; ++round) {
    const SocketKinds kinds = KindsFromBits(random());
    SyscallFilter filter;
    AddSocketRules(kinds, &filter);
    const absl::StatusOr<CompiledFilter> compiled = CompileFilter(filter);
    ASSERT_TRUE(compiled.ok()) << compiled.status();
    for (int64_t n = 0; n < Draws(); ++n) {
      const uint64_t upper = high[random() % 5];
      const uint64_t family = random() % 48 | upper;
      const uint64_t type = random() % 12 | (random() % 4 == 0 ? 0x80800 : 0);
      const uint64_t protocols[] = {0, 1, 6, 17, 58, 262, random() % 300, ~0u};
      const uint64_t protocol = protocols[random() % 8];
      const bool passes =
          RunFilter(*compiled, Call(SYS_socket, {family, type, protocol})) ==
          kAllow;
      const bool granted = IsGranted(kinds, family, type, protocol);
      ASSERT_EQ(passes, granted) << family << " " << type << " " << protocol;
    }
  }
}

// --------------------------------------------------------- single answers

struct Case {
  const char* call;
  std::vector<uint64_t> arguments;
  uint32_t want;
};

TEST(BpfTest, AnswersOfTheBaseTable) {
  const absl::StatusOr<CompiledFilter> compiled = CompileFilter(RefusedCalls());
  ASSERT_TRUE(compiled.ok()) << compiled.status();
  const Case cases[] = {
      {"io_uring_setup", {}, Fails(ENOSYS)},
      {"clone3", {}, Fails(ENOSYS)},
      {"clone", {0x01200011}, kAllow},        // as fork(3)
      {"clone", {0x003d0f00}, kAllow},        // as a thread
      {"clone", {0x10000011}, Fails(EPERM)},  // a user namespace
      {"clone", {0x00008011}, Fails(EPERM)},  // CLONE_PARENT
      {"clone", {0x4011}, kAllow},            // CLONE_VFORK
      {"unshare", {0x200}, kAllow},           // CLONE_FS
      {"unshare", {0x10020000}, Fails(EPERM)},
      {"unshare", {0x80}, Fails(EPERM)},        // a time namespace
      {"clone", {0x1234567800000011}, kAllow},  // its upper half is ignored
      {"prlimit64", {0, 7}, kAllow},
      {"prlimit64", {1, 7}, Fails(EPERM)},
      {"setpriority", {0, 0}, kAllow},
      {"setpriority", {0, 4711}, Fails(EPERM)},
      {"setpriority", {2, 0}, Fails(EPERM)},  // of a user
      {"setpriority", {1, 0}, kAllow},        // of the own group
      {"setpriority", {1, 4711}, Fails(EPERM)},
      {"ioprio_set", {1, 4194303}, Fails(EPERM)},
      {"ioprio_set", {2, 0}, kAllow},
      {"ioprio_set", {3, 0}, Fails(EPERM)},  // of a user
      {"sched_setscheduler", {0xffffffff}, Fails(EPERM)},
      {"sched_setaffinity", {0}, kAllow},
      {"sched_setaffinity", {1}, Fails(EPERM)},
      {"sched_setattr", {4711}, Fails(EPERM)},
      {"ioctl", {0, 0x5412}, Fails(EPERM)},              // TIOCSTI
      {"ioctl", {0, 0xffffffff00005412}, Fails(EPERM)},  // its upper half
      {"ioctl", {0, 0x5413}, kAllow},                    // TIOCGWINSZ
      {"mknodat", {0, 0, 0x21b6}, Fails(EPERM)},
      {"mknodat", {0, 0, 0x81b6}, kAllow},
      {"fchmodat2", {}, kAllow},  // by MetadataRules() alone
      {"execve", {}, kAllow},
      {"seccomp", {}, kAllow},
      {"landlock_restrict_self", {}, kAllow},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(RunFilter(*compiled, Call(CallNumber(c.call), c.arguments)),
              c.want)
        << c.call << " " << (c.arguments.empty() ? 0 : c.arguments[0]);
  }
}

TEST(BpfTest, OtherArchitecturesKill) {
  const absl::StatusOr<CompiledFilter> compiled = CompileFilter({});
  ASSERT_TRUE(compiled.ok()) << compiled.status();
  seccomp_data call = Call(SYS_getpid);
  EXPECT_EQ(RunFilter(*compiled, call), kAllow);
  const uint32_t others[] = {AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, 0};
  for (const uint32_t other : others) {
    call.arch = other;
    EXPECT_EQ(RunFilter(*compiled, call), kKill) << other;
  }
  EXPECT_EQ(RunFilter(*compiled, Call(kX32 + SYS_getpid)), kKill);
  EXPECT_EQ(RunFilter(*compiled, Call(kX32)), kKill);
  EXPECT_EQ(RunFilter(*compiled, Call(-2)), kKill);
}

TEST(BpfTest, UnknownNumbersDoNotExist) {
  const absl::StatusOr<CompiledFilter> compiled = CompileFilter({});
  ASSERT_TRUE(compiled.ok()) << compiled.status();
  for (const int number : {472, 1000, 387, 423, 0x3fffffff, -1}) {
    EXPECT_EQ(RunFilter(*compiled, Call(number)), Fails(ENOSYS)) << number;
  }
  EXPECT_EQ(RunFilter(*compiled, Call(kNewestCall)), kAllow);
}

// ------------------------------------------------------------- random rules

TEST(BpfTest, RandomRulesAnswerAsTheirData) {
  std::mt19937 random(5);
  const char* const names[] = {"read", "socket", "fchmodat2", "personality"};
  const auto draw_value = [&random] {
    const uint64_t values[] = {random() % 4, 1u << random() % 32,
                               uint64_t{1} << random() % 64, 0xffffffff,
                               0x100000000 + random() % 3};
    return values[random() % 5];
  };
  const auto draw_rule = [&](bool refuses) {
    SyscallRule rule;
    const size_t name = random() % 4;
    rule.name = names[name];
    // Of `only`, two calls share a refusal, and one kills.
    rule.refusal.error = static_cast<int>(refuses ? 10 * name : name / 2 * 7);
    for (int index = 0; index < 3; ++index) {
      if (random() % 2 == 0) continue;
      const uint64_t value = random() % 8 == 0 ? 0 : draw_value();
      const uint64_t masks[] = {~uint64_t{0}, value, value | draw_value()};
      rule.when.push_back({index, value, masks[random() % 3]});
    }
    return rule;
  };
  const int64_t rounds = postern::testing::AmountOf({30, 5, 1000});
  for (int64_t round = 0; round < rounds; ++round) {
    SyscallFilter filter;
    for (size_t n = random() % 8; n > 0; --n) {
      filter.refused.push_back(draw_rule(true));
    }
    for (size_t n = random() % 5; n > 0; --n) {
      filter.only.push_back(draw_rule(false));
    }
    CompareEach(filter, &random, Draws() / 4);
    if (::testing::Test::HasFailure()) return;
  }
}

// ---------------------------------------------------------------- bad input

TEST(BpfTest, WhatIsWrongIsAnError) {
  struct Wrong {
    SyscallFilter filter;
    const char* says;
  };
  const ArgumentTest zero{0, 0};
  const Wrong wrongs[] = {
      {{{{"opne", {}, {1}, ""}}, {}}, "no system call \"opne\""},
      {{{{"", {}, {1}, ""}}, {}}, "no system call \"\""},
      {{{}, {{"opne", {}, {1}, ""}}}, "no system call \"opne\""},
      {{{{"read", {{6, 0}}, {1}, ""}}, {}}, "not 6"},
      {{{{"read", {{-1, 0}}, {1}, ""}}, {}}, "not -1"},
      {{{{"read", {zero, zero}, {1}, ""}}, {}}, "each once"},
      {{{{"read", {{0, 3, 1}}, {1}, ""}}, {}}, "mask"},
      {{{{"read", {}, {5000}, ""}}, {}}, "errno 5000"},
      {{{{"read", {}, {-1}, ""}}, {}}, "errno -1"},
      {{{{"read", {zero}, {1}, ""}, {"read", {}, {2}, ""}}, {}},
       "refuse differently: 1 and 2"},
      {{{}, {{"read", {zero}, {1}, ""}, {"read", {}, {2}, ""}}},
       "refuse differently: 1 and 2"},
      {{{}, {{"read", {}, {4096}, ""}}}, "errno 4096"},
  };
  for (const Wrong& wrong : wrongs) {
    const absl::StatusOr<CompiledFilter> compiled = CompileFilter(wrong.filter);
    ASSERT_FALSE(compiled.ok()) << wrong.says;
    EXPECT_THAT(std::string(compiled.status().message()),
                HasSubstr(wrong.says));
  }
}

TEST(BpfTest, KnowsCallsByName) {
  EXPECT_EQ(CallNumber("mount"), SYS_mount);
  EXPECT_EQ(CallNumber("fchmodat2"), 452);
  EXPECT_EQ(CallNumber("file_setattr"), 469);
  EXPECT_LT(CallNumber("socketcall"), 0);  // of i386
  EXPECT_NE(CallNumber("socketcall"), kNoSuchCall);
  EXPECT_EQ(CallNumber("no_such_call"), kNoSuchCall);
}

TEST(BpfTest, FiltersHaveRoom) {
  SyscallFilter filter = RefusedCalls();
  AddIdentityRules({1000, 1000}, &filter);
  AddSocketRules(KindsFromBits(0xfff), &filter);
  const absl::StatusOr<CompiledFilter> compiled = CompileFilter(filter);
  ASSERT_TRUE(compiled.ok()) << compiled.status();
  EXPECT_LT(compiled->program.size(), 1000u);
  RecordProperty("steps", static_cast<int>(compiled->program.size()));
  printf("%zu steps\n", compiled->program.size());
}

SyscallFilter FilterThatIsTooLong() {
  SyscallFilter filter;
  for (uint32_t value = 0; value < 5000; ++value) {
    filter.refused.push_back({"ioctl", {IntIs(1, value)}, {EPERM}, ""});
  }
  return filter;
}

TEST(BpfTest, MoreStepsThanTheKernelTakesAreAnError) {
  const absl::StatusOr<CompiledFilter> compiled =
      CompileFilter(FilterThatIsTooLong());
  EXPECT_TRUE(absl::IsResourceExhausted(compiled.status()))
      << compiled.status();
}

SyscallFilter UsualFilter() {
  SyscallFilter filter = RefusedCalls();
  AddIdentityRules({1000, 1000}, &filter);
  AddSocketRules(KindsFromBits(0x0f3), &filter);
  return filter;
}

bool AreSame(const CompiledFilter& a, const CompiledFilter& b) {
  const size_t bytes = a.program.size() * sizeof(sock_filter);
  return a.program.size() == b.program.size() &&
         memcmp(a.program.data(), b.program.data(), bytes) == 0;
}

// Runs `test` in a thread that may not make these calls; false if no thread can
// be made so.
template <typename Test>
bool RunWithout(const std::vector<SyscallRule>& refused, Test test) {
  SyscallFilter filter;
  filter.refused = refused;
  const absl::StatusOr<CompiledFilter> compiled = CompileFilter(filter);
  EXPECT_TRUE(compiled.ok()) << compiled.status();
  int error = -1;
  std::thread([&] {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    error = compiled.ok() ? InstallFilter(*compiled) : -1;
    if (error == 0) test();
  }).join();
  return error == 0;
}

const SyscallRule kMemoryFiles = {"memfd_create", {}, {EPERM}, ""};
const SyscallRule kPipesSize = {"fcntl", {IntIs(1, F_GETPIPE_SZ)}, {EPERM}, ""};
const SyscallRule kLargePipes = {
    "fcntl", {IntIs(1, F_SETPIPE_SZ)}, {EPERM}, ""};

void ExpectTheSame(const CompiledFilter& free) {
  const absl::StatusOr<CompiledFilter> held = CompileFilter(UsualFilter());
  ASSERT_TRUE(held.ok()) << held.status();
  EXPECT_TRUE(AreSame(*held, free));
  const auto too_long = CompileFilter(FilterThatIsTooLong());
  EXPECT_TRUE(absl::IsResourceExhausted(too_long.status()))
      << too_long.status();
}

TEST(BpfTest, WhoMakesNoMemoryFilesCompilesTheSame) {
  const absl::StatusOr<CompiledFilter> free = CompileFilter(UsualFilter());
  ASSERT_TRUE(free.ok()) << free.status();
  const bool ran = RunWithout({kMemoryFiles}, [&] {
    EXPECT_EQ(memfd_create("x", 0), -1);
    ExpectTheSame(*free);
  });
  if (!ran) GTEST_SKIP() << "no filter can be installed here";
}

// Who has many gets pipes that are too small for a filter.
TEST(BpfTest, WhoHasSmallPipesCompilesTheSame) {
  const absl::StatusOr<CompiledFilter> free = CompileFilter(UsualFilter());
  ASSERT_TRUE(free.ok()) << free.status();
  const auto test = [&] { ExpectTheSame(*free); };
  const bool ran = RunWithout({kPipesSize}, test) &&
                   RunWithout({kPipesSize, kLargePipes}, test);
  if (!ran) GTEST_SKIP() << "no filter can be installed here";
  RunWithout({kPipesSize, kLargePipes, kMemoryFiles},
             [&] { EXPECT_FALSE(CompileFilter(UsualFilter()).ok()); });
}

// libseccomp does not say that it could not write all.
TEST(BpfTest, NoLimitOfFilesCutsAFilter) {
  const absl::StatusOr<CompiledFilter> free = CompileFilter(UsualFilter());
  ASSERT_TRUE(free.ok()) << free.status();
  const rlim_t bytes = free->program.size() * sizeof(sock_filter);
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  struct rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  for (const bool small_pipes : {false, true}) {
    const auto test = [&] {
      for (rlim_t size = 0; size <= bytes + 64; size += 8) {
        const struct rlimit few = {size, before.rlim_max};
        ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &few), 0);
        const auto held = CompileFilter(UsualFilter());
        if (held.ok()) {
          EXPECT_TRUE(AreSame(*held, *free)) << size;
        } else {
          EXPECT_TRUE(small_pipes) << size << ": " << held.status();
        }
      }
    };
    if (!small_pipes) {
      test();
    } else if (!RunWithout({kPipesSize, kLargePipes}, test)) {
      printf("no filter can be installed here\n");
    }
  }
  EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, handler);
}

// Nothing of them is left to the call's own arguments.
TEST(BpfTest, CallsThatAreRefusedAsAWholeStaySo) {
  SyscallFilter filter;
  filter.refused = {{"mount", {}, {EPERM}, ""},
                    {"ptrace", {}, {ENOSYS}, ""},
                    {"ptrace", {IntIs(0, 1)}, {ENOSYS}, ""},
                    {"kexec_load", {{0, 0, 0}}, {0}, ""}};
  filter.only = {{"mount", {IntIs(0, 1)}, {EACCES}, ""}};
  std::mt19937 random(6);
  CompareEach(filter, &random, 100);
}

TEST(SyscallFilterTest, SaysItsRules) {
  SyscallFilter filter;
  filter.refused = {{"mount", {}, {EPERM}, "mounts"},
                    {"ioctl", {IntIs(1, 0x5412)}, {0}, ""}};
  filter.only = {{"setuid", {{0, 7}}, {EPERM}, "other users"}};
  EXPECT_EQ(DescribeFilter(filter),
            "mount: Operation not permitted (mounts)\n"
            "ioctl if argument 1 & 0xffffffff == 0x5412: the process is "
            "killed\n"
            "only setuid if argument 0 == 0x7, else Operation not permitted "
            "(other users)\n");
}

}  // namespace
}  // namespace process
}  // namespace postern
