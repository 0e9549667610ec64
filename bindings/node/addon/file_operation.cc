#include "bindings/node/addon/file_operation.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cmath>

#include "bindings/host/file_type.h"

namespace postern {
namespace node {
namespace {

constexpr int64_t kNanoseconds = 1000000000;
// As Node's own limit of a file that is read whole (2 GiB).
constexpr uint64_t kMaxFile = (uint64_t{1} << 31) - 1;

// Relative names start at the working directory of the process.
std::string Absolute(const std::string& name) {
  if (name.empty() || name[0] == '/') return name;
  char here[4096];
  if (getcwd(here, sizeof(here)) == nullptr || here[0] != '/') return "";
  return std::string(here) + "/" + name;
}

// The names of an operation, absolute.
struct Names {
  explicit Names(const FileOperation& o)
      : a(o.texts.empty() ? "" : Absolute(o.texts[0])),
        b(o.texts.size() < 2 ? "" : Absolute(o.texts[1])) {}
  std::string a, b;
};

struct Flag {
  int theirs;
  uint32_t ours;
};
constexpr Flag kFlags[] = {
    {O_APPEND, POSTERN_OPEN_APPEND},     {O_CREAT, POSTERN_OPEN_CREATE},
    {O_TRUNC, POSTERN_OPEN_TRUNCATE},    {O_DIRECTORY, POSTERN_OPEN_DIRECTORY},
    {O_NOFOLLOW, POSTERN_OPEN_NOFOLLOW}, {O_DSYNC, POSTERN_OPEN_DATA_SYNC},
};
// These need no word of ours.
constexpr int kWithoutMeaning = O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_LARGEFILE;

// False for what cannot be had by guarded files, as O_PATH and O_DIRECT.
bool OpenFlags(int flags, uint32_t* out) {
  const int access = flags & O_ACCMODE;
  if (access == O_ACCMODE) return false;
  *out = access == O_RDONLY   ? POSTERN_OPEN_READ
         : access == O_WRONLY ? POSTERN_OPEN_WRITE
                              : POSTERN_OPEN_READ | POSTERN_OPEN_WRITE;
  flags &= ~(O_ACCMODE | kWithoutMeaning);
  if ((flags & O_CREAT) != 0 && (flags & O_EXCL) != 0) {
    *out |= POSTERN_OPEN_EXCLUSIVE;
  }
  flags &= ~O_EXCL;
  if ((flags & O_SYNC) == O_SYNC) {
    *out |= POSTERN_OPEN_SYNC;
    flags &= ~O_SYNC;
  }
  for (const Flag& flag : kFlags) {
    if ((flags & flag.theirs) == flag.theirs) {
      *out |= flag.ours;
      flags &= ~flag.theirs;
    }
  }
  return flags == 0;
}

postern_status Open(const ProcessState& state, FileOperation* o) {
  uint32_t flags = 0;
  if (!OpenFlags(static_cast<int>(o->Integer(0)), &flags)) {
    return POSTERN_INVALID_ARGUMENT;
  }
  const Names names(*o);
  postern_open_file* file = nullptr;
  const postern_status status = postern_files_open_file(
      state.files(), names.a.data(), names.a.size(), flags,
      static_cast<uint32_t>(o->Integer(1)), &file, o->error);
  if (status != POSTERN_OK) return status;
  o->result = FileResult::kNumber;
  o->number = o->state->Keep(file);
  return status;
}

postern_status Read(const ProcessState& state, FileOperation* o) {
  const Names names(*o);
  o->result = o->Integer(0) != 0 ? FileResult::kText : FileResult::kBytes;
  return postern_files_read(state.files(), names.a.data(), names.a.size(),
                            kMaxFile, &o->buffer, o->error);
}

// In the order of Node's Stats, times in nanoseconds.
void TellInfo(const postern_file_info& info, FileOperation* o) {
  o->result = FileResult::kInfo;
  o->info = {static_cast<int64_t>(info.device),
             host::TypeBits(info.type) | info.mode,
             static_cast<int64_t>(info.links),
             info.owner,
             info.group,
             static_cast<int64_t>(info.of_device),
             static_cast<int64_t>(info.block_size),
             static_cast<int64_t>(info.inode),
             static_cast<int64_t>(info.size),
             static_cast<int64_t>(info.allocated / 512),
             info.accessed_ns,
             info.modified_ns,
             info.changed_ns};
}

postern_status Stat(const ProcessState& state, FileOperation* o) {
  const Names names(*o);
  postern_file_info info = {};
  info.struct_size = sizeof(info);
  const postern_status status =
      postern_files_info(state.files(), names.a.data(), names.a.size(),
                         o->Integer(0) != 0 ? 1 : 0, &info, o->error);
  if (status == POSTERN_OK) TellInfo(info, o);
  return status;
}

postern_status Access(const ProcessState& state, FileOperation* o) {
  const Names names(*o);
  return postern_files_access(state.files(), names.a.data(), names.a.size(),
                              static_cast<uint32_t>(o->Integer(0)), o->error);
}

postern_status MakeDirectory(const ProcessState& state, FileOperation* o) {
  const Names names(*o);
  return postern_files_make_directory(
      state.files(), names.a.data(), names.a.size(),
      static_cast<uint32_t>(o->Integer(0)), o->error);
}

// The name of a new directory is the given text and six letters.
postern_status MakeTemporary(const ProcessState& state, FileOperation* o) {
  const Names names(*o);
  const size_t slash = names.a.rfind('/');
  if (slash == names.a.npos) return POSTERN_INVALID_ARGUMENT;
  const std::string folder = slash == 0 ? "/" : names.a.substr(0, slash);
  const std::string prefix = names.a.substr(slash + 1);
  const postern_status status = postern_files_create_temporary_directory(
      state.files(), folder.data(), folder.size(), prefix.data(), prefix.size(),
      &o->buffer, o->error);
  o->result = FileResult::kBytes;
  return status;
}

postern_status Symlink(const ProcessState& state, FileOperation* o) {
  const Names names(*o);
  return postern_files_symlink(state.files(), o->texts[0].data(),
                               o->texts[0].size(), names.b.data(),
                               names.b.size(), o->error);
}

postern_status ReadLink(const ProcessState& state, FileOperation* o) {
  const Names names(*o);
  o->result = FileResult::kBytes;
  return postern_files_readlink(state.files(), names.a.data(), names.a.size(),
                                &o->buffer, o->error);
}

postern_status Link(const ProcessState& state, FileOperation* o) {
  const Names names(*o);
  return postern_files_link(state.files(), names.a.data(), names.a.size(),
                            nullptr, names.b.data(), names.b.size(), o->error);
}

postern_status Rename(const ProcessState& state, FileOperation* o) {
  const Names names(*o);
  return postern_files_move(state.files(), names.a.data(), names.a.size(),
                            nullptr, names.b.data(), names.b.size(),
                            POSTERN_MOVE_REPLACE, o->error);
}

postern_status Copy(const ProcessState& state, FileOperation* o) {
  const Names names(*o);
  return postern_files_copy(state.files(), names.a.data(), names.a.size(),
                            nullptr, names.b.data(), names.b.size(),
                            o->Integer(0) != 0 ? 1 : 0, o->error);
}

postern_status Remove(const ProcessState& state, FileOperation* o) {
  const Names names(*o);
  return postern_files_remove(state.files(), names.a.data(), names.a.size(),
                              o->error);
}

postern_status RemoveDirectory(const ProcessState& state, FileOperation* o) {
  const Names names(*o);
  return postern_files_remove_directory(state.files(), names.a.data(),
                                        names.a.size(), o->error);
}

postern_status RemoveAll(const ProcessState& state, FileOperation* o) {
  const Names names(*o);
  return postern_files_remove_all(state.files(), names.a.data(), names.a.size(),
                                  o->error);
}

postern_status SetMode(const ProcessState& state, FileOperation* o) {
  const Names names(*o);
  return postern_files_set_mode(state.files(), names.a.data(), names.a.size(),
                                static_cast<uint32_t>(o->Integer(0)), o->error);
}

postern_status SetOwner(const ProcessState& state, FileOperation* o) {
  const Names names(*o);
  return postern_files_set_owner(
      state.files(), names.a.data(), names.a.size(), o->Integer(0) != 0 ? 1 : 0,
      static_cast<uint32_t>(o->Integer(1)),
      static_cast<uint32_t>(o->Integer(2)), o->error);
}

// Seconds since 1970, with fractions. False beyond what 64 bits of nanoseconds
// can say.
bool Nanoseconds(double seconds, int64_t* out) {
  if (std::fabs(seconds) > 9.2e9) return false;
  const double whole = std::floor(seconds);
  *out = static_cast<int64_t>(whole) * kNanoseconds +
         static_cast<int64_t>((seconds - whole) * kNanoseconds);
  return true;
}

postern_status SetTimes(const ProcessState& state, FileOperation* o) {
  const Names names(*o);
  int64_t accessed = 0, modified = 0;
  if (!Nanoseconds(o->numbers[1], &accessed) ||
      !Nanoseconds(o->numbers[2], &modified)) {
    return POSTERN_INVALID_ARGUMENT;
  }
  return postern_files_set_times(state.files(), names.a.data(), names.a.size(),
                                 o->Integer(0) != 0 ? 1 : 0, accessed, modified,
                                 o->error);
}

postern_status SetSize(const ProcessState& state, FileOperation* o) {
  const Names names(*o);
  return postern_files_set_size(state.files(), names.a.data(), names.a.size(),
                                static_cast<uint64_t>(o->Integer(0)), o->error);
}

postern_status List(const ProcessState& state, FileOperation* o) {
  const Names names(*o);
  postern_listing* listing = nullptr;
  postern_status status = postern_files_list(
      state.files(), names.a.data(), names.a.size(), &listing, o->error);
  postern_entry entry = {};
  entry.struct_size = sizeof(entry);
  while (status == POSTERN_OK) {
    status = postern_listing_next(listing, &entry, o->error);
    if (status == POSTERN_OK) {
      o->list.emplace_back(std::string(entry.name.data, entry.name.size),
                           entry.type);
    }
  }
  postern_listing_free(listing);
  o->result = FileResult::kList;
  return status == POSTERN_END ? POSTERN_OK : status;
}

// Opened for reading, as the name that an object has after links is told to
// whoever may read it.
postern_status OpenToLook(const ProcessState& state, FileOperation* o,
                          uint32_t more, postern_open_file** file) {
  const Names names(*o);
  return postern_files_open_file(state.files(), names.a.data(), names.a.size(),
                                 POSTERN_OPEN_READ | more, 0, file, o->error);
}

postern_status RealPath(const ProcessState& state, FileOperation* o) {
  postern_open_file* file = nullptr;
  const postern_status status = OpenToLook(state, o, 0, &file);
  if (status == POSTERN_OK) {
    size_t size = 0;
    const char* const name = postern_open_file_name(file, &size);
    o->bytes.assign(name, size);
    o->result = FileResult::kBytes;
  }
  postern_open_file_free(file);
  return status;
}

postern_status StatFs(const ProcessState& state, FileOperation* o) {
  postern_open_file* file = nullptr;
  postern_status status = OpenToLook(state, o, 0, &file);
  struct statfs info;
  if (status == POSTERN_OK &&
      fstatfs(postern_open_file_descriptor(file), &info) != 0) {
    status = POSTERN_INTERNAL;
  }
  if (status == POSTERN_OK) {
    o->result = FileResult::kInfo;
    o->info = {
        static_cast<int64_t>(info.f_type),   static_cast<int64_t>(info.f_bsize),
        static_cast<int64_t>(info.f_blocks), static_cast<int64_t>(info.f_bfree),
        static_cast<int64_t>(info.f_bavail), static_cast<int64_t>(info.f_files),
        static_cast<int64_t>(info.f_ffree)};
  }
  postern_open_file_free(file);
  return status;
}

postern_status ChangeDirectory(const ProcessState& state, FileOperation* o) {
  postern_open_file* file = nullptr;
  postern_status status = OpenToLook(state, o, POSTERN_OPEN_DIRECTORY, &file);
  if (status == POSTERN_OK && fchdir(postern_open_file_descriptor(file)) != 0) {
    status = POSTERN_INTERNAL;
  }
  postern_open_file_free(file);
  return status;
}

// ---- Of open files: what they may be used for is what they were opened for.

std::shared_ptr<postern_open_file> FileOf(const ProcessState& state,
                                          const FileOperation& o) {
  return state.Find(static_cast<int32_t>(o.Integer(0)));
}

postern_status FileSetMode(const ProcessState& state, FileOperation* o) {
  return postern_open_file_set_mode(
      FileOf(state, *o).get(), static_cast<uint32_t>(o->Integer(1)), o->error);
}

postern_status FileSetOwner(const ProcessState& state, FileOperation* o) {
  return postern_open_file_set_owner(
      FileOf(state, *o).get(), static_cast<uint32_t>(o->Integer(1)),
      static_cast<uint32_t>(o->Integer(2)), o->error);
}

postern_status FileSetTimes(const ProcessState& state, FileOperation* o) {
  int64_t accessed = 0, modified = 0;
  if (!Nanoseconds(o->numbers[1], &accessed) ||
      !Nanoseconds(o->numbers[2], &modified)) {
    return POSTERN_INVALID_ARGUMENT;
  }
  return postern_open_file_set_times(FileOf(state, *o).get(), accessed,
                                     modified, o->error);
}

postern_status FileSetSize(const ProcessState& state, FileOperation* o) {
  return postern_open_file_set_size(
      FileOf(state, *o).get(), static_cast<uint64_t>(o->Integer(1)), o->error);
}

constexpr FileKind kKinds[] = {
    {"open", "pnn", POSTERN_FS_READ, Open},
    {"readFile", "pn", POSTERN_FS_READ, Read, "open"},
    {"stat", "pn", POSTERN_FS_READ, Stat, "stat", "lstat"},
    {"access", "pn", POSTERN_FS_READ, Access},
    {"mkdir", "pn", POSTERN_FS_WRITE, MakeDirectory},
    {"mkdtemp", "p", POSTERN_FS_WRITE, MakeTemporary},
    {"symlink", "tp", POSTERN_FS_WRITE, Symlink},
    {"readlink", "p", POSTERN_FS_READ, ReadLink},
    {"link", "pp", POSTERN_FS_WRITE, Link},
    {"rename", "pp", POSTERN_FS_WRITE, Rename},
    {"copyFile", "ppn", POSTERN_FS_WRITE, Copy, "copyfile"},
    {"unlink", "p", POSTERN_FS_WRITE, Remove},
    {"rmdir", "p", POSTERN_FS_WRITE, RemoveDirectory},
    {"removeAll", "p", POSTERN_FS_WRITE, RemoveAll, "rm"},
    {"chmod", "pn", POSTERN_FS_WRITE, SetMode},
    {"chown", "pnnn", POSTERN_FS_WRITE, SetOwner, "chown", "lchown"},
    {"utimes", "pnff", POSTERN_FS_WRITE, SetTimes, "utime", "lutime"},
    {"truncate", "pn", POSTERN_FS_WRITE, SetSize, "open"},
    {"list", "p", POSTERN_FS_READ, List, "scandir"},
    {"realpath", "p", POSTERN_FS_READ, RealPath},
    {"statfs", "p", POSTERN_FS_READ, StatFs},
    {"chdir", "p", POSTERN_FS_READ, ChangeDirectory},
    {"fchmod", "nn", POSTERN_FS_WRITE, FileSetMode},
    {"fchown", "nnn", POSTERN_FS_WRITE, FileSetOwner},
    {"futimes", "nff", POSTERN_FS_WRITE, FileSetTimes, "futime"},
    {"ftruncate", "nn", POSTERN_FS_WRITE, FileSetSize},
};

}  // namespace

FileOperation::~FileOperation() {
  postern_buffer_free(buffer);
  postern_error_free(error);
}

void FileOperation::Run() { status = kind->run(*state, this); }

absl::Span<const FileKind> AllFileKinds() { return kKinds; }

}  // namespace node
}  // namespace postern
