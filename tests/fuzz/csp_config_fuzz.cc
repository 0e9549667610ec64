#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "bindings/cli/config_value.h"
#include "bindings/cli/config_yaml.h"
#include "bindings/cli/csp_config.h"
#include "bindings/cli/csp_format.h"
#include "net/csp/policy.h"
#include "net/csp/policy_text.h"
#include "tests/fuzz/require.h"

namespace postern {
namespace cli {
namespace {

size_t DepthOf(const ConfigValue& value) {
  size_t deepest = 0;
  for (const ConfigValue& item : value.items) {
    deepest = std::max(deepest, 1 + DepthOf(item));
  }
  return deepest;
}

CspVariables Variables() {
  return CspVariables(std::map<std::string, std::string>{{"A", "a.test"}});
}

// What was read is written so that it reads back as the same.
void CheckPolicy(const csp::Policy& policy) {
  const std::string printed = policy.ToString();
  for (CspFormat form : {CspFormat::kYaml, CspFormat::kJson}) {
    const absl::StatusOr<std::string> text = FormatCsp(policy, form);
    if (!text.ok()) continue;
    const absl::StatusOr<ConfigValue> root = form == CspFormat::kYaml
                                                 ? ReadConfigYaml("f", *text)
                                                 : ReadConfigJson("f", *text);
    Require(root.ok(), *text);
    CspVariables variables = Variables();
    std::vector<csp::ParseWarning> warnings;
    const absl::StatusOr<csp::PolicyText> again = CspOfDirectives(
        "f", *root, csp::LeftOut::kUnknownDirectives, &variables, &warnings);
    Require(again.ok(), *text);
    Require(again->policy.ToString() == printed, *text);
  }
}

void CheckConfig(const absl::StatusOr<ConfigValue>& root) {
  if (!root.ok()) return;
  Require(DepthOf(*root) <= kMaxConfigDepth, "too deep");
  CspVariables variables = Variables();
  std::vector<csp::ParseWarning> warnings;
  const absl::StatusOr<csp::PolicyText> read = CspOfDirectives(
      "f", *root, csp::LeftOut::kUnknownDirectives, &variables, &warnings);
  if (read.ok()) CheckPolicy(read->policy);
  const absl::StatusOr<csp::PolicyText> app =
      CspOfApp("f", *root, "app", &variables);
  if (app.ok()) CheckPolicy(app->policy);
}

}  // namespace
}  // namespace cli
}  // namespace postern

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace postern::cli;  // NOLINT: one short function
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  CheckConfig(ReadConfigYaml("f", text));
  CheckConfig(ReadConfigJson("f", text));
  return 0;
}
