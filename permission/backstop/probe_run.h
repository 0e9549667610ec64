#ifndef POSTERN_PERMISSION_BACKSTOP_PROBE_RUN_H_
#define POSTERN_PERMISSION_BACKSTOP_PROBE_RUN_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "permission/backstop/prepared_plan.h"
#include "permission/backstop/probe_tries.h"
#include "process/capabilities.h"
#include "process/identity.h"

namespace postern {

// Whom the plan is for: what a start takes besides it, in the same order.
struct ProbeAs {
  const process::Identity* identity =
      nullptr;  // null: this process's. Borrowed
  uint64_t capabilities = process::kAllCapabilities;  // that may stay
};

// What became of a try: before the plan was in force, and under it.
struct Tried {
  ProbeResult before = ProbeResult::kNotTried;
  ProbeResult under = ProbeResult::kNotTried;
};

// Tries all of `tries` in children, before and under the plan, which the child
// enters as a start does: namespaces, identity, capabilities, Landlock, filter.
// Of another identity the tries before are those of a child of its own, as no
// process could take it and enter namespaces then. `results` gets one for each
// try. An error names what of the plan could not be entered, or says that no
// child can be made.
absl::Status RunTries(const PreparedPlan& plan, const ProbeAs& as,
                      absl::Span<const ProbeTry> tries,
                      std::vector<Tried>* results);

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_PROBE_RUN_H_
