// Policies in parts: files that are included, and sets of rules.

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "permission/builder.h"
#include "permission/proto/policy_proto.h"

namespace postern {
namespace {

using ::testing::HasSubstr;

class PolicyIncludeTest : public ::testing::Test {
 protected:
  PolicyIncludeTest() {
    std::string name = ::testing::TempDir() + "/includeXXXXXX";
    EXPECT_NE(mkdtemp(&name[0]), nullptr);
    folder_ = name;
    mkdir((folder_ + "/sub").c_str(), 0700);
  }

  void Write(const std::string& name, const std::string& text) {
    std::ofstream(absl::StrCat(folder_, "/", name)) << "version: 1\n" << text;
  }
  absl::StatusOr<PolicySpec> Read(const std::string& name) {
    return ReadPolicyFile(absl::StrCat(folder_, "/", name));
  }
  std::string ErrorOf(const std::string& name) {
    return std::string(Read(name).status().message());
  }

  std::string folder_;
};

constexpr char kSystem[] =
    "sets {\n"
    "  name: \"system\"\n"
    "  rules { allow: \"fs.read\" pattern: \"/usr\" }\n"
    "  rules { deny: \"fs\" pattern: \"/usr/local\" reason: \"ours\" }\n"
    "}\n";

TEST_F(PolicyIncludeTest, ALayerHasTheRulesOfTheSetsThatItUses) {
  Write("sub/system.textproto", kSystem);
  Write(
      "app.textproto",
      "layers { name: \"g\" use: \"system\" use: \"own\"\n"
      "  rules { allow: \"env.read\" } }\n"
      "include: \"sub/system.textproto\"\n"
      "sets { name: \"own\" rules { allow: \"fs.read\" pattern: \"/srv\" uses: "
      "2 } }\n"
      "layers { name: \"h\" use: [\"own\"] }\n");
  const auto spec = Read("app.textproto");
  ASSERT_TRUE(spec.ok()) << spec.status();
  ASSERT_EQ(spec->layers.size(), 2u);
  const std::vector<Rule>& rules = spec->layers[0].rules;
  ASSERT_EQ(rules.size(), 4u);
  EXPECT_EQ(rules[0].pattern, RulePattern::Whole());
  EXPECT_EQ(rules[1].pattern.text(), "/usr");
  EXPECT_EQ(rules[2].reason, "ours");
  EXPECT_EQ(rules[2].source.ToString(),
            absl::StrCat(folder_, "/sub/system.textproto:5:3"))
      << "a rule says where it stands";
  EXPECT_EQ(rules[3].pattern.text(), "/srv");
  ASSERT_EQ(spec->layers[1].rules.size(), 1u);
  EXPECT_NE(spec->layers[1].rules[0].limits.uses, rules[3].limits.uses)
      << "each layer counts for itself";
  const auto policy = PolicyBuilder(*spec).Build();
  ASSERT_TRUE(policy.ok()) << policy.status();
}

TEST_F(PolicyIncludeTest, IncludesStartWhereTheyStandAndAreReadOnce) {
  Write("sub/system.textproto", kSystem);
  Write("sub/a.textproto", "include: \"system.textproto\"");
  Write("b.textproto", "include: \"sub/../sub/system.textproto\"");
  Write("app.textproto",
        "include: \"sub/a.textproto\" include: \"b.textproto\"\n"
        "layers { name: \"g\" use: \"system\" }\n");
  const auto spec = Read("app.textproto");
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->layers[0].rules.size(), 2u);
}

TEST_F(PolicyIncludeTest, SetsAreSaidInEveryForm) {
  const auto json = ParsePolicyJson(
      R"({"version": 1, "layers": [{"name": "g", "use": ["s"]}],
          "sets": [{"name": "s", "rules": [{"allow": ["fs"]}]}]})",
      "f");
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_EQ(json->layers[0].rules.size(), 1u);
}

TEST_F(PolicyIncludeTest, CyclesAreRefused) {
  Write("self.textproto", "include: \"./self.textproto\"");
  EXPECT_THAT(ErrorOf("self.textproto"), HasSubstr("includes itself"));
  Write("a.textproto", "include: \"b.textproto\"");
  Write("b.textproto", "\n include: \"link.textproto\"");
  ASSERT_EQ(symlink("a.textproto", (folder_ + "/link.textproto").c_str()), 0);
  EXPECT_THAT(ErrorOf("a.textproto"),
              HasSubstr(absl::StrCat(
                  folder_, "/a.textproto:2:10: ", folder_,
                  "/b.textproto:3:11: \"link.textproto\" includes itself")));
}

TEST_F(PolicyIncludeTest, WhatAnIncludedFileMayNotSayIsNamedWithItsPlace) {
  Write("app.textproto", "include: \"part.textproto\"");
  const std::pair<const char*, const char*> kCases[] = {
      {" layers { name: \"x\" mode: AUDIT }",
       "part.textproto:2:2: \"layers\" in an included file"},
      {"base_directory: \"/\"",
       "part.textproto:2:17: \"base_directory\" in an included file"},
      {"variables { name: \"A\" }", "part.textproto:2:1: \"variables\" in"},
      {"signatures { function: \"a.b\" }",
       "part.textproto:2:1: \"signatures\""},
      {"lenient_wildcards: true", "part.textproto:1:1: \"lenient_wildcards\""},
      {"bogus: 1", "part.textproto:2:1: unknown field \"bogus\""},
  };
  for (const auto& [text, want] : kCases) {
    Write("part.textproto", text);
    EXPECT_THAT(ErrorOf("app.textproto"),
                ::testing::AllOf(
                    HasSubstr(absl::StrCat(folder_, "/app.textproto:2:10: ")),
                    HasSubstr(want)));
  }
}

TEST_F(PolicyIncludeTest, OtherErrorsNameTheirPlaceToo) {
  Write("twice.textproto", "sets { name: \"system\" }");
  Write("system.textproto", kSystem);
  mkfifo((folder_ + "/fifo.textproto").c_str(), 0600);
  const std::pair<const char*, const char*> kCases[] = {
      {"layers { name: \"g\"\n use: \"sytem\" }\ninclude: \"system.textproto\"",
       "app.textproto:3:7: unknown set \"sytem\", perhaps \"system\""},
      {"include: \"/etc/x.textproto\"", "app.textproto:2:10: \"/etc/x.textpro"},
      {"include: \"\"", "app.textproto:2:10: \"include\" is empty"},
      {"include: \"gone.textproto\"", "gone.textproto: cannot open"},
      {"include: \"fifo.textproto\"", "not a regular file"},
      {"include: \"x.json\"", "is not in the text form"},
      {"include: \"x.yaml\"", "unknown kind of file"},
      {"include: \"system.textproto\"\nsets { name: \"system\" }",
       "app.textproto:3:14: RuleSet \"system\" is there already"},
      {"include: \"system.textproto\" include: \"twice.textproto\"",
       "twice.textproto:2:14: RuleSet \"system\" is there already"},
      {"sets { rules { allow: \"fs\" } }", "set without \"name\""},
      {"layers { use: \"x\" }", "layer without \"name\""},
  };
  for (const auto& [text, want] : kCases) {
    Write("app.textproto", text);
    EXPECT_THAT(ErrorOf("app.textproto"), HasSubstr(want)) << text;
  }
  EXPECT_THAT(
      std::string(ParsePolicyText("version: 1 include: \"a.textproto\"", "f")
                      .status()
                      .message()),
      HasSubstr("f:1:21: \"include\" in what is no file"));
  EXPECT_THAT(
      std::string(
          ParsePolicyJson(R"({"version": 1, "include": ["a.textproto"]})", "f")
              .status()
              .message()),
      HasSubstr("\"include\" is for the text form alone"));
}

TEST_F(PolicyIncludeTest, DepthCountAndSizeAreBounded) {
  for (size_t i = 0; i < 12; ++i) {
    Write(absl::StrCat("d", i, ".textproto"),
          i == 11 ? "" : absl::StrCat("include: \"d", i + 1, ".textproto\""));
  }
  EXPECT_THAT(ErrorOf("d0.textproto"),
              HasSubstr(absl::StrCat("too many files within each other, "
                                     "expected at most ",
                                     kMaxIncludeDepth)));
  EXPECT_TRUE(Read("d3.textproto").ok()) << ErrorOf("d3.textproto");
  std::string many;
  for (size_t i = 0; i <= kMaxIncludes; ++i) {
    Write(absl::StrCat("m", i, ".textproto"), "");
    absl::StrAppend(&many, "include: \"m", i, ".textproto\"\n");
  }
  Write("many.textproto", many);
  EXPECT_THAT(ErrorOf("many.textproto"),
              HasSubstr(absl::StrCat("too many files, expected at most ",
                                     kMaxIncludes)));
  Write("system.textproto", kSystem);
  Write("app.textproto",
        "include: \"system.textproto\" layers { name: \"g\" use: \"system\" "
        "rules { allow: \"env\" } rules { allow: \"net\" } }");
  ReadLimits limits;
  limits.max_rules = 3;
  EXPECT_THAT(std::string(ReadPolicyFile(folder_ + "/app.textproto", limits)
                              .status()
                              .message()),
              HasSubstr("too many rules, expected at most 3"))
      << "two of the set, and two of the layer";
  limits = ReadLimits();
  limits.max_bytes = 100;
  EXPECT_THAT(std::string(ReadPolicyFile(folder_ + "/app.textproto", limits)
                              .status()
                              .message()),
              HasSubstr("bytes, expected at most 100"));
}

}  // namespace
}  // namespace postern
