#include "bindings/c/postern/files.h"

#include <sys/stat.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "bindings/c/callbacks.h"
#include "bindings/c/guarded.h"
#include "fs/fork_mutex.h"
#include "permission/guard/path_monitor.h"
#include "permission/permission.h"

namespace postern {
namespace c {
namespace {

constexpr uint32_t kAllKinds = 31;
constexpr uint32_t kAllFlags = 127;
constexpr uint32_t kAllOpenFlags = 8191;

fs::Kinds KindsOf(uint32_t bits) {
  if ((bits & POSTERN_KIND_ANY) != 0) return fs::Kinds::Any();
  fs::Kinds kinds = fs::Kinds::RegularAndDirectory();
  if ((bits & POSTERN_KIND_FIFO) != 0) kinds = kinds.And(S_IFIFO);
  if ((bits & POSTERN_KIND_CHARACTER_DEVICE) != 0) kinds = kinds.And(S_IFCHR);
  if ((bits & POSTERN_KIND_BLOCK_DEVICE) != 0) kinds = kinds.And(S_IFBLK);
  if ((bits & POSTERN_KIND_SOCKET) != 0) kinds = kinds.And(S_IFSOCK);
  return kinds;
}

void ApplyFlags(uint32_t flags, fs::GuardedFsOptions* out) {
  using fs::HardLinks;
  const auto has = [flags](uint32_t bit) { return (flags & bit) != 0; };
  out->no_cross_mount = has(POSTERN_FILES_NO_CROSS_MOUNT);
  out->hide_denied_children = has(POSTERN_FILES_HIDE_DENIED);
  out->privileged_attributes = has(POSTERN_FILES_PRIVILEGED_ATTRIBUTES);
  out->remember_plain_names = !has(POSTERN_FILES_FORGET_PLAIN_NAMES);
  out->hard_links_reading = has(POSTERN_FILES_REFUSE_HARD_LINKS_READING)
                                ? HardLinks::kRefuse
                                : HardLinks::kReport;
  out->hard_links_writing = has(POSTERN_FILES_REPORT_HARD_LINKS_WRITING)
                                ? HardLinks::kReport
                                : HardLinks::kRefuse;
}

absl::Status ReadFilesOptions(const postern_files_options* given,
                              postern_files_options* read,
                              fs::GuardedFsOptions* out) {
  *read = {};
  absl::string_view base;
  absl::Status status;
  if (given != nullptr) status = ReadStruct(given, "options", read);
  if (status.ok()) status = ReadBytes(read->base_directory, "base", &base);
  if (!status.ok()) return status;
  if (read->kinds > kAllKinds || read->flags > kAllFlags) {
    return absl::InvalidArgumentError("options: unknown bits");
  }
  if (read->ask_timeout_ns < 0) {
    return absl::InvalidArgumentError("options: ask_timeout_ns is negative");
  }
  out->base_directory = std::string(base);
  out->kinds = KindsOf(read->kinds);
  ApplyFlags(read->flags, out);
  out->naming = read->turns_with == nullptr
                    ? std::make_shared<fs::ForkMutex>()
                    : read->turns_with->fs->options().naming;
  return absl::OkStatus();
}

// As the monitor refuses it, with the words of this interface.
absl::Status UnboundError() {
  return absl::FailedPreconditionError(
      "the policy is not bound to the file system, so that its rules for "
      "names that pass links would hold for no file; call "
      "postern_builder_bind() before postern_builder_build(), or set "
      "POSTERN_FILES_ACCEPT_UNBOUND");
}

absl::Status NewFiles(const postern_context& context,
                      const postern_files_options* given, postern_files** out) {
  postern_files_options read;
  fs::GuardedFsOptions options;
  absl::Status status = ReadFilesOptions(given, &read, &options);
  if (!status.ok()) return status;
  if (options.base_directory.empty()) {
    options.base_directory = BaseDirectoryOf(context);
  }
  PathMonitorOptions monitor;
  if (read.ask_timeout_ns > 0) {
    monitor.ask_timeout = absl::Nanoseconds(read.ask_timeout_ns);
  }
  monitor.accept_unbound_policy =
      (read.flags & POSTERN_FILES_ACCEPT_UNBOUND) != 0;
  if (!monitor.accept_unbound_policy &&
      !context.holder->context->policy()->binding()) {
    return UnboundError();
  }
  absl::StatusOr<std::unique_ptr<const fs::GuardedFs>> made =
      fs::GuardedFs::Create(MakePathMonitor(SharedContext(context), monitor),
                            std::move(options));
  if (!made.ok()) return made.status();
  *out = new postern_files{*std::move(made), context.holder->context.get(),
                           nullptr, monitor.ask_timeout,
                           monitor.accept_unbound_policy};
  return absl::OkStatus();
}

absl::Status CheckHandle(const postern_files* files, const char* path,
                         size_t size, absl::string_view what) {
  if (files == nullptr) return NullError("files");
  return IsReadable(path, size) ? absl::OkStatus() : NullError(what);
}

fs::At AtOf(const postern_files& files, const char* path, size_t size) {
  return fs::At(
      size == 0 ? absl::string_view("") : absl::string_view(path, size),
      files.base.get());
}

// False for flags that mean nothing together.
bool ReadIntent(uint32_t flags, uint32_t mode, fs::OpenIntent* intent) {
  const auto has = [flags](uint32_t bit) { return (flags & bit) != 0; };
  const bool read = has(POSTERN_OPEN_READ), write = has(POSTERN_OPEN_WRITE);
  if (flags > kAllOpenFlags || has(POSTERN_OPEN_EXECUTE) || !IsMode(mode) ||
      (!read && !write)) {
    return false;
  }
  using Access = fs::OpenIntent::Access;
  intent->access = read && write ? Access::kReadWrite
                   : read        ? Access::kRead
                                 : Access::kWrite;
  intent->append = has(POSTERN_OPEN_APPEND);
  intent->create = has(POSTERN_OPEN_CREATE);
  intent->exclusive = has(POSTERN_OPEN_EXCLUSIVE);
  intent->truncate = has(POSTERN_OPEN_TRUNCATE);
  intent->directory = has(POSTERN_OPEN_DIRECTORY);
  intent->nofollow = has(POSTERN_OPEN_NOFOLLOW);
  intent->sync = has(POSTERN_OPEN_SYNC);
  intent->data_sync = has(POSTERN_OPEN_DATA_SYNC);
  intent->same_mount = has(POSTERN_OPEN_SAME_MOUNT);
  intent->special_files = has(POSTERN_OPEN_SPECIAL_FILES);
  intent->mode = mode;
  return intent->IsValid();
}

// The name of a new entry, as its directory was given.
std::string AsGiven(absl::string_view directory, absl::string_view canonical) {
  std::string name(directory);
  if (name.back() != '/') name += '/';
  name.append(canonical.data() + canonical.rfind('/') + 1,
              canonical.size() - canonical.rfind('/') - 1);
  return name;
}

Permission PermissionFor(fs::Rights rights) {
  if (rights == fs::Right::kRead) return Permission::kFsRead;
  if (rights == fs::Right::kWrite) return Permission::kFsWrite;
  return Permission::kUnknown;
}

Outcome WithPermission(fs::Operation operation, Outcome outcome) {
  const fs::OperationRow& row = fs::RowOf(operation);
  outcome.permission =
      PermissionFor((outcome.end == 0 ? row.first : row.second).rights);
  return outcome;
}

}  // namespace

std::shared_ptr<PermissionContext> SharedContext(
    const postern_context& handle) {
  return std::shared_ptr<PermissionContext>(handle.holder,
                                            handle.holder->context.get());
}

std::string BaseDirectoryOf(const postern_context& handle) {
  const std::string& own = handle.holder->base_directory;
  return own.empty() ? handle.holder->context->policy()->base_directory() : own;
}

Outcome OutcomeOf(const fs::FsStatus& status) {
  Outcome outcome;
  if (status.ok()) return outcome;
  outcome.status = status.denied() ? POSTERN_DENIED : POSTERN_SYSTEM;
  outcome.message = status.ToString();
  outcome.error_number = status.error_number;
  if (status.denied()) outcome.refusal = fs::RefusalCode(status.refusal);
  outcome.decision = DecisionOf(status.verdict);
  outcome.subject = status.canonical;
  outcome.end = status.end;
  return outcome;
}

Outcome Invalid(absl::string_view message) {
  return OutcomeOf(absl::InvalidArgumentError(message));
}

postern_status OnPath(
    const postern_files* files, fs::Operation operation, const char* path,
    size_t size, postern_error* error,
    absl::FunctionRef<Outcome(const fs::GuardedFs&, const fs::At&)> use) {
  return GuardOperation(error, [&] {
    const absl::Status status = CheckHandle(files, path, size, "path");
    if (!status.ok()) return OutcomeOf(status);
    return WithPermission(operation, use(*files->fs, AtOf(*files, path, size)));
  });
}

postern_status OnPaths(const postern_files* files, fs::Operation operation,
                       const char* from, size_t from_size,
                       const postern_files* to_files, const char* to,
                       size_t to_size, postern_error* error,
                       absl::FunctionRef<Outcome(const fs::GuardedFs&,
                                                 const fs::At&, const fs::At&)>
                           use) {
  return GuardOperation(error, [&] {
    if (to_files == nullptr) to_files = files;
    absl::Status status = CheckHandle(files, from, from_size, "from");
    if (status.ok()) status = CheckHandle(to_files, to, to_size, "to");
    if (!status.ok()) return OutcomeOf(status);
    if (to_files->fs != files->fs) return Invalid("to_files: other files");
    return WithPermission(operation,
                          use(*files->fs, AtOf(*files, from, from_size),
                              AtOf(*to_files, to, to_size)));
  });
}

fs::Operation OperationOf(uint32_t flags) {
  if ((flags & POSTERN_OPEN_WRITE) == 0) return fs::Operation::kOpenRead;
  return (flags & POSTERN_OPEN_READ) == 0 ? fs::Operation::kOpenWrite
                                          : fs::Operation::kOpenReadWrite;
}

Outcome OpenAt(const fs::GuardedFs& fs, const fs::At& at, uint32_t flags,
               uint32_t mode, absl::FunctionRef<void(fs::Handle)> out) {
  fs::OpenIntent intent;
  const bool execute = flags == POSTERN_OPEN_EXECUTE;
  if (!execute && !ReadIntent(flags, mode, &intent)) {
    return Invalid("flags: these mean nothing together");
  }
  fs::FsResult<fs::Handle> handle =
      execute ? fs.OpenExec(at) : fs.Open(at, intent);
  if (!handle.ok()) return OutcomeOf(handle.status());
  out(*std::move(handle));
  return Outcome();
}

uint32_t FindingsToC(const fs::Findings& findings) {
  return (findings.inspected ? uint32_t{POSTERN_OPENED_LOOKED_AT} : 0) |
         (findings.hard_linked ? uint32_t{POSTERN_OPENED_HARD_LINKED} : 0) |
         (findings.crossed_mount ? uint32_t{POSTERN_OPENED_CROSSED_MOUNT} : 0) |
         (findings.created ? uint32_t{POSTERN_OPENED_CREATED} : 0);
}

Outcome BufferOut(fs::FsResult<std::string> bytes, postern_buffer** out) {
  if (!bytes.ok()) return OutcomeOf(bytes.status());
  *out = new postern_buffer{*std::move(bytes)};
  return Outcome();
}

}  // namespace c
}  // namespace postern

using namespace postern::c;  // NOLINT: the functions below are global
namespace fs = postern::fs;

postern_status postern_files_new(postern_context* context,
                                 const postern_files_options* options,
                                 postern_files** files, postern_error* error) {
  if (files != nullptr) *files = nullptr;
  return Guard(error, [&]() -> absl::Status {
    if (context == nullptr) return NullError("context");
    if (files == nullptr) return NullError("files");
    return NewFiles(*context, options, files);
  });
}

void postern_files_free(postern_files* files) { delete files; }

postern_status postern_files_in(const postern_files* files, const char* path,
                                size_t size, postern_files** in,
                                postern_error* error) {
  if (in != nullptr) *in = nullptr;
  return OnPath(files, fs::Operation::kChdir, path, size, error,
                [&](const fs::GuardedFs& fs, const fs::At& at) {
                  if (in == nullptr) return OutcomeOf(NullError("in"));
                  fs::FsResult<fs::Handle> handle = fs.ChangeDirectory(at);
                  if (!handle.ok()) return OutcomeOf(handle.status());
                  *in = new postern_files{
                      files->fs, files->context,
                      std::make_shared<const fs::Handle>(*std::move(handle)),
                      files->ask_timeout, files->accept_unbound};
                  return Outcome();
                });
}

postern_status postern_files_open(const postern_files* files, const char* path,
                                  size_t size, uint32_t flags, uint32_t mode,
                                  int32_t* fd, uint32_t* findings,
                                  postern_error* error) {
  if (fd != nullptr) *fd = -1;
  if (findings != nullptr) *findings = 0;
  return OnPath(files, OperationOf(flags), path, size, error,
                [&](const fs::GuardedFs& fs, const fs::At& at) {
                  if (fd == nullptr) return OutcomeOf(NullError("fd"));
                  return OpenAt(fs, at, flags, mode, [&](fs::Handle handle) {
                    if (findings != nullptr) {
                      *findings = FindingsToC(handle.findings());
                    }
                    *fd = handle.Release();
                  });
                });
}

postern_status postern_files_read(const postern_files* files, const char* path,
                                  size_t size, uint64_t max_bytes,
                                  postern_buffer** contents,
                                  postern_error* error) {
  if (contents != nullptr) *contents = nullptr;
  return OnPath(files, fs::Operation::kOpenRead, path, size, error,
                [&](const fs::GuardedFs& fs, const fs::At& at) {
                  if (contents == nullptr) {
                    return OutcomeOf(NullError("contents"));
                  }
                  const size_t most =
                      max_bytes > SIZE_MAX - 1 ? SIZE_MAX - 1 : max_bytes;
                  return BufferOut(fs.ReadFile(at, most), contents);
                });
}

postern_status postern_files_write(const postern_files* files, const char* path,
                                   size_t size, const char* contents,
                                   size_t contents_size, uint32_t mode,
                                   postern_error* error) {
  return OnPath(files, fs::Operation::kCreate, path, size, error,
                [&](const fs::GuardedFs& fs, const fs::At& at) {
                  absl::string_view bytes;
                  const absl::Status status =
                      ReadBytes(contents, contents_size, "contents", &bytes);
                  if (!status.ok()) return OutcomeOf(status);
                  if (!IsMode(mode)) return Invalid("mode: unknown bits");
                  return OutcomeOf(fs.WriteFile(at, bytes, mode));
                });
}

postern_status postern_files_create_temporary(const postern_files* files,
                                              const char* directory,
                                              size_t size, const char* prefix,
                                              size_t prefix_size, int32_t* fd,
                                              postern_buffer** name,
                                              postern_error* error) {
  if (fd != nullptr) *fd = -1;
  if (name != nullptr) *name = nullptr;
  const auto create = [&](const fs::GuardedFs& fs, const fs::At& at) {
    absl::string_view begin;
    absl::Status status = ReadBytes(prefix, prefix_size, "prefix", &begin);
    if (fd == nullptr) status = NullError("fd");
    if (name == nullptr) status = NullError("name");
    if (!status.ok()) return OutcomeOf(status);
    fs::FsResult<fs::Handle> handle = fs.CreateTemp(at, begin);
    if (!handle.ok()) return OutcomeOf(handle.status());
    *name = new postern_buffer{AsGiven(at.path, handle->name())};
    *fd = handle->Release();
    return Outcome();
  };
  return OnPath(files, fs::Operation::kCreateTemp, directory, size, error,
                create);
}

postern_status postern_files_create_temporary_directory(
    const postern_files* files, const char* directory, size_t size,
    const char* prefix, size_t prefix_size, postern_buffer** name,
    postern_error* error) {
  if (name != nullptr) *name = nullptr;
  return OnPath(files, fs::Operation::kMkdir, directory, size, error,
                [&](const fs::GuardedFs& fs, const fs::At& at) {
                  absl::string_view begin;
                  absl::Status status =
                      ReadBytes(prefix, prefix_size, "prefix", &begin);
                  if (name == nullptr) status = NullError("name");
                  if (!status.ok()) return OutcomeOf(status);
                  return BufferOut(fs.CreateTempDirectory(at, begin), name);
                });
}
