// Laying out a policy: no crash, the same errors as reading it, the same policy
// and nothing left to change.

#include <cstddef>
#include <cstdint>
#include <string>

#include "permission/proto/format_policy.h"
#include "permission/proto/policy_proto.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  const auto spec = postern::ParsePolicyText(input, "f");
  const auto formatted = postern::FormatPolicyText(input, "f");
  postern::Require(spec.ok() == formatted.ok(), "what is read is laid out");
  if (!spec.ok()) {
    postern::Require(spec.status() == formatted.status(), "the same error");
    return 0;
  }
  const auto again = postern::FormatPolicyText(*formatted, "f");
  postern::Require(again.ok() && *again == *formatted, "nothing changes twice");
  return 0;
}
