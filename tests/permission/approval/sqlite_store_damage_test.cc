// Stores that somebody or something changed, and files that are none.

#include <sys/stat.h>
#include <unistd.h>

#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "permission/approval/event_codec.h"
#include "permission/approval/sqlite_store.h"
#include "tests/permission/approval/approval_testing.h"
#include "tests/permission/approval/sqlite_store_fixture.h"
#include "tests/without_capabilities.h"

namespace postern {
namespace {

class SqliteStoreDamageTest : public SqliteStoreTest {};

TEST_F(SqliteStoreDamageTest, EventsCannotBeChangedOrDeleted) {
  Fill();
  const struct {
    const char* sql;
    const char* error;
  } kCases[] = {
      {"UPDATE event SET app = 'other' WHERE revision = 1",
       "events are append-only"},
      {"UPDATE event SET payload = x''", "events are append-only"},
      {"DELETE FROM event WHERE revision = 3", "events are append-only"},
      {"DELETE FROM event", "events are append-only"},
      {"INSERT OR REPLACE INTO event SELECT 3, app, payload FROM event "
       "WHERE revision = 2",
       "revisions are consecutive"},
      {"INSERT INTO event VALUES (9, 'x', x'00')", "revisions are consecutive"},
      {"INSERT INTO event VALUES (NULL, 'x', x'00')",
       "revisions are consecutive"},
      {"DELETE FROM current_approval", "apps are never forgotten"},
      {"UPDATE current_approval SET revision = 2 WHERE app = 'other'",
       "the current revision only grows"},
      {"PRAGMA foreign_keys = ON; "
       "UPDATE current_approval SET revision = 9 WHERE app = 'other'",
       "FOREIGN KEY constraint failed"},
      {"INSERT INTO event VALUES (4, 'x', 'text')",
       "cannot store TEXT value in BLOB column event.payload"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.sql);
    EXPECT_EQ(Sql(c.sql), c.error);
  }
  EXPECT_TRUE(Open()->Verify().ok());
}

TEST_F(SqliteStoreDamageTest, DamagedEventIsNamedAndGrantsNothing) {
  Fill();
  // As a bad disk would: in the file's bytes, past every trigger.
  std::string bytes = Bytes();
  const size_t at = bytes.find("/srv/a");
  ASSERT_NE(at, std::string::npos);
  ASSERT_EQ(bytes.find("/srv/a", at + 1), std::string::npos);
  bytes[at + 5] = 'b';
  WriteFile(bytes);
  const auto store = Open();
  const std::string want =
      absl::StrCat("approval store \"", path_,
                   "\": event 1 of \"notes.acme\" cannot be read: its "
                   "checksum differs");
  for (const absl::Status& status :
       {store->Get(kApp).status(), store->History(kApp).status(),
        store->List().status(), store->Watch(1, 9).status(), store->Verify(),
        store->CompareAndSet(kApp, 1, MakeApproval(kApp, {}), By("alice"))
            .status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_EQ(status.message(), want);
  }
  EXPECT_TRUE(store->Get("other").ok()) << "others are as before";
}

TEST_F(SqliteStoreDamageTest, EventInAnotherPlaceIsNotTaken) {
  Fill();
  // A revoked approval's bytes, put where the last event is.
  EXPECT_EQ(Sql("INSERT INTO event SELECT 4, app, payload FROM event WHERE "
                "revision = 2; UPDATE current_approval SET revision = 4 WHERE "
                "app = 'other'"),
            "");
  EXPECT_TRUE(absl::StrContains(Open()->Get("other").status().message(),
                                "event 4 of \"other\" holds event 2"));
}

// The right number and checksum, and somebody else's approval.
TEST_F(SqliteStoreDamageTest, AnEventOfAnotherAppIsNotTaken) {
  Fill();
  ApprovalEvent event;
  event.revision = 4;
  event.app = std::string(kApp);
  event.info = By("mallory");
  event.approval = MakeApproval(kApp, {PathRequest("fs", "/")});
  const std::string payload =
      absl::BytesToHexString(EncodeEvent(event).value());
  EXPECT_EQ(
      Sql(absl::StrCat("INSERT INTO event VALUES (4, 'other', X'", payload,
                       "'); UPDATE current_approval SET revision = 4 "
                       "WHERE app = 'other'")),
      "");
  const auto store = Open();
  for (const absl::Status& status :
       {store->Get("other").status(), store->List().status(),
        store->History("other").status(), store->Watch(4, 9).status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_TRUE(absl::StrContains(
        status.message(),
        "event 4 of \"other\" holds event 4 of \"notes.acme\""))
        << status;
  }
}

TEST_F(SqliteStoreDamageTest, CurrentRowMustNameTheLastEvent) {
  Fill();
  EXPECT_EQ(Sql("INSERT INTO event SELECT 4, app, payload FROM event WHERE "
                "revision = 1"),
            "");
  const auto store = Open();
  for (const absl::Status& status :
       {store->Get(kApp).status(), store->List().status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_TRUE(absl::StrContains(
        status.message(),
        "the current approval of \"notes.acme\" is not its last event 4"));
  }
}

TEST_F(SqliteStoreDamageTest, ChangedTablesAreRefused) {
  const char* const kChanges[] = {
      "DROP TRIGGER event_no_update",
      "DROP TRIGGER event_no_delete",
      "DROP TRIGGER event_consecutive",
      ("DROP TRIGGER event_no_update; CREATE TRIGGER event_no_update "
       "BEFORE UPDATE ON event BEGIN SELECT 1; END"),
      "DROP INDEX event_by_app",
      "CREATE TABLE more (x)",
      "CREATE TRIGGER t AFTER INSERT ON event BEGIN SELECT 1; END",
      "CREATE VIEW v AS SELECT 1",
      "DROP TRIGGER current_no_delete; DROP TABLE current_approval",
  };
  for (const char* change : kChanges) {
    SCOPED_TRACE(change);
    unlink(path_.c_str());
    Fill();
    ASSERT_EQ(Sql(change), "");
    const absl::Status status = OpenError();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_TRUE(absl::StrContains(status.message(), "its tables were changed"))
        << status;
  }
}

// Its owner drops a table after a store was opened. Each call is tried with a
// statement that was prepared before SQLite saw the change, and after that.
TEST_F(SqliteStoreDamageTest, TablesThatVanishUnderAStoreAreErrors) {
  const char* const kChanges[] = {
      "DROP TABLE event",
      "DROP TRIGGER current_no_delete; DROP TABLE current_approval",
  };
  for (const char* change : kChanges) {
    SCOPED_TRACE(change);
    unlink(path_.c_str());
    Fill();
    const auto store = Open();
    ASSERT_EQ(Sql(change), "");
    EXPECT_FALSE(store->Verify().ok());
    for (int round = 0; round < 2; ++round) {
      EXPECT_FALSE(store->Verify().ok());
      EXPECT_FALSE(store->Get(kApp).ok());
      EXPECT_FALSE(store->List().ok());
      const Approval a = MakeApproval(kApp, {});
      EXPECT_FALSE(store->CompareAndSet(kApp, 1, a, By("alice")).ok());
      const bool events = change != kChanges[0];
      EXPECT_EQ(store->Watch(1, 9).ok(), events);
      EXPECT_EQ(store->History(kApp).ok(), events);
    }
  }
}

TEST_F(SqliteStoreDamageTest, NewerVersionIsRefusedAndUntouched) {
  Fill();
  ASSERT_EQ(Sql("PRAGMA user_version = 2"), "");
  const std::string before = Bytes();
  const absl::Status status = OpenError();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(),
            absl::StrCat("approval store \"", path_,
                         "\": it is of version 2, this library knows versions "
                         "up to 1"));
  EXPECT_EQ(Bytes(), before);
}

TEST_F(SqliteStoreDamageTest, OtherFilesAreRefusedAndUntouched) {
  const struct {
    std::string bytes;
    const char* error;
  } kCases[] = {
      {"notes\nof mine\n", "it is no SQLite database"},
      {std::string(4096, '\0'), "it is no SQLite database"},
      {std::string("SQLite format 3\0", 16), "it is a database of something"},
      {std::string("SQLite format 3\0", 16) + std::string(4000, '\x01'),
       "it is a database of something"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.error);
    WriteFile(c.bytes);
    const absl::Status status = OpenError();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_TRUE(absl::StrContains(status.message(), c.error)) << status;
    EXPECT_FALSE(absl::StrContains(status.message(), "\n"));
    EXPECT_EQ(Bytes(), c.bytes);
    EXPECT_EQ(Files(), std::set<std::string>{"approvals.db"});
  }
}

TEST_F(SqliteStoreDamageTest, DatabaseOfAnotherProgramIsRefusedAndUntouched) {
  for (const char* mode : {"DELETE", "WAL"}) {
    SCOPED_TRACE(mode);
    unlink(path_.c_str());
    ASSERT_EQ(
        Sql(absl::StrCat("PRAGMA journal_mode = ", mode,
                         "; CREATE TABLE t (x); INSERT INTO t VALUES (1)")),
        "");
    chmod(path_.c_str(), 0600);
    const std::string before = Bytes();
    const absl::Status status = OpenError();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(status.message(),
              absl::StrCat("approval store \"", path_,
                           "\": it is a database of something else"));
    EXPECT_EQ(Bytes(), before);
    EXPECT_EQ(Files(), std::set<std::string>{"approvals.db"});
  }
}

TEST_F(SqliteStoreDamageTest, DamagedFilesAreErrorsNotCrashes) {
  Fill();
  const std::string good = Bytes();
  unsigned seed = 7;
  int refused = 0;
  for (int round = 0; round < 300; ++round) {
    std::string bytes = good;
    for (int n = 0; n < 20; ++n) {
      // Past the header's magic and application id.
      bytes[100 + rand_r(&seed) % (bytes.size() - 100)] =
          static_cast<char>(rand_r(&seed));
    }
    if (round % 10 == 0) bytes.resize(100 + rand_r(&seed) % bytes.size());
    WriteFile(bytes);
    auto store = SqliteApprovalStore::Open(path_);
    if (!store.ok()) {
      ++refused;
      continue;
    }
    const absl::StatusOr<ApprovalState> state = (*store)->Get(kApp);
    if (!state.ok()) {
      ++refused;
      continue;
    }
    // What is read is what was written, or that nothing was.
    if (state->approval) {
      EXPECT_EQ(state->approval->requests[0].pattern.text(), "/srv/a");
    }
    (*store)->List().status().IgnoreError();
    (*store)->Verify().IgnoreError();
  }
  EXPECT_GT(refused, 10);
}

TEST_F(SqliteStoreDamageTest, DamagedFilesAreErrorsForReaders) {
  Fill();
  const std::string good = Bytes();
  WithoutCapabilities([&] {
    unsigned seed = 8;
    int refused = 0;
    for (int round = 0; round < 200; ++round) {
      std::string bytes = good;
      for (int n = 0; n < 20; ++n) {
        bytes[100 + rand_r(&seed) % (bytes.size() - 100)] =
            static_cast<char>(rand_r(&seed));
      }
      if (round % 10 == 0) bytes.resize(100 + rand_r(&seed) % bytes.size());
      PermitWriting(directory_, path_);
      WriteFile(bytes);
      ForbidWriting(directory_, path_);
      const auto store = SqliteApprovalStore::OpenForReading(path_);
      const absl::StatusOr<ApprovalState> state =
          store.ok() ? (*store)->Get(kApp) : store.status();
      if (!state.ok()) {
        ++refused;
      } else if (state->approval) {
        EXPECT_EQ(state->approval->requests[0].pattern.text(), "/srv/a");
      }
    }
    EXPECT_GT(refused, 10);
  });
}

}  // namespace
}  // namespace postern
