#ifndef POSTERN_PERMISSION_INTERNAL_TRACE_H_
#define POSTERN_PERMISSION_INTERNAL_TRACE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "permission/internal/contest.h"

namespace postern {

class Policy;

namespace internal {

// How one layer answered one access: for acting calls, that have to ask and
// to count uses, and for Explain. Plain checks keep no trace.
struct TraceEntry {
  const Policy* policy;  // borrowed from the snapshot
  size_t layer;          // in that policy
  int depth;
  int number;  // of the layer in its context's stack
  uint64_t generation;
  Effect effect;
  uint32_t rule;  // of that policy; Decision::kNoRule: by default, or by a
                  // narrower rule
  Contest::PartDeciders deciders;
};

using Trace = std::vector<TraceEntry>;

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_TRACE_H_
