#include "permission/audit.h"

#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "permission/context.h"
#include "permission/text/reported.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

AuditEvent Event(int number) {
  AuditEvent event;
  event.asked = absl::StrCat(number);
  return event;
}

TEST(RingAuditSinkTest, KeepsTheLastOnesAndCountsTheOthers) {
  RingAuditSink sink(3);
  EXPECT_TRUE(sink.Events().empty());
  for (int i = 0; i < 5; ++i) sink.Record(Event(i));
  std::string kept;
  for (const AuditEvent& event : sink.Events()) kept += event.asked;
  EXPECT_EQ(kept, "234");
  EXPECT_EQ(sink.dropped(), 2u);
}

TEST(JsonLinesAuditSinkTest, WritesALineAnEvent) {
  std::ostringstream out;
  JsonLinesAuditSink sink(&out);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&sink, i] {
      for (int j = 0; j < 50; ++j) sink.Record(Event(i));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(sink.failed());
  size_t lines = 0;
  for (absl::string_view line : absl::StrSplit(out.str(), '\n')) {
    if (line.empty()) continue;
    ++lines;
    EXPECT_TRUE(absl::StartsWith(line, "{\"time\":")) << line;
    EXPECT_TRUE(absl::EndsWith(line, "}")) << line;
  }
  EXPECT_EQ(lines, 200u);
}

TEST(JsonLinesAuditSinkTest, SaysWhenAnEventIsLost) {
  std::ostringstream out;
  JsonLinesAuditSink sink(&out);
  out.setstate(std::ios::badbit);
  sink.Record(Event(1));
  EXPECT_TRUE(sink.failed());
}

// CVE-2021-42574: a name must not look like another, nor one line like two.
TEST(AuditEventToJsonTest, NothingThatIsLoggedDeceives) {
  AuditEvent event;
  event.asked = "/srv/\xe2\x80\xae txt.exe\xc2\x85\xe2\xa0\x80";
  const std::string json = AuditEventToJson(event);
  EXPECT_NE(json.find("\"/srv/\\u202e txt.exe\\u0085\\u2800\""),
            std::string::npos)
      << json;
}

TEST(AuditTest, EnforceTellsWhoWhatAndWhy) {
  struct FakeClock : Clock {
    absl::Time Now() const override { return absl::FromUnixSeconds(1); }
  } clock;
  RingAuditSink sink(10);
  ContextOptions options;
  options.principal = Principal::Parse("notes.acme_web_1.2").value();
  options.audit = &sink;
  options.clock = &clock;
  const RootContext root = testing::MakeContext(
      testing::Allowing(Permission::kFsRead, "/a"), options);
  static_cast<void>(
      root.context->Check(Access::Path(Permission::kFsRead, "/a")));
  EXPECT_TRUE(sink.Events().empty()) << "a question is no access";
  static_cast<void>(
      root.context->Enforce(Access::Path(Permission::kFsRead, "/a/./\xff\"")));
  static_cast<void>(
      root.context->Enforce(Access::Path(Permission::kFsWrite, "/a")));
  ASSERT_EQ(sink.Events().size(), 2u);
  EXPECT_EQ(AuditEventToJson(sink.Events()[0]),
            "{\"time\":\"1970-01-01T00:00:01+00:00\","
            "\"principal\":\"notes.acme_web_1.2\",\"permission\":\"fs.read\","
            "\"asked\":\"/a/./\\u00ff\\\"\",\"canonical\":\"/a/\\u00ff\\\"\","
            "\"effect\":\"allow\",\"reason\":\"rule\",\"concealed\":false,"
            "\"would_deny\":false,\"layer\":\"grants\","
            "\"rule\":\"/a (the host)\",\"encoding\":\"latin1\"}");
  EXPECT_EQ(AuditEventToJson(sink.Events()[1]),
            "{\"time\":\"1970-01-01T00:00:01+00:00\","
            "\"principal\":\"notes.acme_web_1.2\",\"permission\":\"fs.write\","
            "\"asked\":\"/a\",\"canonical\":\"/a\",\"effect\":\"deny\","
            "\"reason\":\"default\",\"concealed\":false,\"would_deny\":false,"
            "\"layer\":\"grants\",\"rule\":\"\"}");
}

TEST(AuditTest, ALongNameIsKeptInPart) {
  RingAuditSink sink(10);
  ContextOptions options;
  options.audit = &sink;
  const RootContext root = testing::MakeContext(
      testing::Allowing(Permission::kFsRead, "/a"), options);
  const std::string huge(10000000, 'n');
  EXPECT_FALSE(root.context->Enforce(Access::Name(Permission::kEnvRead, huge))
                   .allowed());
  const AuditEvent event = sink.Events()[0];
  EXPECT_LT(event.asked.size(), kMaxReportedBytes + 100);
  EXPECT_EQ(event.asked_bytes, huge.size());
  EXPECT_NE(AuditEventToJson(event).find("\"asked_bytes\":10000000"),
            std::string::npos);
}

}  // namespace
}  // namespace postern
