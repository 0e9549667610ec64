#include "bindings/cli/store.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "permission/approval/sqlite_store.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

constexpr char kBelowData[] = "/postern/approvals.db";

std::string Environment(const char* name) {
  const char* const value = getenv(name);
  return value == nullptr ? "" : value;
}

absl::Status CannotOpen(const std::string& path, int error) {
  return absl::FailedPreconditionError(absl::StrCat(
      "cannot open the approval store ", internal::QuoteForDisplay(path), ": ",
      absl::AsciiStrToLower(std::strerror(error)),
      "; name another file with --store"));
}

// `path`, which `who` names. A folder that nobody made is a typing error, and
// looking for approvals there would find none.
absl::StatusOr<std::string> NamedPath(const std::string& path,
                                      absl::string_view who) {
  const size_t slash = path.rfind('/');
  if (slash == path.npos || slash == 0) return path;
  const std::string folder = path.substr(0, slash);
  struct stat info;
  if (stat(folder.c_str(), &info) == 0 || errno != ENOENT) return path;
  return absl::FailedPreconditionError(
      absl::StrCat("no folder ", internal::QuoteForDisplay(folder),
                   "; make it, or correct ", who));
}

// Makes each missing directory above `path`.
absl::Status MakeDirectories(const std::string& path) {
  for (size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const std::string directory = path.substr(0, slash);
    if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
      const int error = errno;
      struct stat info;  // one that exists may lie where we cannot write
      if (stat(directory.c_str(), &info) != 0) return CannotOpen(path, error);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> StorePath(const std::string& given) {
  if (!given.empty()) return NamedPath(given, "--store");
  const std::string chosen = Environment("POSTERN_STORE");
  if (!chosen.empty()) return NamedPath(chosen, "POSTERN_STORE");
  const std::string data = Environment("XDG_DATA_HOME");
  // A relative one is to be ignored (XDG Base Directory Specification).
  if (!data.empty() && data[0] == '/') return data + kBelowData;
  std::string home = Environment("HOME");
  if (home.empty() || home[0] != '/') {
    const struct passwd* const entry = getpwuid(getuid());
    home = entry == nullptr ? "" : entry->pw_dir;
  }
  if (home.empty()) {
    return absl::FailedPreconditionError(
        "no home directory to keep approvals in; give --store FILE");
  }
  return absl::StrCat(home, "/.local/share", kBelowData);
}

absl::StatusOr<std::unique_ptr<ApprovalStore>> OpenStore(
    const std::string& path) {
  absl::StatusOr<std::unique_ptr<SqliteApprovalStore>> store =
      SqliteApprovalStore::OpenForReading(path);
  if (store.ok()) return std::unique_ptr<ApprovalStore>(*std::move(store));
  if (!absl::IsNotFound(store.status())) return store.status();
  return std::unique_ptr<ApprovalStore>();
}

absl::StatusOr<std::unique_ptr<ApprovalStore>> OpenOrCreateStore(
    const std::string& path) {
  const absl::Status made = MakeDirectories(path);
  if (!made.ok()) return made;
  absl::StatusOr<std::unique_ptr<SqliteApprovalStore>> store =
      SqliteApprovalStore::Open(path);
  if (!store.ok()) return store.status();
  return std::unique_ptr<ApprovalStore>(*std::move(store));
}

absl::StatusOr<ApprovalState> ReadState(const std::string& path,
                                        absl::string_view app) {
  const absl::StatusOr<std::unique_ptr<ApprovalStore>> store = OpenStore(path);
  if (!store.ok()) return store.status();
  if (*store == nullptr) return ApprovalState();
  return (*store)->Get(app);
}

}  // namespace cli
}  // namespace postern
