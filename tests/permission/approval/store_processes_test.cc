#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "permission/approval/sqlite_store.h"
#include "tests/permission/approval/approval_testing.h"

namespace postern {
namespace {

constexpr absl::string_view kApp = "notes.acme";
constexpr int kProcesses = 3;
constexpr int kWrites = 40;

// Writes kWrites times, starting over whenever somebody else was first. How
// often somebody was, or -1.
int Write(const std::string& path, absl::string_view who) {
  auto store = SqliteApprovalStore::Open(path);
  if (!store.ok()) return -1;
  int lost = 0;
  for (int written = 0; written < kWrites;) {
    const absl::StatusOr<ApprovalState> state = (*store)->Get(kApp);
    if (!state.ok()) return -1;
    const absl::StatusOr<int64_t> revision = (*store)->CompareAndSet(
        kApp, state->revision, MakeApproval(kApp, {}), By(who));
    if (!revision.ok() && !absl::IsAborted(revision.status())) return -1;
    if (revision.ok() && *revision != state->revision + 1) return -1;
    revision.ok() ? ++written : ++lost;
  }
  return lost;
}

// Every success of every process is one event; were two writers to win on one
// revision, there would be fewer.
TEST(StoreProcessesTest, ExactlyOneOfTwoWritersWins) {
  const std::string path =
      absl::StrCat(testing::TempDir(), "/processes_", getpid(), ".db");
  pid_t children[kProcesses];
  for (int i = 0; i < kProcesses; ++i) {
    children[i] = fork();
    if (children[i] == 0) _exit(Write(path, absl::StrCat(i)) < 0 ? 1 : 0);
  }
  for (pid_t child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  const auto store = SqliteApprovalStore::Open(path).value();
  EXPECT_EQ(store->Get(kApp)->revision, kProcesses * kWrites);
  EXPECT_EQ(store->History(kApp)->size(), size_t{kProcesses * kWrites});
  EXPECT_TRUE(store->Verify().ok()) << store->Verify();
}

}  // namespace
}  // namespace postern
