#ifndef POSTERN_TESTS_FS_KERNEL_ORACLE_WORLD_H_
#define POSTERN_TESTS_FS_KERNEL_ORACLE_WORLD_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace postern {
namespace fs {
namespace testing {

// Random numbers that are the same with every C++ library.
class Draw {
 public:
  explicit Draw(uint64_t seed) : engine_(seed) {}
  size_t Below(size_t count) { return engine_() % count; }  // count > 0
  bool Percent(unsigned share) { return Below(100) < share; }
  template <typename T>
  const T& Pick(const std::vector<T>& items) {
    return items[Below(items.size())];
  }

 private:
  std::mt19937_64 engine_;
};

// A name that is the same in trees that have different roots.
struct TreeName {
  bool absolute = false;
  std::string rest;
  std::string In(const std::string& root) const {
    return absolute ? root + "/" + rest : rest;
  }
};

// A small random tree of directories, files, hard links and symbolic links
// (absolute, relative, dangling, climbing, looping, with slashes at the end,
// to other links), in which random names over few letters often meet. Trees of
// the same seed differ in nothing but their root. For one thread.
class RandomTree {
 public:
  // `root`: canonical, an empty directory.
  explicit RandomTree(std::string root) : root_(std::move(root)) {}
  // Removes what is there and makes the tree of this seed. False on failure.
  bool Rebuild(uint64_t seed);

  const std::string& root() const { return root_; }
  // Relative to the root, "" for itself; as they were made.
  const std::vector<std::string>& directories() const { return directories_; }
  const std::vector<std::string>& names() const { return names_; }

  // A name to look up from the root or from a directory of the tree.
  TreeName RandomName(Draw* draw) const;
  // What is below the root: names, kinds, texts of links and which names are
  // one file. Equal for trees between which there is no difference but that of
  // the root.
  std::string Describe() const;

 private:
  void MakeObject(Draw* draw);
  void MakeChain();
  std::string RandomText(Draw* draw) const;
  std::string RandomPart(Draw* draw) const;

  const std::string root_;
  bool has_chain_ = false;
  std::vector<std::string> directories_, files_, names_;
};

// Links in a row, "k/1" to "k/kChainLength", of which each leads to the one
// before it: what the kernel's limit of 40 is tried with.
constexpr int kChainLength = 44;

}  // namespace testing
}  // namespace fs
}  // namespace postern

#endif  // POSTERN_TESTS_FS_KERNEL_ORACLE_WORLD_H_
