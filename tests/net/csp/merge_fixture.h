#ifndef POSTERN_TESTS_NET_CSP_MERGE_FIXTURE_H_
#define POSTERN_TESTS_NET_CSP_MERGE_FIXTURE_H_

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "net/csp/merge.h"
#include "net/csp/policy_text.h"
#include "tests/net/csp/naive_match.h"

namespace postern {
namespace csp {

inline PolicyText Read(const std::string& file, const std::string& text) {
  std::string lines;
  for (const std::string& line : NaiveSplit(text, ';')) {
    absl::StrAppend(
        &lines, line.substr(std::min(line.find_first_not_of(' '), line.size())),
        "\n");
  }
  absl::StatusOr<PolicyText> read = ParsePolicyText(file, lines);
  EXPECT_TRUE(read.ok()) << read.status() << "\n" << lines;
  return *read;
}

inline GrantInput Grant(const std::string& app, const std::string& text,
                        std::vector<Conflict> accepted = {}) {
  return {app, Read(app + ".admin", text), std::move(accepted)};
}

inline MergeResult MergeOrDie(const MergeInput& input) {
  absl::StatusOr<MergeResult> result = Merge(input);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *std::move(result) : MergeResult();
}

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_TESTS_NET_CSP_MERGE_FIXTURE_H_
