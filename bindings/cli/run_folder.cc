#include "bindings/cli/run_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace postern {
namespace cli {
namespace {

constexpr absl::string_view kSome = "XXXXXX";  // mkdtemp(3)
constexpr int kTries = 8;

// Locked by us alone, and still the folder of this name: whoever removes one
// holds its lock. None if it is not our user's, or somebody lives in it.
fs::FileDescriptor Lock(const std::string& name) {
  fs::FileDescriptor folder(
      open(name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat held, named;
  if (folder.valid() && fstat(folder.get(), &held) == 0 &&
      held.st_uid == geteuid() && flock(folder.get(), LOCK_EX | LOCK_NB) == 0 &&
      lstat(name.c_str(), &named) == 0 && named.st_dev == held.st_dev &&
      named.st_ino == held.st_ino) {
    return folder;
  }
  return fs::FileDescriptor();
}

// Follows no links.
void RemoveWhole(const std::string& name) {
  std::error_code ignored;
  std::filesystem::remove_all(name, ignored);
}

void RemoveThoseOfTheDead(const std::string& parent, absl::string_view prefix) {
  std::error_code error;
  std::filesystem::directory_iterator entry(parent, error), end;
  for (; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!absl::StartsWith(name, prefix) ||
        name.size() != prefix.size() + kSome.size()) {
      continue;
    }
    const std::string path = entry->path().string();
    const fs::FileDescriptor lock = Lock(path);
    if (lock.valid()) RemoveWhole(path);
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<RunFolder>> RunFolder::Make(
    absl::string_view parent, absl::string_view prefix) {
  RemoveThoseOfTheDead(std::string(parent), prefix);
  for (int i = 0; i < kTries; ++i) {
    std::string name = absl::StrCat(parent, "/", prefix, kSome);
    if (mkdtemp(&name[0]) == nullptr) {
      return absl::ErrnoToStatus(errno, "cannot make a folder");
    }
    fs::FileDescriptor lock = Lock(name);
    // Else another run took it for one of the dead, and removes it.
    if (lock.valid()) {
      return absl::WrapUnique(new RunFolder(std::move(name), std::move(lock)));
    }
  }
  return absl::UnavailableError("cannot keep a folder of this run's own");
}

RunFolder::~RunFolder() { RemoveWhole(name_); }

}  // namespace cli
}  // namespace postern
