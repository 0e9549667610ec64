#ifndef POSTERN_PERMISSION_ANALYSIS_PATTERN_SAMPLES_H_
#define POSTERN_PERMISSION_ANALYSIS_PATTERN_SAMPLES_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "permission/rule.h"

namespace postern {

// Things that a pattern matches or nearly matches. `exact` says that the
// pattern is about these names, and about what begins with or lies beneath
// them, alone: that it has no other wildcard.
struct PatternSamples {
  std::vector<std::vector<std::string>> names;  // each by its parts
  bool exact = true;
};

// What stands for anything a wildcard may be: in no pattern. Letters and digits
// alone.
using Fresh = std::string;

// Absolute paths, each by its components.
PatternSamples SamplePath(absl::string_view pattern, absl::string_view base,
                          const std::map<std::string, std::string>& variables,
                          const Fresh& fresh);

// One part: a name, or the beginning of names.
PatternSamples SampleName(absl::string_view pattern);
// The parts of a key.
PatternSamples SampleSecret(const std::vector<std::string>& parts,
                            const Fresh& fresh);
// The function and arguments. Never exact.
PatternSamples SampleCall(const RulePattern& pattern, const Fresh& fresh);
// A program and some arguments. Never exact.
PatternSamples SampleCommand(
    absl::string_view pattern, absl::string_view base,
    const std::map<std::string, std::string>& variables, const Fresh& fresh);
// One part: "host:port", or a host alone for `with_port` false. Never exact.
PatternSamples SampleEndpoint(absl::string_view pattern, bool with_port,
                              const Fresh& fresh);

}  // namespace postern

#endif  // POSTERN_PERMISSION_ANALYSIS_PATTERN_SAMPLES_H_
