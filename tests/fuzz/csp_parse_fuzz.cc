#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "net/csp/existing_text.h"
#include "net/csp/policy.h"
#include "net/csp/policy_text.h"
#include "tests/fuzz/require.h"

namespace postern {
namespace csp {
namespace {

// What was read and printed reads back as the same, without a warning that is
// about leaving something out.
void CheckHeader(absl::string_view text) {
  const absl::StatusOr<ParsedHeader> read = ParseHeader(text);
  if (!read.ok()) return;
  for (const Policy& policy : read->policies) {
    const std::string printed = policy.ToString();
    const absl::StatusOr<ParsedHeader> again = ParseHeader(printed);
    Require(again.ok() && again->policies.size() == 1, printed);
    Require(again->policies[0].ToString() == printed, printed);
    Require(again->policies[0].directives.size() == policy.directives.size(),
            printed);
  }
}

// What a server sends already prints as one header, without what was left out.
void CheckExisting(absl::string_view text) {
  std::vector<ParseWarning> warnings;
  const absl::StatusOr<PolicyText> read =
      ParseExistingPolicy("f", text, &warnings);
  if (!read.ok()) return;
  const std::string printed = read->policy.ToString();
  const absl::StatusOr<ParsedHeader> again = ParseHeader(printed);
  Require(again.ok() && again->policies.size() <= 1, printed);
  Require(read->policy.directives.empty() ||
              again->policies[0].ToString() == printed,
          printed);
}

// What an author may write holds nothing that ends a directive or a header.
void CheckAuthored(const Policy& policy) {
  const std::string printed = policy.ToString();
  Require(printed.find_first_of(std::string(",\r\n\0", 4)) == printed.npos,
          printed);
  const absl::StatusOr<ParsedHeader> again = ParseHeader(printed);
  Require(again.ok(), printed);
  Require(again->policies.size() == (policy.directives.empty() ? 0u : 1u) ||
              again->policies.empty(),
          printed);
}

}  // namespace
}  // namespace csp
}  // namespace postern

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace postern::csp;  // NOLINT: one short function
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  CheckHeader(text);
  CheckExisting(text);
  const absl::StatusOr<PolicyText> policy = ParsePolicyText("f", text);
  if (policy.ok()) CheckAuthored(policy->policy);
  const absl::StatusOr<AdminText> admin = ParseAdminText("f", text);
  if (admin.ok()) {
    for (const GrantText& grant : admin->grants) {
      CheckAuthored(grant.grant.policy);
    }
  }
  return 0;
}
