#include "process/bpf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf_common.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "fs/base/file_descriptor.h"

namespace postern {
namespace process {
namespace {

using Context = std::unique_ptr<void, void (*)(scmp_filter_ctx)>;

// Calls newer than libseccomp 2.5.4, which have one number on all
// architectures (scripts/syscall.tbl of Linux 7.0), but for the two that
// x86-64 alone has.
struct NewerCall {
  const char* name;
  int number;
};
constexpr NewerCall kNewerCalls[] = {
#ifdef __x86_64__
    {"uretprobe", 335},         {"uprobe", 336},
#endif
    {"cachestat", 451},         {"fchmodat2", 452},
    {"map_shadow_stack", 453},  {"futex_wake", 454},
    {"futex_wait", 455},        {"futex_requeue", 456},
    {"statmount", 457},         {"listmount", 458},
    {"lsm_get_self_attr", 459}, {"lsm_set_self_attr", 460},
    {"lsm_list_modules", 461},  {"mseal", 462},
    {"setxattrat", 463},        {"getxattrat", 464},
    {"listxattrat", 465},       {"removexattrat", 466},
    {"open_tree_attr", 467},    {"file_getattr", 468},
    {"file_setattr", 469},      {"listns", 470},
    {"rseq_slice_yield", 471},
};

// Whether this architecture has a call of this number, and Postern knows it.
bool IsKnown(int number) {
  for (const NewerCall& call : kNewerCalls) {
    if (call.number == number) return true;
  }
  char* name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
  free(name);
  return name != nullptr;
}

absl::Status Failed(absl::string_view what, int error) {
  return absl::InternalError(absl::StrCat(what, ": ", strerror(error)));
}

uint32_t ActionOf(const Refusal& refusal) {
  return refusal.error == 0
             ? SCMP_ACT_KILL_PROCESS
             : SCMP_ACT_ERRNO(static_cast<uint32_t>(refusal.error));
}

scmp_arg_cmp ComparisonOf(const ArgumentTest& test) {
  scmp_arg_cmp comparison = {};
  comparison.arg = static_cast<unsigned>(test.index);
  comparison.op = SCMP_CMP_MASKED_EQ;
  comparison.datum_a = test.mask;
  comparison.datum_b = test.value;
  return comparison;
}

absl::Status CheckRule(const SyscallRule& rule, bool refuses) {
  const std::string what = absl::StrCat("a rule for the call ", rule.name);
  unsigned seen = 0;
  for (const ArgumentTest& test : rule.when) {
    if (test.index < 0 || test.index > 5 || (seen >> test.index & 1) != 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          what, " needs arguments from 0 to 5, each once, not ", test.index));
    }
    if ((test.value & ~test.mask) != 0) {
      return absl::InvalidArgumentError(
          absl::StrCat(what, " has a mask that its value cannot pass"));
    }
    seen |= 1u << test.index;
  }
  if (refuses && (rule.refusal.error < 0 || rule.refusal.error > 4095)) {
    return absl::InvalidArgumentError(absl::StrCat(
        what, " has the errno ", rule.refusal.error, ", not 1 to 4095"));
  }
  return absl::OkStatus();
}

// libseccomp does not say which of two actions wins, so there is one a call.
absl::Status CheckRefusals(const std::vector<SyscallRule>& refused) {
  std::map<absl::string_view, int> errors;
  for (const SyscallRule& rule : refused) {
    const int error = rule.refusal.error;
    const int first = errors.emplace(rule.name, error).first->second;
    if (first != error) {
      return absl::InvalidArgumentError(
          absl::StrCat("two rules for the call ", rule.name,
                       " refuse differently: ", first, " and ", error));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckFilter(const SyscallFilter& filter) {
  for (const auto* rules : {&filter.refused, &filter.only}) {
    for (const SyscallRule& rule : *rules) {
      absl::Status status = CheckRule(rule, rules == &filter.refused);
      if (!status.ok()) return status;
      if (CallNumber(rule.name) == kNoSuchCall) {
        return absl::InvalidArgumentError(
            absl::StrCat("there is no system call \"", rule.name, "\""));
      }
    }
  }
  return CheckRefusals(filter.refused);
}

// Without rules. It always checks the architecture, and on x86-64 refuses the
// numbers of x32, which has the same one.
absl::StatusOr<Context> NewContext(uint32_t otherwise) {
  Context context(seccomp_init(otherwise), seccomp_release);
  if (context == nullptr) return Failed("no filter", ENOMEM);
  // The kernel looks at numbers in order; a tree makes that shorter.
  const std::pair<scmp_filter_attr, uint32_t> attributes[] = {
      {SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS},
      {SCMP_FLTATR_CTL_OPTIMIZE, 2},
  };
  for (const auto& attribute : attributes) {
    const int error =
        seccomp_attr_set(context.get(), attribute.first, attribute.second);
    if (error != 0) return Failed("no filter", -error);
  }
  return context;
}

absl::Status AddRule(const Context& context, uint32_t action, int number,
                     const std::vector<ArgumentTest>& when) {
  std::vector<scmp_arg_cmp> comparisons;
  for (const ArgumentTest& test : when) {
    // A test of no bits always passes; libseccomp is not to see it.
    if (test.mask != 0) comparisons.push_back(ComparisonOf(test));
  }
  const int error = seccomp_rule_add_array(
      context.get(), action, number, static_cast<unsigned>(comparisons.size()),
      comparisons.data());
  // What another rule says already.
  if (error == 0 || error == -EEXIST) return absl::OkStatus();
  return Failed(absl::StrCat("no rule for the call ", number), -error);
}

// A filter has at most BPF_MAXINSNS steps.
constexpr size_t kMostBytes = BPF_MAXINSNS * sizeof(sock_filter);

// What libseccomp writes to, as it knows descriptors alone, and where to read
// it. Who is confined already makes no memory files; a pipe that holds all of a
// filter takes it without waiting.
struct Ends {
  fs::FileDescriptor to, from;
};

absl::StatusOr<Ends> MakeEnds() {
  fs::FileDescriptor file(memfd_create("filter", MFD_CLOEXEC));
  if (file.valid()) {
    fs::FileDescriptor again(fcntl(file.get(), F_DUPFD_CLOEXEC, 0));
    return Ends{std::move(file), std::move(again)};
  }
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
    return Failed("no room for a filter", errno);
  }
  Ends pipe{fs::FileDescriptor(ends[1]), fs::FileDescriptor(ends[0])};
  const int room = static_cast<int>(kMostBytes);
  if (fcntl(ends[1], F_SETPIPE_SZ, room) < room) {
    return Failed("no room for a filter", ENOSPC);
  }
  return pipe;
}

absl::StatusOr<std::vector<sock_filter>> Export(const Context& context) {
  const absl::StatusOr<Ends> ends = MakeEnds();
  if (!ends.ok()) return ends.status();
  const int error = seccomp_export_bpf(context.get(), ends->to.get());
  if (error != 0) return Failed("no filter", -error);
  // Of a file; a pipe has no place.
  lseek(ends->from.get(), 0, SEEK_SET);
  std::vector<sock_filter> program(BPF_MAXINSNS);
  const ssize_t bytes = read(ends->from.get(), program.data(), kMostBytes);
  if (bytes <= 0 || bytes % static_cast<ssize_t>(sizeof(sock_filter)) != 0) {
    return Failed("no filter", EIO);
  }
  program.resize(static_cast<size_t>(bytes) / sizeof(sock_filter));
  return program;
}

// Calls that are refused whatever their arguments are.
using WholeCalls = std::map<int, Refusal>;

bool IsWhole(const SyscallRule& rule) {
  return std::all_of(rule.when.begin(), rule.when.end(),
                     [](const ArgumentTest& test) { return test.mask == 0; });
}

WholeCalls FindWholeCalls(const std::vector<SyscallRule>& refused) {
  WholeCalls calls;
  for (const SyscallRule& rule : refused) {
    if (IsWhole(rule)) calls.emplace(CallNumber(rule.name), rule.refusal);
  }
  return calls;
}

// The first program: lets known calls pass, all or as `only` says, but for
// those that are refused as a whole.
class KnownCalls {
 public:
  KnownCalls(const std::vector<SyscallRule>& only, const WholeCalls& refused)
      : only_(only), refused_(refused), done_(kNewestCall + 1) {}

  absl::StatusOr<std::vector<sock_filter>> Compile() {
    absl::StatusOr<Context> context = NewContext(SCMP_ACT_ERRNO(ENOSYS));
    if (!context.ok()) return context.status();
    absl::Status status = Refuse(*context);
    if (status.ok()) status = AllowSome(*context);
    // From the highest on: libseccomp walks from the lowest to its place.
    for (int number = kNewestCall; status.ok() && number >= 0; --number) {
      if (done_[static_cast<size_t>(number)] || !IsKnown(number)) continue;
      status = AddRule(*context, SCMP_ACT_ALLOW, number, {});
    }
    if (!status.ok()) return status;
    return Export(*context);
  }

 private:
  absl::Status Refuse(const Context& context) {
    for (auto call = refused_.rbegin(); call != refused_.rend(); ++call) {
      if (call->first < 0) break;  // of other architectures
      done_[static_cast<size_t>(call->first)] = true;
      if (call->second.error == ENOSYS) continue;  // as all unknown ones
      absl::Status status =
          AddRule(context, ActionOf(call->second), call->first, {});
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status AllowSome(const Context& context) {
    for (const SyscallRule& rule : only_) {
      const int number = CallNumber(rule.name);
      if (number < 0 || refused_.count(number) != 0) continue;
      done_[static_cast<size_t>(number)] = true;
      absl::Status status = AddRule(context, SCMP_ACT_ALLOW, number, rule.when);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  const std::vector<SyscallRule>& only_;
  const WholeCalls& refused_;
  std::vector<bool> done_;
};

// The second one: refuses what depends on arguments. libseccomp does not say
// which of two actions wins, so allowing and refusing are apart.
absl::StatusOr<std::vector<sock_filter>> CompileRefused(
    const std::vector<SyscallRule>& refused, const WholeCalls& whole) {
  std::multimap<int, const SyscallRule*, std::greater<int>> by_number;
  for (const SyscallRule& rule : refused) {
    const int number = CallNumber(rule.name);
    if (number < 0 || whole.count(number) != 0) continue;
    by_number.emplace(number, &rule);
  }
  if (by_number.empty()) return std::vector<sock_filter>();
  absl::StatusOr<Context> context = NewContext(SCMP_ACT_ALLOW);
  if (!context.ok()) return context.status();
  for (const auto& rule : by_number) {
    absl::Status status = AddRule(*context, ActionOf(rule.second->refusal),
                                  rule.first, rule.second->when);
    if (!status.ok()) return status;
  }
  return Export(*context);
}

// The errno.
int InstallProgram(const std::vector<sock_filter>& program, unsigned flags) {
  sock_fprog whole;
  whole.len = static_cast<unsigned short>(program.size());
  whole.filter = const_cast<sock_filter*>(program.data());
  const long result =
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &whole);
  if (result < 0) return errno;
  // The thread that cannot follow, because it has another filter.
  return result == 0 ? 0 : EBUSY;
}

}  // namespace

int CallNumber(absl::string_view name) {
  for (const NewerCall& call : kNewerCalls) {
    if (name == call.name) return call.number;
  }
  const int number = seccomp_syscall_resolve_name(std::string(name).c_str());
  if (number == __NR_SCMP_ERROR || number > kNewestCall) return kNoSuchCall;
  return number;
}

absl::StatusOr<CompiledFilter> CompileFilter(const SyscallFilter& filter) {
  absl::Status status = CheckFilter(filter);
  if (!status.ok()) return status;
  const WholeCalls whole = FindWholeCalls(filter.refused);
  absl::StatusOr<std::vector<sock_filter>> known =
      KnownCalls(filter.only, whole).Compile();
  if (!known.ok()) return known.status();
  absl::StatusOr<std::vector<sock_filter>> refused =
      CompileRefused(filter.refused, whole);
  if (!refused.ok()) return refused.status();
  CompiledFilter compiled;
  // Of two errors, the kernel takes that of the program installed last
  // (seccomp_run_filters() of kernel/seccomp.c): `refused` tells more.
  compiled.programs.push_back(*std::move(known));
  if (!refused->empty()) compiled.programs.push_back(*std::move(refused));
  return compiled;
}

int InstallFilter(const CompiledFilter& filter, bool all_threads) {
  const unsigned flags = all_threads ? SECCOMP_FILTER_FLAG_TSYNC : 0;
  for (const std::vector<sock_filter>& program : filter.programs) {
    const int error = InstallProgram(program, flags);
    if (error != 0) return error;
  }
  return 0;
}

}  // namespace process
}  // namespace postern
