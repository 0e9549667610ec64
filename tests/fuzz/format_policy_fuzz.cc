// Any text is some tree. Laying out a policy: no crash, what is read is laid
// out, and nothing is left to change.

#include <cstddef>
#include <cstdint>
#include <string>

#include "permission/proto/format_policy.h"
#include "permission/proto/policy_proto.h"
#include "permission/proto/text_tree.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  postern::ReadTextTree(input);
  const auto spec = postern::ParsePolicyText(input, "f");
  const auto formatted = postern::FormatPolicyText(input, "f");
  postern::Require(!spec.ok() || formatted.ok(), "what is read is laid out");
  // Files that are included, and sets that are missing, are not looked for.
  if (!formatted.ok()) return 0;
  const auto again = postern::FormatPolicyText(*formatted, "f");
  postern::Require(again.ok() && *again == *formatted, "nothing changes twice");
  return 0;
}
