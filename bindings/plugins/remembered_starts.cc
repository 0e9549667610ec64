#include "bindings/plugins/remembered_starts.h"

#include <sys/stat.h>

#include <algorithm>
#include <string>

#include "permission/guard/context_parts.h"

namespace postern {
namespace plugins {
namespace {

bool SameRequest(const StartRequest& a, const StartRequest& b) {
  return a.program == b.program && a.args == b.args && a.readable == b.readable;
}

}  // namespace

RememberedStarts::FileIds RememberedStarts::FilesOf(
    const StartRequest& request) {
  FileIds files;
  for (const std::string& path : request.readable) {
    struct stat info = {};
    // What is not there is a file of its own kind: 0 is none's.
    if (lstat(path.c_str(), &info) != 0) info = {};
    files.emplace_back(info.st_dev, info.st_ino);
  }
  return files;
}

std::shared_ptr<ConfinedLauncher> RememberedStarts::Find(const Start& wanted) {
  const absl::MutexLock lock(&mutex_);
  starts_.remove_if([](const Start& one) { return one.context.expired(); });
  const auto found =
      std::find_if(starts_.begin(), starts_.end(), [&](const Start& one) {
        return one.context.lock() == wanted.context.lock() &&
               one.generations == wanted.generations &&
               one.files == wanted.files &&
               SameRequest(one.request, wanted.request);
      });
  if (found == starts_.end()) return nullptr;
  starts_.splice(starts_.begin(), starts_, found);
  return starts_.front().launcher;
}

void RememberedStarts::Remember(Start start) {
  const absl::MutexLock lock(&mutex_);
  starts_.remove_if([&](const Start& one) {
    return SameRequest(one.request, start.request) &&
           one.context.lock() == start.context.lock();
  });
  starts_.push_front(std::move(start));
  if (starts_.size() > kMostStarts) starts_.pop_back();
}

const process::KernelCaps& RememberedStarts::caps() {
  const absl::MutexLock lock(&mutex_);
  if (!has_caps_) caps_ = process::DetectKernelCaps();
  has_caps_ = true;
  return caps_;
}

absl::StatusOr<ConfinedCommand> RememberedStarts::Prepare(
    const std::shared_ptr<PermissionContext>& context,
    const StartRequest& request, absl::Time deadline) {
  Start start;
  // Its own life, and not that of a handle of it.
  start.context = context->weak_from_this();
  // Before: what changes meanwhile is seen the next time.
  start.generations = internal::PartsOf(*context).generations;
  start.request = request;
  start.files = FilesOf(request);
  const std::shared_ptr<ConfinedLauncher> known = Find(start);
  if (known != nullptr) {
    absl::StatusOr<ConfinedCommand> again =
        PrepareAgain(known.get(), request, deadline);
    // Otherwise a file may be another one now: the long way tells.
    if (again.ok()) return again;
  }
  absl::StatusOr<PreparedStart> made =
      PrepareConfined(*context, request, caps(), deadline);
  if (!made.ok()) return made.status();
  start.launcher = std::move(made->launcher);
  Remember(std::move(start));
  return std::move(made->command);
}

}  // namespace plugins
}  // namespace postern
