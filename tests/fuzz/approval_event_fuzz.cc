// A stored event, its checksum made right: never a crash, and what is read is
// what would be written.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "permission/approval/approval.h"
#include "permission/approval/event_codec.h"
#include "permission/approval/internal/canonical.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using postern::Require;
  const absl::string_view body(reinterpret_cast<const char*>(data), size);
  Require(!postern::DecodeEvent(body).ok(), "no checksum is guessed");
  const std::string bytes = absl::StrCat(body, postern::internal::Sha256(body));
  const absl::StatusOr<postern::ApprovalEvent> event =
      postern::DecodeEvent(bytes);
  if (!event.ok()) return 0;
  const absl::StatusOr<std::string> written = postern::EncodeEvent(*event);
  Require(written.ok() && *written == bytes, "read is what is written");
  if (event->approval) postern::ApprovalRules(*event->approval);
  return 0;
}
