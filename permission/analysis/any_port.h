#ifndef POSTERN_PERMISSION_ANALYSIS_ANY_PORT_H_
#define POSTERN_PERMISSION_ANALYSIS_ANY_PORT_H_

#include <string>
#include <vector>

#include "permission/layer.h"
#include "permission/rule.h"

namespace postern {

// A rule of a layer that grants hosts at every port, where another rule of the
// layer that grants the same permission names a port: the first may have been
// forgotten. Classes of addresses ("@loopback") are for every port by habit.
struct AnyPort {
  const Rule* rule;
  const Rule* other;  // of the same host, if there is one
};
std::vector<AnyPort> FindAnyPorts(const Layer& layer);

}  // namespace postern

#endif  // POSTERN_PERMISSION_ANALYSIS_ANY_PORT_H_
