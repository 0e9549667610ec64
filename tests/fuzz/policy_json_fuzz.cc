// Policies in JSON: no crash, one-line errors, lossless conversion, and what we
// accept, protobuf's own parser accepts and reads the same.

#include <cstddef>
#include <cstdint>
#include <string>

#include "google/protobuf/util/json_util.h"
#include "tests/fuzz/policy_forms.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<postern::PolicySpec> spec =
      postern::ParsePolicyJson(input, "f");
  postern::RequireSameProblem(postern::FileForm::kJson, input, spec.status());
  if (!spec.ok()) {
    postern::RequireOneLineError(spec.status());
    return 0;
  }
  postern::RequireRoundTrips(*spec);
  postern::v1::Policy theirs;
  postern::Require(
      google::protobuf::util::JsonStringToMessage(input, &theirs).ok(),
      "protobuf reads it");
  postern::RequireSame(*spec, theirs);
  return 0;
}
