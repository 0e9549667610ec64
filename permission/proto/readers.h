#ifndef POSTERN_PERMISSION_PROTO_READERS_H_
#define POSTERN_PERMISSION_PROTO_READERS_H_

#include "absl/strings/string_view.h"
#include "permission/proto/message_filler.h"

namespace postern {

// Each tells `filler` what `input` says, in order, and returns false after the
// first problem, its own or the filler's. The input is UTF-8 without NUL, save
// for the binary form, and shorter than 2 GiB. Linear; nothing is logged.

// protobuf's text format, without angle brackets, extensions and field numbers.
bool ReadText(absl::string_view input, MessageFiller* filler);

// JSON (RFC 8259), without NaN, comments and trailing commas.
bool ReadJson(absl::string_view input, MessageFiller* filler);

// protobuf's wire format, without groups.
bool ReadBinary(absl::string_view input, MessageFiller* filler);

}  // namespace postern

#endif  // POSTERN_PERMISSION_PROTO_READERS_H_
