// Kills a writer at random moments, also while the store is being made, and
// looks at what is left: with SQLite itself, and with the store.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "permission/approval/sqlite_store.h"
#include "tests/amount.h"

namespace postern {
namespace {

constexpr int kKills = testing::IsSanitized() ? 60 : 200;
constexpr int kKillsPerStore = 10;  // then a new one, to be killed at birth

std::string WriterPath() {
  const char* sources = getenv("TEST_SRCDIR");
  return absl::StrCat(sources == nullptr ? "." : sources,
                      "/postern/tests/permission/approval/store_writer");
}

// A writer that acknowledges on `pipe`.
struct Writer {
  pid_t pid;
  int pipe;
};

Writer Start(const std::string& path, unsigned seed) {
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const std::string writer = WriterPath(), number = absl::StrCat(seed);
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(ends[1], STDOUT_FILENO);
    execl(writer.c_str(), writer.c_str(), path.c_str(), number.c_str(),
          nullptr);
    _exit(127);
  }
  close(ends[1]);
  return {pid, ends[0]};
}

// When to kill: at the very start, at a moment, or some time after the first
// acknowledgement.
void WaitForTheMoment(const Writer& writer, std::mt19937* random) {
  const unsigned kind = (*random)() % 4;
  if (kind >= 2) {
    pollfd acknowledged = {writer.pipe, POLLIN, 0};
    poll(&acknowledged, 1, /*timeout_ms=*/5000);
  }
  constexpr unsigned kLongestUs[] = {6000, 80000, 60000, 3000};
  absl::SleepFor(absl::Microseconds((*random)() % kLongestUs[kind]));
}

// Kills it and returns every revision that it acknowledged.
std::vector<int64_t> KillAndRead(const Writer& writer) {
  EXPECT_EQ(kill(writer.pid, SIGKILL), 0);
  int status = 0;
  EXPECT_EQ(waitpid(writer.pid, &status, 0), writer.pid);
  EXPECT_TRUE(WIFSIGNALED(status)) << "it ended by itself: " << status;
  std::vector<int64_t> revisions;
  int64_t revision;
  while (read(writer.pipe, &revision, sizeof(revision)) == sizeof(revision)) {
    revisions.push_back(revision);
  }
  close(writer.pipe);
  return revisions;
}

// All rows of a query, the columns joined by "|".
std::vector<std::string> Query(const std::string& path, const char* sql) {
  std::vector<std::string> rows;
  sqlite3* db = nullptr;
  EXPECT_EQ(sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr),
            SQLITE_OK);
  char* error = nullptr;
  sqlite3_exec(
      db, sql,
      [](void* out, int count, char** values, char**) {
        std::string row;
        for (int i = 0; i < count; ++i) {
          absl::StrAppend(&row, i == 0 ? "" : "|",
                          values[i] == nullptr ? "NULL" : values[i]);
        }
        static_cast<std::vector<std::string>*>(out)->push_back(row);
        return 0;
      },
      &rows, &error);
  EXPECT_EQ(error, nullptr) << error;
  sqlite3_close(db);
  return rows;
}

// Looks with SQLite alone, trusting none of the store's code.
void CheckFile(const std::string& path, int64_t events) {
  using Rows = std::vector<std::string>;
  EXPECT_EQ(Query(path, "PRAGMA integrity_check"), Rows{"ok"});
  EXPECT_EQ(Query(path, "PRAGMA foreign_key_check"), Rows{});
  EXPECT_EQ(
      Query(path, "SELECT count(*), coalesce(max(revision), 0) FROM event"),
      Rows{absl::StrCat(events, "|", events)});
  EXPECT_EQ(Query(path, "SELECT app, max(revision) FROM event GROUP BY app"),
            Query(path,
                  "SELECT app, revision FROM current_approval "
                  "ORDER BY app"));
}

// What the store holds, and that each event follows the one its writer saw.
int64_t CheckStore(const SqliteApprovalStore& store) {
  EXPECT_TRUE(store.Verify().ok()) << store.Verify();
  std::map<std::string, int64_t> last;
  int64_t next = 1;
  for (;;) {
    const auto batch = store.Watch(next, ApprovalStore::kMaxWatchEvents);
    EXPECT_TRUE(batch.ok()) << batch.status();
    if (!batch.ok() || batch->empty()) break;
    for (const ApprovalEvent& event : *batch) {
      EXPECT_EQ(event.revision, next++);
      EXPECT_EQ(event.info.note, absl::StrCat("after ", last[event.app]));
      last[event.app] = event.revision;
    }
  }
  for (const auto& [app, revision] : last) {
    EXPECT_EQ(store.Get(app)->revision, revision);
  }
  return next - 1;
}

TEST(StoreKillTest, NothingAcknowledgedIsLost) {
  const absl::Time start = absl::Now();
  std::mt19937 random(20240501);
  int64_t events = 0, acknowledged = 0, unacknowledged = 0, before_first = 0;
  for (int round = 0; round < kKills && !HasFailure(); ++round) {
    SCOPED_TRACE(absl::StrCat("kill ", round));
    const std::string path = absl::StrCat(
        ::testing::TempDir(), "/kill_", getpid(), "_", round / kKillsPerStore);
    if (round % kKillsPerStore == 0) events = 0;
    const Writer writer = Start(path, random());
    WaitForTheMoment(writer, &random);
    const std::vector<int64_t> told = KillAndRead(writer);
    for (int64_t revision : told) ASSERT_EQ(revision, ++events);
    acknowledged += static_cast<int64_t>(told.size());
    before_first += told.empty() ? 1 : 0;

    const auto store = SqliteApprovalStore::Open(path);
    ASSERT_TRUE(store.ok()) << store.status();
    const int64_t found = CheckStore(**store);
    // One more at most: durable, and killed before it could say so.
    EXPECT_GE(found, events);
    EXPECT_LE(found, events + 1);
    unacknowledged += found - events;
    events = found;
    CheckFile(path, events);
  }
  std::cout << kKills << " kills, " << acknowledged << " acknowledged, "
            << unacknowledged << " durable but not yet acknowledged, "
            << before_first << " kills before the first, "
            << absl::FormatDuration(
                   absl::Trunc(absl::Now() - start, absl::Milliseconds(1)))
            << "\n";
  EXPECT_GT(acknowledged, kKills / 3);
  EXPECT_GT(before_first, kKills / 20);
}

}  // namespace
}  // namespace postern
