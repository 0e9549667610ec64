#include "permission/internal/known_programs.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fs/path_pattern.h"

namespace postern {
namespace internal {
namespace {

using Kind = ArgumentPattern::Kind;

enum : uint8_t { kRuns = 1, kFolder = 2, kFiles = 4 };

struct KnownProgram {
  absl::string_view name;
  uint8_t traits;
};

// From the manual pages of Debian 12's packages and of GTFOBins
// (gtfobins.github.io: "shell", "command", "file read", "file write"). Sorted
// by name, in bytes.
constexpr KnownProgram kPrograms[] = {
    {"7z", kFiles},                // @listfile
    {"R", kRuns | kFolder},        // .Rprofile
    {"Rscript", kRuns | kFolder},  // the same
    {"agetty", kRuns},
    {"ansible", kRuns | kFolder},           // ansible.cfg
    {"ansible-playbook", kRuns | kFolder},  // the same
    {"ant", kRuns | kFolder},               // build.xml
    {"apt", kRuns},                         // -o APT::...::Pre-Invoke
    {"apt-get", kRuns},
    {"ar", kFiles},     // @file
    {"aria2c", kRuns},  // --on-download-complete
    {"as", kFiles},     // @file, .incbin
    {"ash", kRuns},
    {"at", kRuns},
    {"awk", kRuns},
    {"bash", kRuns},
    {"batch", kRuns},
    {"bazel", kRuns | kFolder},  // .bazelrc
    {"bpftrace", kRuns},
    {"bun", kRuns | kFolder},
    {"bundle", kRuns | kFolder},  // Gemfile
    {"busybox", kRuns},
    {"bwrap", kRuns},
    {"c++", kRuns | kFiles},  // -wrapper, -B, @file
    {"c89", kRuns | kFiles},
    {"c99", kRuns | kFiles},
    {"capsh", kRuns},
    {"cargo", kRuns | kFolder},  // build.rs, .cargo/config
    {"cc", kRuns | kFiles},
    {"chroot", kRuns},
    {"chrt", kRuns},
    {"clang", kRuns | kFiles},
    {"cmake", kRuns | kFolder},  // CMakeLists.txt, -P
    {"composer", kRuns | kFolder},
    {"convert", kFiles},  // @file, msl:, text:
    {"cp", kFiles},
    {"cpan", kRuns},
    {"cpio", kRuns | kFiles},  // --rsh-command
    {"cpp", kFiles},
    {"crontab", kRuns},
    {"csh", kRuns},
    {"ctest", kRuns | kFolder},
    {"curl", kFiles},  // -K, -d @file, -o
    {"dash", kRuns},
    {"date", kFiles},  // -f FILE shows its lines
    {"dd", kFiles},    // if=, of=
    {"deno", kRuns | kFolder},
    {"diff", kFiles},  // --from-file, --exclude-from
    {"dig", kFiles},   // -f
    {"doas", kRuns},
    {"docker", kRuns | kFolder},  // Dockerfile
    {"docker-compose", kRuns | kFolder},
    {"dotnet", kRuns | kFolder},
    {"dpkg", kRuns},
    {"du", kFiles},  // --files0-from, --exclude-from
    {"dvips", kRuns},
    {"ed", kRuns},
    {"egrep", kFiles},
    {"elixir", kRuns},
    {"emacs", kRuns | kFolder},  // .dir-locals.el
    {"env", kRuns},
    {"erl", kRuns},
    {"ex", kRuns},
    {"expect", kRuns},
    {"faketime", kRuns},
    {"ffmpeg", kFiles},  // concat:, file protocols
    {"fgrep", kFiles},
    {"file", kFiles},          // -f, -m
    {"find", kRuns | kFiles},  // -exec, -files0-from
    {"firejail", kRuns},
    {"fish", kRuns},
    {"flatpak", kRuns},
    {"flock", kRuns},
    {"g++", kRuns | kFiles},
    {"gawk", kRuns},
    {"gcc", kRuns | kFiles},
    {"gdb", kRuns | kFolder},  // .gdbinit
    {"gem", kRuns},
    {"gh", kRuns | kFolder},  // aliases, runs git
    {"gimp", kRuns},
    {"git", kRuns | kFolder},  // .git/config: core.fsmonitor; -c, aliases
    {"gmake", kRuns | kFolder},
    {"gnuplot", kRuns},
    {"go", kRuns | kFolder},  // go generate, -toolexec
    {"gpg", kFiles},
    {"gradle", kRuns | kFolder},
    {"grep", kFiles},  // -f, --exclude-from
    {"guile", kRuns},
    {"hg", kRuns | kFolder},  // .hg/hgrc
    {"identify", kFiles},
    {"install", kRuns | kFiles},  // --strip-program
    {"ionice", kRuns},
    {"ip", kRuns},  // netns exec, -batch
    {"ipython", kRuns},
    {"irb", kRuns},
    {"java", kRuns | kFiles},   // @argfile
    {"javac", kRuns | kFiles},  // @argfile, processors
    {"jjs", kRuns},
    {"journalctl", kRuns},  // a pager
    {"jq", kFiles},         // --rawfile, -f
    {"jshell", kRuns},
    {"julia", kRuns},
    {"just", kRuns | kFolder},
    {"ksh", kRuns},
    {"kubectl", kRuns},
    {"latex", kRuns},        // \write18
    {"ld", kRuns | kFiles},  // -plugin, @file
    {"ld-linux", kRuns},
    {"ld.so", kRuns},
    {"less", kRuns},
    {"ln", kFiles},
    {"logrotate", kRuns},
    {"ltrace", kRuns},
    {"lua", kRuns},
    {"luajit", kRuns},
    {"lualatex", kRuns},
    {"luatex", kRuns},
    {"lxc", kRuns},
    {"magick", kFiles},
    {"mail", kRuns},
    {"make", kRuns | kFolder},  // Makefile
    {"man", kRuns},             // -P, -H
    {"mawk", kRuns},
    {"meson", kRuns | kFolder},
    {"mksh", kRuns},
    {"more", kRuns},
    {"mosh", kRuns},
    {"msgfilter", kRuns},
    {"mutt", kRuns},
    {"mv", kFiles},
    {"mvn", kRuns | kFolder},
    {"mysql", kRuns},
    {"nano", kRuns},
    {"nawk", kRuns},
    {"nc", kRuns},
    {"ncat", kRuns},
    {"newgrp", kRuns},
    {"nice", kRuns},
    {"ninja", kRuns | kFolder},
    {"nmap", kRuns},
    {"node", kRuns | kFolder},
    {"nodejs", kRuns | kFolder},
    {"nohup", kRuns},
    {"npm", kRuns | kFolder},  // package.json, .npmrc
    {"npx", kRuns | kFolder},
    {"nsenter", kRuns},
    {"numactl", kRuns},
    {"nvim", kRuns},
    {"objcopy", kFiles},  // @file
    {"objdump", kFiles},
    {"ocaml", kRuns},
    {"octave", kRuns},
    {"openssl", kRuns | kFiles},  // -engine, -in, -config
    {"parallel", kRuns},
    {"patch", kRuns | kFiles},  // ed scripts, -o
    {"pdflatex", kRuns},
    {"pdftex", kRuns},
    {"perf", kRuns},
    {"perl", kRuns},
    {"pg", kRuns},
    {"php", kRuns},
    {"pip", kRuns | kFolder},  // setup.py
    {"pipx", kRuns},
    {"pkexec", kRuns},
    {"pnpm", kRuns | kFolder},
    {"podman", kRuns | kFolder},
    {"poetry", kRuns | kFolder},
    {"powershell", kRuns},
    {"proot", kRuns},
    {"pry", kRuns},
    {"psql", kRuns},
    {"pwsh", kRuns},
    {"pypy", kRuns},
    {"pytest", kRuns | kFolder},  // conftest.py
    {"python", kRuns},
    {"qemu", kRuns},
    {"rake", kRuns | kFolder},
    {"rbash", kRuns},
    {"readelf", kFiles},     // @file
    {"rg", kRuns | kFiles},  // --pre, -f
    {"rlwrap", kRuns},
    {"rpm", kRuns},
    {"rsh", kRuns},
    {"rsync", kRuns | kFiles},  // -e, --files-from
    {"ruby", kRuns},
    {"run-parts", kRuns},
    {"runuser", kRuns},
    {"rvim", kRuns},
    {"scala", kRuns},
    {"scons", kRuns | kFolder},
    {"scp", kRuns},  // -S, ProxyCommand
    {"screen", kRuns},
    {"script", kRuns},
    {"sed", kRuns | kFiles},  // e, w, -f
    {"service", kRuns},
    {"setarch", kRuns},
    {"setpriv", kRuns},
    {"setsid", kRuns},
    {"sftp", kRuns},
    {"sg", kRuns},
    {"sh", kRuns},
    {"shuf", kFiles},  // --random-source, -o
    {"socat", kRuns},
    {"softlimit", kRuns},
    {"sort", kRuns | kFiles},   // --compress-program, --files0-from, -o
    {"split", kRuns | kFiles},  // --filter
    {"sqlite3", kRuns},         // .shell, .read
    {"ssh", kRuns},
    {"sshpass", kRuns},
    {"stap", kRuns},
    {"start-stop-daemon", kRuns},
    {"stdbuf", kRuns},
    {"strace", kRuns},
    {"su", kRuns},
    {"sudo", kRuns},
    {"svn", kRuns | kFolder},
    {"systemctl", kRuns},
    {"systemd-run", kRuns},
    {"tar", kRuns | kFiles},  // --use-compress-program, -I, --to-command, -T
    {"taskset", kRuns},
    {"tclsh", kRuns},
    {"tcpdump", kRuns},  // -z
    {"tcsh", kRuns},
    {"tee", kFiles},
    {"telnet", kRuns},
    {"tex", kRuns},
    {"time", kRuns},
    {"timeout", kRuns},
    {"tmux", kRuns},
    {"toybox", kRuns},
    {"ts-node", kRuns | kFolder},
    {"unshare", kRuns},
    {"uv", kRuns | kFolder},
    {"valgrind", kRuns},
    {"vi", kRuns},
    {"view", kRuns},
    {"vim", kRuns},
    {"vimdiff", kRuns},
    {"watch", kRuns},
    {"wc", kFiles},            // --files0-from
    {"wget", kRuns | kFiles},  // --use-askpass, -i, -O
    {"whiptail", kFiles},      // --textbox
    {"wish", kRuns},
    {"xargs", kRuns | kFiles},  // -a
    {"xelatex", kRuns},
    {"xterm", kRuns},
    {"xz", kFiles},  // --files
    {"yarn", kRuns | kFolder},
    {"yash", kRuns},
    {"yq", kFiles},
    {"zip", kRuns | kFiles},  // -TT, -@
    {"zsh", kRuns},
    {"zstd", kFiles},
};

constexpr bool IsSorted() {
  for (size_t i = 1; i < sizeof(kPrograms) / sizeof(kPrograms[0]); ++i) {
    if (!(kPrograms[i - 1].name < kPrograms[i].name)) return false;
  }
  return true;
}
static_assert(IsSorted(), "the table is searched by halves");

// How versions and variants are spelled, for patterns that admit one of them
// only: those of current systems.
constexpr absl::string_view kVariants[] = {
    "bash-static",
    "busybox-static",
    "clang-14",
    "clang-16",
    "emacs-nox",
    "g++-12",
    "gcc-12",
    "gcc-13",
    "guile-3.0",
    "ld-linux.so.2",
    "ld-linux-x86-64.so.2",
    "lua5.1",
    "lua5.2",
    "lua5.3",
    "lua5.4",
    "mksh-static",
    "node18",
    "node20",
    "node22",
    "perl5.36-x86_64-linux-gnu",
    "perl5.36",
    "perl5.36.0",
    "perl5.38",
    "perl5.40",
    "php7.4",
    "php8.1",
    "php8.2",
    "php8.3",
    "php8.4",
    "pip3",
    "pypy3",
    "python2",
    "python2.7",
    "python3",
    "python3-dbg",
    "python3.8",
    "python3.9",
    "python3.10",
    "python3.11",
    "python3.12",
    "python3.13",
    "python3.14",
    "python3.11-dbg",
    "ruby2.7",
    "ruby3.0",
    "ruby3.1",
    "ruby3.2",
    "ruby3.3",
    "tclsh8.6",
    "vim.basic",
    "vim.tiny",
    "wish8.6",
    "zsh-static",
    "zsh5",
    "x86_64-linux-gnu-gcc",
};

constexpr absl::string_view kFolders[] = {"", "/bin/", "/usr/bin/"};

// What no list of options, files and words holds, short and long: a pattern
// that matches one of each says nothing.
constexpr absl::string_view kArbitrary[][2] = {
    {"--zq=/y",
     "--zqxj=/yvkw/qzxj/vkwy/qxzj/kvyw/zqjx/wvky/jqzx/vykw/xzqj/ykwv/Zq_7"},
    {"/etc/shadow",
     "/zqxj/yvkw/qzxj/vkwy/qxzj/kvyw/zqjx/wvky/jqzx/vykw/xzqj/ykwv/wkvy/Zq_7"},
    {"Zq_7",
     "Zqxjyvkwqzxjvkwyqxzjkvywzqjxwvkyjqzxvykwxzqjykwvwkvyqjxzvwykzxjq_7"},
};
// A word that no program is called.
constexpr absl::string_view kAnyWord = "zqxjw";

uint8_t TraitsByName(absl::string_view name) {
  const auto* const it = std::lower_bound(
      std::begin(kPrograms), std::end(kPrograms), name,
      [](const KnownProgram& a, absl::string_view b) { return a.name < b; });
  return it != std::end(kPrograms) && it->name == name ? it->traits : 0;
}

// Of a name of the table with whatever makes it a version or a variant behind
// it: no letter.
uint8_t TraitsByBeginning(absl::string_view name) {
  constexpr size_t kLongestKnown = 24;
  for (size_t size = std::min(name.size(), kLongestKnown); size > 0; --size) {
    const bool ends =
        size == name.size() ||
        !absl::ascii_isalpha(static_cast<unsigned char>(name[size]));
    const uint8_t traits = ends ? TraitsByName(name.substr(0, size)) : 0;
    if (traits != 0) return traits;
  }
  return 0;
}

// Of a program's name so many bytes are looked at.
constexpr size_t kLongestName = 64;

// And so many dashes: "arm-none-linux-gnueabihf-gcc-12".
constexpr int kMostDashes = 6;

uint8_t BitsOfProgram(absl::string_view name) {
  name.remove_prefix(name.rfind('/') + 1);  // npos + 1 is 0
  name = name.substr(0, kLongestName);
  uint8_t traits = TraitsByBeginning(name);
  for (int i = 0; i < kMostDashes && traits == 0; ++i) {
    const size_t dash = name.find('-');
    if (dash == name.npos) break;
    name.remove_prefix(dash + 1);
    traits = TraitsByBeginning(name);
  }
  return traits;
}

ProgramTraits ToTraits(uint8_t bits) {
  ProgramTraits traits;
  traits.interpreter = (bits & kRuns) != 0;
  traits.obeys_folder = (bits & kFolder) != 0;
  traits.names_files = (bits & kFiles) != 0;
  return traits;
}

// What one comparison costs besides its text.
constexpr size_t kStepsOfATry = 32;

size_t SizeOf(const ArgumentPattern& pattern) {
  size_t size = kStepsOfATry;
  if (pattern.kind == Kind::kRegex) size += pattern.regex->size();
  for (const fs::PathPattern& path : pattern.paths) {
    for (const fs::PatternComponent& component : path.components) {
      size += component.text.size() + 1;
    }
  }
  return size;
}

// Tries texts against one pattern.
class Trials {
 public:
  Trials(const ArgumentPattern& pattern, absl::string_view base,
         TrialBudget* budget)
      : pattern_(pattern),
        base_(base),
        size_(SizeOf(pattern)),
        budget_(*budget) {}

  // Takes what it costs to try `texts` of so many bytes together.
  bool MayTry(size_t bytes, size_t texts = 1) const {
    const size_t base = pattern_.kind == Kind::kPath ? base_.size() : 0;
    return budget_.Take(uint64_t{size_} * (bytes + texts * base));
  }
  bool Admits(absl::string_view text) const {
    return pattern_.Matches(CallArg{text}, base_) == Match::kYes;
  }
  // Admits(), or yes if there is no budget left to try it.
  bool MayAdmit(absl::string_view text) const {
    return !MayTry(text.size()) || Admits(text);
  }

 private:
  const ArgumentPattern& pattern_;
  const absl::string_view base_;
  const size_t size_;
  TrialBudget& budget_;
};

bool AdmitsAnything(const ArgumentPattern& pattern, absl::string_view base,
                    TrialBudget* budget) {
  if (pattern.kind == Kind::kAny || pattern.kind == Kind::kRest) return true;
  if (pattern.kind != Kind::kRegex) return false;
  const Trials trials(pattern, base, budget);
  return std::all_of(std::begin(kArbitrary), std::end(kArbitrary),
                     [&](const absl::string_view(&texts)[2]) {
                       return trials.MayAdmit(texts[0]) ||
                              trials.MayAdmit(texts[1]);
                     });
}

// Of more alternatives for paths nothing is tried: a pattern of 77 bytes may
// have 512, to be compared with each name in each folder.
constexpr size_t kMaxTriedPaths = 8;

// Names in folders, and their bytes.
constexpr size_t kNames =
    std::size(kFolders) * (std::size(kPrograms) + std::size(kVariants));
constexpr size_t BytesOfNames() {
  size_t bytes = 0;
  for (absl::string_view folder : kFolders) {
    for (const KnownProgram& program : kPrograms) {
      bytes += folder.size() + program.name.size();
    }
    for (absl::string_view name : kVariants) {
      bytes += folder.size() + name.size();
    }
  }
  return bytes;
}

uint8_t BitsOfLiterals(const ArgumentPattern& pattern) {
  uint8_t bits = 0;
  for (const std::string& literal : pattern.literals) {
    bits |= BitsOfProgram(literal);
  }
  return bits;
}

// Of all programs whose names, with or without a folder, it matches.
uint8_t BitsOfPattern(const Trials& trials) {
  uint8_t bits = 0;
  const auto add = [&](absl::string_view name, uint8_t traits) {
    for (absl::string_view folder : kFolders) {
      if ((bits | traits) == bits) return;
      if (trials.Admits(absl::StrCat(folder, name))) bits |= traits;
    }
  };
  for (const KnownProgram& program : kPrograms) {
    add(program.name, program.traits);
  }
  for (absl::string_view name : kVariants) add(name, BitsOfProgram(name));
  return bits;
}

// Whether a function looks as if its arguments were a program and its own.
bool LooksLikeRunning(const CallPattern& pattern) {
  for (absl::string_view word : {"exec", "run", "spawn", "start", "shell",
                                 "command", "system", "popen", "process"}) {
    if (absl::StrContains(absl::AsciiStrToLower(pattern.function), word)) {
      return true;
    }
  }
  return false;
}

// Options stand before a "--" only.
bool AdmitsOptions(const ArgumentsPattern& pattern, size_t first,
                   absl::string_view base, TrialBudget* budget) {
  if (pattern.open) return true;
  for (size_t i = first; i < pattern.needed(); ++i) {
    const ArgumentPattern& arg = pattern.args[i];
    if (arg.after_options || arg.kind == Kind::kLiteral) continue;
    const Trials trials(arg, base, budget);
    if (trials.MayAdmit("--zq=/y") || trials.MayAdmit("-e")) return true;
  }
  return false;
}

bool AdmitsOperand(const CallPattern& pattern, absl::string_view base,
                   TrialBudget* budget) {
  for (size_t i = 0; i < pattern.needed(); ++i) {
    if (pattern.args[i].kind != Kind::kPath) continue;
    const Trials trials(pattern.args[i], base, budget);
    if (trials.MayAdmit("of=zq") || trials.MayAdmit("@zq")) return true;
  }
  return false;
}

// Of the argument that names a program.
uint8_t BitsOfArgument(const ArgumentPattern& program, bool looks_like_running,
                       absl::string_view base, TrialBudget* budget) {
  constexpr uint8_t kAll = kRuns | kFolder | kFiles;
  if (program.kind == Kind::kLiteral) return BitsOfLiterals(program);
  const Trials trials(program, base, budget);
  if (!trials.MayTry(kAnyWord.size())) return kAll;
  // Any word: an interpreter says it all.
  if (trials.Admits(kAnyWord)) return looks_like_running ? kRuns : 0;
  if (program.paths.size() > kMaxTriedPaths) return kAll;
  return trials.MayTry(BytesOfNames(), kNames) ? BitsOfPattern(trials) : kAll;
}

ProgramTraits ProgramOf(const CallPattern& pattern, absl::string_view base,
                        TrialBudget* budget) {
  const size_t at = absl::EndsWith(pattern.function, ".run_in") ? 1 : 0;
  if (at >= pattern.needed() && !pattern.open) return ProgramTraits();
  const ArgumentPattern any;
  ProgramTraits traits =
      ToTraits(BitsOfArgument(at < pattern.needed() ? pattern.args[at] : any,
                              LooksLikeRunning(pattern), base, budget));
  if (!AdmitsOptions(pattern, at + 1, base, budget)) traits.names_files = false;
  return traits;
}

}  // namespace

ProgramTraits TraitsOfProgram(absl::string_view name) {
  return ToTraits(BitsOfProgram(name));
}

ProgramTraits TraitsOfCommand(const CommandPattern& pattern,
                              absl::string_view base_directory,
                              TrialBudget* budget) {
  uint8_t bits = 0;
  if (pattern.any_program) bits |= kRuns;
  if (!pattern.name.empty()) bits |= BitsOfProgram(pattern.name);
  for (const fs::PathPattern& program : pattern.programs) {
    const std::string name = ProgramNameIn(program);
    bits |= name.empty() ? uint8_t{kRuns} : BitsOfProgram(name);
  }
  ProgramTraits traits = ToTraits(bits);
  traits.interpreter = traits.interpreter && !pattern.through;
  if (!AdmitsOptions(*pattern.arguments, 0, base_directory, budget)) {
    traits.names_files = false;
  }
  return traits;
}

CallTraits TraitsOfCall(const CallPattern& pattern,
                        absl::string_view base_directory, TrialBudget* budget) {
  CallTraits traits;
  const bool takes_any = pattern.open || pattern.needed() > 0;
  traits.unlimited = takes_any;
  for (const ArgumentPattern& arg : pattern.args) {
    const bool anything = AdmitsAnything(arg, base_directory, budget);
    traits.any_argument |= anything;
    traits.unlimited &= anything;
  }
  traits.operand = AdmitsOperand(pattern, base_directory, budget);
  traits.program = ProgramOf(pattern, base_directory, budget);
  return traits;
}

}  // namespace internal
}  // namespace postern
