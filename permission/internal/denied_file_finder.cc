#include "permission/internal/denied_file_finder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "fs/base/file_descriptor.h"
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

// What is known of a file later: its birth only where that stays the same.
fs::FileIdentity IdentityOf(const fs::ObjectInfo& info, bool keeps_births) {
  fs::FileIdentity identity = info.identity();
  if (!keeps_births) identity.birth_ns = 0;
  return identity;
}

// The name went away or became something else while we looked.
bool IsGone(int error) {
  return error == ENOENT || error == ENOTDIR || error == ELOOP;
}

}  // namespace

// One walk beneath a directory, depth first, with a descriptor a level.
class DeniedFileFinder::Walk {
 public:
  Walk(absl::Span<const fs::PathPattern* const> patterns,
       DeniedFileFinder* finder)
      : patterns_(patterns), finder_(*finder) {}

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
    bool keeps_births;  // fs::KeepsBirths()
  };

  void Descend(fs::FileDescriptor fd) {
    fs::ObjectInfo info;
    if (fs::Inspect(fd.get(), &info) != 0) {
      complete_ = false;
      return;
    }
    const dev_t device = info.identity().device;
    const bool crosses = levels_.empty() || levels_.back().device != device;
    if (crosses && fs::IsInProcfs(fd.get())) return;
    const bool keeps_births =
        crosses ? fs::KeepsBirths(fd.get()) : levels_.back().keeps_births;
    Directory stream = OpenStream(std::move(fd));
    if (stream == nullptr) {
      complete_ = false;
    } else {
      levels_.push_back(
          {std::move(stream), path_.size(), device, keeps_births});
      KeepPlace(IdentityOf(info, keeps_births));
    }
  }

  // Of a directory that is denied itself everything in it is.
  void KeepPlace(fs::FileIdentity directory) {
    const absl::string_view name =
        path_.empty() ? absl::string_view("/") : absl::string_view(path_);
    if (components_.Split("", name) && !AnyPattern(&fs::PathPattern::Matches)) {
      complete_ = finder_.RememberPlace(directory, name) && complete_;
    }
  }

  void See(absl::string_view name) {
    if (name == "." || name == "..") return;
    if (finder_.entries_left_ == 0) {
      stopped_ = true;
      complete_ = false;
      return;
    }
    --finder_.entries_left_;
    fs::ObjectInfo info;
    const Level& level = levels_.back();
    const int at = dirfd(level.stream.get());
    const int error = fs::InspectAt(at, name.data(), &info);
    if (error != 0) {
      complete_ = complete_ && IsGone(error);
      return;
    }
    // What is mounted on a name may be of another kind.
    const bool births =
        level.keeps_births && info.identity().device == level.device;
    absl::StrAppend(&path_, "/", name);
    // Longer names have no place in a question either.
    if (!components_.Split("", path_)) {
      complete_ = false;
      return;
    }
    if (AnyPattern(&fs::PathPattern::Matches)) {
      complete_ =
          finder_.RememberFile(IdentityOf(info, births), path_) && complete_;
    }
    if (S_ISDIR(info.mode()) && AnyPattern(&fs::PathPattern::MayMatchWithin)) {
      Enter(at, name);
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
  DeniedFileFinder& finder_;
  std::vector<Level> levels_;
  std::string path_;
  fs::AnyPathComponents components_;  // of path_
  bool stopped_ = false;
  bool complete_ = true;
};

bool DeniedFileFinder::Remember(fs::FileIdentity file, absl::string_view name,
                                size_t* left, Files* files) {
  std::vector<std::string>& names = (*files)[file];
  if (names.empty()) {
    if (*left == 0) {
      files->erase(file);
      return false;
    }
    --*left;
  }
  // Two walks may meet the same name.
  if (std::find(names.begin(), names.end(), name) != names.end()) return true;
  if (names.size() == kMaxNames) return false;
  names.emplace_back(name);
  return true;
}

// What is further down in one that does not exist either is not known.
bool DeniedFileFinder::RememberPlaceOf(absl::string_view name) {
  const size_t slash = name.rfind('/');
  const absl::string_view parent = slash == 0 ? "/" : name.substr(0, slash);
  const fs::Opened directory =
      kernel_.Open(parent, O_PATH | O_NOFOLLOW | O_DIRECTORY);
  if (IsGone(directory.error)) return true;
  fs::ObjectInfo info;
  return directory.error == 0 && fs::Inspect(directory.fd.get(), &info) == 0 &&
         RememberPlace(IdentityOf(info, fs::KeepsBirths(directory.fd.get())),
                       parent);
}

bool DeniedFileFinder::AddNamed(
    absl::string_view prefix,
    absl::Span<const fs::PathPattern* const> patterns) {
  fs::AnyPathComponents components;
  components.Split("", prefix);
  if (std::none_of(patterns.begin(), patterns.end(),
                   [&](const fs::PathPattern* pattern) {
                     return pattern->Matches(components);
                   })) {
    return true;
  }
  const fs::Opened object = kernel_.Open(prefix, O_PATH | O_NOFOLLOW);
  if (object.error == ENOENT) return RememberPlaceOf(prefix);
  if (object.error == ENOTDIR) return true;
  fs::ObjectInfo info;
  return object.error == 0 && fs::Inspect(object.fd.get(), &info) == 0 &&
         RememberFile(IdentityOf(info, fs::KeepsBirths(object.fd.get())),
                      prefix);
}

bool DeniedFileFinder::Add(absl::string_view prefix,
                           absl::Span<const fs::PathPattern* const> patterns) {
  if (patterns.size() > kMaxPatterns) {
    Add(prefix, patterns.subspan(0, kMaxPatterns));
    return false;
  }
  const bool complete = AddNamed(prefix, patterns);
  // "exact:": nothing beneath is meant.
  if (std::none_of(patterns.begin(), patterns.end(),
                   [](const fs::PathPattern* pattern) {
                     return pattern->subtree || !pattern->literal();
                   })) {
    return complete;
  }
  fs::Opened top = kernel_.Open(prefix, kDirectoryFlags);
  if (IsGone(top.error)) return complete;  // or never was a directory
  return top.error == 0 &&
         Walk(patterns, this).Run(std::move(top.fd), prefix) && complete;
}

}  // namespace internal
}  // namespace postern
