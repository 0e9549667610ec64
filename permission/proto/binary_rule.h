#ifndef POSTERN_PERMISSION_PROTO_BINARY_RULE_H_
#define POSTERN_PERMISSION_PROTO_BINARY_RULE_H_

#include "absl/strings/string_view.h"
#include "permission/rule.h"

namespace postern {

// Reads the wire form of a rule of permission/proto/policy.proto if it is one
// as most are: valid, one effect, a pattern or none, a reason or none. Fills
// all of `rule` but its source. False, and `rule` in no particular state, if it
// is anything else or wrong: the strict reader of all forms then says what it
// is. What this takes, that one takes as well and reads the same.
bool ReadPlainBinaryRule(absl::string_view bytes, Rule* rule);

}  // namespace postern

#endif  // POSTERN_PERMISSION_PROTO_BINARY_RULE_H_
