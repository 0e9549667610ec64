#ifndef POSTERN_PERMISSION_BACKSTOP_PROBE_H_
#define POSTERN_PERMISSION_BACKSTOP_PROBE_H_

#include "absl/status/status.h"
#include "permission/backstop/lower.h"
#include "permission/backstop/prepared_plan.h"
#include "permission/backstop/probe_run.h"

namespace postern {

// Tries what `plan` should stop, in a child that is put under this very plan,
// and corrects plan->report: what passes is NONE, what could not be tried is at
// most PARTIAL, and FULL is what was seen to be refused. Until then no report
// is more than a promise.
//
// Makes files without a name in directories for temporary files, so that
// nothing is left of it even if it is killed; what such a directory does not
// know (overlayfs before Linux 6.3) is tried in another one, or not at all. An
// error if no child can be made, or if the child could not be put under the
// plan: then nothing of the plan can be relied on, and each row of it is NONE.
absl::Status Probe(const PreparedPlan& prepared, ConfinementPlan* plan,
                   const ProbeAs& as = ProbeAs());

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_PROBE_H_
