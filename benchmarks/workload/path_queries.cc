#include "benchmarks/workload/path_queries.h"

#include <unistd.h>

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"

namespace postern {
namespace benchmarks {
namespace {

constexpr size_t kUsualL2Bytes = size_t{2} << 20;
constexpr size_t kMaxQueryBytes = size_t{64} << 20;

// Another name of the same file.
std::string Unnormalised(const std::string& path, uint64_t random) {
  static constexpr const char* kDetours[] = {"/", "/.", "/tmp/..", "/./x/.."};
  const size_t last = path.rfind('/');
  const size_t at = random % 8 < 4 ? last : path.rfind('/', last - 1);
  return absl::StrCat(path.substr(0, at), kDetours[random % 4],
                      path.substr(at));
}

class QueryMaker {
 public:
  QueryMaker(const FileTree& tree, const std::vector<PathRule>& rules,
             uint64_t seed)
      : tree_(tree),
        copies_(tree, rules.size()),
        rules_(rules),
        random_(seed) {}

  // A path that some rule matches, in normal form.
  std::string Hit() {
    const PathRule& rule = rules_[random_() % rules_.size()];
    return rule.subtree ? Beneath(rule.example) : rule.example;
  }
  std::string Other() { return copies_.File(random_()); }

  // The path as it is asked: every fifth is not in normal form.
  std::string Spell(const std::string& path) {
    return unnormalised() ? Unnormalised(path, random_()) : path;
  }
  void Take(std::string path) {
    bytes_ += path.size();
    paths_.push_back(std::move(path));
  }

  bool unnormalised() const { return paths_.size() % 5 == 4; }
  bool hit() const { return paths_.size() % 2 == 0; }
  size_t bytes() const { return bytes_; }
  std::vector<std::string> Finish() {
    std::shuffle(paths_.begin(), paths_.end(), random_);
    return std::move(paths_);
  }

 private:
  // `directory` with the last names of some file in it.
  std::string Beneath(const std::string& directory) {
    const std::string& file = tree_.files[random_() % tree_.files.size()];
    size_t at = file.size();
    while (at > 0 && directory.size() + file.size() - at < kMinPathBytes) {
      at = at > 1 ? file.rfind('/', at - 1) : 0;
    }
    return absl::StrCat(directory, file.substr(at));
  }

  const FileTree& tree_;
  const TreeCopies copies_;
  const std::vector<PathRule>& rules_;
  std::mt19937_64 random_;
  size_t bytes_ = 0;
  std::vector<std::string> paths_;
};

}  // namespace

PathQueries::PathQueries(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) text_ += path;
  const char* next = text_.data();
  for (const std::string& path : paths) {
    views_.emplace_back(next, path.size());
    next += path.size();
  }
}

size_t QueryBytes() {
  const int64_t l2 = sysconf(_SC_LEVEL2_CACHE_SIZE);
  const size_t known = l2 > 0 ? static_cast<size_t>(l2) : kUsualL2Bytes;
  return std::min(2 * known, kMaxQueryBytes);
}

std::vector<std::string> MakePathQueries(
    const FileTree& tree, const std::vector<PathRule>& rules,
    absl::FunctionRef<bool(const std::string&)> governed, size_t bytes,
    uint64_t seed) {
  QueryMaker maker(tree, rules, seed);
  while (maker.bytes() < bytes) {
    const std::string path = maker.hit() ? maker.Hit() : maker.Other();
    std::string spelt = maker.Spell(path);
    if (HasQueryLength(spelt) && governed(path) == maker.hit()) {
      maker.Take(std::move(spelt));
    }
  }
  return maker.Finish();
}

}  // namespace benchmarks
}  // namespace postern
