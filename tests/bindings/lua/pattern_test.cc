#include "bindings/lua/pattern.h"

#include <lua.hpp>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace postern {
namespace lua {
namespace {

constexpr uint64_t kPlenty = uint64_t{1} << 40;

Limits Work(uint64_t work, absl::Duration time = absl::Hours(1)) {
  Limits limits;
  limits.instructions = work;
  limits.time = time;
  return limits;
}

// What string.find says: positions and captures, "nil", or "error".
std::string FindHere(absl::string_view subject, absl::string_view pattern) {
  if (pattern.find_first_of("^$*+?.([%-") == pattern.npos) {
    const size_t at = subject.find(pattern);
    return at == subject.npos ? "nil"
                              : absl::StrCat(at + 1, " ", at + pattern.size());
  }
  Meter meter(Work(kPlenty));
  const bool anchored = !pattern.empty() && pattern[0] == '^';
  if (anchored) pattern.remove_prefix(1);
  PatternMatcher matcher(subject, pattern, &meter);
  size_t begin = 0;
  size_t end = matcher.MatchAt(begin);
  while (end == PatternMatcher::kNone && matcher.error() == nullptr &&
         !anchored && ++begin <= subject.size()) {
    end = matcher.MatchAt(begin);
  }
  if (matcher.error() != nullptr) return "error";
  if (end == PatternMatcher::kNone) return "nil";
  std::string found = absl::StrCat(begin + 1, " ", end);
  for (int i = 0; i < matcher.capture_count(); ++i) {
    PatternMatcher::Capture capture;
    if (!matcher.GetCapture(i, begin, end, &capture)) return "error";
    if (capture.position) {
      absl::StrAppend(&found, " @", capture.begin + 1);
    } else {
      absl::StrAppend(&found, " [",
                      subject.substr(capture.begin, capture.length), "]");
    }
  }
  return found;
}

// The interpreter as the oracle.
class Oracle {
 public:
  Oracle() : L_(luaL_newstate()) { luaL_openlibs(L_); }
  ~Oracle() { lua_close(L_); }

  std::string Find(absl::string_view subject, absl::string_view pattern) {
    lua_settop(L_, 0);
    lua_getglobal(L_, "string");
    lua_getfield(L_, 1, "find");
    lua_pushlstring(L_, subject.data(), subject.size());
    lua_pushlstring(L_, pattern.data(), pattern.size());
    if (lua_pcall(L_, 2, LUA_MULTRET, 0) != LUA_OK) return "error";
    if (lua_isnil(L_, 2)) return "nil";
    std::string found =
        absl::StrCat(lua_tointeger(L_, 2), " ", lua_tointeger(L_, 3));
    for (int i = 4; i <= lua_gettop(L_); ++i) {
      if (lua_type(L_, i) == LUA_TNUMBER) {
        absl::StrAppend(&found, " @", lua_tointeger(L_, i));
      } else {
        size_t size = 0;
        const char* const text = lua_tolstring(L_, i, &size);
        absl::StrAppend(&found, " [", absl::string_view(text, size), "]");
      }
    }
    return found;
  }

 private:
  lua_State* const L_;
};

struct Case {
  const char* subject;
  const char* pattern;
  const char* want;
};

TEST(PatternTest, MatchesAsTheManualSays) {
  const Case kCases[] = {
      {"hello", "l+", "3 4"},
      {"hello", "(h)(.)", "1 2 [h] [e]"},
      {"hello", "()ll()", "3 4 @3 @5"},
      {"f(a(b)c)d", "%b()", "2 8"},
      {"THE (quick) fox", "%f[%a]%a+", "1 3"},
      {"abcabc", "(abc)%1", "1 6 [abc]"},
      {"a.b", "%.", "2 2"},
      {"x]y", "[]]", "2 2"},
      {"a-b", "[a%-]+", "1 2"},
      {"a-z", "[a-]+", "1 2"},
      {"$", "^$$", "1 1"},
      {"a$", "a$$", "1 2"},
      {"", "^$", "1 0"},
      {"abc", "a-c", "3 3"},
      {"aaa", "a-$", "1 3"},
      {"ab", "a?b?c?", "1 2"},
      {"abc", "(a(b(c)))", "1 3 [abc] [bc] [c]"},
      {"x", "%", "error"},
      {"x", "[x", "error"},
      {"x", "(x", "error"},
      {"x", "x%)?)", "error"},
      {"x", "%1", "error"},
      {"x", "%b", "error"},
      {"x", "%f", "error"},
      {"x", "%0", "error"},
  };
  Oracle oracle;
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.subject, " ~ ", c.pattern));
    EXPECT_EQ(FindHere(c.subject, c.pattern), c.want);
    EXPECT_EQ(oracle.Find(c.subject, c.pattern), c.want);
  }
}

std::string RandomText(const std::vector<std::string>& pieces, int most,
                       std::mt19937_64* random) {
  std::string text;
  const int count = static_cast<int>((*random)() % (most + 1));
  for (int i = 0; i < count; ++i) text += pieces[(*random)() % pieces.size()];
  return text;
}

TEST(PatternTest, AgreesWithTheInterpreter) {
  const std::vector<std::string> kSubject = {"a",
                                             "b",
                                             "A",
                                             "1",
                                             " ",
                                             "(",
                                             ")",
                                             "%",
                                             "]",
                                             "-",
                                             "ab",
                                             "\xff",
                                             std::string(1, '\0')};
  const std::vector<std::string> kPattern = {
      "a",    "b",    ".",    "%a",     "%A",     "%d",
      "%s",   "%w",   "%p",   "%%",     "*",      "+",
      "-",    "?",    "(",    ")",      "()",     "^",
      "$",    "[ab]", "[^a]", "[a-z]",  "[%w%s]", "[]]",
      "[^]]", "[a-]", "%b()", "%f[%w]", "%1",     "%2",
      "[",    "%",    "%z",   "%Z",     "\xff",   std::string(1, '\0')};
  std::mt19937_64 random(20240607);
  Oracle oracle;
  int matched = 0;
  int errors = 0;
  constexpr int kRuns = 200000;
  for (int i = 0; i < kRuns; ++i) {
    const std::string subject = RandomText(kSubject, 8, &random);
    const std::string pattern = RandomText(kPattern, 6, &random);
    const std::string want = oracle.Find(subject, pattern);
    matched += want != "nil" && want != "error";
    errors += want == "error";
    ASSERT_EQ(FindHere(subject, pattern), want)
        << "subject '" << subject << "' pattern '" << pattern << "'";
  }
  EXPECT_GT(matched, kRuns / 10);
  EXPECT_GT(errors, kRuns / 100);
}

TEST(PatternTest, GivesUpWhenTheWorkIsSpent) {
  const std::string subject(5000, 'a');
  for (const char* pattern :
       {".-.-.-.-b", "a*a*a*a*b", "(a*)(a*)%1%2b", "%b()%b()a-a-a-b"}) {
    Meter meter(Work(1000000));
    PatternMatcher matcher(subject, pattern, &meter);
    for (size_t i = 0; i < subject.size() && !meter.stopped(); ++i) {
      EXPECT_EQ(matcher.MatchAt(i), PatternMatcher::kNone);
    }
    EXPECT_EQ(matcher.error(), nullptr);
  }
  Meter meter(Work(1000000));
  PatternMatcher matcher(subject, ".-.-.-.-b", &meter);
  EXPECT_EQ(matcher.MatchAt(0), PatternMatcher::kNone);
  EXPECT_EQ(meter.reason(), StopReason::kInstructions);
  EXPECT_EQ(matcher.MatchAt(0), PatternMatcher::kNone);
}

TEST(PatternTest, LooksAtTheClock) {
  const std::string subject(5000, 'a');
  Meter meter(Work(kPlenty, absl::Milliseconds(50)));
  PatternMatcher matcher(subject, ".-.-.-.-b", &meter);
  EXPECT_EQ(matcher.MatchAt(0), PatternMatcher::kNone);
  EXPECT_EQ(meter.reason(), StopReason::kTime);
}

TEST(PatternTest, NestsAsDeepAsTheInterpreter) {
  Oracle oracle;
  for (int depth : {10, 31, 32, 33, 199, 200, 201, 250}) {
    std::string captures, optional;
    for (int i = 0; i < depth; ++i) {
      captures += "()";
      optional += "a?";
    }
    const std::string subject(300, 'a');
    EXPECT_EQ(FindHere(subject, captures), oracle.Find(subject, captures));
    EXPECT_EQ(FindHere(subject, optional), oracle.Find(subject, optional))
        << depth;
  }
}

}  // namespace
}  // namespace lua
}  // namespace postern
