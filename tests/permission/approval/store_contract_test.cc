// What every ApprovalStore promises, asked of each.

#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "permission/approval/sqlite_store.h"
#include "permission/approval/store.h"
#include "permission/approval/testing/fake_approval_store.h"
#include "tests/permission/approval/approval_testing.h"

namespace postern {
namespace {

struct Kind {
  const char* name;
  std::unique_ptr<ApprovalStore> (*make)();
};

std::unique_ptr<ApprovalStore> MakeFake() {
  return std::make_unique<FakeApprovalStore>();
}

std::unique_ptr<ApprovalStore> MakeSqlite() {
  static int number = 0;
  auto store = SqliteApprovalStore::Open(absl::StrCat(
      testing::TempDir(), "/contract_", getpid(), "_", ++number, ".db"));
  EXPECT_TRUE(store.ok()) << store.status();
  return *std::move(store);
}

class StoreContractTest : public testing::TestWithParam<Kind> {
 protected:
  absl::StatusOr<int64_t> Set(absl::string_view app, int64_t expected,
                              absl::string_view path) {
    return store_->CompareAndSet(
        app, expected, MakeApproval(app, {PathRequest("fs.read", path)}),
        By("alice", path));
  }
  absl::StatusOr<int64_t> Revoke(absl::string_view app, int64_t expected) {
    return store_->CompareAndSet(app, expected, absl::nullopt,
                                 By("bob", "no longer"));
  }

  const std::unique_ptr<ApprovalStore> store_ = GetParam().make();
};

INSTANTIATE_TEST_SUITE_P(All, StoreContractTest,
                         testing::Values(Kind{"Fake", &MakeFake},
                                         Kind{"Sqlite", &MakeSqlite}),
                         [](const testing::TestParamInfo<Kind>& kind) {
                           return kind.param.name;
                         });

TEST_P(StoreContractTest, NothingIsApprovedAtFirst) {
  const ApprovalState state = store_->Get("notes.acme").value();
  EXPECT_EQ(state.revision, 0);
  EXPECT_FALSE(state.approval);
  EXPECT_TRUE(store_->List()->empty());
  EXPECT_TRUE(store_->Watch(1, 10)->empty());
  EXPECT_TRUE(store_->History("notes.acme")->empty());
}

TEST_P(StoreContractTest, ReturnsWhatWasSet) {
  Approval approval =
      MakeApproval("notes.acme", {RunRequest({"du"}), PathRequest("fs", "/a")});
  approval.expires = At(77);
  ASSERT_EQ(store_->CompareAndSet("notes.acme", 0, approval, By("x")).value(),
            1);
  const ApprovalState state = store_->Get("notes.acme").value();
  EXPECT_EQ(state.revision, 1);
  ASSERT_TRUE(state.approval);
  EXPECT_EQ(Dump(*state.approval), Dump(approval));
  EXPECT_EQ(store_->Get("notes").value().revision, 0);
}

TEST_P(StoreContractTest, StaleRevisionIsAborted) {
  ASSERT_EQ(Set("notes.acme", 0, "/a").value(), 1);
  ASSERT_EQ(Set("other", 0, "/a").value(), 2);
  ASSERT_EQ(Set("notes.acme", 1, "/b").value(), 3);
  for (int64_t stale : {0, 1, 2, 4, -1}) {
    const absl::Status status = Set("notes.acme", stale, "/c").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kAborted) << stale;
    EXPECT_EQ(status.message(),
              absl::StrCat("the approval of \"notes.acme\" changed: expected "
                           "revision ",
                           stale, ", found 3; review again"));
  }
  EXPECT_EQ(store_->Get("notes.acme")->approval->requests[0].pattern.text(),
            "/b");
  EXPECT_EQ(store_->Watch(1, 10)->size(), 3u);
}

TEST_P(StoreContractTest, RevokingEndsTheApprovalAndKeepsTheRevision) {
  ASSERT_EQ(Set("notes.acme", 0, "/a").value(), 1);
  EXPECT_EQ(Revoke("notes.acme", 0).status().code(),
            absl::StatusCode::kAborted);
  ASSERT_EQ(Revoke("notes.acme", 1).value(), 2);
  const ApprovalState state = store_->Get("notes.acme").value();
  EXPECT_FALSE(state.approval);
  EXPECT_EQ(state.revision, 2);
  EXPECT_TRUE(store_->List()->empty());
  // Whoever read before the first approval has not seen its revocation.
  EXPECT_EQ(Set("notes.acme", 0, "/a").status().code(),
            absl::StatusCode::kAborted);
  EXPECT_EQ(Revoke("notes.acme", 2).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(Revoke("other", 0).status().message(),
            "\"other\" has no approval to revoke");
  EXPECT_EQ(Set("notes.acme", 2, "/b").value(), 3);
}

TEST_P(StoreContractTest, HistoryHoldsEveryChangeOfOneApp) {
  ASSERT_TRUE(Set("notes.acme", 0, "/a").ok());
  ASSERT_TRUE(Set("other", 0, "/x").ok());
  ASSERT_TRUE(Revoke("notes.acme", 1).ok());
  ASSERT_TRUE(Set("notes.acme", 3, "/b").ok());
  const std::vector<ApprovalEvent> events =
      store_->History("notes.acme").value();
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].revision, 1);
  EXPECT_EQ(events[0].info.who, "alice");
  EXPECT_EQ(events[0].info.note, "/a");
  EXPECT_EQ(events[0].info.when, At(0));
  EXPECT_EQ(events[1].revision, 3);
  EXPECT_FALSE(events[1].approval);
  EXPECT_EQ(events[1].info.note, "no longer");
  EXPECT_EQ(events[2].approval->requests[0].pattern.text(), "/b");
}

TEST_P(StoreContractTest, WatchGivesBatchesInOrderWithoutGaps) {
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(Set(absl::StrCat("app", i), 0, "/a").ok());
  }
  std::vector<int64_t> seen;
  for (int64_t from = 1;;) {
    const std::vector<ApprovalEvent> batch = store_->Watch(from, 2).value();
    if (batch.empty()) break;
    EXPECT_LE(batch.size(), 2u);
    for (const ApprovalEvent& event : batch) seen.push_back(event.revision);
    from = batch.back().revision + 1;
  }
  EXPECT_EQ(seen, (std::vector<int64_t>{1, 2, 3, 4, 5}));
  EXPECT_EQ(store_->Watch(0, 1).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(store_->Watch(1, 0).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(store_->Watch(1, ApprovalStore::kMaxWatchEvents + 1).ok());
}

TEST_P(StoreContractTest, ListIsOrderedByTheBytesOfTheId) {
  const std::vector<std::string> apps = {"B",   "a", "a.b",
                                         "a_b", "z", "\xc3\xa4"};
  for (const char* app : {"z", "\xc3\xa4", "a_b", "B", "a.b", "a"}) {
    ASSERT_TRUE(Set(app, 0, "/x").ok());
  }
  std::vector<std::string> listed;
  const std::vector<AppApproval> list = store_->List().value();
  for (const AppApproval& one : list) {
    listed.push_back(one.app);
    EXPECT_EQ(one.approval.app, one.app);
    EXPECT_GT(one.revision, 0);
  }
  EXPECT_EQ(listed, apps);
}

TEST_P(StoreContractTest, RefusesWhatMakesNoSense) {
  constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
  for (const char* app : {"", "a_b_1.0", "a/b", "a\nb", "\xff"}) {
    SCOPED_TRACE(app);
    EXPECT_EQ(store_->Get(app).status().code(), kInvalid);
    EXPECT_EQ(store_->History(app).status().code(), kInvalid);
    EXPECT_EQ(Set(app, 0, "/a").status().code(), kInvalid);
    EXPECT_EQ(Revoke(app, 0).status().code(), kInvalid);
  }
  const Approval approval = MakeApproval("notes.acme", {});
  EXPECT_EQ(
      store_->CompareAndSet("other", 0, approval, By("x")).status().code(),
      kInvalid)
      << "another app's approval";
  EXPECT_EQ(
      store_->CompareAndSet("notes.acme", 0, approval, By("")).status().code(),
      kInvalid);
  Approval bad = approval;
  bad.digest = "";
  EXPECT_EQ(
      store_->CompareAndSet("notes.acme", 0, bad, By("x")).status().code(),
      kInvalid);
  EXPECT_TRUE(store_->Watch(1, 10)->empty());
}

// Text that would end a statement is a value like any other.
TEST_P(StoreContractTest, HostileTextIsOnlyText) {
  const std::string sql = "'); DELETE FROM event; DROP TABLE event; --";
  ASSERT_TRUE(store_
                  ->CompareAndSet(sql, 0,
                                  MakeApproval(sql, {PathRequest("fs", sql)}),
                                  By(sql, std::string("\0\xff'", 3)))
                  .ok());
  const std::vector<ApprovalEvent> events = store_->History(sql).value();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].info.who, sql);
  EXPECT_EQ(events[0].info.note, std::string("\0\xff'", 3));
  EXPECT_EQ(store_->List().value()[0].app, sql);
}

}  // namespace
}  // namespace postern
