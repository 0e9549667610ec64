#include "permission/principal.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace postern {
namespace {

TEST(PrincipalTest, ReadsItsParts) {
  struct Case {
    const char* id;
    const char* parts;  // name|origin|app|version|without version
  };
  constexpr Case kCases[] = {
      {"foo", "foo||||foo"},
      {"foo.acme", "foo|acme|||foo.acme"},
      {"foo.acme.org", "foo|acme.org|||foo.acme.org"},
      {"foo_bar", "foo||bar||foo_bar"},
      {"foo.acme_bar_1.0", "foo|acme|bar|1.0|foo.acme_bar"},
      {"f\xc3\xb6\xc3\xb6", "f\xc3\xb6\xc3\xb6||||f\xc3\xb6\xc3\xb6"},
  };
  for (const Case& c : kCases) {
    const absl::StatusOr<Principal> p = Principal::Parse(c.id);
    ASSERT_TRUE(p.ok()) << p.status();
    EXPECT_EQ(p->id(), c.id);
    EXPECT_EQ(absl::StrCat(p->name(), "|", p->origin(), "|", p->app(), "|",
                           p->version(), "|", p->IdWithoutVersion()),
              c.parts);
  }
}

TEST(PrincipalTest, RefusesWhatIsNoAppId) {
  struct Case {
    std::string id;
    const char* error;
  };
  const Case cases[] = {
      {"", "column 1: expected name[.origin][_app][_version]"},
      {"foo.", "column 5: an empty part"},
      {".acme", "column 1: an empty part"},
      {"foo..acme", "column 5: an empty part"},
      {"_app", "column 1: an empty part"},
      {"foo__1", "column 5: an empty part"},
      {"foo_bar_", "column 9: an empty part"},
      {"a_b_c_d", "column 6: expected at most two \"_\""},
      {"a/b", "column 2: \"/\" is no part of an app id"},
      {std::string("a\0b", 3), "column 2: a control byte"},
      {"a\nb", "column 2: a control byte"},
      {"a\xff", "column 2: expected UTF-8"},
      {std::string(256, 'a'), "column 256: too long"},
  };
  for (const Case& c : cases) {
    const std::string message(Principal::Parse(c.id).status().message());
    EXPECT_NE(message.find(c.error), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace postern
