#ifndef POSTERN_PERMISSION_APPROVAL_EVENT_CODEC_H_
#define POSTERN_PERMISSION_APPROVAL_EVENT_CODEC_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "permission/approval/store.h"

namespace postern {

// Largest stored event, in bytes.
constexpr size_t kMaxEventBytes = size_t{4} << 20;

// The event as a store keeps it: a versioned, length-prefixed form followed by
// its SHA-256, so that a flipped bit is seen and cannot widen a pattern. That
// is no protection from whoever can write the store. InvalidArgument if the
// event makes no sense or is larger than kMaxEventBytes.
absl::StatusOr<std::string> EncodeEvent(const ApprovalEvent& event);

// Exactly what EncodeEvent() was given. DataLoss, with what is wrong, for any
// bytes that EncodeEvent() does not write.
absl::StatusOr<ApprovalEvent> DecodeEvent(absl::string_view bytes);

}  // namespace postern

#endif  // POSTERN_PERMISSION_APPROVAL_EVENT_CODEC_H_
