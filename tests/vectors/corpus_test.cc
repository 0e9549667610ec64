// The vector files of tests/corpus/vectors, and how odd lines are met.

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/vectors/vector_case.h"
#include "tests/vectors/vector_run.h"

namespace postern {
namespace testing {
namespace {

struct VectorFile {
  const char* name;
  int lines;
};

constexpr VectorFile kFiles[] = {
    {"access_deno", 110},    {"glob_snapd", 313},  {"specificity_snapd", 455},
    {"random_path", 500},    {"random_glob", 500}, {"random_env", 500},
    {"random_layers", 500},  {"random_call", 500}, {"random_endpoint", 500},
    {"access_deno_net", 57},
};

std::string ReadCorpus(const std::string& name) {
  std::ifstream in(absl::StrCat("tests/corpus/vectors/", name, ".jsonl"),
                   std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in),
                     std::istreambuf_iterator<char>());
}

class CorpusTest : public ::testing::TestWithParam<VectorFile> {
 protected:
  void ExpectAllPass(VectorAnswerer answerer) {
    std::ostringstream out;
    VectorTotals totals;
    RunVectors(GetParam().name, ReadCorpus(GetParam().name), answerer, out,
               &totals);
    EXPECT_EQ(out.str(), "");
    EXPECT_EQ(totals.passed, GetParam().lines);
    EXPECT_EQ(totals.failed, 0);
    EXPECT_EQ(totals.unsupported, 0);
  }
};

TEST_P(CorpusTest, OracleAnswersAsExpected) { ExpectAllPass(AnswerByOracle); }

TEST_P(CorpusTest, EngineAnswersAsExpected) { ExpectAllPass(AnswerByEngine); }

INSTANTIATE_TEST_SUITE_P(Files, CorpusTest, ::testing::ValuesIn(kFiles),
                         [](const ::testing::TestParamInfo<VectorFile>& file) {
                           return std::string(file.param.name);
                         });

// At most one line in a hundred of those that must hold may be decided
// otherwise, each with its reason (csp_vectors.cc).
TEST(CspVectorsTest, AllThatMustHoldHold) {
  std::ostringstream out;
  VectorTotals totals;
  RunVectors("csp", ReadCorpus("csp"), AnswerByEngine, out, &totals);
  EXPECT_EQ(totals.failed, 0) << out.str();
  EXPECT_EQ(totals.unsupported, 0);
  EXPECT_EQ(totals.passed, 757);
  EXPECT_EQ(totals.divergences, 1);
  EXPECT_EQ(totals.information, 77);
}

TEST(VectorCaseTest, FormsThatAreNotRunYetAreToldApart) {
  constexpr const char* kLines[] = {
      R"({"id": "e", "permission": "process.spawn", "precedence":
          "DENY_OVERRIDES", "allow": [], "deny": [], "query": "a",
          "expect": "deny"})",
      R"({"id": "c", "kind": "match", "expected": true})",
  };
  for (const char* line : kLines) {
    EXPECT_TRUE(absl::IsUnimplemented(ReadVectorCase(line).status())) << line;
  }
}

TEST(VectorCaseTest, WhatIsNoCaseIsAFailureWithItsLine) {
  const std::string lines[] = {
      "{",
      "[]",
      "null",
      "{}",
      "\xFF\xFE",
      std::string(100000, '['),
      R"({"permission": 7})",
      R"({"permission": "fs.read"})",
      R"({"permission": "fs.reed", "query": "/a"})",
      R"({"permission": "fs.read", "query": "/a", "precedence": "LAST",
          "allow": [], "deny": [], "expect": "deny"})",
      R"({"permission": "fs.read", "query": "/a", "precedence":
          "DENY_OVERRIDES", "allow": "some", "deny": [], "expect": "deny"})",
      R"({"permission": "fs.read", "query": "/a", "precedence":
          "DENY_OVERRIDES", "allow": [null], "deny": [], "expect": "deny"})",
      R"({"permission": "fs.read", "query": "/a", "precedence":
          "DENY_OVERRIDES", "allow": [], "deny": []})",
      R"({"kind": "layers", "permission": "fs.read", "query": "/a",
          "layers": [7], "would_deny": false, "expect": "deny"})",
      R"({"kind": "call", "allow": [], "deny": [], "signature": [],
          "call": {"function": "f.g", "args": {}}, "expect": "deny"})",
      R"({"kind": "riddle", "expect": "deny"})",
  };
  for (const std::string& line : lines) {
    std::string one_line = line;
    for (char& c : one_line) c = c == '\n' ? ' ' : c;
    std::ostringstream out;
    VectorTotals totals;
    RunVectors("file", absl::StrCat("\n", one_line, "\n"), AnswerByOracle, out,
               &totals);
    EXPECT_EQ(totals.failed, 1) << one_line.substr(0, 200);
    EXPECT_EQ(out.str().rfind("file:2: malformed: ", 0), 0u) << out.str();
  }
}

TEST(VectorCaseTest, APolicyThatCannotBeBuiltIsAFailure) {
  std::ostringstream out;
  VectorTotals totals;
  RunVectors("file",
             R"({"id": "x", "permission": "fs.read", "precedence": )"
             R"("DENY_OVERRIDES", "allow": ["/a[b]"], "deny": [], )"
             R"("query": "/a", "expect": "deny"})",
             AnswerByOracle, out, &totals);
  EXPECT_EQ(totals.failed, 1);
  EXPECT_EQ(out.str().rfind("file:1: x: ", 0), 0u) << out.str();
}

TEST(VectorCaseTest, AnotherAnswerIsAFailure) {
  std::ostringstream out;
  VectorTotals totals;
  RunVectors("file",
             R"({"id": "x", "permission": "fs.read", "precedence": )"
             R"("DENY_OVERRIDES", "allow": ["/a"], "deny": [], )"
             R"("query": "/a", "expect": "deny"})",
             AnswerByOracle, out, &totals);
  EXPECT_EQ(totals.failed, 1);
  EXPECT_EQ(out.str(), "file:1: x: expected deny, got allow\n");
}

}  // namespace
}  // namespace testing
}  // namespace postern
