#ifndef POSTERN_PERMISSION_PROTO_FORMAT_POLICY_H_
#define POSTERN_PERMISSION_PROTO_FORMAT_POLICY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern {

// A policy in the text form as everybody should write it: a field a line, two
// spaces for each level, a message on one line where it fits in 80 columns and
// holds no comment (never a layer), one empty line where there were some. Every
// comment is kept. The policy stays the same, which is checked here; formatting
// what was formatted changes nothing.
// Errors are those of ParsePolicyText(). Included files are not read.
absl::StatusOr<std::string> FormatPolicyText(absl::string_view text,
                                             absl::string_view file_name);

}  // namespace postern

#endif  // POSTERN_PERMISSION_PROTO_FORMAT_POLICY_H_
