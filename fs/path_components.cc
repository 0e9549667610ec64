#include "fs/path_components.h"

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

std::string NormalPath(absl::string_view base, absl::string_view path) {
  PathComponents components;
  if (!components.Split(base, path)) return "";
  std::string normal;
  for (absl::string_view name : components.get()) {
    normal.push_back('/');
    normal.append(name.data(), name.size());
  }
  return normal.empty() ? "/" : normal;
}

}  // namespace fs
}  // namespace postern
