#include "permission/approval/sqlite_store.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "permission/approval/event_codec.h"
#include "tests/permission/approval/approval_testing.h"
#include "tests/without_capabilities.h"

namespace postern {
namespace {

constexpr absl::string_view kApp = "notes.acme";

class SqliteStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "/store_XXXXXX";
    ASSERT_NE(mkdtemp(&name[0]), nullptr);
    char real[PATH_MAX];
    ASSERT_NE(realpath(name.c_str(), real), nullptr);
    directory_ = real;
    path_ = directory_ + "/approvals.db";
  }

  std::unique_ptr<SqliteApprovalStore> Open() {
    auto store = SqliteApprovalStore::Open(path_);
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }
  absl::Status OpenError() { return SqliteApprovalStore::Open(path_).status(); }

  // Three events of two apps; the last revokes "other".
  void Fill() {
    const auto store = Open();
    const Approval a = MakeApproval(kApp, {PathRequest("fs.read", "/srv/a")});
    ASSERT_TRUE(store->CompareAndSet(kApp, 0, a, By("alice")).ok());
    const Approval b = MakeApproval("other", {RunRequest({"du"})});
    ASSERT_TRUE(store->CompareAndSet("other", 0, b, By("alice")).ok());
    ASSERT_TRUE(
        store->CompareAndSet("other", 2, absl::nullopt, By("bob")).ok());
  }

  // Runs statements past the store, as its owner could; what SQLite said.
  std::string Sql(const std::string& statements) {
    sqlite3* db = nullptr;
    EXPECT_EQ(sqlite3_open(path_.c_str(), &db), SQLITE_OK);
    const int result =
        sqlite3_exec(db, statements.c_str(), nullptr, nullptr, nullptr);
    const std::string message = result == SQLITE_OK ? "" : sqlite3_errmsg(db);
    sqlite3_close(db);
    return message;
  }

  std::string Bytes() const {
    std::ifstream in(path_, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }
  void WriteFile(const std::string& bytes) {
    std::ofstream(path_, std::ios::binary) << bytes;
    chmod(path_.c_str(), 0600);
  }
  std::set<std::string> Files() const {
    std::set<std::string> names;
    DIR* dir = opendir(directory_.c_str());
    while (const dirent* entry = readdir(dir)) names.insert(entry->d_name);
    closedir(dir);
    names.erase(".");
    names.erase("..");
    return names;
  }

  std::string directory_, path_;
};

TEST_F(SqliteStoreTest, OutlivesTheProcessObject) {
  Fill();
  const auto store = Open();
  EXPECT_EQ(store->Get(kApp)->approval->requests[0].pattern.text(), "/srv/a");
  EXPECT_EQ(store->Get("other")->revision, 3);
  EXPECT_FALSE(store->Get("other")->approval);
  EXPECT_TRUE(store->Verify().ok()) << store->Verify();
}

TEST_F(SqliteStoreTest, FilesAreForTheirOwnerOnly) {
  const mode_t old = umask(0);
  const auto store = Open();
  const Approval a = MakeApproval(kApp, {});
  ASSERT_TRUE(store->CompareAndSet(kApp, 0, a, By("alice")).ok());
  umask(old);
  const std::set<std::string> want = {"approvals.db", "approvals.db-shm",
                                      "approvals.db-wal"};
  EXPECT_EQ(Files(), want);
  for (const std::string& name : want) {
    struct stat info;
    ASSERT_EQ(stat((directory_ + "/" + name).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0600u) << name;
  }
}

// Leaves nobody the right to write a store and its directory, or gives it back.
void ForbidWriting(const std::string& directory, const std::string& path) {
  EXPECT_EQ(chmod(path.c_str(), 0444), 0);
  EXPECT_EQ(chmod(directory.c_str(), 0555), 0);
}
void PermitWriting(const std::string& directory, const std::string& path) {
  EXPECT_EQ(chmod(directory.c_str(), 0700), 0);
  EXPECT_EQ(chmod(path.c_str(), 0600), 0);
}

// SQLite's own file layer that counts, and ends the process at a given step.
// A step is a write, a sync, a truncation or a deletion of a file.
class StepCounter {
 public:
  StepCounter() {
    original_ = sqlite3_vfs_find(nullptr);
    vfs_ = *original_;
    vfs_.zName = "counting";
    vfs_.xOpen = &Open;
    vfs_.xDelete = [](sqlite3_vfs*, const char* name, int sync) {
      Step();
      return original_->xDelete(original_, name, sync);
    };
    sqlite3_vfs_register(&vfs_, /*makeDflt=*/1);
    log_syncs_ = 0;
    steps_left_ = -1;
  }
  ~StepCounter() { sqlite3_vfs_unregister(&vfs_); }
  int log_syncs() const { return log_syncs_; }
  // The process ends instead of taking step `step`, from 1.
  void EndBefore(int step) { steps_left_ = step; }

 private:
  // Database files have other methods than the rest, for their locks.
  enum Kind { kDatabase, kLog, kOther, kKinds };

  static void Step() {
    if (steps_left_ > 0 && --steps_left_ == 0) _exit(9);
  }
  static int Open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file,
                  int flags, int* out) {
    const int result = original_->xOpen(original_, name, file, flags, out);
    if (result != SQLITE_OK) return result;
    if ((flags & SQLITE_OPEN_MAIN_DB) != 0) {
      Wrap<kDatabase>(file);
    } else if ((flags & SQLITE_OPEN_WAL) != 0) {
      Wrap<kLog>(file);
    } else {
      Wrap<kOther>(file);
    }
    return result;
  }
  template <Kind kind>
  static void Wrap(sqlite3_file* file) {
    methods_[kind] = wrapped_[kind] = *file->pMethods;
    wrapped_[kind].xWrite = [](sqlite3_file* f, const void* data, int size,
                               sqlite3_int64 offset) {
      Step();
      return methods_[kind].xWrite(f, data, size, offset);
    };
    wrapped_[kind].xTruncate = [](sqlite3_file* f, sqlite3_int64 size) {
      Step();
      return methods_[kind].xTruncate(f, size);
    };
    wrapped_[kind].xSync = [](sqlite3_file* f, int how) {
      Step();
      if (kind == kLog) ++log_syncs_;
      return methods_[kind].xSync(f, how);
    };
    file->pMethods = &wrapped_[kind];
  }

  sqlite3_vfs vfs_;
  static sqlite3_vfs* original_;
  static sqlite3_io_methods methods_[kKinds], wrapped_[kKinds];
  static int log_syncs_, steps_left_;
};
sqlite3_vfs* StepCounter::original_;
sqlite3_io_methods StepCounter::methods_[kKinds];
sqlite3_io_methods StepCounter::wrapped_[kKinds];
int StepCounter::log_syncs_;
int StepCounter::steps_left_;

TEST_F(SqliteStoreTest, EveryWriteIsOnTheDiskWhenItReturns) {
  const StepCounter counter;
  const auto store = Open();
  // The header says write-ahead log (2) for reading and writing.
  EXPECT_EQ(Bytes().substr(18, 2), "\x02\x02");
  for (int64_t revision = 0; revision < 5; ++revision) {
    const int before = counter.log_syncs();
    const Approval a = MakeApproval(kApp, {});
    ASSERT_TRUE(store->CompareAndSet(kApp, revision, a, By("alice")).ok());
    EXPECT_GT(counter.log_syncs(), before);
  }
}

// store_kill_test finds these moments by chance, this one all of them.
TEST_F(SqliteStoreTest, MayEndBeforeAnyStep) {
  bool ended = true;
  int step = 0;
  while (ended) {
    SCOPED_TRACE(absl::StrCat("ended before step ", ++step));
    const std::string path = absl::StrCat(directory_, "/", step, ".db");
    const pid_t child = fork();
    if (child == 0) {
      StepCounter counter;
      counter.EndBefore(step);
      auto store = SqliteApprovalStore::Open(path);
      if (!store.ok()) _exit(1);
      const Approval a = MakeApproval(kApp, {RunRequest({"du"})});
      if (!(*store)->CompareAndSet(kApp, 0, a, By("alice")).ok()) _exit(1);
      store->reset();
      _exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    ended = WEXITSTATUS(status) == 9;
    ASSERT_TRUE(ended || WEXITSTATUS(status) == 0);
    // Who cannot mend it sees one state or the other, or an error.
    ASSERT_EQ(chmod(directory_.c_str(), 0555), 0);
    WithoutCapabilities([&] {
      const auto reader = SqliteApprovalStore::OpenForReading(path);
      if (reader.ok()) {
        const absl::StatusOr<ApprovalState> state = (*reader)->Get(kApp);
        EXPECT_TRUE(state.ok()) << state.status();
        EXPECT_EQ(state->revision, state->approval ? 1 : 0);
        EXPECT_TRUE(ended || state->approval);
      }
      EXPECT_NE(reader.status().code(), absl::StatusCode::kDataLoss);
      EXPECT_TRUE(ended || reader.ok()) << reader.status();
    });
    ASSERT_EQ(chmod(directory_.c_str(), 0700), 0);
    const auto store = SqliteApprovalStore::Open(path);
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_TRUE((*store)->Verify().ok()) << (*store)->Verify();
    const int64_t found = (*store)->Get(kApp)->revision;
    const Approval a = MakeApproval(kApp, {});
    EXPECT_EQ((*store)->CompareAndSet(kApp, found, a, By("bob")).value(),
              found + 1);
    EXPECT_TRUE(ended || found == 1);
  }
  EXPECT_GT(step, 20);
  RecordProperty("steps", step - 1);
}

TEST_F(SqliteStoreTest, EventsCannotBeChangedOrDeleted) {
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

TEST_F(SqliteStoreTest, DamagedEventIsNamedAndGrantsNothing) {
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

TEST_F(SqliteStoreTest, EventInAnotherPlaceIsNotTaken) {
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
TEST_F(SqliteStoreTest, AnEventOfAnotherAppIsNotTaken) {
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

TEST_F(SqliteStoreTest, CurrentRowMustNameTheLastEvent) {
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

TEST_F(SqliteStoreTest, ChangedTablesAreRefused) {
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

// By its owner, after it was opened. Once for a statement that was prepared
// before SQLite saw the change, and once after.
TEST_F(SqliteStoreTest, TablesThatVanishUnderAStoreAreErrors) {
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

TEST_F(SqliteStoreTest, NewerVersionIsRefusedAndUntouched) {
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

TEST_F(SqliteStoreTest, OtherFilesAreRefusedAndUntouched) {
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

TEST_F(SqliteStoreTest, DatabaseOfAnotherProgramIsRefusedAndUntouched) {
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

TEST_F(SqliteStoreTest, DamagedFilesAreErrorsNotCrashes) {
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

TEST_F(SqliteStoreTest, LinksAndWritableFilesAreRefused) {
  Fill();
  const std::string link = directory_ + "/link.db";
  ASSERT_EQ(symlink(path_.c_str(), link.c_str()), 0);
  EXPECT_TRUE(
      absl::StrContains(SqliteApprovalStore::Open(link).status().message(),
                        "expected a regular file"));
  const std::string dangling = directory_ + "/dangling.db";
  ASSERT_EQ(symlink("nowhere", dangling.c_str()), 0);
  EXPECT_FALSE(SqliteApprovalStore::Open(dangling).ok());
  EXPECT_NE(access((directory_ + "/nowhere").c_str(), F_OK), 0);
  const std::string inside = directory_ + "/sub";
  ASSERT_EQ(symlink(directory_.c_str(), inside.c_str()), 0);
  EXPECT_TRUE(SqliteApprovalStore::Open(inside + "/approvals.db").ok())
      << "a link to the directory is the host's choice";
  ASSERT_EQ(chmod(path_.c_str(), 0620), 0);
  EXPECT_TRUE(absl::StrContains(OpenError().message(), "chmod go-w"));
  ASSERT_EQ(mkfifo((directory_ + "/fifo").c_str(), 0600), 0);
  EXPECT_FALSE(SqliteApprovalStore::Open(directory_ + "/fifo").ok());
}

TEST_F(SqliteStoreTest, DirectoriesThatOthersMayWriteAreRefused) {
  Fill();
  for (mode_t mode : {0777, 0770, 0707, 01777}) {
    SCOPED_TRACE(mode);
    ASSERT_EQ(chmod(directory_.c_str(), mode), 0);
    const std::string want =
        absl::StrCat("approval store \"", path_,
                     "\": others than its owner may write its directory: "
                     "chmod go-w");
    EXPECT_EQ(OpenError().message(), want);
    EXPECT_EQ(SqliteApprovalStore::OpenForReading(path_).status().message(),
              want);
    EXPECT_FALSE(SqliteApprovalStore::Open(directory_ + "/new.db").ok());
    EXPECT_NE(access((directory_ + "/new.db").c_str(), F_OK), 0);
  }
}

TEST_F(SqliteStoreTest, ForeignOwnersAreRefused) {
  Fill();
  constexpr uid_t kOther = 65534;
  if (chown(path_.c_str(), kOther, kOther) != 0) {
    GTEST_SKIP() << "cannot give a file away: " << strerror(errno);
  }
  const auto Expect = [&](const char* what) {
    const std::string want = absl::StrCat(
        "approval store \"", path_, "\": ", what,
        " belongs to user 65534, who could approve for everybody: expected "
        "root",
        geteuid() == 0 ? "" : " or this user");
    EXPECT_EQ(OpenError().message(), want);
    EXPECT_EQ(SqliteApprovalStore::OpenForReading(path_).status().message(),
              want);
  };
  Expect("the file");
  ASSERT_EQ(chown(path_.c_str(), geteuid(), getegid()), 0);
  ASSERT_EQ(chown(directory_.c_str(), kOther, kOther), 0);
  Expect("its directory");
  // The one whose store it is, and root's store for everybody.
  ASSERT_EQ(chown(directory_.c_str(), 0, 0), 0);
  EXPECT_TRUE(SqliteApprovalStore::Open(path_).ok());
}

TEST_F(SqliteStoreTest, ReadersNeedNoRightToWrite) {
  Fill();
  ForbidWriting(directory_, path_);
  WithoutCapabilities([&] {
    const auto store = SqliteApprovalStore::OpenForReading(path_);
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_EQ((*store)->Get(kApp)->approval->requests[0].pattern.text(),
              "/srv/a");
    EXPECT_EQ((*store)->List()->size(), 1u);
    EXPECT_EQ((*store)->History("other")->size(), 2u);
    EXPECT_EQ((*store)->Watch(1, 9)->size(), 3u);
    EXPECT_TRUE((*store)->Verify().ok()) << (*store)->Verify();
    EXPECT_EQ((*store)
                  ->CompareAndSet(kApp, 1, absl::nullopt, By("alice"))
                  .status()
                  .code(),
              absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(Files(), std::set<std::string>{"approvals.db"});
    // What is written later is read later.
    PermitWriting(directory_, path_);
    EXPECT_EQ(
        Open()->CompareAndSet(kApp, 1, absl::nullopt, By("alice")).value(), 4);
    EXPECT_FALSE((*store)->Get(kApp)->approval);
  });
}

TEST_F(SqliteStoreTest, ReadersSeeWhatAWriterHasNotMovedYet) {
  Fill();
  const auto writer = Open();
  ASSERT_TRUE(writer->CompareAndSet(kApp, 1, absl::nullopt, By("alice")).ok());
  ASSERT_EQ(chmod((path_ + "-shm").c_str(), 0444), 0);
  ASSERT_EQ(chmod((path_ + "-wal").c_str(), 0444), 0);
  ForbidWriting(directory_, path_);
  WithoutCapabilities([&] {
    const auto store = SqliteApprovalStore::OpenForReading(path_);
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_EQ((*store)->Get(kApp)->revision, 4);
    EXPECT_FALSE((*store)->Get(kApp)->approval);
  });
}

TEST_F(SqliteStoreTest, AFullDiskStopsNoReader) {
  Fill();
  const pid_t child = fork();
  if (child == 0) {
    // No file may grow, as on a full disk.
    signal(SIGXFSZ, SIG_IGN);
    const rlimit none = {0, 0};
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &none), 0);
    const auto store = SqliteApprovalStore::OpenForReading(path_);
    EXPECT_TRUE(store.ok()) << store.status();
    if (store.ok()) {
      EXPECT_EQ((*store)->Get(kApp)->revision, 1);
    }
    EXPECT_TRUE(
        absl::StrContains(OpenError().message(), "the disk may be full"))
        << OpenError();
    _exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST_F(SqliteStoreTest, ReadingMakesNothing) {
  EXPECT_TRUE(
      absl::IsNotFound(SqliteApprovalStore::OpenForReading(path_).status()));
  EXPECT_TRUE(absl::IsNotFound(
      SqliteApprovalStore::OpenForReading(directory_ + "/no/x.db").status()));
  EXPECT_EQ(Files(), std::set<std::string>());
  WriteFile("");
  EXPECT_TRUE(
      absl::IsNotFound(SqliteApprovalStore::OpenForReading(path_).status()));
  EXPECT_EQ(Bytes(), "");
  EXPECT_EQ(Files(), std::set<std::string>{"approvals.db"});
}

TEST_F(SqliteStoreTest, DamagedFilesAreErrorsForReadersToo) {
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

TEST_F(SqliteStoreTest, NamesThatMeanSomethingElseToSqlite) {
  for (const char* name : {"", "/", ".", "..", "/tmp/..", "/tmp/"}) {
    SCOPED_TRACE(name);
    EXPECT_EQ(SqliteApprovalStore::Open(name).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  ASSERT_EQ(chdir(directory_.c_str()), 0);
  for (const char* name : {":memory:", "file:x?mode=memory", "a'b.db"}) {
    SCOPED_TRACE(name);
    EXPECT_TRUE(SqliteApprovalStore::Open(name).ok());
    EXPECT_EQ(access(name, F_OK), 0) << "a file of just that name";
  }
}

TEST_F(SqliteStoreTest, EmptyFileBecomesAStore) {
  WriteFile("");
  EXPECT_TRUE(Open()->Verify().ok());
}

TEST_F(SqliteStoreTest, ReadOnlyDirectoryIsSaidSo) {
  ASSERT_EQ(chmod(directory_.c_str(), 0555), 0);
  WithoutCapabilities([&] {
    const absl::Status status = OpenError();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(status.message(),
              absl::StrCat("approval store \"", path_,
                           "\": cannot create it: permission denied"));
  });
}

TEST_F(SqliteStoreTest, StoreInAReadOnlyDirectoryIsSaidSo) {
  Fill();
  ASSERT_EQ(chmod(directory_.c_str(), 0555), 0);
  WithoutCapabilities([&] {
    const absl::Status status = OpenError();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_TRUE(absl::StrContains(
        status.message(), "the file and its directory must be writable"))
        << status;
  });
}

TEST_F(SqliteStoreTest, MissingDirectoryIsSaidSo) {
  EXPECT_EQ(
      SqliteApprovalStore::Open(directory_ + "/no/x.db").status().message(),
      absl::StrCat("approval store \"", directory_,
                   "/no/x.db\": cannot find its directory: no such file "
                   "or directory"));
}

TEST_F(SqliteStoreTest, WriterElsewhereMakesItUnavailable) {
  Fill();
  SqliteStoreOptions options;
  options.busy_timeout = absl::Milliseconds(20);
  const auto store = SqliteApprovalStore::Open(path_, options).value();
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &db), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(db, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr),
            SQLITE_OK);
  const Approval a = MakeApproval(kApp, {});
  const absl::Status status =
      store->CompareAndSet(kApp, 1, a, By("alice")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(status.message(), "another process holds it"));
  EXPECT_TRUE(store->Get(kApp).ok()) << "readers go on";
  sqlite3_close(db);
  EXPECT_EQ(store->CompareAndSet(kApp, 1, a, By("alice")).value(), 4);
}

// Opening a second store in the process must not drop the first one's locks.
TEST_F(SqliteStoreTest, SecondStoreKeepsTheLocksOfTheFirst) {
  Fill();
  const auto first = Open();
  ASSERT_TRUE(first->Get(kApp).ok());
  { const auto second = Open(); }
  // Another process: if the shared lock on the file were gone, this would be
  // the last connection, and its end would remove the log under the first.
  const pid_t child = fork();
  if (child == 0) {
    sqlite3* db = nullptr;
    const bool read = sqlite3_open(path_.c_str(), &db) == SQLITE_OK &&
                      sqlite3_exec(db, "SELECT count(*) FROM event", nullptr,
                                   nullptr, nullptr) == SQLITE_OK;
    sqlite3_close(db);
    _exit(read ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(Files().count("approvals.db-wal"), 1u);
  EXPECT_EQ(Files().count("approvals.db-shm"), 1u);
}

}  // namespace
}  // namespace postern
