#ifndef POSTERN_PERMISSION_ANALYSIS_SAMPLE_ACCESSES_H_
#define POSTERN_PERMISSION_ANALYSIS_SAMPLE_ACCESSES_H_

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "permission/analysis/access_question.h"
#include "permission/layer.h"
#include "permission/permission.h"
#include "permission/rule.h"

namespace postern {

// Accesses by which policies can be told apart, made of what their patterns
// name: each thing that is named, what lies above and beneath it, what is named
// nowhere, and the permission as a whole.
struct AccessSamples {
  std::vector<std::unique_ptr<AccessQuestion>> questions;
  // Permissions for which other accesses may be decided as no sample is, and
  // why, for people. For all others the samples are exact: whatever is asked
  // by a path, a subtree, a name, a key or as a whole is decided by each of
  // the policies as one of the samples is. Of a name that leads to an address
  // nothing is told.
  std::map<Permission, std::string> inexact;
};

// Whether what is decided of `permission` may hang on this rule: a rule for it,
// or one for looking names up, where endpoints are asked about by name.
bool MayDecide(const Rule& rule, Permission permission);

// Of policies that can be built. Up to `max` questions, beyond which all that
// is left out is inexact. Linear in what is written, but for alternatives in
// braces.
AccessSamples SampleAccesses(const std::vector<const PolicySpec*>& policies,
                             size_t max);

}  // namespace postern

#endif  // POSTERN_PERMISSION_ANALYSIS_SAMPLE_ACCESSES_H_
