#ifndef POSTERN_PERMISSION_JOIN_SPECS_H_
#define POSTERN_PERMISSION_JOIN_SPECS_H_

#include "absl/status/status.h"
#include "permission/layer.h"

namespace postern {

// Adds what another source says to `spec`: its layers after those that are
// there, each with its own name, default and mode, so that both have to allow.
// The rest holds for all layers: InvalidArgument, and nothing changed, if both
// say different things of the base directory, a variable or a function, or if
// only one of two sources with layers has lenient wildcards.
absl::Status JoinSpec(PolicySpec more, PolicySpec* spec);

}  // namespace postern

#endif  // POSTERN_PERMISSION_JOIN_SPECS_H_
