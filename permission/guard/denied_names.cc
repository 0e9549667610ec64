#include "permission/guard/denied_names.h"

#include <sys/stat.h>

#include "fs/file_identity.h"
#include "permission/path_binding.h"

namespace postern {

std::vector<std::string> DeniedNames(const Policy& policy,
                                     const std::string& path) {
  struct stat info;
  if (policy.binding() == nullptr || stat(path.c_str(), &info) != 0) return {};
  fs::FileIdentity file;
  file.device = info.st_dev;
  file.inode = info.st_ino;
  const std::vector<std::string>* const names =
      policy.binding()->FindDenied(file);
  return names == nullptr ? std::vector<std::string>() : *names;
}

}  // namespace postern
