#ifndef POSTERN_PERMISSION_INTERNAL_PROCFS_REACH_H_
#define POSTERN_PERMISSION_INTERNAL_PROCFS_REACH_H_

#include "fs/path_pattern.h"
#include "permission/internal/parsed_pattern.h"
#include "permission/internal/trial_budget.h"

namespace postern {
namespace internal {

// How a pattern meets files of /proc that matter, from none to most.
enum class ProcfsReach {
  kNone,
  // Among others. fs::GuardedFs opens them only by a rule that begins at /proc.
  kAmongOthers,
  kByName,  // it begins at /proc
};

// Of the files there that can be written. Hints for people, as are these all:
// a procfs that is mounted elsewhere is not known.
ProcfsReach ReachOfWriting(const fs::PathPattern& pattern);
// Of those that show memory, descriptors, arguments or the environment of
// processes, or the kernel's memory, log and keys. Where the budget has no
// more, what could be worst.
ProcfsReach ReachOfReading(const fs::PathPattern& pattern, TrialBudget* budget);

// The most of all alternatives; of a pattern that is for no path, kNone.
ProcfsReach ReachOfWriting(const ParsedPattern& parsed);
ProcfsReach ReachOfReading(const ParsedPattern& parsed, TrialBudget* budget);

// For people, in warnings and reviews.
constexpr char kWritesProcText[] =
    "writing to /proc can change any program's memory";
constexpr char kReadsProcText[] =
    "reading below /proc shows the memory, descriptors, arguments or "
    "environment of programs, what env.read and secret.reveal hold back too";

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_PROCFS_REACH_H_
