#include "permission/internal/identity_guard.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fs/file_descriptor.h"
#include "fs/path_components.h"

namespace postern {
namespace internal {
namespace {

// O_NONBLOCK for what is no directory any more; O_DIRECTORY refuses it.
constexpr int kDirectoryFlags =
    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;

struct CloseDirectory {
  void operator()(DIR* dir) const { closedir(dir); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

// Takes over `fd`; null on error.
Directory OpenStream(fs::FileDescriptor fd) {
  Directory stream(fdopendir(fd.get()));
  if (stream != nullptr) fd.Release();
  return stream;
}

// The name went away or became something else while we looked.
bool IsGone(int error) {
  return error == ENOENT || error == ENOTDIR || error == ELOOP;
}

}  // namespace

// One walk beneath a directory, depth first, with a descriptor a level.
class IdentityGuard::Walk {
 public:
  Walk(absl::Span<const fs::PathPattern* const> patterns, IdentityGuard* guard)
      : patterns_(patterns), guard_(*guard) {}

  bool Run(fs::FileDescriptor top, absl::string_view name) {
    path_ = name == "/" ? "" : std::string(name);
    Descend(std::move(top));
    while (!levels_.empty() && !stopped_) {
      errno = 0;
      const struct dirent* entry = readdir(levels_.back().stream.get());
      path_.resize(levels_.back().path_size);
      if (entry != nullptr) {
        See(entry->d_name);
      } else {
        complete_ = complete_ && errno == 0;
        levels_.pop_back();
      }
    }
    return complete_;
  }

 private:
  struct Level {
    Directory stream;
    size_t path_size;  // of its name, in path_
    dev_t device;
  };

  void Descend(fs::FileDescriptor fd) {
    struct stat st;
    if (fstat(fd.get(), &st) != 0) {
      complete_ = false;
      return;
    }
    const bool crosses = levels_.empty() || levels_.back().device != st.st_dev;
    if (crosses && fs::IsInProcfs(fd.get())) return;
    Directory stream = OpenStream(std::move(fd));
    if (stream == nullptr) {
      complete_ = false;
    } else {
      levels_.push_back({std::move(stream), path_.size(), st.st_dev});
    }
  }

  void See(absl::string_view name) {
    if (name == "." || name == "..") return;
    if (guard_.entries_left_ == 0) {
      stopped_ = true;
      complete_ = false;
      return;
    }
    --guard_.entries_left_;
    struct stat st;
    const int at = dirfd(levels_.back().stream.get());
    if (fstatat(at, name.data(), &st, AT_SYMLINK_NOFOLLOW) != 0) {
      complete_ = complete_ && IsGone(errno);
      return;
    }
    absl::StrAppend(&path_, "/", name);
    // Longer names have no place in a question either.
    if (!components_.Split("", path_)) {
      complete_ = false;
    } else if (S_ISDIR(st.st_mode)) {
      if (AnyPattern(&fs::PathPattern::MayMatchWithin)) Enter(at, name);
    } else if (AnyPattern(&fs::PathPattern::Matches)) {
      complete_ = guard_.Remember(st, path_) && complete_;
    }
  }

  void Enter(int at, absl::string_view name) {
    if (levels_.size() == kMaxDepth) {
      complete_ = false;
      return;
    }
    fs::FileDescriptor fd(openat(at, name.data(), kDirectoryFlags));
    if (fd.valid()) {
      Descend(std::move(fd));
    } else {
      complete_ = complete_ && IsGone(errno);
    }
  }

  bool AnyPattern(bool (fs::PathPattern::*matches)(const fs::PathComponents&)
                      const) const {
    return std::any_of(patterns_.begin(), patterns_.end(),
                       [&](const fs::PathPattern* pattern) {
                         return (pattern->*matches)(components_);
                       });
  }

  const absl::Span<const fs::PathPattern* const> patterns_;
  IdentityGuard& guard_;
  std::vector<Level> levels_;
  std::string path_;
  fs::PathComponents components_;  // of path_
  bool stopped_ = false;
  bool complete_ = true;
};

bool IdentityGuard::Remember(const struct stat& st, absl::string_view name) {
  std::vector<std::string>& names = files_[{st.st_dev, st.st_ino}];
  if (names.empty()) {
    if (files_left_ == 0) {
      files_.erase({st.st_dev, st.st_ino});
      return false;
    }
    --files_left_;
  }
  // Two walks may meet the same name.
  if (std::find(names.begin(), names.end(), name) != names.end()) return true;
  if (names.size() == kMaxNames) return false;
  names.emplace_back(name);
  return true;
}

bool IdentityGuard::Add(absl::string_view prefix,
                        absl::Span<const fs::PathPattern* const> patterns) {
  if (patterns.size() > kMaxPatterns) {
    Add(prefix, patterns.subspan(0, kMaxPatterns));
    return false;
  }
  const fs::Opened object = kernel_.Open(prefix, O_PATH | O_NOFOLLOW);
  struct stat st;
  if (object.error == ENOENT || object.error == ENOTDIR) return true;
  if (object.error != 0 || fstat(object.fd.get(), &st) != 0) return false;
  fs::PathComponents components;
  components.Split("", prefix);
  const auto any = [&](auto matches) {
    return std::any_of(patterns.begin(), patterns.end(), matches);
  };
  if (!S_ISDIR(st.st_mode)) {
    return !any([&](const fs::PathPattern* pattern) {
      return pattern->Matches(components);
    }) || Remember(st, prefix);
  }
  // "exact:" and a directory: nothing beneath is meant.
  if (!any([](const fs::PathPattern* pattern) {
        return pattern->subtree || !pattern->literal();
      })) {
    return true;
  }
  fs::Opened top = kernel_.Open(prefix, kDirectoryFlags);
  if (top.error != 0) return false;
  return Walk(patterns, this).Run(std::move(top.fd), prefix);
}

}  // namespace internal
}  // namespace postern
