#ifndef POSTERN_TESTS_PERMISSION_APPROVAL_SQLITE_STORE_FIXTURE_H_
#define POSTERN_TESTS_PERMISSION_APPROVAL_SQLITE_STORE_FIXTURE_H_

#include <dirent.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "gtest/gtest.h"
#include "permission/approval/sqlite_store.h"
#include "tests/permission/approval/approval_testing.h"

namespace postern {

constexpr absl::string_view kApp = "notes.acme";

// A store in a file of a folder of its own, and what its owner can do to it.
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

// Leaves nobody the right to write a store and its directory, or gives it back.
inline void ForbidWriting(const std::string& directory,
                          const std::string& path) {
  EXPECT_EQ(chmod(path.c_str(), 0444), 0);
  EXPECT_EQ(chmod(directory.c_str(), 0555), 0);
}
inline void PermitWriting(const std::string& directory,
                          const std::string& path) {
  EXPECT_EQ(chmod(directory.c_str(), 0700), 0);
  EXPECT_EQ(chmod(path.c_str(), 0600), 0);
}

}  // namespace postern

#endif  // POSTERN_TESTS_PERMISSION_APPROVAL_SQLITE_STORE_FIXTURE_H_
