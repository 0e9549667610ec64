#ifndef POSTERN_BENCHMARKS_WORKLOAD_FILE_TREE_H_
#define POSTERN_BENCHMARKS_WORKLOAD_FILE_TREE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace postern {
namespace benchmarks {

// Names of a file tree: absolute, in normal form, without characters that mean
// something in a pattern. What has something beneath it is a directory.
// Directories have at least three components, so that none covers it all.
struct FileTree {
  std::vector<std::string> directories;
  std::vector<std::string> files;
};

FileTree MakeFileTree(std::vector<std::string> paths);

// What the installed Debian packages brought (/var/lib/dpkg/info/*.list);
// empty where there are none.
FileTree InstalledFileTree();
// Of about the same shape, from a seed.
FileTree MadeUpFileTree(uint64_t seed);
// The installed one, unless it is too small to draw from.
FileTree AnyFileTree(uint64_t seed);

}  // namespace benchmarks
}  // namespace postern

#endif  // POSTERN_BENCHMARKS_WORKLOAD_FILE_TREE_H_
