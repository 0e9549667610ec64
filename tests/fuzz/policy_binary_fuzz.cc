// Policies in protobuf's wire format: no crash, one-line errors, lossless
// conversion, and what we accept, protobuf's own parser accepts and reads the
// same.

#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/fuzz/policy_forms.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<postern::PolicySpec> spec =
      postern::ParsePolicyBinary(input, "f");
  if (!spec.ok()) {
    postern::RequireOneLineError(spec.status());
    return 0;
  }
  postern::RequireRoundTrips(*spec);
  postern::v1::Policy theirs;
  postern::Require(theirs.ParseFromString(input), "protobuf reads it");
  postern::RequireSame(*spec, theirs);
  return 0;
}
