#include "process/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "process/open_without_links.h"

namespace postern {
namespace process {
namespace {

// As the kernel takes them (include/uapi/linux/landlock.h). Older kernels take
// the longer structure too, as long as what they do not know is 0.
struct RulesetAttributes {
  uint64_t handled_fs;
  uint64_t handled_net;
  uint64_t scoped;
};
struct __attribute__((packed)) BeneathAttributes {
  uint64_t access;
  int32_t parent;
};
struct PortAttributes {
  uint64_t access;
  uint64_t port;
};
constexpr unsigned kVersionFlag = 1 << 0;
constexpr int kBeneathType = 1;
constexpr int kPortType = 2;

struct NamedBit {
  uint64_t bit;
  const char* name;
};
constexpr NamedBit kFileNames[] = {
    {landlock::kExecute, "execute"},
    {landlock::kWriteFile, "write-file"},
    {landlock::kReadFile, "read-file"},
    {landlock::kReadDir, "read-dir"},
    {landlock::kRemoveDir, "remove-dir"},
    {landlock::kRemoveFile, "remove-file"},
    {landlock::kMakeChar, "make-char"},
    {landlock::kMakeDir, "make-dir"},
    {landlock::kMakeReg, "make-reg"},
    {landlock::kMakeSock, "make-sock"},
    {landlock::kMakeFifo, "make-fifo"},
    {landlock::kMakeBlock, "make-block"},
    {landlock::kMakeSym, "make-sym"},
    {landlock::kRefer, "refer"},
    {landlock::kTruncate, "truncate"},
    {landlock::kIoctlDev, "ioctl-dev"},
    {landlock::kResolveUnix, "resolve-unix"},
};
constexpr NamedBit kPortNames[] = {
    {landlock::kBindTcp, "bind-tcp"},
    {landlock::kConnectTcp, "connect-tcp"},
    {landlock::kBindUdp, "bind-udp"},
    {landlock::kConnectSendUdp, "connect-send-udp"},
};
constexpr NamedBit kScopeNames[] = {
    {landlock::kScopeAbstractUnix, "abstract-unix"},
    {landlock::kScopeSignal, "signal"},
};

// Each name behind a space; bits without a name as a number.
template <size_t kCount>
std::string NamesOf(uint64_t bits, const NamedBit (&names)[kCount]) {
  std::string text;
  for (const NamedBit& named : names) {
    if ((bits & named.bit) != 0) absl::StrAppend(&text, " ", named.name);
    bits &= ~named.bit;
  }
  if (bits != 0) absl::StrAppend(&text, " 0x", absl::Hex(bits));
  return text;
}

std::string Quote(absl::string_view path) {
  return absl::StrCat("\"", absl::CHexEscape(path), "\"");
}

// What of `bits` is beyond `known` is an error.
template <size_t kCount>
absl::Status CheckKnown(uint64_t bits, uint64_t known, int abi,
                        const NamedBit (&names)[kCount]) {
  if ((bits & ~known) == 0) return absl::OkStatus();
  return absl::UnimplementedError(absl::StrCat("this kernel has Landlock ABI ",
                                               abi, ", which does not know",
                                               NamesOf(bits & ~known, names)));
}

template <size_t kCount>
absl::Status CheckAccess(absl::string_view what, uint64_t access,
                         uint64_t handled, const NamedBit (&names)[kCount]) {
  if (access == 0) {
    return absl::InvalidArgumentError(absl::StrCat(what, " allows nothing"));
  }
  if ((access & ~handled) == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(what, " allows what the ruleset does not handle:",
                   NamesOf(access & ~handled, names)));
}

absl::Status CheckRule(const LandlockRules::Beneath& rule, uint64_t handled) {
  const std::string what = absl::StrCat("the rule for ", Quote(rule.path));
  if (rule.path.empty() || rule.path[0] != '/' ||
      rule.path.find('\0') != std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, " needs an absolute path"));
  }
  return CheckAccess(what, rule.access, handled, kFileNames);
}

absl::Status CheckRules(const LandlockRules& rules) {
  if ((rules.handled_fs | rules.handled_net | rules.scoped) == 0) {
    return absl::InvalidArgumentError("a ruleset that handles nothing");
  }
  for (const LandlockRules::Beneath& rule : rules.beneath) {
    absl::Status status = CheckRule(rule, rules.handled_fs);
    if (!status.ok()) return status;
  }
  for (const LandlockRules::Port& rule : rules.ports) {
    absl::Status status =
        CheckAccess(absl::StrCat("the rule for port ", rule.port), rule.access,
                    rules.handled_net, kPortNames);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status CheckKernel(const LandlockRules& rules) {
  const int abi = LandlockAbi();
  absl::Status status =
      CheckKnown(rules.handled_fs, landlock::FileRights(abi), abi, kFileNames);
  if (!status.ok()) return status;
  status =
      CheckKnown(rules.handled_net, landlock::PortRights(abi), abi, kPortNames);
  if (!status.ok()) return status;
  return CheckKnown(rules.scoped, landlock::Scopes(abi), abi, kScopeNames);
}

absl::Status Failed(absl::string_view what, int error) {
  const std::string text = absl::StrCat(what, ": ", strerror(error));
  return fs::IsShortage(error) ? absl::ResourceExhaustedError(text)
                               : absl::InternalError(text);
}

// The errno, 0 if all is well.
int AddBeneath(int ruleset, int object, uint64_t access) {
  struct stat info;
  if (fstat(object, &info) != 0) return errno;
  if (!S_ISDIR(info.st_mode)) access &= landlock::kRightsOfFiles;
  if (access == 0) return 0;
  const BeneathAttributes attributes = {access, object};
  return syscall(SYS_landlock_add_rule, ruleset, kBeneathType, &attributes,
                 0) == 0
             ? 0
             : errno;
}

// A descriptor that gives no access; -1 and errno.
int OpenObject(const std::string& path, bool follow_links) {
  return follow_links ? open(path.c_str(), O_PATH | O_CLOEXEC)
                      : OpenWithoutLinks(path.c_str());
}

absl::Status AddPaths(const LandlockRules& rules, LandlockRuleset* made) {
  for (size_t i = 0; i < rules.beneath.size(); ++i) {
    const LandlockRules::Beneath& rule = rules.beneath[i];
    const fs::FileDescriptor object(OpenObject(rule.path, rules.follow_links));
    if (!object.valid() && !fs::IsShortage(errno)) {
      made->missing.push_back({i, errno});
      continue;
    }
    const int error =
        object.valid() ? AddBeneath(made->fd.get(), object.get(), rule.access)
                       : errno;
    if (error != 0) {
      return Failed(absl::StrCat("no Landlock rule for ", Quote(rule.path)),
                    error);
    }
  }
  return absl::OkStatus();
}

absl::Status AddPorts(const LandlockRules& rules, int ruleset) {
  for (const LandlockRules::Port& rule : rules.ports) {
    const PortAttributes attributes = {rule.access, rule.port};
    if (syscall(SYS_landlock_add_rule, ruleset, kPortType, &attributes, 0) !=
        0) {
      return Failed(absl::StrCat("no Landlock rule for port ", rule.port),
                    errno);
    }
  }
  return absl::OkStatus();
}

}  // namespace

int LandlockAbi() {
  const long abi =
      syscall(SYS_landlock_create_ruleset, nullptr, 0, kVersionFlag);
  return abi > 0 ? static_cast<int>(abi) : 0;
}

absl::StatusOr<LandlockRuleset> MakeLandlockRuleset(
    const LandlockRules& rules) {
  absl::Status status = CheckRules(rules);
  if (!status.ok()) return status;
  status = CheckKernel(rules);
  if (!status.ok()) return status;
  const RulesetAttributes attributes = {rules.handled_fs, rules.handled_net,
                                        rules.scoped};
  LandlockRuleset made;
  made.fd = fs::FileDescriptor(static_cast<int>(syscall(
      SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0)));
  if (!made.fd.valid()) return Failed("no Landlock ruleset", errno);
  status = AddPaths(rules, &made);
  if (!status.ok()) return status;
  status = AddPorts(rules, made.fd.get());
  if (!status.ok()) return status;
  return made;
}

int RestrictSelf(int ruleset, uint32_t flags) {
  return syscall(SYS_landlock_restrict_self, ruleset, flags) == 0 ? 0 : errno;
}

std::string DescribeLandlock(const LandlockRules& rules) {
  std::string text = absl::StrCat(
      "refused but for what follows:", NamesOf(rules.handled_fs, kFileNames),
      NamesOf(rules.handled_net, kPortNames), "\n");
  if (rules.scoped != 0) {
    absl::StrAppend(&text, "not outside:", NamesOf(rules.scoped, kScopeNames),
                    "\n");
  }
  for (const LandlockRules::Beneath& rule : rules.beneath) {
    absl::StrAppend(&text, Quote(rule.path), ":",
                    NamesOf(rule.access, kFileNames), "\n");
  }
  for (const LandlockRules::Port& rule : rules.ports) {
    absl::StrAppend(&text, "port ", rule.port, ":",
                    NamesOf(rule.access, kPortNames), "\n");
  }
  return text;
}

}  // namespace process
}  // namespace postern
