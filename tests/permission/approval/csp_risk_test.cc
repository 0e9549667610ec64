#include "permission/approval/csp_risk.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "tests/permission/approval/approval_testing.h"

namespace postern {
namespace {

std::string Codes(const CspRisks& risks) {
  return absl::StrJoin(risks.notes, " ",
                       [](std::string* out, const RiskNote& note) {
                         absl::StrAppend(out, note.code);
                       });
}

struct Case {
  const char* words;  // the first is asked about, parted by "|"
  const char* codes;
  bool broad;
  const char* why;
};

TEST(CspRiskTest, NotesOnWords) {
  constexpr Case kCases[] = {
      {"img-src https://a.test", "", false, "one host"},
      {"img-src https://*.a.test", "many-hosts", true, "wildcard"},
      {"img-src *", "any-host", true, "every host"},
      {"img-src https:", "any-host", true, "every host"},
      {"img-src data:", "data-url", false, "low"},
      {"script-src https:", "script-from-anywhere", true, "code"},
      {"script-src 'unsafe-inline'", "inline-script", true, "code in text"},
      {"style-src 'unsafe-inline'", "inline-style", false, "low"},
      {"script-src 'unsafe-eval'", "eval", true, "text becomes code"},
      {"script-src https://cdn.jsdelivr.net", "anyone-publishes", true,
       "a host where anyone can publish"},
      {"img-src http://a.test", "plain-on-https", true, "no https"},
      {"script-src 'nonce-abc='", "conflict", true, "for one response only"},
      {"script-src 'strict-dynamic'", "conflict", true, "hosts stop counting"},
      {"sandbox", "conflict", true, "restricts"},
      {"frame-ancestors 'none'", "conflict", true, "restricts"},
      {"report-uri /report", "conflict", true, "tells others"},
      {"script-src https://www.gstatic.com", "script-gadgets", true,
       "old libraries"},
      {"connect-src https://a.test", "", false, "maybe no web sockets"},
      {"connect-src https:", "any-host no-wss", true, "no web sockets"},
      {"connect-src https:|connect-src wss:", "any-host", true,
       "what is beside it counts"},
  };
  const CspAssessor assessor;
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.words, ": ", c.why));
    std::vector<CspRequest> requests;
    for (absl::string_view word : absl::StrSplit(c.words, '|')) {
      requests.push_back(PageRequest(word));
    }
    const std::vector<CspRisks> risks = assessor.Assess(requests);
    ASSERT_EQ(risks.size(), requests.size());
    EXPECT_EQ(Codes(risks[0]), c.codes);
    EXPECT_EQ(risks[0].broad.has_value(), c.broad);
  }
}

TEST(CspRiskTest, TextsSayHowBadAndWhatWouldHelp) {
  const std::vector<CspRisks> risks = CspAssessor().Assess(
      {PageRequest("script-src https:"), PageRequest("sandbox allow-forms")});
  EXPECT_TRUE(absl::StartsWith(risks[0].notes[0].text, "high: "));
  EXPECT_TRUE(absl::StrContains(risks[1].notes[0].text,
                                "until the administrator accepts \"sandbox\""));
  EXPECT_EQ(*risks[1].broad, risks[1].notes[0].text);
}

TEST(CspRiskTest, NothingIsSaidOfWhatIsRefused) {
  const std::vector<CspRisks> risks = CspAssessor().Assess(
      {PageRequest("img-src https:"), PageRequest("img-src https://A.test")});
  ASSERT_EQ(risks.size(), 2u);
  EXPECT_TRUE(risks[0].notes.empty());
}

}  // namespace
}  // namespace postern
