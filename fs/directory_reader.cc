#include "fs/directory_reader.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

namespace postern {
namespace fs {

ChildFilter::ChildFilter(std::shared_ptr<PathMonitor> monitor,
                         std::unique_ptr<PathMonitor::Kept> kept,
                         std::string directory, bool hide_denied,
                         Lifetime lifetime)
    : monitor_(std::move(monitor)),
      kept_(std::move(kept)),
      directory_(std::move(directory)),
      hide_denied_(hide_denied) {
  const bool uniform = lifetime == Lifetime::kOneListing &&
                       monitor_->IsUniformBelow(Right::kRead, directory_);
  if (directory_ != "/") directory_.push_back('/');
  if (uniform) for_all_ = Ask("any");
}

bool ChildFilter::Ask(absl::string_view name) const {
  const Verdict verdict =
      monitor_->CheckIn(kept_.get(), Right::kRead,
                        directory_ + std::string(name.data(), name.size()));
  return verdict.allowed || !(verdict.concealed || hide_denied_);
}

bool ChildFilter::Shows(absl::string_view name) const {
  return for_all_.has_value() ? *for_all_ : Ask(name);
}

DirectoryReader::DirectoryReader(Handle directory, ChildFilter filter)
    : directory_(std::move(directory)),
      filter_(std::move(filter)),
      buffer_(new char[kBytes]) {}

bool DirectoryReader::Fill() {
  const ssize_t size = getdents64(directory_.fd(), buffer_.get(), kBytes);
  if (size < 0) status_ = FsStatus::Error(errno);
  size_ = size < 0 ? 0 : static_cast<size_t>(size);
  next_ = 0;
  return size_ > 0;
}

bool DirectoryReader::Next(Entry* entry) {
  for (;;) {
    if (next_ >= size_ && !Fill()) return false;
    // The kernel aligns the records to eight bytes, as new[] does the buffer.
    const auto* record =
        reinterpret_cast<const struct dirent64*>(buffer_.get() + next_);
    next_ += record->d_reclen;
    const absl::string_view name(record->d_name, strlen(record->d_name));
    if (name == "." || name == ".." || !filter_.Shows(name)) continue;
    *entry = {name, record->d_type, record->d_ino};
    return true;
  }
}

}  // namespace fs
}  // namespace postern
