#ifndef POSTERN_PERMISSION_BACKSTOP_LIMIT_ROWS_H_
#define POSTERN_PERMISSION_BACKSTOP_LIMIT_ROWS_H_

#include <vector>

#include "absl/types/span.h"
#include "permission/backstop/lower.h"
#include "permission/backstop/report.h"
#include "process/limits.h"

namespace postern {

// What is to be said of each of `limits`. `held` is what a start, or a trial of
// it, found to hold them (process::Child::limits(), process::TryLimits()); one
// that it does not name is held by nobody. A limit is FULL if the kernel took
// it for all of the program's processes, PARTIAL where it holds each process by
// itself, counts others too, is measured now and then, or may be evaded by
// stopping the keeper, and NONE where nobody holds it.
std::vector<LimitRow> LimitRows(const ConfinementPlan& confinement,
                                const process::Limits& limits,
                                absl::Span<const process::LimitResult> held);

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_LIMIT_ROWS_H_
