#include "bindings/node/addon/process_state.h"

#include <unistd.h>

#include <atomic>
#include <utility>

#include "bindings/host/program_folders.h"

namespace postern {
namespace node {
namespace {

// Never destroyed: workers may still run while the process ends.
struct Global {
  std::mutex mutex;
  std::shared_ptr<ProcessState> state;
  // The same, for who only reads it: it is set once.
  std::atomic<ProcessState*> installed{nullptr};
};

Global& TheGlobal() {
  static Global* const global = new Global;
  return *global;
}

std::string MessageOf(const postern_error* error) {
  size_t size = 0;
  const char* const text = postern_error_message(error, &size);
  return std::string(text, size);
}

std::vector<std::string> Environment() {
  std::vector<std::string> variables;
  for (char** one = environ; *one != nullptr; ++one) variables.push_back(*one);
  return variables;
}

std::vector<postern_bytes> Views(const std::vector<std::string>& texts) {
  std::vector<postern_bytes> views;
  for (const std::string& text : texts) {
    views.push_back({text.data(), text.size()});
  }
  return views;
}

}  // namespace

std::shared_ptr<ProcessState> ProcessState::Make(postern_context* context,
                                                 std::string* message) {
  std::shared_ptr<ProcessState> state(new ProcessState);
  state->context_ = context;
  postern_error* const error = postern_error_new();
  postern_status status =
      postern_files_new(context, nullptr, &state->files_, error);
  if (status == POSTERN_OK) {
    postern_network_options options = {};
    options.struct_size = sizeof(options);
    options.files = state->files_;
    status = postern_network_new(context, &options, &state->network_, error);
  }
  if (status != POSTERN_OK) {
    *message = MessageOf(error);
    state = nullptr;
  }
  postern_error_free(error);
  return state;
}

ProcessState::~ProcessState() {
  postern_launcher_free(launcher_);
  postern_network_free(network_);
  postern_files_free(files_);
  postern_context_free(context_);
}

int32_t ProcessState::Keep(postern_open_file* file) {
  const int32_t fd = postern_open_file_descriptor(file);
  std::shared_ptr<postern_open_file> kept(file, postern_open_file_free);
  std::shared_ptr<postern_open_file> old;  // closed outside the lock
  const std::lock_guard<std::mutex> lock(mutex_);
  auto& place = open_[fd];
  old = std::move(place);
  // Somebody closed it behind our back: the number is another file's now.
  if (old != nullptr) postern_open_file_release(old.get());
  place = std::move(kept);
  return fd;
}

void ProcessState::KeepBare(int32_t fd) {
  const std::lock_guard<std::mutex> lock(mutex_);
  auto& place = open_[fd];
  if (place != nullptr) postern_open_file_release(place.get());
  place = nullptr;
}

std::shared_ptr<postern_open_file> ProcessState::Find(int32_t fd) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = open_.find(fd);
  return found == open_.end() ? nullptr : found->second;
}

uint32_t ProcessState::Rights(int32_t fd) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = open_.find(fd);
  if (found == open_.end()) return 0;
  return found->second == nullptr
             ? static_cast<uint32_t>(POSTERN_OPEN_READ | POSTERN_OPEN_WRITE)
             : postern_open_file_rights(found->second.get());
}

bool ProcessState::Forget(int32_t fd, bool closed) {
  std::shared_ptr<postern_open_file> file;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = open_.find(fd);
    if (found == open_.end()) return false;
    file = std::move(found->second);
    open_.erase(found);
  }
  if (file == nullptr) {
    if (!closed) close(fd);
  } else if (closed) {
    postern_open_file_release(file.get());
  }
  return true;
}

postern_launcher* ProcessState::Launcher(postern_error* error) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (launcher_ != nullptr) return launcher_;
  const std::vector<std::string> folders = host::ProgramFolders();
  const std::vector<postern_bytes> folder_views = Views(folders);
  const std::vector<std::string> variables = Environment();
  const std::vector<postern_bytes> variable_views = Views(variables);
  postern_launcher_options options = {};
  options.struct_size = sizeof(options);
  options.program_folders = folder_views.data();
  options.program_folder_count = folder_views.size();
  options.environment = variable_views.data();
  options.environment_count = variable_views.size();
  options.files = files_;
  postern_launcher_new(context_, &options, &launcher_, error);
  return launcher_;
}

std::shared_ptr<ProcessState> CurrentState() {
  // The state lives as long as the process, so nobody needs to count.
  return std::shared_ptr<ProcessState>(
      std::shared_ptr<void>(),
      TheGlobal().installed.load(std::memory_order_acquire));
}

bool InstallState(std::shared_ptr<ProcessState> state) {
  Global& global = TheGlobal();
  const std::lock_guard<std::mutex> lock(global.mutex);
  if (global.state != nullptr) return false;
  global.state = std::move(state);
  global.installed.store(global.state.get(), std::memory_order_release);
  return true;
}

}  // namespace node
}  // namespace postern
