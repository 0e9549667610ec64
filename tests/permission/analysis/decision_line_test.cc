#include "permission/analysis/decision_line.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"

namespace postern {
namespace {

// "answer permission word|word", with "/**" for a subtree.
std::string Shown(const DecisionLine& line) {
  const AccessQuestion& question = *line.question;
  return absl::StrCat(line.expected, " ", PermissionName(question.permission()),
                      " ", absl::StrJoin(question.words(), "|"),
                      question.extent() == AccessQuestion::Extent::kSubtree
                          ? " and beneath"
                          : "");
}

TEST(DecisionLineTest, LinesSayAnAnswerAndAQuestion) {
  struct Case {
    const char* line;
    const char* want;
    const char* again;  // as it is written
  };
  const Case kCases[] = {
      {"allow fs.read /a", "allow fs.read /a", "allow fs.read /a"},
      {"  deny\tfs.read  /a  # why\r", "deny fs.read /a", "deny fs.read /a"},
      {"ask fs.read /a #b", "ask fs.read /a|#b", nullptr},
      {"deny fs.read /a/**", "deny fs.read /a and beneath",
       "deny fs.read /a/**"},
      {"deny fs.read /**", "deny fs.read / and beneath", "deny fs.read /**"},
      {"deny fs.read /usr/share/fonts/truetype/**",
       "deny fs.read /usr/share/fonts/truetype and beneath",
       "deny fs.read /usr/share/fonts/truetype/**"},
      {"deny env.read a/**", "deny env.read a/**", "deny env.read a/**"},
      {"hide fs.read", "hide fs.read ", "hide fs.read"},
      {"report code.eval", "report code.eval ", "report code.eval"},
      {"deny fs.read ''", "deny fs.read ", "deny fs.read ''"},
      {"allow fs.read '/a b'\"'c\"", "allow fs.read /a b'c",
       "allow fs.read '/a b'\"'\"'c'"},
      {"allow plugin.call f.g '#' #b", "allow plugin.call f.g|#|#b",
       "allow plugin.call f.g '#' '#b'"},
      {"allow plugin.call f.g 'a  # b' x=1", "allow plugin.call f.g|a  # b|x=1",
       "allow plugin.call f.g 'a  # b' x=1"},
      {"allow plugin.call f.g 'x=1' x='1 2'", "allow plugin.call f.g|x=1|x=1 2",
       "allow plugin.call f.g 'x=1' x='1 2'"},
      {"allow plugin.call f.g x\"y z\"=1", "allow plugin.call f.g|xy z=1",
       "allow plugin.call f.g x'y z'=1"},
      {"allow plugin.call f.g du x=1 '#'", "allow plugin.call f.g|du|x=1|#",
       "allow plugin.call f.g du x=1 '#'"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.line);
    const auto line = ParseDecisionLine(c.line);
    if (c.again == nullptr) {
      EXPECT_FALSE(line.ok());
      continue;
    }
    ASSERT_TRUE(line.ok()) << line.status();
    ASSERT_NE(*line, nullptr);
    EXPECT_EQ(Shown(**line), c.want);
    EXPECT_EQ(FormatDecisionLine((*line)->expected, *(*line)->question),
              c.again);
  }
}

TEST(DecisionLineTest, ArgumentsByNameAreOnes) {
  const auto line =
      ParseDecisionLine("allow plugin.call f.g a x=1 2=3 '=b' 'of=c'");
  ASSERT_TRUE(line.ok());
  const Access access = (*line)->question->access();
  ASSERT_EQ(access.call().args.size(), 4u);
  EXPECT_EQ(access.call().args[1].text, "2=3");
  EXPECT_EQ(access.call().args[3].text, "of=c") << "as a quote before it says";
  ASSERT_EQ(access.call().named.size(), 1u);
  EXPECT_EQ(access.call().named[0].name, "x");
  EXPECT_EQ(access.call().named[0].value.text, "1");
}

TEST(DecisionLineTest, EmptyLinesAndCommentsAreNone) {
  for (const char* text : {"", "   ", "\r", "# a", "  # a", "#allow fs.read"}) {
    const auto line = ParseDecisionLine(text);
    ASSERT_TRUE(line.ok()) << text;
    EXPECT_EQ(*line, nullptr) << text;
  }
}

TEST(DecisionLineTest, ErrorsNameTheColumn) {
  struct Case {
    const char* line;
    const char* want;
  };
  const Case kCases[] = {
      {"alow fs.read /a",
       "column 1: unknown answer \"alow\", perhaps \"allow\", expected allow, "
       "ask, deny, hide, report"},
      {"allow fs.read /a # why", "column 18: a comment needs two spaces"},
      {"allow plugin.call f.g a # b c", "column 25: a comment needs two"},
      {"allow", "column 6: no permission, expected one as \"fs.read\""},
      {"allow  fs /a", "column 8: \"fs\" is a group"},
      {"allow  fs.raed /a",
       "column 8: unknown permission \"fs.raed\", perhaps \"fs.read\""},
      {"allow fs.read /a /b", "column 7: unexpected argument \"/b\""},
      {"allow fs.read '/a",
       "column 15: no end of what is quoted, expected \"'\""},
      {"allow fs.read \"/a", "expected '\"'"},
  };
  for (const Case& c : kCases) {
    const auto line = ParseDecisionLine(c.line);
    ASSERT_FALSE(line.ok()) << c.line;
    EXPECT_NE(std::string(line.status().message()).find(c.want),
              std::string::npos)
        << line.status();
  }
}

}  // namespace
}  // namespace postern
