#include "fs/path_pattern.h"

#include <cstdint>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/types/optional.h"
#include "fs/path_components.h"
#include "gtest/gtest.h"
#include "tests/amount.h"

namespace postern {
namespace fs {
namespace {

PathPatternOptions Options() {
  static const auto* const kVariables = new std::map<std::string, std::string>{
      {"HOME", "/home/u*"}, {"REL", "x/y"}, {"UP", "/a/../b"}, {"NONE", ""}};
  return {"/base/dir", kVariables};
}

// The alternatives' own spellings, or the error.
std::string Parsed(absl::string_view text) {
  absl::StatusOr<std::vector<PathPattern>> patterns =
      ParsePathPattern(text, Options());
  if (!patterns.ok()) return std::string(patterns.status().message());
  std::vector<std::string> spellings;
  for (const PathPattern& pattern : *patterns) {
    spellings.push_back(pattern.ToString());
  }
  return absl::StrJoin(spellings, " ");
}

bool Matches(absl::string_view text, absl::string_view path) {
  absl::StatusOr<std::vector<PathPattern>> patterns =
      ParsePathPattern(text, Options());
  EXPECT_TRUE(patterns.ok()) << patterns.status();
  AnyPathComponents components;
  EXPECT_TRUE(components.Split("", path)) << path;
  for (const PathPattern& pattern : *patterns) {
    if (pattern.Matches(components)) return true;
  }
  return false;
}

TEST(PathPatternTest, ReadsEveryForm) {
  struct Case {
    const char* text;
    const char* want;
  };
  constexpr Case kCases[] = {
      {"/", "/"},
      {"/a", "/a"},
      {"/a/", "/a"},
      {"//a/./b//", "/a/b"},
      {"exact:/a", "exact:/a"},
      {"exact:/", "exact:/"},
      {"/a/**", "/a"},
      {"/a/**/**", "/a"},
      {"/a/*", "/a/*"},
      {"/a/**/b", "/a/**/b"},
      {"/a/**/**/b", "/a/**/b"},
      {"/a/*/**", "/a/*/**"},
      {"exact:/a/*", "exact:/a/*"},
      {"/{a,b}", "/a /b"},
      {"/{a,b{c,d}}x", "/ax /bcx /bdx"},
      {"/{a,}", "/a /"},
      {"/a,b", "/a,b"},
      {"/\\{a\\,b\\}", "/\\{a,b\\}"},
      {"/\\*\\?\\[\\]", "/\\*\\?\\[\\]"},
      {"b/c", "/base/dir/b/c"},
      {"../c", "/base/c"},
      {"./../.././c", "/c"},
      {"../../../../c", "/c"},
      {"${HOME}/x", "/home/u\\*/x"},
      {"${REL}", "/base/dir/x/y"},
      {"/\\$HOME", "/\\$HOME"},
      {"/$1/$", "/\\$1/\\$"},
      {"\\~/x", "/base/dir/~/x"},
      {"./~/x", "/base/dir/~/x"},
      {"/~/x", "/~/x"},
      {"x~", "/base/dir/x~"},
      {"file\\:/x", "/base/dir/file:/x"},
      {"./file:x", "/base/dir/file:x"},
      {"a:b", "/base/dir/a:b"},
      {"/a:/b", "/a:/b"},
      {"1:/b", "/base/dir/1:/b"},
      {"/\xc3\xa9*\xc3\xa9?", "/\xc3\xa9*\xc3\xa9?"},
      {"/\xff*\xff", "/\xff*\xff"},
      {"/\xc3\\*", "/\xc3\\*"},
      {"/\\${HOME}", "/\\$HOME"},
  };
  for (const Case& c : kCases) EXPECT_EQ(Parsed(c.text), c.want) << c.text;
}

TEST(PathPatternTest, RefusesWhatItCannotHonour) {
  struct Case {
    const char* text;
    const char* want;
  };
  constexpr Case kCases[] = {
      {"", "invalid pattern \"\" at column 1: expected a path, found nothing"},
      {"exact:",
       "invalid pattern \"exact:\" at column 1: expected a path, found "
       "nothing"},
      {"/srv/**x",
       "invalid pattern \"/srv/**x\" at column 6: \"**\" must be a whole "
       "component"},
      {"/***",
       "invalid pattern \"/***\" at column 2: \"**\" must be a whole "
       "component"},
      {"/a[b]",
       "invalid pattern \"/a[b]\" at column 3: \"[\" is reserved, expected "
       "\"\\[\""},
      {"/a]",
       "invalid pattern \"/a]\" at column 3: \"]\" is reserved, "
       "expected \"\\]\""},
      {"/a\\",
       "invalid pattern \"/a\\\" at column 3: expected a character after "
       "\"\\\""},
      {"/{a,b",
       "invalid pattern \"/{a,b\" at column 2: \"{\" without its "
       "\"}\""},
      {"/a}",
       "invalid pattern \"/a}\" at column 3: \"}\" without a \"{\" "
       "before it"},
      {"/a/../b",
       "invalid pattern \"/a/../b\" at column 4: \"..\" may stand "
       "only at the beginning of a relative pattern"},
      {"a/..",
       "invalid pattern \"a/..\" at column 3: \"..\" may stand only "
       "at the beginning of a relative pattern"},
      {"/..",
       "invalid pattern \"/..\" at column 2: \"..\" may stand only at "
       "the beginning of a relative pattern"},
      {"/{x,..}/y",
       "invalid pattern \"/{x,..}/y\" at column 5: \"..\" may stand only at "
       "the beginning of a relative pattern"},
      {"/\\.\\.",
       "invalid pattern \"/\\.\\.\" at column 2: \"..\" may stand "
       "only at the beginning of a relative pattern"},
      {"${UP}",
       "invalid pattern \"${UP}\" at column 1: \"..\" may stand only "
       "at the beginning of a relative pattern"},
      {"/${X}",
       "invalid pattern \"/${X}\" at column 2: unknown variable "
       "\"X\", expected one of HOME NONE REL UP"},
      {"/${X",
       "invalid pattern \"/${X\" at column 2: \"${\" without its "
       "\"}\""},
      {"${NONE}/x",
       "invalid pattern \"${NONE}/x\" at column 1: variable "
       "\"NONE\" has a value that is no path"},
      {"~/.ssh",
       "invalid pattern \"~/.ssh\" at column 1: \"~\" is no home directory "
       "here, expected an absolute path, \"${HOME}\" if the host gives it, or "
       "\"\\~\""},
      {"/home/$USER/x",
       "invalid pattern \"/home/$USER/x\" at column 7: \"$\" before a name is "
       "reserved, expected \"${NAME}\" for a variable that the host gives, or "
       "\"\\$\""},
      {"file:///x",
       "invalid pattern \"file:///x\" at column 1: \"file:\" begins a URL, "
       "expected a path without it, or \"file\\:\""},
      {"/a/\xc3*",
       "invalid pattern \"/a/\xc3*\" at column 4: a wildcard inside of a UTF-8 "
       "character"},
      {"{,a}",
       "invalid pattern \"{,a}\" at column 1: expected a path, found "
       "nothing"},
  };
  for (const Case& c : kCases) EXPECT_EQ(Parsed(c.text), c.want) << c.text;
}

// Of each kind more spellings.
TEST(PathPatternTest, RefusesWhatOthersWouldExpand) {
  for (const char* text : {"~",
                           "~root/x",
                           "exact:~/x",
                           "{a,~/x}",
                           "{~,a}/x",
                           "$HOME/x",
                           "$_x",
                           "x$y",
                           "/{a,$B}",
                           "FILE:/x",
                           "file:x",
                           "file://host/x",
                           "https://h/x",
                           "C:/x",
                           "exact:exact:/x",
                           "path:/srv",
                           "unix:/run/x",
                           "{a,b}:/x",
                           "/\xc3?",
                           "/*\xa9",
                           "/?\xa9",
                           "/\xe2\x82*",
                           "/\xf0\x9f\x98*b",
                           "/\xed*",
                           "/\xe0*",
                           "/{\xc3,a}*"}) {
    EXPECT_FALSE(ParsePathPattern(text, Options()).ok()) << text;
  }
}

TEST(PathPatternTest, EscapedNamesHaveNoMeaningAtTheirBeginning) {
  for (const char* path :
       {"~/x", "file:/x", "exact:/etc", "exact:a", "$HOME"}) {
    const auto patterns = ParsePathPattern(EscapePathPattern(path), Options());
    ASSERT_TRUE(patterns.ok()) << patterns.status();
    EXPECT_EQ(patterns->size(), 1u);
    EXPECT_TRUE((*patterns)[0].literal()) << path;
    EXPECT_EQ(absl::StrCat("/base/dir/", path),
              absl::StrReplaceAll((*patterns)[0].ToString(), {{"\\", ""}}));
  }
}

TEST(PathPatternTest, RefusesRelativePatternsWithoutABase) {
  EXPECT_EQ(ParsePathPattern("a", {}).status().message(),
            "invalid pattern \"a\" at column 1: expected an absolute path: no "
            "base directory is set for relative ones");
}

TEST(PathPatternTest, BoundsWhatHostileTextCosts) {
  const std::string ten = "{0,1,2,3,4,5,6,7,8,9}";
  EXPECT_TRUE(ParsePathPattern(absl::StrCat("/", ten, ten, ten), {}).ok());
  EXPECT_FALSE(
      ParsePathPattern(absl::StrCat("/{", ten, ten, ten, ",x}"), {}).ok());
  EXPECT_FALSE(ParsePathPattern("/" + std::string(5000, 'a'), {}).ok());
  EXPECT_FALSE(ParsePathPattern("/" + std::string(4000, '{'), {}).ok());
  const auto nested = [](size_t depth) {
    return absl::StrCat("/", std::string(depth, '{'), "x",
                        std::string(depth, '}'));
  };
  EXPECT_TRUE(ParsePathPattern(nested(64), {}).ok());
  EXPECT_EQ(ParsePathPattern(nested(65), {}).status().message(),
            absl::StrCat("invalid pattern \"", nested(65),
                         "\" at column 66: groups nest more than 64 deep"));
  EXPECT_FALSE(ParsePathPattern(std::string("/a\0b", 4), {}).ok());
  std::string stars;
  for (int i = 0; i < kMaxStars; ++i) stars += "/a*";
  EXPECT_TRUE(ParsePathPattern(stars, {}).ok());
  EXPECT_FALSE(ParsePathPattern(stars + "/a*", {}).ok());
  std::string behind;
  for (size_t i = 0; i < kMaxComponentsBehindAnyDepth; ++i) behind += "/a";
  for (const std::string& front : {std::string(), behind + behind}) {
    const std::string fits = absl::StrCat(front, "/**", behind);
    EXPECT_TRUE(ParsePathPattern(fits, {}).ok());
    EXPECT_TRUE(ParsePathPattern(fits + "/**" + behind + "/**", {}).ok());
    EXPECT_FALSE(ParsePathPattern(fits + "/a", {}).ok());
    EXPECT_FALSE(ParsePathPattern(fits + "/*/**/b", {}).ok());
  }
  EXPECT_TRUE(ParsePathPattern(
                  absl::StrCat("/", std::string(200, 'a'), ten, ten, ten), {})
                  .ok());
  EXPECT_FALSE(ParsePathPattern(
                   absl::StrCat("/", std::string(300, 'a'), ten, ten, ten), {})
                   .ok());
  const std::string glob(kMaxGlobBytes - 1, 'a');
  EXPECT_TRUE(ParsePathPattern(absl::StrCat("/", glob, "*"), {}).ok());
  EXPECT_FALSE(ParsePathPattern(absl::StrCat("/", glob, "a*"), {}).ok());
}

TEST(PathPatternTest, MatchesPaths) {
  struct Case {
    const char* pattern;
    const char* path;
    bool want;
    const char* why;
  };
  constexpr Case kCases[] = {
      {"/srv/app", "/srv/app", true, "itself"},
      {"/srv/app", "/srv/app/x/y", true, "beneath"},
      {"/srv/app", "/srv/app2", false, "prefix of bytes, not of components"},
      {"/srv/app", "/srv", false, "a strict prefix"},
      {"exact:/srv/app", "/srv/app/x", false, "exact"},
      {"/srv/*", "/srv/app", true, "one component"},
      {"/srv/*", "/srv", false, "not none"},
      {"/srv/*", "/srv/app/x", false, "whole path"},
      {"/srv/**", "/srv", true, "zero components"},
      {"/a/**/z", "/a/z", true, "zero components"},
      {"/a/**/z", "/a/b/c/z", true, "several"},
      {"/a/**/z", "/a/b/c/z/y", false, "whole path"},
      {"/a/**/z", "/a", false, "shorter than what is behind"},
      {"/a/**/a", "/a", false, "each takes its own"},
      {"/**/a/**/b/c", "/a/b/a/b/c", true, "the end alone"},
      {"/**/a/**/b/c", "/a/b/c/b", false, "the end alone"},
      {"/**/b", "/", false, "nothing to take"},
      {"/a/**/z/**", "/a/b/z/y", true, "open end"},
      {"/**/b/c", "/b/b/b/c", true, "goes back"},
      {"/a?c", "/a/c", false, "a wildcard never takes a slash"},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(Matches(c.pattern, c.path), c.want)
        << c.pattern << " vs " << c.path << ": " << c.why;
  }
}

TEST(PathPatternTest, EscapedPathsMatchExactlyThemselves) {
  const std::string path = "/a*b?c{d,e}[f]\\g$h/\xff";
  EXPECT_TRUE(Matches(EscapePathPattern(path), path));
  EXPECT_FALSE(Matches(EscapePathPattern(path), "/axb?c{d,e}[f]\\g$h/\xff"));
}

// What the fast road makes of `text` is what the other one makes.
bool IsPlainAndTheSame(const std::string& text) {
  const absl::optional<PlainPath> plain = ParsePlainPath(text);
  if (!plain.has_value()) return false;
  const absl::StatusOr<std::vector<PathPattern>> patterns =
      ParsePathPattern(text, Options());
  EXPECT_TRUE(patterns.ok()) << patterns.status();
  if (!patterns.ok() || patterns->size() != 1) {
    ADD_FAILURE() << "not one pattern: " << text;
    return true;
  }
  const PathPattern pattern = ToPathPattern(*plain);
  EXPECT_TRUE(pattern.components == (*patterns)[0].components) << text;
  EXPECT_EQ(plain->subtree, (*patterns)[0].subtree) << text;
  EXPECT_EQ(pattern.subtree, (*patterns)[0].subtree) << text;
  EXPECT_FALSE((*patterns)[0].leaves_below_open) << text;
  EXPECT_GE(plain->path.data(), text.data()) << text;
  EXPECT_LE(plain->path.data() + plain->path.size(), text.data() + text.size())
      << text;
  return true;
}

TEST(PlainPathTest, IsTakenWhereNothingIsSpecial) {
  struct Case {
    std::string text;
    bool plain;
    const char* why;
  };
  const Case kCases[] = {
      {"/", true, "the root and all beneath"},
      {"/**", true, "the same"},
      {"exact:/", true, "the root alone"},
      {"exact:/**", true, "\"/**\" goes before \"exact:\""},
      {"/usr/lib/x", true, ""},
      {"/usr/lib/x/**", true, ""},
      {"exact:/usr/lib/x", true, ""},
      {"exact:/usr/lib/x/**", true, ""},
      {"/a,b/~d/...", true, "all of these stand for themselves"},
      {"/a/$b", false, "an error"},
      {"/\xff\x01 /:", true, "and any byte but NUL"},
      {"", false, "an error"},
      {"exact:", false, "an error"},
      {"a/b", false, "relative"},
      {"exact:a", false, "relative"},
      {"exact:exact:/a", false, "relative"},
      {"/a/", false, "not in normal form"},
      {"//a", false, "not in normal form"},
      {"//**", true, "the root in front of \"/**\""},
      {"//", false, "not in normal form"},
      {"/a//b", false, "not in normal form"},
      {"/a/./b", false, "not in normal form"},
      {"/.", false, "not in normal form"},
      {"/a/.", false, "not in normal form"},
      {"/a/../b", false, "an error"},
      {"/..", false, "an error"},
      {"/a**", false, "an error"},
      {"/a/**/**", false, "two of them"},
      {"/a/**/b", false, "a wildcard"},
      {"/a/*", false, "a wildcard"},
      {"/a?", false, "a wildcard"},
      {"/{a,b}", false, "braces"},
      {"/a}", false, "an error"},
      {"/${REL}", false, "a variable"},
      {"/a\\b", false, "an escape"},
      {"/a\\/**", false, "an escaped slash"},
      {"/[a]", false, "reserved"},
      {std::string("/a\0b", 4), false, "NUL"},
      {"/" + std::string(kMaxPathBytes - 1, 'a'), true, "as long as may be"},
      {"/" + std::string(kMaxPathBytes, 'a'), false, "longer"},
      {"/" + std::string(kMaxPathBytes - 1, 'a') + "/**", false, "longer"},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(IsPlainAndTheSame(c.text), c.plain) << c.text << ": " << c.why;
  }
}

TEST(PlainPathTest, AgreesOnRandomTexts) {
  const std::string kPieces[] = {
      "/",       "/",   "/",      "a",    "b",
      "/a",      "/b",  "/usr",   ".",    "..",
      "*",       "/**", "?",      "{",    "}",
      ",",       "$",   "${REL}", "\\",   "[",
      "]",       "~",   "exact:", "\xff", "/..",
      "/c.d/e.", "${",  " ",      "//",   "!",
      "\"",      "/.",  ":",      "#",    std::string(1, '\0')};
  std::mt19937_64 random(20240518);
  const int64_t cases = testing::AmountOf({300000, 30000, 10000000});
  int64_t plain = 0;
  for (int64_t i = 0; i < cases; ++i) {
    std::string text = random() % 4 == 0 ? "exact:/" : "/";
    for (uint64_t n = random() % 8; n > 0; --n) {
      // Often from the first few, so that plain ones are not rare.
      const uint64_t choices = random() % 8 != 0 ? 8 : std::size(kPieces);
      text += kPieces[random() % choices];
    }
    if (random() % 4 == 0) text += "/**";
    if (IsPlainAndTheSame(text)) ++plain;
    if (HasFailure()) return;
  }
  EXPECT_GT(plain, cases / 10);
}

}  // namespace
}  // namespace fs
}  // namespace postern
