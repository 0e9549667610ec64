// Many questions to one process: JSON lines in, JSON lines out.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "rapidjson/document.h"
#include "tests/bindings/cli/program.h"

namespace postern {
namespace cli {
namespace {

const std::vector<std::string> kCheck = {
    "check", "--batch", "--allow-fs-read=/nope/a",
    "--allow-plugin-call=exec.in.run du *"};

struct BatchRun {
  int code = -1;
  std::string err;
  std::vector<rapidjson::Document> answers;
};

BatchRun Ask(const std::string& lines, std::vector<std::string> args = kCheck) {
  ProgramOptions options;
  options.in = lines;
  const ProgramRun run = RunPostern(args, options);
  BatchRun batch;
  batch.code = run.code;
  batch.err = run.err;
  for (const std::string& line : std::vector<std::string>(
           absl::StrSplit(run.out, '\n', absl::SkipEmpty()))) {
    batch.answers.emplace_back();
    batch.answers.back().Parse(line.c_str());
    EXPECT_FALSE(batch.answers.back().HasParseError()) << line;
  }
  return batch;
}

TEST(BatchTest, EachLineIsAnsweredByALine) {
  const BatchRun run = Ask(
      "{\"permission\": \"fs.read\", \"resource\": \"/nope/a\", \"id\": 7}\n"
      "\n"
      "{\"permission\": \"fs.read\", \"resource\": [\"/nope/b\"], \"id\": "
      "\"x\\ny\"}\r\n"
      "{\"permission\":\"plugin.call\",\"resource\":[\"exec.in.run\",\"du\","
      "\"-s\"]}\n"
      "{\"permission\":\"fs.read\",\"resource\":\"/nope/a\",\"subtree\":true}\n"
      "{\"permission\":\"code.eval\"}");
  EXPECT_EQ(run.code, 1) << "one is denied";
  ASSERT_EQ(run.answers.size(), 5u);
  EXPECT_TRUE(run.answers[0]["granted"].GetBool());
  EXPECT_EQ(run.answers[0]["id"].GetInt(), 7);
  EXPECT_FALSE(run.answers[0].HasMember("answers"));
  EXPECT_FALSE(run.answers[1]["granted"].GetBool());
  EXPECT_STREQ(run.answers[1]["id"].GetString(), "x\ny");
  EXPECT_EQ(run.answers[1]["line"].GetInt(), 3);
  EXPECT_TRUE(run.answers[2]["granted"].GetBool());
  EXPECT_TRUE(run.answers[3]["granted"].GetBool());
  EXPECT_FALSE(run.answers[4]["granted"].GetBool()) << "no line break";
}

TEST(BatchTest, ANameMayHaveItsAddress) {
  const std::string question =
      "{\"permission\":\"net.connect\",\"resource\":\"localhost:80\","
      "\"resolved\":";
  const BatchRun run =
      Ask(question + "\"127.0.0.1\"}\n" + question + "\"8.8.8.8:80\"}\n",
          {"check", "--batch", "--allow-net-connect=localhost:80"});
  EXPECT_EQ(run.code, 1);
  ASSERT_EQ(run.answers.size(), 2u);
  EXPECT_FALSE(run.answers[0]["granted"].GetBool());
  EXPECT_TRUE(run.answers[1]["granted"].GetBool());
}

TEST(BatchTest, ExplainTellsEveryAnswer) {
  const BatchRun run =
      Ask("{\"permission\": \"fs.read\", \"resource\": \"/nope/a\"}\n",
          {"explain", "--batch", "--allow-fs-read=/nope/a"});
  EXPECT_EQ(run.code, 0);
  ASSERT_EQ(run.answers.size(), 1u);
  EXPECT_STREQ(run.answers[0]["answers"][0]["effect"].GetString(), "allow");
}

TEST(BatchTest, ALineThatIsWrongDoesNotEndIt) {
  struct Case {
    std::string line;
    const char* want;
  };
  const Case kCases[] = {
      {"{", "column 2: "},
      {"[]", "expected an object"},
      {"{}", "no \"permission\""},
      {"{\"permission\":1}", "\"permission\": expected a string"},
      {"{\"permission\":\"fs.raed\"}", "perhaps \"fs.read\""},
      {"{\"permision\":\"fs.read\"}", "perhaps \"permission\""},
      {"{\"permission\":\"fs.read\",\"permission\":\"fs.read\"}", "twice"},
      {"{\"permission\":\"fs.read\",\"resource\":[1]}", "list of strings"},
      {"{\"permission\":\"fs.read\",\"resource\":[\"/a\",\"/b\"]}", "\"/b\""},
      {"{\"permission\":\"fs.read\",\"subtree\":\"yes\"}", "true or false"},
      {"{\"permission\":\"fs.read\",\"id\":1.5}", "\"id\": expected"},
      {"{\"permission\":\"net.connect\",\"resource\":\"a:80\",\"resolved\":"
       "\"\"}",
       "\"resolved\": expected"},
      {"{\"permission\":\"fs.read\",\"resource\":\"/a\",\"resolved\":\"::1\"}",
       "with a host name"},
      {"{\"permission\":\"fs.read\xff\"}", "column "},
      {std::string(70000, ' ') + "{", "the line is too long"},
      {std::string(60000, '['), "column "},
  };
  const std::string good =
      "\n{\"permission\": \"fs.read\", \"resource\": \"/nope/a\"}\n";
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.line.substr(0, 100));
    const BatchRun run = Ask(c.line + good);
    EXPECT_EQ(run.code, 2);
    ASSERT_EQ(run.answers.size(), 2u);
    EXPECT_EQ(run.answers[0]["line"].GetInt(), 1);
    ASSERT_TRUE(run.answers[0].HasMember("error"));
    const std::string error = run.answers[0]["error"].GetString();
    EXPECT_NE(error.find(c.want), error.npos) << error;
    EXPECT_TRUE(run.answers[1]["granted"].GetBool());
  }
  const BatchRun named = Ask("{\"id\": 3, \"permission\": 1}\n");
  EXPECT_EQ(named.answers[0]["id"].GetInt(), 3) << "the id comes back";
}

TEST(BatchTest, NothingAskedIsNothingAnswered) {
  const BatchRun run = Ask("\n\n");
  EXPECT_EQ(run.code, 0);
  EXPECT_TRUE(run.answers.empty());
}

TEST(BatchTest, TheQuestionStandsInOnePlace) {
  for (const std::vector<std::string>& args :
       {std::vector<std::string>{"check", "--batch", "--allow-fs", "fs.read"},
        {"check", "--batch", "--allow-fs", "--subtree"},
        {"check", "--batch", "--allow-fs", "--resolved", "::1"}}) {
    const BatchRun run = Ask("", args);
    EXPECT_EQ(run.code, 2);
    EXPECT_NE(run.err.find("--batch takes its questions"), run.err.npos);
  }
}

}  // namespace
}  // namespace cli
}  // namespace postern
