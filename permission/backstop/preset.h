#ifndef POSTERN_PERMISSION_BACKSTOP_PRESET_H_
#define POSTERN_PERMISSION_BACKSTOP_PRESET_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "permission/rule.h"

namespace postern {

// Rules that nearly every program needs, under a name, so that people need not
// spell them out.
struct Preset {
  absl::string_view name;     // "runtime"
  absl::string_view summary;  // what it grants, in a line
};

absl::Span<const Preset> Presets();

// The rules of a preset, as allow rules whose source is the preset
// (RuleSource::Kind::kTemplate). Paths that do not exist here are left out, so
// that no report is full of them. InvalidArgument, with the names that there
// are, for another name. Looks at the file system.
absl::StatusOr<std::vector<Rule>> PresetRules(absl::string_view name);

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_PRESET_H_
