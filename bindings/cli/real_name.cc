#include "bindings/cli/real_name.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

constexpr int kMaxLinks = 40;  // as path_resolution(7)

absl::Status Unknown(const std::string& name, int error) {
  return absl::FailedPreconditionError(
      absl::StrCat("cannot tell where ", internal::QuoteForDisplay(name),
                   " leads: ", absl::AsciiStrToLower(std::strerror(error))));
}

// Puts the components of `path` before those that are still to be walked;
// `rest` holds them from the last to the first.
void PushFront(const std::string& path, std::vector<std::string>* rest) {
  const std::vector<std::string> parts = absl::StrSplit(path, '/');
  rest->insert(rest->end(), parts.rbegin(), parts.rend());
}

}  // namespace

absl::StatusOr<std::string> WorkingDirectory() {
  const std::unique_ptr<char, decltype(&free)> name(getcwd(nullptr, 0), &free);
  if (name == nullptr) {
    return absl::FailedPreconditionError(
        "cannot tell the working directory; go to one that exists");
  }
  return std::string(name.get());
}

std::string NameFrom(const std::string& base, const std::string& path) {
  return path.substr(0, 1) == "/" ? path : absl::StrCat(base, "/", path);
}

absl::StatusOr<std::string> NameFromHere(const std::string& path) {
  const absl::StatusOr<std::string> here = WorkingDirectory();
  if (!here.ok()) return here.status();
  return NameFrom(*here, path);
}

std::string LexicalName(const std::string& path) {
  std::string name;
  for (absl::string_view part : absl::StrSplit(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      name.resize(name.empty() ? 0 : name.rfind('/'));
    } else {
      absl::StrAppend(&name, "/", part);
    }
  }
  return name.empty() ? "/" : name;
}

absl::StatusOr<std::string> RealName(const std::string& path) {
  std::vector<std::string> rest;
  PushFront(path, &rest);
  std::string name;  // "" is the root
  int links = 0;
  while (!rest.empty()) {
    const std::string part = std::move(rest.back());
    rest.pop_back();
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      name.resize(name.empty() ? 0 : name.rfind('/'));
      continue;
    }
    const std::string next = absl::StrCat(name, "/", part);
    char target[PATH_MAX];
    const ssize_t size = readlink(next.c_str(), target, sizeof(target));
    if (size < 0) {
      // No link; or nothing there, and then what follows is kept as it is.
      if (errno != EINVAL && errno != ENOENT && errno != ENOTDIR) {
        return Unknown(next, errno);
      }
      name = next;
      continue;
    }
    if (++links > kMaxLinks) return Unknown(path, ELOOP);
    if (target[0] == '/') name.clear();
    PushFront(std::string(target, static_cast<size_t>(size)), &rest);
  }
  return name.empty() ? "/" : name;
}

}  // namespace cli
}  // namespace postern
