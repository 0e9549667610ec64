#ifndef POSTERN_PERMISSION_FLAGS_H_
#define POSTERN_PERMISSION_FLAGS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "permission/layer.h"
#include "permission/policy_warning.h"

namespace postern {

// What a command line says. Sources of rules are the flag's name, as
// "--allow-fs-read", and the column of the item in its argument.
struct FlagsResult {
  Layer layer;  // "flags", default deny
  std::vector<PolicyWarning> warnings;
  std::vector<std::string> rest;  // in order; "--" and all after it included
};

// Reads permission flags as runtimes take them:
//
//   --allow-fs-read=/srv,/etc/hosts  --deny-fs=/srv/secret  --ask-env-read
//   --allow-plugin-call=exec.in.run  --allow-secret-use=db/password
//
// A flag is --allow-, --ask- or --deny- and a permission or group with "-" for
// ".". Without "=" it is for every resource. After "=" stands a list of
// patterns, split at commas that are neither in braces nor after a backslash:
// "\," is a comma, other escapes are left to the pattern. A space at an end of
// an item must be escaped, as in "A, B" nobody means " B". Flags add up.
//   plugin-call: function, then patterns of its arguments, each after one
//     space: "exec.in.run du **". The function alone is any arguments. "\ " is
//     a space in a pattern.
//   secret-use, secret-reveal: parts of the key, split at "/"; "\/" is a slash.
//
// --precedence=most-specific or --precedence=deny-overrides (the default) says
// which rule wins where several flags match. It needs at least one such flag.
//
// Arguments that begin otherwise go to `rest`; "--" ends the flags. A value
// stands after "=", never after a space: "--allow-fs-read /srv" allows reading
// everything.
// InvalidArgument for an unknown flag, with the nearest known one, and for an
// empty item, with its column in bytes from 1. Patterns are parsed, and lists
// that a permission does not take refused, by PolicyBuilder::Build. Warns
// ("bare-beside-list") of a flag that is given with and without a list.
absl::StatusOr<FlagsResult> ParseFlags(absl::Span<const std::string> args);

}  // namespace postern

#endif  // POSTERN_PERMISSION_FLAGS_H_
