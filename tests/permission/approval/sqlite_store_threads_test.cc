#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "permission/approval/sqlite_store.h"
#include "permission/approval/testing/fake_approval_store.h"
#include "tests/permission/approval/approval_testing.h"

namespace postern {
namespace {

constexpr absl::string_view kApp = "notes.acme";
constexpr int kThreads = 4;
constexpr int kRounds = 25;

std::string TempPath(absl::string_view name) {
  return absl::StrCat(testing::TempDir(), "/", name, "_", getpid(), ".db");
}

Approval ApprovalBy(absl::string_view who) {
  Approval approval = MakeApproval(kApp, {PathRequest("fs.read", "/srv/a")});
  approval.approved_by = std::string(who);
  return approval;
}

// In each round every thread reads the same state and writes upon it: exactly
// one may win.
void RaceRounds(const std::vector<ApprovalStore*>& stores) {
  for (int round = 0; round < kRounds; ++round) {
    const int64_t expected = stores[0]->Get(kApp)->revision;
    std::atomic<int> won{0}, lost{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        ApprovalStore* store = stores[static_cast<size_t>(i) % stores.size()];
        const absl::StatusOr<int64_t> revision = store->CompareAndSet(
            kApp, expected, ApprovalBy(absl::StrCat(i)), By("thread"));
        if (revision.ok()) {
          EXPECT_EQ(*revision, expected + 1);
          ++won;
        } else if (absl::IsAborted(revision.status())) {
          ++lost;
        }
        EXPECT_TRUE(store->Get(kApp).ok());
        EXPECT_TRUE(store->List().ok());
      });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(won, 1);
    ASSERT_EQ(lost, kThreads - 1);
  }
  EXPECT_EQ(stores[0]->Get(kApp)->revision, kRounds);
}

TEST(StoreThreadsTest, OneOfSeveralThreadsWins) {
  const auto store = SqliteApprovalStore::Open(TempPath("one")).value();
  RaceRounds({store.get()});
  EXPECT_TRUE(store->Verify().ok());
}

TEST(StoreThreadsTest, OneOfSeveralConnectionsWins) {
  std::vector<std::unique_ptr<SqliteApprovalStore>> stores;
  std::vector<ApprovalStore*> pointers;
  for (int i = 0; i < kThreads; ++i) {
    stores.push_back(SqliteApprovalStore::Open(TempPath("several")).value());
    pointers.push_back(stores.back().get());
  }
  RaceRounds(pointers);
  EXPECT_TRUE(stores[0]->Verify().ok());
}

TEST(StoreThreadsTest, OneOfSeveralThreadsWinsInTheFakeStore) {
  FakeApprovalStore store;
  RaceRounds({&store});
}

TEST(StoreThreadsTest, SeveralThreadsMayCreateOneFile) {
  for (int round = 0; round < 10; ++round) {
    const std::string path = TempPath(absl::StrCat("create", round));
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        const auto store = SqliteApprovalStore::Open(path);
        ASSERT_TRUE(store.ok()) << store.status();
        EXPECT_TRUE((*store)->Verify().ok());
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
}

}  // namespace
}  // namespace postern
