#ifndef POSTERN_TESTS_PERMISSION_BACKSTOP_FAKE_TREE_H_
#define POSTERN_TESTS_PERMISSION_BACKSTOP_FAKE_TREE_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "permission/backstop/file_tree.h"

namespace postern {
namespace testing {

// A file system of names alone.
class FakeTree final : public FileTree {
 public:
  // "/a/" is a directory, "/a" a file, "/a@" a link, "/a#" a device; parents
  // are made.
  explicit FakeTree(const std::vector<std::string>& paths) {
    kinds_["/"] = Kind::kDirectory;
    for (const std::string& path : paths) Add(path);
  }

  // A directory that cannot be read.
  void Lock(const std::string& path) { locked_.insert(path); }

  Kind KindOf(const std::string& path) const override {
    const auto found = kinds_.find(path);
    return found == kinds_.end() ? Kind::kMissing : found->second;
  }
  absl::optional<Device> DeviceAt(const std::string& path) const override {
    if (KindOf(path) != Kind::kDevice) return absl::nullopt;
    return Device{'c', 81, 7};
  }
  // "linked" has two.
  size_t NamesOf(const std::string& path) const override {
    if (KindOf(path) != Kind::kFile) return 0;
    return path.substr(path.rfind('/')) == "/linked" ? 2 : 1;
  }
  // All programs have one loader.
  std::vector<std::string> InterpretersOf(
      const std::string& program) const override {
    if (KindOf(program) != Kind::kFile || program == "/lib/ld.so") return {};
    return {"/lib/ld.so"};
  }
  bool List(const std::string& path,
            std::vector<Entry>* entries) const override {
    if (KindOf(path) != Kind::kDirectory || locked_.count(path) != 0) {
      return false;
    }
    for (const auto& entry : kinds_) {
      if (entry.first == "/" || ParentOf(entry.first) != path) continue;
      const size_t name = path == "/" ? 1 : path.size() + 1;
      entries->push_back({entry.first.substr(name), entry.second});
    }
    return true;
  }

 private:
  void Add(std::string path) {
    Kind kind = Kind::kFile;
    if (path.back() == '/') kind = Kind::kDirectory;
    if (path.back() == '@') kind = Kind::kLink;
    if (path.back() == '#') kind = Kind::kDevice;
    if (kind != Kind::kFile) path.pop_back();
    kinds_[path] = kind;
    for (path = std::string(ParentOf(path)); path != "/";
         path = std::string(ParentOf(path))) {
      kinds_.emplace(path, Kind::kDirectory);
    }
  }

  std::map<std::string, Kind> kinds_;
  std::set<std::string> locked_;
};

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_TESTS_PERMISSION_BACKSTOP_FAKE_TREE_H_
