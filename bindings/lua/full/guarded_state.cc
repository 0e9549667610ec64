#include "bindings/lua/full/guarded_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace postern {
namespace lua {
namespace {

constexpr absl::string_view kShell = "/bin/sh";

std::string ToString(const postern_bytes& bytes) {
  return bytes.size == 0 ? std::string() : std::string(bytes.data, bytes.size);
}

postern_bytes Bytes(absl::string_view text) {
  return postern_bytes{text.data(), text.size()};
}

// Where a folder of the host's really is; "" if there is none.
std::string CanonicalFolder(const std::string& name) {
  if (name.empty()) return "";
  const std::unique_ptr<char, decltype(&free)> real(
      realpath(name.c_str(), nullptr), &free);
  return real == nullptr ? "" : real.get();
}

// The process's descriptor `number`, if it has one, as the program's.
void PassOn(int number, std::vector<postern_descriptor>* passed) {
  if (fcntl(number, F_GETFD) >= 0) passed->push_back({number, number});
}

}  // namespace

GuardedState::GuardedState(const postern_lua_options& options)
    : GuestMonitor(options.context,
                   (options.flags & POSTERN_LUA_FULL_DENIALS) != 0
                       ? host::DenialDetail::kFull
                       : host::DenialDetail::kPlain,
                   options.ask_timeout_ns),
      files_(options.files),
      launcher_(options.launcher),
      streams_((options.flags & POSTERN_LUA_NO_STANDARD_STREAMS) == 0),
      code_directory_(CanonicalFolder(ToString(options.code_directory))),
      temporary_directory_(options.temporary_directory.size == 0
                               ? "/tmp"
                               : ToString(options.temporary_directory)),
      package_path_(ToString(options.package_path)),
      package_cpath_(ToString(options.package_cpath)) {}

int GuardedState::Open(absl::string_view path, uint32_t flags) noexcept {
  const postern_permission permission =
      (flags & POSTERN_OPEN_WRITE) != 0 ? POSTERN_FS_WRITE : POSTERN_FS_READ;
  if (!RequireFiles(files_, permission, path)) return -1;
  int32_t fd = -1;
  const postern_status status = postern_files_open(
      files_, path.data(), path.size(), flags, 0666, &fd, nullptr, error());
  if (status == POSTERN_OK) return fd;
  NoteRefusal(status, permission, path);
  return -1;
}

int GuardedState::OpenCode(absl::string_view path) noexcept {
  if (!RequireFiles(files_, POSTERN_FS_READ, path)) return -1;
  postern_open_file* file = nullptr;
  const postern_status status = postern_files_open_file(
      files_, path.data(), path.size(), POSTERN_OPEN_READ, 0, &file, error());
  if (status != POSTERN_OK) {
    NoteRefusal(status, POSTERN_FS_READ, path);
    return -1;
  }
  int fd = -1;
  try {
    size_t size = 0;
    const char* const name = postern_open_file_name(file, &size);
    opened_name_.assign(name, size);
    fd = postern_open_file_release(file);
  } catch (...) {
    FailWith(ENOMEM, "");
  }
  postern_open_file_free(file);
  return fd;
}

bool GuardedState::IsReadable(absl::string_view path) noexcept {
  if (!RequireFiles(files_, POSTERN_FS_READ, path)) return false;
  const postern_status status =
      postern_files_access(files_, path.data(), path.size(), 4, error());
  if (status != POSTERN_OK) NoteRefusal(status, POSTERN_FS_READ, path);
  return status == POSTERN_OK;
}

bool GuardedState::Remove(absl::string_view path) noexcept {
  if (!RequireFiles(files_, POSTERN_FS_WRITE, path)) return false;
  postern_status status =
      postern_files_remove(files_, path.data(), path.size(), error());
  if (status == POSTERN_SYSTEM && postern_error_errno(error()) == EISDIR) {
    status = postern_files_remove_directory(files_, path.data(), path.size(),
                                            error());
  }
  if (status != POSTERN_OK) NoteRefusal(status, POSTERN_FS_WRITE, path);
  return status == POSTERN_OK;
}

bool GuardedState::Rename(absl::string_view from,
                          absl::string_view to) noexcept {
  if (!RequireFiles(files_, POSTERN_FS_WRITE, from)) return false;
  const postern_status status =
      postern_files_move(files_, from.data(), from.size(), nullptr, to.data(),
                         to.size(), POSTERN_MOVE_REPLACE, error());
  if (status == POSTERN_OK) return true;
  // Which of the two names it is about; Lua's own names the first.
  const bool second =
      status == POSTERN_DENIED && postern_error_end(error()) == 1;
  NoteRefusal(status, POSTERN_FS_WRITE, second ? to : from);
  return false;
}

int GuardedState::CreateTemporary() noexcept {
  if (!RequireFiles(files_, POSTERN_FS_WRITE, temporary_directory_)) return -1;
  int32_t fd = -1;
  postern_buffer* name = nullptr;
  const postern_status status = postern_files_create_temporary(
      files_, temporary_directory_.data(), temporary_directory_.size(), "lua_",
      4, &fd, &name, error());
  if (status != POSTERN_OK) {
    NoteRefusal(status, POSTERN_FS_WRITE, temporary_directory_);
    return -1;
  }
  try {
    size_t size = 0;
    const char* const text = postern_buffer_data(name, &size);
    text_.assign(text, size);
  } catch (...) {
    close(fd);
    fd = -1;
    FailWith(ENOMEM, "");
  }
  postern_buffer_free(name);
  return fd;
}

bool GuardedState::IsOwnCode(const std::string& canonical) const {
  return !code_directory_.empty() &&
         (code_directory_ == "/" ||
          absl::StartsWith(canonical, absl::StrCat(code_directory_, "/")));
}

bool GuardedState::MayHaveWritten(const std::string& canonical) const {
  const postern_access access =
      host::NewAccess(POSTERN_FS_WRITE, POSTERN_FORM_PATH, canonical);
  // What was dropped or used up may have been done before, and a rule that
  // denied may have expired.
  for (const auto check : {&postern_check, &postern_check_undiminished}) {
    postern_decision decision = {};
    const postern_status status = check(context(), &access, &decision, nullptr);
    if (status != POSTERN_OK ||
        postern_decision_effect(decision) != POSTERN_DENY) {
      return true;
    }
  }
  return false;
}

bool GuardedState::EnforceCode(const std::string& canonical) noexcept {
  try {
    if (!IsOwnCode(canonical) && !EnforceName(POSTERN_CODE_IMPORT, canonical)) {
      return false;
    }
    // What the guest can have written is code that it made from text.
    return !MayHaveWritten(canonical) || EnforceWhole(POSTERN_CODE_EVAL);
  } catch (...) {
    FailWith(ENOMEM, "");
    return false;
  }
}

bool GuardedState::IsFileOfCode(absl::string_view name) noexcept {
  if (name.find('/') != absl::string_view::npos) return true;
  Deny(host::NewAccess(POSTERN_CODE_LOAD, POSTERN_FORM_PATH, name),
       postern_decision());
  return false;
}

bool GuardedState::EnforceNative(const std::string& canonical) noexcept {
  return Enforce(
      host::NewAccess(POSTERN_CODE_LOAD, POSTERN_FORM_PATH, canonical));
}

bool GuardedState::HasShell() const noexcept {
  if (launcher_ == nullptr) return false;
  const postern_arg args[] = {{Bytes("-c"), 1}, {Bytes(""), 1}};
  postern_access access =
      host::NewAccess(POSTERN_PROCESS_SPAWN, POSTERN_FORM_COMMAND, kShell);
  access.args = args;
  access.arg_count = 2;
  postern_decision decision = {};
  return postern_check(context(), &access, &decision, nullptr) == POSTERN_OK &&
         postern_decision_allowed(decision) != 0;
}

bool GuardedState::Start(const std::string& command, PipeEnd end,
                         const int pipe[2], StartedProgram* started) {
  const postern_bytes argv[] = {Bytes(kShell), Bytes("-c"), Bytes(command)};
  std::vector<postern_descriptor> passed;
  for (int number = 0; streams_ && number < 3; ++number) {
    const bool piped = (number == 0 && end == PipeEnd::kWrite) ||
                       (number == 1 && end == PipeEnd::kRead);
    if (!piped) PassOn(number, &passed);
  }
  if (end == PipeEnd::kRead) passed.push_back({pipe[1], 1});
  if (end == PipeEnd::kWrite) passed.push_back({pipe[0], 0});
  postern_start start = {};
  start.struct_size = sizeof(start);
  start.argv = argv;
  start.argc = 3;
  start.descriptors = passed.data();
  start.descriptor_count = passed.size();
  const postern_status status = postern_launcher_start(
      launcher_, &start, Deadline(), &started->child, error());
  if (status == POSTERN_OK) return true;
  if (status == POSTERN_DENIED) {
    postern_access access =
        host::NewAccess(POSTERN_PROCESS_SPAWN, POSTERN_FORM_COMMAND, kShell);
    const postern_arg args[] = {{argv[1], 1}, {argv[2], 1}};
    access.args = args;
    access.arg_count = 2;
    Deny(access, postern_error_decision(error()));
  } else {
    NoteRefusal(status, POSTERN_PROCESS_SPAWN, kShell);
  }
  return false;
}

bool GuardedState::StartShell(absl::string_view command, PipeEnd end,
                              StartedProgram* started) noexcept {
  int pipe[2] = {-1, -1};
  bool ok = false;
  try {
    if (launcher_ == nullptr) {
      Deny(host::NewAccess(POSTERN_PROCESS_SPAWN, POSTERN_FORM_COMMAND, kShell),
           postern_decision());
      return false;
    }
    if (end != PipeEnd::kNone && pipe2(pipe, O_CLOEXEC) != 0) {
      FailWith(errno, "");
      return false;
    }
    ok = Start(std::string(command), end, pipe, started);
  } catch (...) {
    FailWith(ENOMEM, "");
  }
  const int here = end == PipeEnd::kWrite ? 1 : 0;
  if (pipe[1 - here] >= 0) close(pipe[1 - here]);
  if (ok) {
    started->pipe = pipe[here];
  } else if (pipe[here] >= 0) {
    close(pipe[here]);
  }
  return ok;
}

}  // namespace lua
}  // namespace postern
