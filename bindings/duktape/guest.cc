#include "bindings/duktape/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "bindings/duktape/text.h"
#include "bindings/duktape/value.h"
#include "bindings/host/question.h"

extern char** environ;

namespace postern {
namespace duktape {
namespace {

int64_t Nanoseconds(absl::Duration duration) {
  return duration >= absl::Hours(24 * 365)
             ? 0
             : std::max<int64_t>(1, absl::ToInt64Nanoseconds(duration));
}

// All of it, or false with errno.
bool WriteAll(int fd, const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t written = write(fd, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes += written;
    size -= static_cast<size_t>(written);
  }
  return true;
}

}  // namespace

Guest::Guest(postern_context* context, const host::Catalog& catalog,
             const ScriptOptions& options, ScriptResult* result)
    : GuestMonitor(context, options.detail, Nanoseconds(options.ask_timeout)),
      options_(options),
      result_(result),
      files_(options.files),
      heap_(options.limits.memory_bytes, options.limits.time),
      calls_({context, &catalog, options.detail, -1}) {
  calls_.set_deadline(absl::FromUnixNanos(heap_.deadline_unix_ns()));
}

bool Guest::TakeWord(size_t index, const char* text, size_t size) noexcept {
  try {
    if (words_.size() <= index) words_.resize(index + 1);
    if (ToUtf8(absl::string_view(text, size), &words_[index])) return true;
    FailWithText(EINVAL, "a name with a lone surrogate is no name");
  } catch (...) {
    FailWith(ENOMEM, "");
  }
  return false;
}

bool Guest::HasFiles(postern_permission permission) noexcept {
  return RequireFiles(files_, permission, words_[0]);
}

bool Guest::Done(postern_status status, postern_permission permission,
                 size_t about) noexcept {
  if (status == POSTERN_OK) return true;
  NoteRefusal(status, permission, words_[about]);
  return false;
}

bool Guest::TakeBuffer(postern_buffer* buffer) noexcept {
  bool taken_over = true;
  try {
    size_t size = 0;
    const char* const data = postern_buffer_data(buffer, &size);
    bytes_.assign(data, size);
  } catch (...) {
    FailWith(ENOMEM, "");
    taken_over = false;
  }
  postern_buffer_free(buffer);
  return taken_over;
}

bool Guest::ReadFile() noexcept {
  if (!HasFiles(POSTERN_FS_READ)) return false;
  postern_buffer* buffer = nullptr;
  return Done(postern_files_read(files_, words_[0].data(), words_[0].size(),
                                 options_.limits.file_bytes, &buffer, error()),
              POSTERN_FS_READ) &&
         TakeBuffer(buffer);
}

bool Guest::WriteFile(const char* bytes, size_t size, bool append) noexcept {
  if (!HasFiles(POSTERN_FS_WRITE)) return false;
  if (!append) {
    return Done(postern_files_write(files_, words_[0].data(), words_[0].size(),
                                    bytes, size, 0666, error()),
                POSTERN_FS_WRITE);
  }
  int32_t fd = -1;
  const uint32_t flags =
      POSTERN_OPEN_WRITE | POSTERN_OPEN_APPEND | POSTERN_OPEN_CREATE;
  if (!Done(postern_files_open(files_, words_[0].data(), words_[0].size(),
                               flags, 0666, &fd, nullptr, error()),
            POSTERN_FS_WRITE)) {
    return false;
  }
  const bool written = WriteAll(fd, bytes, size);
  if (!written) FailWith(errno, words_[0]);
  close(fd);
  return written;
}

bool Guest::Info(bool follow, postern_file_info* info) noexcept {
  *info = {};
  info->struct_size = sizeof(*info);
  return HasFiles(POSTERN_FS_READ) &&
         Done(postern_files_info(files_, words_[0].data(), words_[0].size(),
                                 follow ? 1 : 0, info, error()),
              POSTERN_FS_READ);
}

bool Guest::List() noexcept {
  if (!HasFiles(POSTERN_FS_READ)) return false;
  postern_listing* listing = nullptr;
  if (!Done(postern_files_list(files_, words_[0].data(), words_[0].size(),
                               &listing, error()),
            POSTERN_FS_READ)) {
    return false;
  }
  postern_status status = POSTERN_OK;
  try {
    words_.resize(1);
    postern_entry entry = {};
    entry.struct_size = sizeof(entry);
    while ((status = postern_listing_next(listing, &entry, error())) ==
           POSTERN_OK) {
      words_.emplace_back(entry.name.data, entry.name.size);
    }
  } catch (...) {
    status = POSTERN_RESOURCE_EXHAUSTED;
  }
  postern_listing_free(listing);
  if (status == POSTERN_END) return true;
  return Done(status, POSTERN_FS_READ);
}

bool Guest::Access(uint32_t mode) noexcept {
  return HasFiles(POSTERN_FS_READ) &&
         Done(postern_files_access(files_, words_[0].data(), words_[0].size(),
                                   mode, error()),
              POSTERN_FS_READ);
}

bool Guest::MakeDirectory() noexcept {
  return HasFiles(POSTERN_FS_WRITE) &&
         Done(postern_files_make_directory(files_, words_[0].data(),
                                           words_[0].size(), 0777, error()),
              POSTERN_FS_WRITE);
}

bool Guest::Remove() noexcept {
  return HasFiles(POSTERN_FS_WRITE) &&
         Done(postern_files_remove(files_, words_[0].data(), words_[0].size(),
                                   error()),
              POSTERN_FS_WRITE);
}

bool Guest::RemoveDirectory() noexcept {
  return HasFiles(POSTERN_FS_WRITE) &&
         Done(postern_files_remove_directory(files_, words_[0].data(),
                                             words_[0].size(), error()),
              POSTERN_FS_WRITE);
}

bool Guest::Rename() noexcept {
  if (!HasFiles(POSTERN_FS_WRITE)) return false;
  const postern_status status = postern_files_move(
      files_, words_[0].data(), words_[0].size(), nullptr, words_[1].data(),
      words_[1].size(), POSTERN_MOVE_REPLACE, error());
  return Done(status, POSTERN_FS_WRITE,
              status == POSTERN_DENIED && postern_error_end(error()) == 1);
}

bool Guest::Copy() noexcept {
  if (!HasFiles(POSTERN_FS_WRITE)) return false;
  const postern_status status =
      postern_files_copy(files_, words_[0].data(), words_[0].size(), nullptr,
                         words_[1].data(), words_[1].size(), 1, error());
  const bool second =
      status == POSTERN_DENIED && postern_error_end(error()) == 1;
  return Done(status, second ? POSTERN_FS_WRITE : POSTERN_FS_READ, second);
}

bool Guest::ReadLink() noexcept {
  if (!HasFiles(POSTERN_FS_READ)) return false;
  postern_buffer* buffer = nullptr;
  return Done(postern_files_readlink(files_, words_[0].data(), words_[0].size(),
                                     &buffer, error()),
              POSTERN_FS_READ) &&
         TakeBuffer(buffer);
}

bool Guest::SetSize(uint64_t size) noexcept {
  return HasFiles(POSTERN_FS_WRITE) &&
         Done(postern_files_set_size(files_, words_[0].data(), words_[0].size(),
                                     size, error()),
              POSTERN_FS_WRITE);
}

bool Guest::BytesToText() noexcept {
  try {
    bytes_ = FromUtf8(bytes_);
    return true;
  } catch (...) {
    FailWith(ENOMEM, "");
    return false;
  }
}

bool Guest::WordsToText() noexcept {
  try {
    for (std::string& word : words_) word = FromUtf8(word);
    return true;
  } catch (...) {
    FailWith(ENOMEM, "");
    return false;
  }
}

bool Guest::TakeArguments(const char* json, size_t size) noexcept {
  try {
    const char* const problem =
        ArgumentsFromJson(absl::string_view(json, size), &calls_.NewCall());
    if (problem != nullptr) calls_.set_problem(problem);
    return problem == nullptr;
  } catch (...) {
    return false;
  }
}

bool Guest::ResultToJson() noexcept {
  try {
    bytes_ = ToJson(calls_.result());
    return true;
  } catch (...) {
    calls_.set_problem("not enough memory");
    return false;
  }
}

bool Guest::GetVariable(bool* is_set) noexcept {
  *is_set = false;
  const std::string& name = words_[0];
  if (!EnforceName(POSTERN_ENV_READ, name)) {
    // A concealed one is one that is not set.
    return failure().code == ENOENT;
  }
  try {
    const char* const value =
        name.find('\0') == std::string::npos ? getenv(name.c_str()) : nullptr;
    if (value == nullptr) return true;
    *is_set = true;
    bytes_ = FromUtf8(value);
    return true;
  } catch (...) {
    FailWith(ENOMEM, "");
    return false;
  }
}

bool Guest::ListVariables() noexcept {
  try {
    words_.clear();
    for (char** entry = environ; entry != nullptr && *entry != nullptr;
         ++entry) {
      const char* const end = strchr(*entry, '=');
      if (end == nullptr) continue;
      const std::vector<std::string> name = {
          std::string(static_cast<const char*>(*entry), end)};
      if (host::HasPermission(context(), "env.read", name)) {
        words_.push_back(FromUtf8(name[0]));
      }
    }
    return true;
  } catch (...) {
    FailWith(ENOMEM, "");
    return false;
  }
}

void Guest::Print(const char* text, size_t size) noexcept {
  try {
    std::string shown;
    if (!ToUtf8(absl::string_view(text, size), &shown)) {
      shown = "(text with a lone surrogate)";
    }
    const size_t room = options_.limits.output_bytes - printed_;
    if (shown.size() > room) {
      result_->output_truncated = true;
      shown.resize(room);
    }
    printed_ += shown.size();
    if (options_.print) {
      options_.print(shown);
    } else {
      result_->output += shown;
    }
  } catch (...) {
    result_->output_truncated = true;
  }
}

Guest& Guest::Of(duk_context* ctx) {
  duk_memory_functions functions;
  duk_get_memory_functions(ctx, &functions);
  return *static_cast<Guest*>(functions.udata);
}

}  // namespace duktape
}  // namespace postern
