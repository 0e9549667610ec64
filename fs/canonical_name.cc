#include "fs/canonical_name.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "fs/base/file_descriptor.h"
#include "fs/path_pattern.h"

namespace postern {
namespace fs {
namespace {

// MAXSYMLINKS of linux/namei.h.
constexpr int kMaxLinks = 40;
// Descriptors of directories that a walk holds on to for "..".
constexpr size_t kMaxHeld = 128;

class Walk {
 public:
  explicit Walk(const Kernel& kernel) : kernel_(kernel) {}

  CanonicalName Run(absl::string_view name, LastLink last) {
    const bool slash = !name.empty() && name.back() == '/';
    rest_.assign(name.data(), name.size());
    result_.error = Check(name);
    while (result_.error == 0 && TakeComponent()) {
      const bool is_last = rest_.find_first_not_of('/', next_) == rest_.npos;
      const bool follow = !is_last || last == LastLink::kFollow || slash ||
                          next_ < rest_.size();
      result_.error = Step(follow, is_last && next_ == rest_.size());
    }
    return Finish(slash);
  }

 private:
  struct Directory {
    size_t path_size;   // of its name, in result_.path; 0 for the root
    FileDescriptor fd;  // none if it was given back
  };

  static int Check(absl::string_view name) {
    if (name.empty()) return ENOENT;
    if (name.size() > kMaxPathBytes) return ENAMETOOLONG;
    if (name[0] != '/' || name.find('\0') != name.npos) return EINVAL;
    return 0;
  }

  // The next component; false at the end of the name.
  bool TakeComponent() {
    const size_t start = rest_.find_first_not_of('/', next_);
    if (start == rest_.npos) return false;
    const size_t end = rest_.find('/', start);
    component_ = rest_.substr(start, end == rest_.npos ? end : end - start);
    next_ = end == rest_.npos ? rest_.size() : end;
    return true;
  }

  // The directory that is looked in; negative if it was given back.
  int at() const {
    return stack_.empty() ? kernel_.root() : stack_.back().fd.get();
  }
  size_t path_size() const {
    return stack_.empty() ? 0 : stack_.back().path_size;
  }

  int Step(bool follow, bool at_end) {
    if (at_file_) return ENOTDIR;
    if (component_ == "." || component_ == "..") {
      // Searching needs the directory's x bit for these as well.
      if (!Open(".").valid()) return errno;
      return component_ == ".." ? Up() : 0;
    }
    if (path_size() + 1 + component_.size() > kMaxPathBytes) {
      return ENAMETOOLONG;
    }
    FileDescriptor fd = Open(component_.c_str());
    if (!fd.valid()) return errno;
    struct stat st;
    if (fstat(fd.get(), &st) != 0) return errno;
    if (S_ISLNK(st.st_mode) && follow) return FollowLink(fd.get());
    Push(std::move(fd), S_ISDIR(st.st_mode));
    return at_file_ && !at_end && next_ < rest_.size() ? NotADirectory() : 0;
  }

  // A name goes on behind something that is no directory.
  int NotADirectory() {
    Pop();
    return ENOTDIR;
  }

  // None, and errno, on failure.
  FileDescriptor Open(const char* name) {
    while (at() >= 0) {
      const int fd = openat(at(), name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
      if (fd >= 0) return FileDescriptor(fd);
      const bool again = errno == EINTR || (IsShortage(errno) && GiveBack());
      if (!again) return FileDescriptor();
    }
    const std::string whole = result_.path.substr(0, path_size()) + "/" + name;
    Opened opened = kernel_.Open(whole, O_PATH | O_NOFOLLOW);
    errno = opened.error;
    return std::move(opened.fd);
  }

  // Closes all directories but the one that is looked in, or else that one:
  // from then on names are looked up from the root. False if there was none to
  // close.
  bool GiveBack() {
    const int error = errno;
    bool any = false;
    for (size_t i = 0; i < stack_.size(); ++i) {
      if (any && i + 1 == stack_.size()) break;
      any = any || stack_[i].fd.valid();
      stack_[i].fd = FileDescriptor();
    }
    errno = error;
    return any;
  }

  void Push(FileDescriptor fd, bool is_directory) {
    result_.path.resize(path_size());
    result_.path.push_back('/');
    result_.path.append(component_);
    stack_.push_back({result_.path.size(), std::move(fd)});
    at_file_ = !is_directory;
    if (stack_.size() > kMaxHeld) {
      stack_[stack_.size() - 1 - kMaxHeld].fd = FileDescriptor();
    }
  }
  void Pop() {
    if (!stack_.empty()) stack_.pop_back();
    at_file_ = false;
    result_.path.resize(path_size());
  }

  int Up() {
    Pop();
    if (stack_.empty() || stack_.back().fd.valid()) return 0;
    // Given back long ago: walked to once more, by its canonical name.
    const size_t depth = stack_.size();
    const size_t first = depth > kMaxHeld ? depth - kMaxHeld : 0;
    for (size_t i = first; i < depth; ++i) {
      Opened again = Reach(i, first);
      if (IsShortage(again.error)) return ReachAlone(depth - 1);
      if (again.error != 0) return again.error;
      stack_[i].fd = std::move(again.fd);
    }
    return 0;
  }
  int ReachAlone(size_t i) {
    GiveBack();
    Opened again = Reach(i, i);
    stack_[i].fd = std::move(again.fd);
    return again.error;
  }
  Opened Reach(size_t i, size_t first) const {
    constexpr int kFlags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    const size_t size = stack_[i].path_size;
    if (i == first) return kernel_.Open(result_.path.substr(0, size), kFlags);
    const size_t start = stack_[i - 1].path_size + 1;
    const std::string name = result_.path.substr(start, size - start);
    const int fd = openat(stack_[i - 1].fd.get(), name.c_str(), kFlags);
    if (fd < 0) return Opened::Error(errno);
    return {FileDescriptor(fd), 0};
  }

  int FollowLink(int link) {
    if (++links_ > kMaxLinks || IsMagic(link)) return ELOOP;
    char target[kMaxPathBytes + 1];
    const ssize_t size = readlinkat(link, "", target, sizeof(target));
    if (size < 0) return errno;
    if (size == 0) return ENOENT;
    if (static_cast<size_t>(size) == sizeof(target)) return ENAMETOOLONG;
    std::string text(target, static_cast<size_t>(size));
    result_.path.resize(path_size());
    result_.links.push_back({result_.path + "/" + component_, text});
    const bool absolute = text[0] == '/';
    rest_ = std::move(text) + rest_.substr(next_);
    next_ = 0;
    if (absolute) {
      stack_.clear();
      result_.path.clear();
    }
    return 0;
  }

  // The links of procfs lead to objects, whatever their text says; save those
  // in its root directory, as "self" (proc(5)).
  bool IsMagic(int link) const {
    if (!IsInProcfs(link)) return false;
    constexpr ino_t kProcRoot = 1;  // PROC_ROOT_INO of linux/proc_fs.h
    ObjectInfo self, directory;
    return Inspect(link, &self) != 0 || InspectDirectory(&directory) != 0 ||
           directory.identity().inode != kProcRoot ||
           directory.identity().device != self.identity().device;
  }
  int InspectDirectory(ObjectInfo* info) const {
    return at() >= 0
               ? Inspect(at(), info)
               : kernel_.Glance(result_.path.substr(0, path_size()), info);
  }

  CanonicalName Finish(bool slash) {
    if (result_.error == 0 && slash && at_file_) result_.error = ENOTDIR;
    result_.existing_bytes = result_.path.size();
    if (result_.error != 0) AppendRest();
    if (result_.path.empty()) result_.path = "/";
    if (result_.existing_bytes == 0) result_.existing_bytes = 1;
    return std::move(result_);
  }

  // What was not looked up any more, unless it steps back.
  void AppendRest() {
    if (component_.empty() || at_file_) return;
    result_.path.resize(path_size());
    result_.existing_bytes = result_.path.size();
    std::string path = result_.path;
    const auto append = [&] {
      if (component_ != ".") path += "/" + component_;
    };
    if (component_ == "..") return;
    append();
    if (path.size() > kMaxPathBytes) return;  // no name that can be decided
    const std::string first = path;
    while (TakeComponent()) {
      if (component_ == "..") {
        path = first;
        break;
      }
      append();
    }
    result_.path = path.size() > kMaxPathBytes ? first : path;
  }

  const Kernel& kernel_;
  CanonicalName result_;
  std::vector<Directory> stack_;
  std::string rest_;       // of the name, links replaced by their texts
  size_t next_ = 0;        // in rest_: behind component_
  std::string component_;  // taken last
  bool at_file_ = false;   // the top of stack_ is no directory
  int links_ = 0;
};

}  // namespace

CanonicalName FindCanonicalName(const Kernel& kernel, absl::string_view name,
                                LastLink last) {
  return Walk(kernel).Run(name, last);
}

}  // namespace fs
}  // namespace postern
