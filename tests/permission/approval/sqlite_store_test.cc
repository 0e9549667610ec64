#include "permission/approval/sqlite_store.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "gtest/gtest.h"
#include "tests/permission/approval/approval_testing.h"
#include "tests/permission/approval/sqlite_store_fixture.h"
#include "tests/without_capabilities.h"

namespace postern {
namespace {

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
TEST_F(SqliteStoreTest, AStoreIsWholeWhicheverStepItsProcessEndsBefore) {
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

TEST_F(SqliteStoreTest, ReadingMakesNoFile) {
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

TEST_F(SqliteStoreTest, NamesWithAMeaningToSqliteAreNamesOfFiles) {
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

TEST_F(SqliteStoreTest, AStoreIsNotMadeInAReadOnlyDirectory) {
  ASSERT_EQ(chmod(directory_.c_str(), 0555), 0);
  WithoutCapabilities([&] {
    const absl::Status status = OpenError();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(status.message(),
              absl::StrCat("approval store \"", path_,
                           "\": cannot create it: permission denied"));
  });
}

TEST_F(SqliteStoreTest, AStoreInAReadOnlyDirectoryIsNotOpenedForWriting) {
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

TEST_F(SqliteStoreTest, AMissingDirectoryIsNamedInTheError) {
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
