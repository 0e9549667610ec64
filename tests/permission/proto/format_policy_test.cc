#include "permission/proto/format_policy.h"

#include <random>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "permission/proto/policy_proto.h"
#include "permission/testing/random_policy.h"

namespace postern {
namespace {

TEST(FormatPolicyTest, LaysOutAndKeepsComments) {
  const char kBefore[] =
      "# Head.\n"
      "\n\n\n"
      "version:1 # one\n"
      "layers:{ # the host's\n"
      "name : 'g'; default : DENY ,\n"
      "\n"
      "# two rules\n"
      "rules{allow:\"fs.read\" pattern:\"/srv/app\"}# ours\n"
      "rules { deny: [ 'fs' ,\n 'env' ] }\n"
      "rules { allow: \"plugin.call\" call { function: \"exec.in.run\" args: "
      "[\"du\", \"-s\", \"**\"] } reason: \"sizes of folders\" }\n"
      "rules { # open\n allow: \"fs.write\" # write\n"
      "pattern: # odd\n \"/srv\" \"/tmp\" # joined\n"
      "# last\n } # closed\n"
      "\n"
      "}\n"
      "# Tail.";
  const char kAfter[] =
      "# Head.\n"
      "\n"
      "version: 1  # one\n"
      "layers {  # the host's\n"
      "  name: 'g'\n"
      "  default: DENY\n"
      "\n"
      "  # two rules\n"
      "  rules { allow: \"fs.read\" pattern: \"/srv/app\" }  # ours\n"
      "  rules { deny: ['fs', 'env'] }\n"
      "  rules {\n"
      "    allow: \"plugin.call\"\n"
      "    call { function: \"exec.in.run\" args: [\"du\", \"-s\", \"**\"] }\n"
      "    reason: \"sizes of folders\"\n"
      "  }\n"
      "  rules {  # open\n"
      "    allow: \"fs.write\"  # write\n"
      "    # odd\n"
      "    pattern: \"/srv\" \"/tmp\"  # joined\n"
      "    # last\n"
      "  }  # closed\n"
      "}\n"
      "# Tail.\n";
  const auto formatted = FormatPolicyText(kBefore, "f");
  ASSERT_TRUE(formatted.ok()) << formatted.status();
  EXPECT_EQ(*formatted, kAfter);
  EXPECT_EQ(FormatPolicyText(kAfter, "f").value(), kAfter);
}

TEST(FormatPolicyTest, OtherFilesAreNotRead) {
  const char kText[] =
      "version: 1\n"
      "include: \"gone.textproto\"  # there is none\n"
      "sets {\n"
      "  name: \"s\"\n"
      "  rules { deny: \"fs\" }\n"
      "}\n"
      "layers {\n"
      "  name: \"g\"\n"
      "  use: \"t\"\n"
      "}\n";
  EXPECT_EQ(FormatPolicyText(kText, "f").value(), kText);
}

TEST(FormatPolicyTest, LongListsAreSeveralLines) {
  std::string before = "version: 1 layers { name: \"g\" rules { deny: [";
  for (int i = 0; i < 9; ++i) absl::StrAppend(&before, "\"fs.read\", ");
  absl::StrAppend(&before, "\"env\"] } }");
  const auto formatted = FormatPolicyText(before, "f");
  ASSERT_TRUE(formatted.ok()) << formatted.status();
  EXPECT_TRUE(
      absl::StrContains(*formatted, "    deny: [\n      \"fs.read\",\n"))
      << *formatted;
  EXPECT_TRUE(absl::StrContains(*formatted, "      \"env\"\n    ]\n"));
}

TEST(FormatPolicyTest, WhatIsNoPolicyIsRefused) {
  for (const char* text : {"version: 2", "version: 1 }", "version: 1 layers {",
                           "{}", "version: 1 \"x"}) {
    const auto formatted = FormatPolicyText(text, "f");
    ASSERT_FALSE(formatted.ok()) << text;
    EXPECT_EQ(formatted.status(), ParsePolicyText(text, "f").status());
  }
}

// A text with comments, blank lines and separators where they may stand.
class Disturber {
 public:
  explicit Disturber(std::mt19937_64* random) : random_(*random) {}

  std::string Disturb(const std::string& text) {
    std::string out;
    bool quoted = false;
    for (size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (c == '"' && (i == 0 || text[i - 1] != '\\' || !quoted)) {
        quoted = !quoted;
      } else if (c == '\\' && quoted) {
        out += c;
        out += text[++i];
        continue;
      }
      out += c;
      if (!quoted && (c == ' ' || c == '\n') && random_() % 6 == 0) {
        absl::StrAppend(&out, Between());
      }
    }
    return out;
  }

  int comments() const { return comments_; }

 private:
  std::string Between() {
    switch (random_() % 3) {
      case 0:
        return "\n\n\n";
      case 1:
        return "\t ";
      default:
        return absl::StrCat("# c", comments_++, "; { \" ] \n");
    }
  }

  std::mt19937_64& random_;
  int comments_ = 0;
};

TEST(FormatPolicyTest, RandomPoliciesStayTheSameAndKeepTheirComments) {
  testing::RandomPolicy policies(20311);
  std::mt19937_64 random(5);
  int formatted_count = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto text = PolicySpecToText(policies.NextStack().spec);
    if (!text.ok()) continue;  // bytes that no file holds
    Disturber disturber(&random);
    const std::string disturbed = disturber.Disturb(*text);
    SCOPED_TRACE(disturbed);
    if (!ParsePolicyText(disturbed, "f").ok()) continue;
    const auto formatted = FormatPolicyText(disturbed, "f");
    ASSERT_TRUE(formatted.ok()) << formatted.status();
    ++formatted_count;
    EXPECT_EQ(PolicySpecToText(*ParsePolicyText(*formatted, "f")).value(),
              *text);
    EXPECT_EQ(FormatPolicyText(*formatted, "f").value(), *formatted);
    for (int c = 0; c < disturber.comments(); ++c) {
      const std::string comment = absl::StrCat("# c", c, "; { \" ]\n");
      const size_t at = formatted->find(comment);
      ASSERT_NE(at, std::string::npos) << comment << *formatted;
      EXPECT_EQ(formatted->find(comment, at + 1), std::string::npos);
    }
  }
  EXPECT_GT(formatted_count, 500);
}

}  // namespace
}  // namespace postern
