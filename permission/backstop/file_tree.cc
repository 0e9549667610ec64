#include "permission/backstop/file_tree.h"

#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>

#include "absl/memory/memory.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fs/base/file_descriptor.h"

namespace postern {
namespace {

FileTree::Kind KindOfMode(mode_t mode) {
  if (S_ISDIR(mode)) return FileTree::Kind::kDirectory;
  if (S_ISREG(mode)) return FileTree::Kind::kFile;
  if (S_ISLNK(mode)) return FileTree::Kind::kLink;
  if (S_ISCHR(mode) || S_ISBLK(mode)) return FileTree::Kind::kDevice;
  return FileTree::Kind::kOther;
}

FileTree::Kind KindAt(int directory, const char* name) {
  struct stat st = {};
  if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
    return FileTree::Kind::kMissing;
  }
  return KindOfMode(st.st_mode);
}

bool IsDots(absl::string_view name) { return name == "." || name == ".."; }

void ReadEntries(DIR* directory, std::vector<FileTree::Entry>* entries) {
  while (const dirent* entry = readdir(directory)) {
    if (IsDots(entry->d_name)) continue;
    const FileTree::Kind kind = KindAt(dirfd(directory), entry->d_name);
    if (kind != FileTree::Kind::kMissing) {
      entries->push_back({entry->d_name, kind});
    }
  }
  std::sort(entries->begin(), entries->end(),
            [](const FileTree::Entry& a, const FileTree::Entry& b) {
              return a.name < b.name;
            });
}

// Bytes of a file from `offset` on, as many as there are.
std::string ReadSome(int fd, size_t bytes, off_t offset) {
  std::string text(bytes, '\0');
  const ssize_t got = pread(fd, &text[0], bytes, offset);
  text.resize(got < 0 ? 0 : static_cast<size_t>(got));
  return text;
}

// The name behind "#!", execve(2).
std::string ScriptInterpreter(absl::string_view text) {
  text = text.substr(0, text.find('\n'));
  text.remove_prefix(2);
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return std::string(text.substr(0, text.find_first_of(" \t")));
}

// The name in PT_INTERP, elf(5), of a program of this word size.
std::string ElfLoader(int fd) {
  using Header = ElfW(Ehdr);
  using Segment = ElfW(Phdr);
  const std::string head = ReadSome(fd, sizeof(Header), 0);
  Header header;
  if (head.size() < sizeof(header)) return "";
  memcpy(&header, head.data(), sizeof(header));
  if (header.e_phentsize != sizeof(Segment)) return "";
  const size_t count = std::min<size_t>(header.e_phnum, 64);
  const std::string table =
      ReadSome(fd, count * sizeof(Segment), static_cast<off_t>(header.e_phoff));
  for (size_t at = 0; at + sizeof(Segment) <= table.size();
       at += sizeof(Segment)) {
    Segment segment;
    memcpy(&segment, table.data() + at, sizeof(segment));
    if (segment.p_type != PT_INTERP) continue;
    const size_t bytes = std::min<size_t>(segment.p_filesz, PATH_MAX);
    return ReadSome(fd, bytes, static_cast<off_t>(segment.p_offset)).c_str();
  }
  return "";
}

std::string InterpreterOf(int fd) {
  const std::string head = ReadSome(fd, 256, 0);
  if (absl::StartsWith(head, "#!")) return ScriptInterpreter(head);
  return absl::StartsWith(head, ELFMAG) ? ElfLoader(fd) : "";
}

class KernelFileTree final : public FileTree {
 public:
  Kind KindOf(const std::string& path) const override {
    return KindAt(AT_FDCWD, path.c_str());
  }

  absl::optional<Device> DeviceAt(const std::string& path) const override {
    struct stat st = {};
    if (lstat(path.c_str(), &st) != 0) return absl::nullopt;
    if (KindOfMode(st.st_mode) != Kind::kDevice) return absl::nullopt;
    return Device{S_ISBLK(st.st_mode) ? 'b' : 'c', major(st.st_rdev),
                  minor(st.st_rdev)};
  }

  size_t NamesOf(const std::string& path) const override {
    struct stat st = {};
    if (lstat(path.c_str(), &st) != 0 || !S_ISREG(st.st_mode)) return 0;
    return st.st_nlink;
  }

  std::vector<std::string> InterpretersOf(
      const std::string& program) const override {
    const fs::FileDescriptor fd(
        open(program.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd.valid() || KindOf(program) != Kind::kFile) return {};
    const std::string written = InterpreterOf(fd.get());
    if (written.empty()) return {};
    const std::unique_ptr<char, void (*)(void*)> canonical(
        realpath(written.c_str(), nullptr), free);
    if (canonical == nullptr) return {};
    return {canonical.get()};
  }

  bool List(const std::string& path,
            std::vector<Entry>* entries) const override {
    fs::FileDescriptor fd(
        open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd.valid()) return false;
    DIR* const directory = fdopendir(fd.get());
    if (directory == nullptr) return false;
    fd.Release();
    ReadEntries(directory, entries);
    closedir(directory);
    return true;
  }
};

}  // namespace

std::unique_ptr<FileTree> MakeKernelFileTree() {
  return absl::make_unique<KernelFileTree>();
}

std::string EntryPath(absl::string_view directory, absl::string_view name) {
  return absl::StrCat(directory == "/" ? "" : directory, "/", name);
}

absl::string_view ParentOf(absl::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace postern
