#include "fs/spelled_name.h"

#include <dirent.h>
#include <fcntl.h>

namespace postern {
namespace fs {
namespace {

bool HasEntry(const Kernel& kernel, absl::string_view directory,
              absl::string_view name) {
  Opened opened =
      kernel.Open(directory.empty() ? "/" : directory, O_RDONLY | O_DIRECTORY);
  if (!opened.fd.valid()) return false;
  DIR* dir = fdopendir(opened.fd.get());
  if (dir == nullptr) return false;
  opened.fd.Release();  // closed by closedir()
  bool found = false;
  while (const struct dirent* entry = readdir(dir)) {
    found = found || name == entry->d_name;
  }
  closedir(dir);
  return found;
}

}  // namespace

bool IsSpelledAsStored(const Kernel& kernel, absl::string_view name,
                       absl::string_view place) {
  const size_t start = place == "/" ? 0 : place.size();
  for (size_t slash = name.find('/', start); slash != name.npos;) {
    const size_t end = name.find('/', slash + 1);
    const absl::string_view component =
        name.substr(slash + 1, end == name.npos ? end : end - slash - 1);
    if (!component.empty() &&
        !HasEntry(kernel, name.substr(0, slash), component)) {
      return false;
    }
    slash = end;
  }
  return true;
}

}  // namespace fs
}  // namespace postern
