#include "fs/path_components.h"

#include <algorithm>
#include <cstring>

namespace postern {
namespace fs {

bool IsValidPath(absl::string_view path) {
  return !path.empty() && path.size() <= kMaxPathBytes &&
         std::memchr(path.data(), 0, path.size()) == nullptr;
}

bool PathComponents::Split(absl::string_view base, absl::string_view path) {
  count_ = 0;
  if (!IsValidPath(path)) return false;
  if (path[0] != '/') {
    if (!IsValidPath(base) || base[0] != '/') return false;
    Append(base);
  }
  Append(path);
  return true;
}

void PathComponents::Append(absl::string_view path) {
  while (!path.empty()) {
    const void* slash = std::memchr(path.data(), '/', path.size());
    const size_t length =
        slash == nullptr ? path.size()
                         : static_cast<size_t>(static_cast<const char*>(slash) -
                                               path.data());
    const absl::string_view name = path.substr(0, length);
    path.remove_prefix(slash == nullptr ? length : length + 1);
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      if (count_ > 0) --count_;
      continue;
    }
    components_[count_++] = name;
  }
}

bool PathComponents::ReplaceFirst(size_t count, absl::string_view path) {
  size_t bytes = path == "/" ? 0 : path.size();
  for (size_t i = count; i < count_; ++i) bytes += components_[i].size() + 1;
  if (bytes > kMaxPathBytes) return false;
  // Every component and its slash is two bytes or more: there is room.
  const size_t kept = count_ - count;
  const size_t added =
      path == "/"
          ? 0
          : static_cast<size_t>(std::count(path.begin(), path.end(), '/'));
  std::memmove(static_cast<void*>(components_ + added), components_ + count,
               kept * sizeof(components_[0]));
  count_ = 0;
  Append(path);
  count_ = added + kept;
  return true;
}

std::string JoinPath(absl::Span<const absl::string_view> components) {
  std::string path;
  for (absl::string_view name : components) {
    path.push_back('/');
    path.append(name.data(), name.size());
  }
  return path.empty() ? "/" : path;
}

std::string NormalPath(absl::string_view base, absl::string_view path) {
  PathComponents components;
  return components.Split(base, path) ? JoinPath(components.get()) : "";
}

}  // namespace fs
}  // namespace postern
