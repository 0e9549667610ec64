#ifndef POSTERN_PERMISSION_APPROVAL_MANIFEST_PROTO_H_
#define POSTERN_PERMISSION_APPROVAL_MANIFEST_PROTO_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "permission/approval/manifest.h"
#include "permission/proto/form.h"

namespace postern {

// Manifests come from guests, and nobody reviews a large one.
constexpr ReadLimits ManifestReadLimits() {
  return ReadLimits{size_t{1} << 20, 10'000};
}

// Manifests as files (permission/approval/manifest.proto), as strict as
// policies and with the same kind of errors; see
// permission/proto/policy_proto.h. A broad request needs a reason
// (docs/policy_reference.md#broad-requests). Endpoints are parsed here, words
// for pages as csp::ParsePolicyText() does; other patterns later, by
// PolicyBuilder::Build.

absl::StatusOr<Manifest> ParseManifestText(
    absl::string_view text, absl::string_view file_name,
    const ReadLimits& limits = ManifestReadLimits());
absl::StatusOr<Manifest> ParseManifestJson(
    absl::string_view json, absl::string_view file_name,
    const ReadLimits& limits = ManifestReadLimits());
absl::StatusOr<Manifest> ParseManifestBinary(
    absl::string_view bytes, absl::string_view file_name,
    const ReadLimits& limits = ManifestReadLimits());

// Reads a file in the form that its name promises; see DetectForm() and
// ReadRegularFile(), whose errors it passes on.
absl::StatusOr<Manifest> ReadManifestFile(
    const std::string& path, const ReadLimits& limits = ManifestReadLimits());

// The way back, section by section: requests of one section keep their order.
// InvalidArgument for what the forms cannot say.
absl::StatusOr<std::string> ManifestToText(const Manifest& manifest);
absl::StatusOr<std::string> ManifestToJson(const Manifest& manifest);
absl::StatusOr<std::string> ManifestToBinary(const Manifest& manifest);

}  // namespace postern

#endif  // POSTERN_PERMISSION_APPROVAL_MANIFEST_PROTO_H_
