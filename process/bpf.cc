#include "process/bpf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf_common.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <iterator>
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
using Program = std::vector<sock_filter>;

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

absl::Status CheckRule(const SyscallRule& rule) {
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
  if (rule.refusal.error < 0 || rule.refusal.error > 4095) {
    return absl::InvalidArgumentError(absl::StrCat(
        what, " has the errno ", rule.refusal.error, ", not 1 to 4095"));
  }
  if (CallNumber(rule.name) == kNoSuchCall) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no system call \"", rule.name, "\""));
  }
  return absl::OkStatus();
}

// A call that is refused has one errno, and one for what `only` leaves.
absl::Status CheckRefusals(const std::vector<SyscallRule>& rules) {
  std::map<absl::string_view, int> errors;
  for (const SyscallRule& rule : rules) {
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
      absl::Status status = CheckRule(rule);
      if (!status.ok()) return status;
    }
    absl::Status status = CheckRefusals(*rules);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
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

// Whether it leads out of itself nowhere, and ends: one that was cut does not,
// as libseccomp's first step of all leads to its last one.
bool IsComplete(const Program& program) {
  for (size_t i = 0; i < program.size(); ++i) {
    const sock_filter& step = program[i];
    const size_t left = program.size() - i - 1;
    if (BPF_CLASS(step.code) != BPF_JMP) continue;
    const size_t farthest =
        BPF_OP(step.code) == BPF_JA ? step.k : std::max(step.jt, step.jf);
    if (farthest >= left) return false;
  }
  return !program.empty() && BPF_CLASS(program.back().code) == BPF_RET;
}

// Takes filters out of libseccomp, which writes them to descriptors alone and
// does not see that one was cut: to a pipe that holds all of a filter, so that
// nobody waits. Who has many pipes gets small ones (pipe(7)); then to a memory
// file, which must not have an end that the limit of files sets.
class Exporter {
 public:
  static absl::StatusOr<Exporter> Make() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
      return Failed("no room for a filter", errno);
    }
    Exporter pipe{fs::FileDescriptor(ends[1]), fs::FileDescriptor(ends[0])};
    const int room = static_cast<int>(kMostBytes);
    if (fcntl(ends[1], F_GETPIPE_SZ) >= room ||
        fcntl(ends[1], F_SETPIPE_SZ, room) >= room) {
      return pipe;
    }
    struct rlimit files;
    if (getrlimit(RLIMIT_FSIZE, &files) != 0 ||
        files.rlim_cur != RLIM_INFINITY) {
      return Failed("no room for a filter in a pipe or a file", ENOSPC);
    }
    fs::FileDescriptor file(memfd_create("filter", MFD_CLOEXEC));
    if (!file.valid()) return Failed("no room for a filter", errno);
    return Exporter(std::move(file), fs::FileDescriptor());
  }

  // Of one that is too long perhaps only the beginning, of kMostBytes at least.
  absl::StatusOr<Program> Export(const Context& context) {
    const int error = seccomp_export_bpf(context.get(), to_.get());
    if (error != 0) return Failed("no filter", -error);
    const ssize_t bytes = BytesWritten();
    constexpr ssize_t kStep = sizeof(sock_filter);
    if (bytes <= 0 || bytes % kStep != 0) return Failed("no filter", EIO);
    Program program(static_cast<size_t>(bytes / kStep));
    if (Read(program.data(), static_cast<size_t>(bytes)) != bytes) {
      return Failed("no filter", EIO);
    }
    const bool too_long = static_cast<size_t>(bytes) >= kMostBytes;
    if (!too_long && !IsComplete(program)) return Failed("no filter", EIO);
    return program;
  }

 private:
  Exporter(fs::FileDescriptor to, fs::FileDescriptor from)
      : to_(std::move(to)), from_(std::move(from)) {}

  bool IsFile() const { return !from_.valid(); }

  // That were not read yet; negative if it is not known.
  ssize_t BytesWritten() const {
    if (IsFile()) return lseek(to_.get(), 0, SEEK_CUR) - taken_;
    int bytes = -1;
    return ioctl(from_.get(), FIONREAD, &bytes) == 0 ? bytes : -1;
  }

  ssize_t Read(void* to, size_t bytes) {
    const ssize_t got = IsFile() ? pread(to_.get(), to, bytes, taken_)
                                 : read(from_.get(), to, bytes);
    if (got > 0) taken_ += got;
    return got;
  }

  fs::FileDescriptor to_;
  fs::FileDescriptor from_;  // of a pipe; none of a file
  off_t taken_ = 0;          // bytes that were read
};

// ---- From rules to programs. ----

bool IsWhole(const SyscallRule& rule) {
  return std::all_of(rule.when.begin(), rule.when.end(),
                     [](const ArgumentTest& test) { return test.mask == 0; });
}

// What is asked of one call, by its number.
struct CallRules {
  const SyscallRule* whole = nullptr;  // refuses it whatever its arguments are
  std::vector<const SyscallRule*> refused;
  std::vector<const SyscallRule*> only;
};
// From the highest on: libseccomp walks from the lowest to its place.
using AllCalls = std::map<int, CallRules, std::greater<int>>;

AllCalls ByNumber(const SyscallFilter& filter) {
  AllCalls calls;
  for (const SyscallRule& rule : filter.refused) {
    CallRules& call = calls[CallNumber(rule.name)];
    call.refused.push_back(&rule);
    if (IsWhole(rule)) call.whole = &rule;
  }
  for (const SyscallRule& rule : filter.only) {
    calls[CallNumber(rule.name)].only.push_back(&rule);
  }
  // What only other architectures have.
  for (auto call = calls.begin(); call != calls.end();) {
    call = call->first < 0 ? calls.erase(call) : std::next(call);
  }
  return calls;
}

// libseccomp does not say which of two actions wins, so each of its programs
// knows one beside its default: a question. The first program sends each call
// to the question that it is for, by marks instead of answers, and a question
// to the next one. Link() makes jumps of the marks.
struct Question {
  bool refuses;  // what `refused` says; else what `only` does
  int error;     // what calls get that `only` leaves, or kNothing
  bool operator<(const Question& other) const {
    // Refusals first, as jumps lead forwards.
    if (refuses != other.refuses) return refuses;
    return error < other.error;
  }
};
constexpr int kNothing = -1;  // `only` has no rules for them

// The questions of all calls, with their places.
using Questions = std::map<Question, int>;

int OnlyError(const CallRules& call) {
  return call.only.empty() ? kNothing : call.only[0]->refusal.error;
}

Question FirstQuestion(const CallRules& call) {
  return {!call.refused.empty(), OnlyError(call)};
}

Questions FindQuestions(const AllCalls& calls) {
  Questions questions;
  for (const auto& call : calls) {
    const CallRules& rules = call.second;
    if (rules.whole != nullptr) continue;
    questions[FirstQuestion(rules)] = 0;
    if (!rules.only.empty()) questions[{false, OnlyError(rules)}] = 0;
  }
  int place = 0;
  for (auto& question : questions) question.second = ++place;
  return questions;
}

// Lets known calls pass, but for those that are refused as a whole, and sends
// those with other rules on.
absl::StatusOr<Program> CompileFirst(const AllCalls& calls,
                                     const Questions& questions,
                                     Exporter* exporter) {
  absl::StatusOr<Context> context = NewContext(SCMP_ACT_ALLOW);
  if (!context.ok()) return context.status();
  for (int number = kNewestCall; number >= 0; --number) {
    uint32_t action = SCMP_ACT_ERRNO(ENOSYS);
    const auto call = calls.find(number);
    if (call == calls.end()) {
      if (IsKnown(number)) continue;
    } else if (call->second.whole != nullptr) {
      action = ActionOf(call->second.whole->refusal);
    } else {
      const int place = questions.at(FirstQuestion(call->second));
      action = SCMP_ACT_TRACE(static_cast<uint32_t>(place));
    }
    const absl::Status status = AddRule(*context, action, number, {});
    if (!status.ok()) return status;
  }
  return exporter->Export(*context);
}

// Whether a call comes to a question, first or at last.
bool IsAsked(const CallRules& call, const Question& question) {
  if (call.whole != nullptr || OnlyError(call) != question.error) return false;
  return question.refuses ? !call.refused.empty() : !call.only.empty();
}

absl::StatusOr<Program> CompileQuestion(const AllCalls& calls,
                                        const Question& question,
                                        Exporter* exporter) {
  const uint32_t otherwise =
      question.refuses ? SCMP_ACT_ALLOW : ActionOf({question.error});
  absl::StatusOr<Context> context = NewContext(otherwise);
  if (!context.ok()) return context.status();
  for (const auto& call : calls) {
    if (!IsAsked(call.second, question)) continue;
    for (const SyscallRule* rule :
         question.refuses ? call.second.refused : call.second.only) {
      const uint32_t action =
          question.refuses ? ActionOf(rule->refusal) : SCMP_ACT_ALLOW;
      const absl::Status status =
          AddRule(*context, action, call.first, rule->when);
      if (!status.ok()) return status;
    }
  }
  return exporter->Export(*context);
}

// What the first program lets pass, but for numbers beyond all known ones:
// libseccomp has no ranges of numbers.
Program KnownNumbers() {
  return {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, kNewestCall, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
}

// One program to come, and where the calls go that it lets pass.
struct Part {
  Program program;
  size_t passed_to;  // a place among the parts; 0: nowhere, they pass
};

// Puts the parts behind each other, with jumps for the marks of places. Such a
// jump is as long as it has to be: unlike those of conditions, it has 32 bits.
Program Link(const std::vector<Part>& parts) {
  std::vector<size_t> begins;
  size_t size = 0;
  for (const Part& part : parts) {
    begins.push_back(size);
    size += part.program.size();
  }
  Program whole;
  for (const Part& part : parts) {
    for (sock_filter step : part.program) {
      size_t place = 0;
      if (step.code == (BPF_RET | BPF_K)) {
        if (step.k == SECCOMP_RET_ALLOW) place = part.passed_to;
        if ((step.k & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_TRACE) {
          place = step.k & SECCOMP_RET_DATA;
        }
      }
      if (place != 0) {
        const size_t steps = begins[place] - whole.size() - 1;
        step = BPF_STMT(BPF_JMP | BPF_JA, static_cast<uint32_t>(steps));
      }
      whole.push_back(step);
    }
  }
  return whole;
}

absl::Status CheckSize(const Program& program) {
  if (program.size() <= BPF_MAXINSNS) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("the filter has more steps than the ", BPF_MAXINSNS,
                   " that the kernel takes"));
}

absl::StatusOr<Program> Compile(const AllCalls& calls) {
  const Questions questions = FindQuestions(calls);
  absl::StatusOr<Exporter> exporter = Exporter::Make();
  if (!exporter.ok()) return exporter.status();
  absl::StatusOr<Program> first = CompileFirst(calls, questions, &*exporter);
  if (!first.ok()) return first.status();
  std::vector<Part> parts;
  parts.push_back({*std::move(first), questions.size() + 1});
  for (const auto& question : questions) {
    absl::StatusOr<Program> program =
        CompileQuestion(calls, question.first, &*exporter);
    if (!program.ok()) return program.status();
    size_t next = 0;
    if (question.first.refuses && question.first.error != kNothing) {
      next = static_cast<size_t>(questions.at({false, question.first.error}));
    }
    parts.push_back({*std::move(program), next});
  }
  parts.push_back({KnownNumbers(), 0});
  // A part that is too long is one step longer at least, and so is the whole.
  Program program = Link(parts);
  const absl::Status size = CheckSize(program);
  if (!size.ok()) return size;
  return program;
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
  const absl::Status status = CheckFilter(filter);
  if (!status.ok()) return status;
  absl::StatusOr<Program> program = Compile(ByNumber(filter));
  if (!program.ok()) return program.status();
  return CompiledFilter{*std::move(program)};
}

int InstallFilter(const CompiledFilter& filter, bool all_threads) {
  sock_fprog program;
  program.len = static_cast<unsigned short>(filter.program.size());
  program.filter = const_cast<sock_filter*>(filter.program.data());
  if (program.len == 0) return 0;
  const unsigned flags = all_threads ? SECCOMP_FILTER_FLAG_TSYNC : 0;
  const long result =
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
  if (result < 0) return errno;
  // The thread that cannot follow, because it has another filter.
  return result == 0 ? 0 : EBUSY;
}

}  // namespace process
}  // namespace postern
