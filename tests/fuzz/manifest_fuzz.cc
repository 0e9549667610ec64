// Manifests in every form: no crash, one-line errors, lossless conversion.

#include <cstddef>
#include <cstdint>
#include <string>

#include "permission/approval/csp_request.h"
#include "permission/approval/manifest_proto.h"
#include "tests/fuzz/require.h"

namespace postern {
namespace {

void CheckError(const absl::Status& status) {
  const absl::string_view message = status.message();
  Require(message.substr(0, 2) == "f:", "the error names the file");
  for (const char c : message) {
    Require(static_cast<unsigned char>(c) >= 0x20, "the error is one line");
  }
}

// Writing gathers requests by section, so that the second text is compared.
void CheckRoundTrips(const Manifest& manifest) {
  const absl::StatusOr<std::string> text = ManifestToText(manifest);
  const absl::StatusOr<std::string> json = ManifestToJson(manifest);
  const absl::StatusOr<std::string> binary = ManifestToBinary(manifest);
  Require(text.ok() && json.ok() && binary.ok(), "it can be written");
  for (const absl::StatusOr<Manifest>& again :
       {ParseManifestText(*text, "f", ReadLimits()),
        ParseManifestJson(*json, "f", ReadLimits()),
        ParseManifestBinary(*binary, "f")}) {
    Require(again.ok(), "what was written can be read");
    Require(again->requests.size() == manifest.requests.size(),
            "no request was lost");
    Require(again->csp.size() == manifest.csp.size(), "nor a word for pages");
    Require(ManifestToText(*again).value() == *text, "and is the same");
  }
}

void Check(const absl::StatusOr<Manifest>& manifest) {
  if (manifest.ok()) {
    CheckRoundTrips(*manifest);
    Require(CspRequestInput(*manifest).ok(), "a merge takes what it asks for");
  } else {
    CheckError(manifest.status());
  }
}

}  // namespace
}  // namespace postern

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  postern::Check(postern::ParseManifestText(input, "f"));
  postern::Check(postern::ParseManifestJson(input, "f"));
  postern::Check(postern::ParseManifestBinary(input, "f"));
  return 0;
}
