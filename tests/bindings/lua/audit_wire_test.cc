#include "bindings/lua/audit_wire.h"

#include <random>
#include <string>

#include "gtest/gtest.h"

namespace postern {
namespace lua {
namespace {

using Kind = WantedArg::Kind;

const WantedCall& SomeCall() {
  static const WantedCall* const call =
      new WantedCall{"exec.in.run",
                     {{Kind::kText, "", std::string("a\0b", 3)},
                      {Kind::kNotText, "x", ""},
                      {Kind::kUnknown, "", ""},
                      {Kind::kText, "program", "du"}}};
  return *call;
}

std::string Everything(absl::string_view error) {
  return EncodeModule("exec.in") + EncodeFile("main.lua") +
         EncodeCall(SomeCall()) + EncodeEnd(error);
}

TEST(AuditWireTest, ComesBackAsItWas) {
  AuditReport report;
  ASSERT_TRUE(DecodeReport(Everything(""), &report));
  EXPECT_TRUE(report.complete());
  EXPECT_EQ(report.modules, std::vector<std::string>{"exec.in"});
  EXPECT_EQ(report.files, std::vector<std::string>{"main.lua"});
  ASSERT_EQ(report.calls.size(), 1u);
  EXPECT_EQ(report.calls[0], SomeCall());
  AuditReport failed;
  ASSERT_TRUE(DecodeReport(Everything("why"), &failed));
  EXPECT_EQ(failed.error, "why");
}

TEST(AuditWireTest, NoBeginningIsAReport) {
  const std::string whole = Everything("");
  for (size_t size = 0; size < whole.size(); ++size) {
    AuditReport report;
    EXPECT_FALSE(DecodeReport(whole.substr(0, size), &report)) << size;
  }
  AuditReport report;
  EXPECT_FALSE(DecodeReport(whole + "M", &report));
}

TEST(AuditWireTest, KeepsWhatCameBeforeAMistake) {
  AuditReport report;
  EXPECT_FALSE(DecodeReport(EncodeModule("a") + "?", &report));
  EXPECT_EQ(report.modules.size(), 1u);
}

TEST(AuditWireTest, RefusesWhatIsNoRecord) {
  const std::string kCases[] = {
      "X",
      std::string("M\xff\xff\xff\xff", 5),
      std::string("C\x01\0\0\0f\xff\xff\xff\x7f", 10),
      std::string("C\x01\0\0\0f\x01\0\0\0\x03\0\0\0\0\0\0\0\0", 19),
      std::string("C\x01\0\0\0f\x01\0\0\0\x01\0\0\0\0\x01\0\0\0x", 20),
  };
  for (const std::string& bytes : kCases) {
    AuditReport report;
    EXPECT_FALSE(DecodeReport(bytes + EncodeEnd(""), &report));
    EXPECT_TRUE(report.calls.empty());
  }
}

TEST(AuditWireTest, TextIsEscapedForPeople) {
  AuditReport report;
  report.modules = {"a\"b\\c\n\x1b[1m"};
  report.calls = {{"f",
                   {{Kind::kText, "",
                     "\xe2\x80\xae"
                     "abc"}}}};
  EXPECT_EQ(report.ToJson(),
            "{\"complete\":true,\"modules\":[\"a\\\"b\\\\c\\n\\u001b[1m\"],"
            "\"files\":[],\"calls\":[{\"function\":\"f\","
            "\"args\":[\"\\u202eabc\"]}]}");
}

TEST(AuditWireTest, RandomBytesAreReadOrRefused) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 20000; ++i) {
    std::string bytes = Everything("e");
    for (int j = 0; j < 3; ++j) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    AuditReport report;
    DecodeReport(bytes, &report);
    report.ToJson();
  }
}

}  // namespace
}  // namespace lua
}  // namespace postern
