#ifndef POSTERN_TESTS_BINDINGS_HOST_GUEST_POLICY_H_
#define POSTERN_TESTS_BINDINGS_HOST_GUEST_POLICY_H_

#include <string>
#include <vector>

#include "bindings/c/postern.h"
#include "gtest/gtest.h"

namespace postern {
namespace testing {

// A policy of permission flags, and of texts that begin with "version:", with
// the rules of `preset` if that is not "", bound to the files of now. Relative
// names start in `base`. The caller frees it; null after a failure.
inline postern_policy* PolicyForGuests(const std::vector<std::string>& rules,
                                       const std::string& base,
                                       const std::string& preset) {
  postern_error* const error = postern_error_new();
  postern_builder* const builder = postern_builder_new();
  std::vector<postern_bytes> flags;
  for (const std::string& rule : rules) {
    if (rule.compare(0, 8, "version:") != 0) {
      flags.push_back({rule.data(), rule.size()});
      continue;
    }
    EXPECT_EQ(
        postern_builder_add_bytes(builder, POSTERN_FORMAT_TEXT, rule.data(),
                                  rule.size(), "policy", 6, error),
        POSTERN_OK)
        << postern_error_message(error, nullptr);
  }
  postern_builder_add_flags(builder, flags.data(), flags.size(), error);
  postern_builder_set_base_directory(builder, base.data(), base.size(), error);
  if (!preset.empty()) {
    postern_builder_add_preset(builder, preset.data(), preset.size(), error);
  }
  postern_builder_bind(builder, nullptr, error);
  postern_policy* policy = nullptr;
  EXPECT_EQ(postern_builder_build(builder, &policy, error), POSTERN_OK)
      << postern_error_message(error, nullptr);
  EXPECT_STREQ(postern_error_message(error, nullptr), "") << "of any step";
  postern_builder_free(builder);
  postern_error_free(error);
  return policy;
}

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_TESTS_BINDINGS_HOST_GUEST_POLICY_H_
