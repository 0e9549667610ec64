// What a report says, and what it requires.

#include "permission/backstop/report.h"

#include <set>
#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "permission/backstop/report.pb.h"
#include "permission/backstop/report_proto.h"
#include "permission/backstop/report_text.h"

namespace postern {
namespace {

EnforcementRow Row(Permission permission, GuardedOperation operation,
                   EnforcementLevel level) {
  EnforcementRow row;
  row.permission = permission;
  row.operation = operation;
  row.level = level;
  return row;
}

EnforcementRow RuleRow() {
  EnforcementRow row = Row(Permission::kFsRead, GuardedOperation::kListing,
                           EnforcementLevel::kPartial);
  row.rule = "/srv/\x1b[2J\"";
  row.layer = "grants";
  row.source.kind = RuleSource::Kind::kFile;
  row.source.name = "a.policy";
  row.source.line = 3;
  row.by = {Enforcer::kLandlock, Enforcer::kNamespace};
  row.reason = EnforcementReason::kDirectoryRights;
  row.scope = "/srv";
  return row;
}

LimitRow MemoryRow() {
  LimitRow row;
  row.limit = "memory";
  row.requested = "64 MiB";
  row.level = EnforcementLevel::kPartial;
  row.held_by = "rlimit";
  row.reason = EnforcementReason::kEachProcess;
  return row;
}

TEST(EnforcementReportTest, EachReasonHasWordsOfItsOwn) {
  std::set<std::string> codes;
  for (int i = 0; i < kEnforcementReasonLimit; ++i) {
    const auto reason = static_cast<EnforcementReason>(i);
    EXPECT_FALSE(EnforcementReasonText(reason).empty()) << i;
    EXPECT_TRUE(codes.insert(std::string(EnforcementReasonCode(reason))).second)
        << i;
  }
  EXPECT_EQ(EnforcementReasonCode(EnforcementReason::kRefusedToAll),
            "refused-to-all");
}

TEST(EnforcementReportTest, ARowIsOneLineInWhichNothingDeceives) {
  EXPECT_EQ(RowToText(RuleRow()),
            "partial deny fs.read \"/srv/\\u{1b}[2J\\\"\" (listing): landlock, "
            "namespace; contents are held; names beside and beneath what is "
            "denied can be listed or changed [directory-rights] at /srv");
}

TEST(EnforcementReportTest, SaysWhatNoRuleGrants) {
  EXPECT_EQ(RowToText(Row(Permission::kEnvRead, GuardedOperation::kAll,
                          EnforcementLevel::kNone)),
            "none    what no rule grants of env.read: nothing");
}

TEST(EnforcementReportTest, SaysWhereLessIsGranted) {
  EnforcementRow row = Row(Permission::kFsRead, GuardedOperation::kContents,
                           EnforcementLevel::kFull);
  row.requested = Effect::kAllow;
  row.layer = "grants";
  row.by = {Enforcer::kLandlock};
  row.grants_less = true;
  row.less = EnforcementReason::kPathMissing;
  row.scope = "/gone";
  EXPECT_EQ(RowToText(row),
            "full    allow fs.read whole (contents): landlock; less is "
            "granted: there is no such file [path-missing] at /gone");
}

TEST(EnforcementReportTest, JsonHasTheSame) {
  EnforcementReport report;
  report.kernel = "6.1";
  report.facts.push_back({"landlock", "ABI 2", "use Linux 6.7"});
  report.rows.push_back(RuleRow());
  report.limits.push_back(MemoryRow());
  EXPECT_EQ(ReportToJson(report), R"({
  "kernel": "6.1",
  "probed": false,
  "facts": [
    {
      "name": "landlock",
      "state": "ABI 2",
      "improve": "use Linux 6.7"
    }
  ],
  "rows": [
    {
      "permission": "fs.read",
      "operation": "listing",
      "requested": "deny",
      "rule": "/srv/\\u{1b}[2J\"",
      "layer": "grants",
      "source": "a.policy:3",
      "level": "partial",
      "by": [
        "landlock",
        "namespace"
      ],
      "reason": "directory-rights",
      "grants_less": false,
      "less": "exact",
      "scope": "/srv"
    }
  ],
  "limits": [
    {
      "limit": "memory",
      "requested": "64 MiB",
      "level": "partial",
      "held_by": "rlimit",
      "reason": "each-process"
    }
  ]
}
)");
}

TEST(EnforcementReportTest, TheMessageHasTheSame) {
  EnforcementReport report;
  report.kernel = "6.1";
  report.probed = true;
  report.facts.push_back({"landlock", "ABI 2", "use Linux 6.7"});
  report.rows.push_back(RuleRow());
  report.limits.push_back(MemoryRow());
  v1::EnforcementReport message;
  ASSERT_TRUE(message.ParseFromString(ReportToBinary(report)));
  EXPECT_EQ(message.version(), 1u);
  EXPECT_EQ(message.kernel(), "6.1");
  EXPECT_TRUE(message.probed());
  ASSERT_EQ(message.facts_size(), 1);
  EXPECT_EQ(message.facts(0).improve(), "use Linux 6.7");
  ASSERT_EQ(message.rows_size(), 1);
  const v1::EnforcementRow& row = message.rows(0);
  EXPECT_EQ(row.permission() + " " + row.operation() + " " + row.requested(),
            "fs.read listing deny");
  EXPECT_EQ(row.rule(), "/srv/\\u{1b}[2J\"");
  EXPECT_EQ(row.layer() + " " + row.source(), "grants a.policy:3");
  EXPECT_EQ(row.level(), v1::ENFORCEMENT_LEVEL_PARTIAL);
  ASSERT_EQ(row.by_size(), 2);
  EXPECT_EQ(row.by(0) + " " + row.by(1), "landlock namespace");
  EXPECT_EQ(row.reason() + " " + row.less(), "directory-rights exact");
  EXPECT_FALSE(row.grants_less());
  ASSERT_EQ(message.limits_size(), 1);
  const v1::LimitRow& limit = message.limits(0);
  EXPECT_EQ(limit.limit() + " " + limit.requested() + " " + limit.held_by(),
            "memory 64 MiB rlimit");
  EXPECT_EQ(limit.level(), v1::ENFORCEMENT_LEVEL_PARTIAL);
  EXPECT_EQ(limit.reason(), "each-process");
  EXPECT_EQ(row.scope(), "/srv");
}

TEST(RequireTest, NamesWhatIsBelow) {
  EnforcementReport report;
  report.rows.push_back(Row(Permission::kFsRead, GuardedOperation::kContents,
                            EnforcementLevel::kFull));
  EXPECT_TRUE(Require(EnforcementLevel::kFull, report).ok());
  report.rows.push_back(Row(Permission::kNetConnect, GuardedOperation::kStream,
                            EnforcementLevel::kPartial));
  EXPECT_TRUE(Require(EnforcementLevel::kPartial, report).ok());
  report.rows.push_back(Row(Permission::kNetListen, GuardedOperation::kStream,
                            EnforcementLevel::kNone));
  report.limits.push_back({"memory", "64 MiB", EnforcementLevel::kNone,
                           "nothing", EnforcementReason::kExact});
  const absl::Status status = Require(EnforcementLevel::kFull, report);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(),
            "not everything is enforced as required (full):\n"
            "  partial what no rule grants of net.connect (tcp): nothing\n"
            "  none what no rule grants of net.listen (tcp): nothing\n"
            "  none limit memory 64 MiB: nothing")
      << "no columns: blanks in a row are escaped where errors are printed";
}

TEST(RequireTest, MetadataAndThingsOfTheLibraryCountOnlyIfEverythingDoes) {
  EnforcementReport report;
  for (const Permission inside :
       {Permission::kPluginCall, Permission::kSecretUse, Permission::kSysInfo,
        Permission::kCodeEval, Permission::kCodeImport,
        Permission::kCodeLoad}) {
    report.rows.push_back(
        Row(inside, GuardedOperation::kAll, EnforcementLevel::kNone));
  }
  report.rows.push_back(Row(Permission::kFsRead, GuardedOperation::kMetadata,
                            EnforcementLevel::kNone));
  EXPECT_TRUE(Require(EnforcementLevel::kFull, report).ok());
  EXPECT_FALSE(
      Require(EnforcementLevel::kFull, report, RequireScope::kEverything).ok());
  report.rows.push_back(Row(Permission::kThreadCreate, GuardedOperation::kAll,
                            EnforcementLevel::kNone));
  EXPECT_FALSE(Require(EnforcementLevel::kFull, report).ok());
}

TEST(RequireTest, NamesAFewAndCountsTheRest) {
  EnforcementReport report;
  for (int i = 0; i < 8; ++i) {
    report.rows.push_back(Row(Permission::kNetListen, GuardedOperation::kStream,
                              EnforcementLevel::kNone));
  }
  const absl::Status status = Require(EnforcementLevel::kFull, report);
  EXPECT_NE(status.message().find("and 3 more"), absl::string_view::npos);
}

}  // namespace
}  // namespace postern
