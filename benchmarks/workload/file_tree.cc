#include "benchmarks/workload/file_tree.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace postern {
namespace benchmarks {
namespace {

constexpr size_t kMinFiles = 20000;
constexpr int kMadeUpFiles = 120000;

bool IsPlain(absl::string_view path) {
  return path.size() > 1 && path[0] == '/' && path.back() != '/' &&
         path.find_first_of("*?[]{}\\$~") == path.npos &&
         !absl::StrContains(path, "//") && !absl::StrContains(path, "/.");
}

void ReadLines(const std::filesystem::path& file,
               std::vector<std::string>* lines) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    lines->push_back(std::move(line));
  }
}

}  // namespace

FileTree MakeFileTree(std::vector<std::string> paths) {
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  absl::flat_hash_set<std::string> parents;
  for (const std::string& path : paths) {
    parents.insert(path.substr(0, path.rfind('/')));
  }
  FileTree tree;
  for (std::string& path : paths) {
    if (!IsPlain(path)) continue;
    if (!parents.contains(path)) {
      tree.files.push_back(std::move(path));
    } else if (std::count(path.begin(), path.end(), '/') >= 3) {
      tree.directories.push_back(std::move(path));
    }
  }
  return tree;
}

FileTree InstalledFileTree() {
  std::vector<std::string> paths;
  std::error_code error;
  for (std::filesystem::directory_iterator it("/var/lib/dpkg/info", error), end;
       !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".list") ReadLines(it->path(), &paths);
  }
  return MakeFileTree(std::move(paths));
}

FileTree MadeUpFileTree(uint64_t seed) {
  static constexpr const char* kWords[] = {
      "share", "include",      "python", "locale",  "modules",
      "doc",   "x86_64-linux", "core",   "plugins", "test",
      "data",  "icons",        "common", "messages"};
  static constexpr const char* kSuffixes[] = {".h", ".so", ".gz", ".py", ""};
  std::mt19937_64 random(seed);
  const auto name = [&](uint64_t kinds) {
    return absl::StrCat(kWords[random() % 14], random() % kinds);
  };
  std::vector<std::string> paths = {"/usr/share", "/usr/lib"};
  std::vector<std::string> directories = paths;
  for (int i = 0; i < kMadeUpFiles; ++i) {
    std::string directory = directories[random() % directories.size()];
    if (directory.size() < 70 && random() % 8 == 0) {
      absl::StrAppend(&directory, "/", name(100));
      directories.push_back(directory);
      paths.push_back(directory);
    }
    paths.push_back(
        absl::StrCat(directory, "/", name(10000), kSuffixes[random() % 5]));
  }
  return MakeFileTree(std::move(paths));
}

FileTree AnyFileTree(uint64_t seed) {
  FileTree tree = InstalledFileTree();
  return tree.files.size() >= kMinFiles ? tree : MadeUpFileTree(seed);
}

}  // namespace benchmarks
}  // namespace postern
