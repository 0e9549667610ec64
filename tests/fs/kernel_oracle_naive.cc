#include "tests/fs/kernel_oracle_naive.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

namespace postern {
namespace fs {
namespace testing {
namespace {

// Takes the first component off; "" if there is none.
std::string TakeFirst(std::string* rest) {
  rest->erase(0, rest->find_first_not_of('/'));
  const std::string first = rest->substr(0, rest->find('/'));
  rest->erase(0, first.size());
  return first;
}

std::string OrRoot(const std::string& directory) {
  return directory.empty() ? "/" : directory;
}

std::string Parent(const std::string& directory) {
  return directory.empty() ? "" : directory.substr(0, directory.rfind('/'));
}

// The name at which a look-up of `component` in `directory` failed.
std::string FailedName(const std::string& directory,
                       const std::string& component, std::string rest) {
  if (component == "..") return OrRoot(directory);
  std::string name = directory;
  if (component != ".") name += "/" + component;
  const std::string first = OrRoot(name);
  for (std::string next = TakeFirst(&rest); !next.empty();
       next = TakeFirst(&rest)) {
    if (next == "..") return first;
    if (next != ".") name += "/" + next;
  }
  return OrRoot(name);
}

bool ReadLink(const std::string& path, std::string* text) {
  char buffer[PATH_MAX];
  const ssize_t size = readlink(path.c_str(), buffer, sizeof(buffer));
  if (size <= 0) return false;
  text->assign(buffer, static_cast<size_t>(size));
  return true;
}

}  // namespace

NaiveName ResolveNaively(const std::string& name, bool follow_last) {
  NaiveName result;
  std::string directory;  // "" is the root
  std::string rest = name;
  const auto fail = [&](int error, const std::string& component) {
    result.error = error;
    result.path = FailedName(directory, component, rest);
    return result;
  };
  for (;;) {
    const std::string component = TakeFirst(&rest);
    if (component.empty()) break;
    const std::string path = directory + "/" + component;
    struct stat st;
    if (lstat(path.c_str(), &st) != 0) return fail(errno, component);
    if (component == ".") continue;
    if (component == "..") {
      directory = Parent(directory);
    } else if (S_ISLNK(st.st_mode) && (follow_last || !rest.empty())) {
      std::string text;
      if (++result.links > 40) return fail(ELOOP, component);
      if (!ReadLink(path, &text)) return fail(errno, component);
      result.passed.push_back(path);
      rest = text + rest;
      if (text[0] == '/') directory.clear();
    } else if (S_ISDIR(st.st_mode)) {
      directory = path;
    } else if (!rest.empty()) {
      return fail(ENOTDIR, component);
    } else {
      result.path = path;
      return result;
    }
  }
  result.path = OrRoot(directory);
  return result;
}

NaiveCut CutNaively(const std::string& name) {
  NaiveCut cut;
  std::string rest = name;
  while (!rest.empty() && rest.back() == '/') rest.pop_back();
  cut.slashes = rest.size() < name.size();
  cut.entry = rest.substr(rest.rfind('/') + 1);
  cut.parent = rest.substr(0, rest.size() - cut.entry.size());
  if (cut.parent.empty()) cut.parent = "/";
  if (cut.entry.empty()) cut.entry = ".";
  return cut;
}

std::string JoinNaively(const std::string& parent, const std::string& entry) {
  const std::string directory = parent == "/" ? "" : parent;
  if (entry == ".") return OrRoot(directory);
  if (entry == "..") return OrRoot(Parent(directory));
  return directory + "/" + entry;
}

}  // namespace testing
}  // namespace fs
}  // namespace postern
