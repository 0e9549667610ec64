#ifndef POSTERN_PERMISSION_ANALYSIS_ALARMING_H_
#define POSTERN_PERMISSION_ANALYSIS_ALARMING_H_

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "permission/analysis/access_question.h"

namespace postern {

// Accesses that make anybody look up when they are granted: to passwords, keys,
// what machines trust. The worst of a permission comes first.
std::vector<std::unique_ptr<AccessQuestion>> AlarmingAccesses();

// How alarming it is that an access is granted: the lower, the more. Those of
// AlarmingAccesses() come before all others, of which the shorter come before
// the longer: they tell the most.
std::pair<size_t, size_t> AlarmRank(const AccessQuestion& question);

}  // namespace postern

#endif  // POSTERN_PERMISSION_ANALYSIS_ALARMING_H_
