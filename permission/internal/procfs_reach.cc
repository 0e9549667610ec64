#include "permission/internal/procfs_reach.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "fs/path_components.h"

namespace postern {
namespace internal {
namespace {

using fs::PathPattern;
using fs::PatternComponent;
using Kind = PatternComponent::Kind;

// proc(5), in the directory of a process or thread; then in the root.
constexpr absl::string_view kOfProcess[] = {
    "auxv",    "cmdline", "cwd",   "environ", "exe",       "fd",
    "fd/3",    "io",      "maps",  "mem",     "map_files", "numa_maps",
    "pagemap", "root",    "smaps", "stack",   "syscall"};
constexpr absl::string_view kOfKernel[] = {
    "kallsyms", "kcore", "key-users", "keys", "kmsg", "vmallocinfo", "vmcore"};
constexpr absl::string_view kProcesses[] = {"1", "self", "thread-self"};

// A number that the component matches if it matches any, else "1".
std::string NumberFor(const PathPattern& pattern, size_t place) {
  if (pattern.components.size() <= place) return "1";
  std::string text = pattern.components[place].text;
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '*' || c == '?'; },
      '1');
  const bool number =
      !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return absl::ascii_isdigit(static_cast<unsigned char>(c));
      });
  return number ? text : "1";
}

size_t SizeOf(const PathPattern& pattern) {
  size_t size = 1;
  for (const PatternComponent& c : pattern.components) {
    size += c.text.size() + 1;
  }
  return size;
}

// Tries the names of files that show what programs keep to themselves.
class Trial {
 public:
  Trial(const PathPattern& pattern, TrialBudget* budget)
      : pattern_(pattern), size_(SizeOf(pattern)), budget_(*budget) {}

  bool ShowsSecrets() {
    return ShowsProcess(NumberFor(pattern_, 1)) ||
           std::any_of(std::begin(kProcesses), std::end(kProcesses),
                       [&](absl::string_view process) {
                         return ShowsProcess(process);
                       }) ||
           ShowsAnyIn("/proc", kOfKernel);
  }

 private:
  bool ShowsProcess(absl::string_view process) {
    const std::string directory = absl::StrCat("/proc/", process);
    return ShowsAnyIn(directory, kOfProcess) ||
           ShowsAnyIn(absl::StrCat(directory, "/task/", NumberFor(pattern_, 3)),
                      kOfProcess);
  }
  bool ShowsAnyIn(absl::string_view directory,
                  absl::Span<const absl::string_view> names) {
    return std::any_of(names.begin(), names.end(), [&](absl::string_view name) {
      return Shows(absl::StrCat(directory, "/", name));
    });
  }
  bool Shows(absl::string_view path) {
    if (!budget_.Take(path.size() * size_)) return true;
    return fs::ShortPathComponents::Fits("", path)
               ? MatchesIn<fs::ShortPathComponents>(path)
               : MatchesIn<fs::AnyPathComponents>(path);
  }
  template <typename Path>
  bool MatchesIn(absl::string_view path) const {
    Path components;
    return components.Split("", path) && pattern_.Matches(components);
  }

  const PathPattern& pattern_;
  const size_t size_;
  TrialBudget& budget_;
};

// Whether a plain path is /proc, beneath it or above it.
bool MayReach(const fs::PlainPath& plain) {
  return plain.path == "/"
             ? plain.subtree
             : plain.path == "/proc" || absl::StartsWith(plain.path, "/proc/");
}

template <typename Reach>
ProcfsReach MostOf(const ParsedPattern& parsed, const Reach& reach) {
  if (parsed.kind == ParsedPattern::Kind::kWhole) {
    return ProcfsReach::kAmongOthers;
  }
  if (parsed.kind == ParsedPattern::Kind::kPlainPath) {
    return MayReach(parsed.plain) ? reach(fs::ToPathPattern(parsed.plain))
                                  : ProcfsReach::kNone;
  }
  ProcfsReach most = ProcfsReach::kNone;
  for (const PathPattern& path : parsed.paths) {
    if (most == ProcfsReach::kByName) break;
    most = std::max(most, reach(path));
  }
  return most;
}

}  // namespace

ProcfsReach ReachOfWriting(const PathPattern& pattern) {
  if (pattern.components.empty()) {
    return pattern.subtree ? ProcfsReach::kAmongOthers : ProcfsReach::kNone;
  }
  const PatternComponent& first = pattern.components[0];
  if (first.kind == Kind::kAnyDepth) return ProcfsReach::kAmongOthers;
  const bool below = pattern.components.size() > 1 || pattern.subtree;
  if (!below || !first.Matches("proc")) return ProcfsReach::kNone;
  return first.kind == Kind::kLiteral ? ProcfsReach::kByName
                                      : ProcfsReach::kAmongOthers;
}

ProcfsReach ReachOfReading(const PathPattern& pattern, TrialBudget* budget) {
  const ProcfsReach reach = ReachOfWriting(pattern);
  return reach != ProcfsReach::kNone && Trial(pattern, budget).ShowsSecrets()
             ? reach
             : ProcfsReach::kNone;
}

ProcfsReach ReachOfWriting(const ParsedPattern& parsed) {
  return MostOf(parsed, [](const PathPattern& p) { return ReachOfWriting(p); });
}

ProcfsReach ReachOfReading(const ParsedPattern& parsed, TrialBudget* budget) {
  return MostOf(parsed, [budget](const PathPattern& p) {
    return ReachOfReading(p, budget);
  });
}

}  // namespace internal
}  // namespace postern
