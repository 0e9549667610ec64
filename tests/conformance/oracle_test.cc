// What the attempts expect was written by hand; here the naive twin of the
// engine decides what each of them asks, and has to agree.

#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/types/optional.h"
#include "gtest/gtest.h"
#include "permission/analysis/decision_line.h"
#include "permission/proto/policy_proto.h"
#include "permission/testing/naive_policy.h"
#include "rapidjson/document.h"

namespace postern {
namespace testing {
namespace {

using rapidjson::Value;

// Values as run.py gives them, of a world that need not exist.
std::string Expand(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"${WORLD}", "/world"},
                                    {"${DRIVERS}", "/drivers"},
                                    {"${RULES}", ""},
                                    {"${TCP}", "1001"},
                                    {"${TCP_OTHER}", "1002"},
                                    {"${UDP}", "1003"},
                                    {"${UDP_OTHER}", "1004"},
                                    {"${FREE}", "1005"},
                                    {"${FREE_OTHER}", "1006"},
                                    {"${ABSTRACT}", "abstract"},
                                    {"${OUTSIDER}", "4711"}});
}

std::string ReadFile(const std::string& name) {
  std::ifstream in(absl::StrCat("tests/conformance/", name), std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in),
                     std::istreambuf_iterator<char>());
}

std::string TextOf(const Value& object, const char* key) {
  const auto member = object.FindMember(key);
  if (member == object.MemberEnd()) return "";
  return Expand({member->value.GetString(), member->value.GetStringLength()});
}

class ConformanceOracleTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto spec =
        ParsePolicyText(Expand(ReadFile("policy.textproto")), "policy");
    ASSERT_TRUE(spec.ok()) << spec.status();
    auto policy = NaivePolicy::Build(*spec);
    ASSERT_TRUE(policy.ok()) << policy.status();
    policy_ = *std::move(policy);
  }

  // Gives up what the attempt gives up.
  void Drop(const Value& attempt) {
    const auto drop = attempt.FindMember("drop");
    if (drop == attempt.MemberEnd()) return;
    const std::string resource = TextOf(drop->value, "resource");
    const auto permissions =
        PermissionSet::Parse(TextOf(drop->value, "permission"));
    ASSERT_TRUE(permissions.ok()) << permissions.status();
    policy_->Drop(*permissions, resource.empty() ? RulePattern::Whole()
                                                 : RulePattern::Text(resource));
  }

  // The strictest answer to all that the attempt asks; nullopt for nothing.
  absl::optional<NaiveAnswer> Ask(const Value& attempt) {
    absl::optional<NaiveAnswer> strictest;
    for (const Value& ask : attempt["asks"].GetArray()) {
      const auto line =
          ParseDecisionLine(absl::StrCat("deny ", Expand(ask.GetString())));
      EXPECT_TRUE(line.ok()) << line.status();
      if (!line.ok()) continue;
      const NaiveAnswer said = policy_->Check((*line)->question->access());
      if (!strictest || said.effect < strictest->effect) strictest = said;
    }
    return strictest;
  }

  absl::optional<NaivePolicy> policy_;
};

// What has to be expected, by the twin's answer and by what the attempt says
// denies it besides.
void Compare(const Value& attempt, const absl::optional<NaiveAnswer>& said) {
  const std::string expect = TextOf(attempt, "expect");
  const std::string by = TextOf(attempt, "by");
  if (!said.has_value()) {
    EXPECT_TRUE(expect != "denied" || !by.empty()) << "nothing is asked";
  } else if (by == "conceals") {
    EXPECT_TRUE(said->concealed);
    EXPECT_EQ(expect, "error");
  } else if (said->effect == Effect::kDeny) {
    EXPECT_TRUE(expect == "denied" || expect == "refused") << expect;
    EXPECT_EQ(by, "") << "the rules deny it already";
  } else {
    EXPECT_TRUE(expect != "denied" || !by.empty()) << "the rules grant it";
  }
}

TEST_F(ConformanceOracleTest, WhatIsExpectedIsWhatTheNaiveTwinSays) {
  std::ifstream in("tests/conformance/attempts.jsonl");
  std::set<std::string> ids;
  int granted = 0, asked = 0;
  for (std::string line; std::getline(in, line);) {
    rapidjson::Document attempt;
    ASSERT_FALSE(attempt.Parse(line.data(), line.size()).HasParseError());
    const std::string id = TextOf(attempt, "id");
    SCOPED_TRACE(absl::StrCat(id, ": ", TextOf(attempt, "why")));
    EXPECT_TRUE(ids.insert(id).second) << "twice";
    Drop(attempt);
    const auto said = Ask(attempt);
    Compare(attempt, said);
    granted += TextOf(attempt, "expect") == "granted";
    asked += said.has_value();
  }
  EXPECT_GE(ids.size(), 200u);
  EXPECT_GE(granted * 10, static_cast<int>(ids.size()) * 3);
  EXPECT_GE(asked * 10, static_cast<int>(ids.size()) * 9);
}

}  // namespace
}  // namespace testing
}  // namespace postern
