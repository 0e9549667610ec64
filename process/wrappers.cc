#include "process/wrappers.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace postern {
namespace process {
namespace {

using Found = InnerCommand::Found;

// How a program takes its options. In a list of long options "=" at the end of
// one says that it takes a value; all are between spaces.
struct Wrapper {
  absl::string_view name;
  absl::string_view flags;   // short options without a value
  absl::string_view values;  // short options with one
  absl::string_view longs;
  size_t operands;  // that stand before the command
};

// From the manual pages of Debian 12's packages. Options that change what is
// started, or where, are left out: with them it is not known.
constexpr Wrapper kWrappers[] = {
    {"env", "iv0", "u", " --ignore-environment --null --unset= --debug ", 0},
    {"ionice", "t", "cn", " --class= --classdata= --ignore ", 0},
    {"nice", "", "n", " --adjustment= ", 0},
    {"nohup", "", "", " ", 0},
    {"setpriv", "", "", " --no-new-privs --clear-groups --reset-env ", 0},
    {"setsid", "cfw", "", " --ctty --fork --wait ", 0},
    {"stdbuf", "", "ioe", " --input= --output= --error= ", 0},
    {"taskset", "c", "", " --cpu-list ", 1},
    {"time", "apqvV", "", " --append --portability --quiet --verbose ", 0},
    {"timeout", "v", "ks",
     " --kill-after= --signal= --foreground --preserve-status --verbose ", 1},
};

// Those of which it is never certain.
struct Uncertain {
  absl::string_view name;
  absl::string_view why;
};
constexpr Uncertain kUncertain[] = {
    {"busybox", "its own program does what another one's name says"},
    {"chrt", "its operand may be left out"},
    {"chroot", "names lead elsewhere in another root directory"},
    {"doas", "another user's environment and rules hold"},
    {"entr", "arguments come from its input"},
    {"find", "arguments are names that it finds"},
    {"flock", "it may start a shell"},
    {"git", "its configuration names programs"},
    {"nsenter", "names lead elsewhere in other namespaces"},
    {"parallel", "arguments come from its input"},
    {"runuser", "another user's environment holds"},
    {"script", "it starts a shell"},
    {"setarch", "its operand may be left out"},
    {"ssh", "the other machine decides"},
    {"start-stop-daemon", "options name the program"},
    {"strace", "it can change what the program does"},
    {"su", "it starts a shell of another user"},
    {"sudo", "another user's environment and rules hold"},
    {"systemd-run", "a service starts it elsewhere"},
    {"toybox", "its own program does what another one's name says"},
    {"unshare", "names lead elsewhere in other namespaces"},
    {"watch", "it starts a shell"},
    {"xargs", "arguments come from its input"},
};
constexpr absl::string_view kShells[] = {"ash",  "bash", "csh",  "dash",
                                         "fish", "ksh",  "mksh", "rbash",
                                         "sh",   "tcsh", "yash", "zsh"};

// Reads the options of one wrapper.
class OptionReader {
 public:
  OptionReader(const Wrapper& wrapper, absl::Span<const std::string> args)
      : wrapper_(wrapper), args_(args) {}

  InnerCommand Read() {
    while (at_ < args_.size() && IsOption(args_[at_])) {
      const absl::string_view option = args_[at_++];
      if (option == "--") break;
      const bool known =
          absl::StartsWith(option, "--") ? ReadLong(option) : ReadShort(option);
      if (!known) {
        return Unknown(absl::StrCat("\"", option,
                                    "\" is an option that may change what is "
                                    "started"));
      }
    }
    at_ += wrapper_.operands;
    if (at_ >= args_.size()) return {Found::kNothing, 0, ""};
    if (absl::StrContains(args_[at_], "=")) {
      return Unknown("a variable is set for it");
    }
    if (absl::StartsWith(args_[at_], "-")) {
      return Unknown("an option stands behind an operand");
    }
    return {Found::kAt, at_, ""};
  }

 private:
  static bool IsOption(absl::string_view arg) {
    return arg.size() > 1 && arg[0] == '-';
  }
  static InnerCommand Unknown(std::string why) {
    return {Found::kUnknown, 0, std::move(why)};
  }

  // In full: an abbreviation may be another option of a later version.
  bool ReadLong(absl::string_view option) {
    const size_t equals = option.find('=');
    const absl::string_view name = option.substr(0, equals);
    if (absl::StrContains(wrapper_.longs, absl::StrCat(" ", name, " "))) {
      return equals == option.npos;
    }
    if (!absl::StrContains(wrapper_.longs, absl::StrCat(" ", name, "= "))) {
      return false;
    }
    if (equals == option.npos) ++at_;
    return true;
  }

  bool ReadShort(absl::string_view option) {
    for (size_t i = 1; i < option.size(); ++i) {
      if (absl::StrContains(wrapper_.values, option.substr(i, 1))) {
        if (i + 1 == option.size()) ++at_;
        return true;
      }
      if (!absl::StrContains(wrapper_.flags, option.substr(i, 1))) return false;
    }
    return true;
  }

  const Wrapper& wrapper_;
  const absl::Span<const std::string> args_;
  size_t at_ = 0;
};

}  // namespace

InnerCommand FindInnerCommand(absl::string_view name,
                              absl::Span<const std::string> args) {
  for (const Wrapper& wrapper : kWrappers) {
    if (wrapper.name == name) return OptionReader(wrapper, args).Read();
  }
  for (const Uncertain& uncertain : kUncertain) {
    if (uncertain.name == name) {
      return {Found::kUnknown, 0, std::string(uncertain.why)};
    }
  }
  if (std::find(std::begin(kShells), std::end(kShells), name) !=
      std::end(kShells)) {
    return {Found::kUnknown, 0, "a shell runs whatever its text says"};
  }
  return {};
}

}  // namespace process
}  // namespace postern
