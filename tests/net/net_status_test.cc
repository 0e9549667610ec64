#include "net/net_status.h"

#include <errno.h>

#include <string>

#include "gtest/gtest.h"

namespace postern {
namespace net {
namespace {

Endpoint Read(const std::string& text) {
  Endpoint endpoint;
  SyntaxError error;
  EXPECT_TRUE(Endpoint::Parse(text, &endpoint, &error)) << text;
  return endpoint;
}

// Logs are searched for these.
TEST(NetStatusTest, EachRefusalHasItsOwnCode) {
  const struct {
    Refusal refusal;
    const char* want;
  } kCases[] = {
      {Refusal::kNone, "none"},
      {Refusal::kMonitor, "monitor"},
      {Refusal::kOwner, "owner"},
      {Refusal::kInvalid, "invalid"},
      {Refusal::kUnenforceable, "unenforceable"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(RefusalCode(c.refusal), c.want);
    const NetStatus status = NetStatus::Refused(EACCES, c.refusal);
    EXPECT_FALSE(status.ok());
    EXPECT_EQ(status.denied(), c.refusal != Refusal::kNone);
    EXPECT_EQ(status.ToString(),
              c.refusal == Refusal::kNone
                  ? "EACCES"
                  : "EACCES: refused, " + std::string(c.want));
  }
}

TEST(NetStatusTest, ALineTellsErrorRefusalAndEndpoint) {
  EXPECT_EQ(NetStatus().ToString(), "OK");
  EXPECT_EQ(NetStatus::Error(ETIMEDOUT).ToString(), "ETIMEDOUT");
  EXPECT_EQ(NetStatus::Error(99999).ToString(), "99999");
  EXPECT_EQ(NetStatus::Denied(Verdict(), Purpose::kConnect, Read("a.b:80"))
                .ToString(),
            "EACCES: refused, monitor: \"a.b:80\"");
  Endpoint named;
  ASSERT_TRUE(Endpoint::Abstract("a\n\"b\xff", &named));
  EXPECT_EQ(NetStatus::Denied(Verdict(), Purpose::kConnect, named).ToString(),
            "EACCES: refused, monitor: \"unix-abstract:a\\n\\\"b\\xff\"");
}

// What the system says where there is nothing.
TEST(NetStatusTest, AConcealedDenialLooksLikeNothingThere) {
  Verdict concealed;
  concealed.concealed = true;
  concealed.decision = 7;
  const struct {
    const char* endpoint;
    int connect;
  } kCases[] = {
      {"a.example:80", ENOENT},           {"10.0.0.1:80", EHOSTUNREACH},
      {"[2001:db8::1]:80", EHOSTUNREACH}, {"unix:/run/x", ENOENT},
      {"unix-abstract:x", ECONNREFUSED},  {"vsock:2:80", ENODEV},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.endpoint);
    const Endpoint endpoint = Read(c.endpoint);
    const auto denied = [&](const Verdict& verdict, Purpose purpose) {
      const NetStatus status = NetStatus::Denied(verdict, purpose, endpoint);
      EXPECT_EQ(status.refusal, Refusal::kMonitor);
      EXPECT_EQ(status.endpoint, c.endpoint);
      EXPECT_EQ(status.verdict.decision, verdict.decision);
      return status.error_number;
    };
    EXPECT_EQ(denied(concealed, Purpose::kConnect), c.connect);
    EXPECT_EQ(denied(concealed, Purpose::kListen), EADDRNOTAVAIL);
    EXPECT_EQ(denied(Verdict(), Purpose::kConnect), EACCES);
    EXPECT_EQ(denied(Verdict(), Purpose::kListen), EACCES);
  }
}

}  // namespace
}  // namespace net
}  // namespace postern
