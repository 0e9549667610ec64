#ifndef POSTERN_TESTS_FS_KERNEL_ORACLE_NAIVE_H_
#define POSTERN_TESTS_FS_KERNEL_ORACLE_NAIVE_H_

#include <string>
#include <vector>

namespace postern {
namespace fs {
namespace testing {

// Where a name leads, in strings only.
struct NaiveName {
  // Canonical. On an error: what there is of the way, followed by the rest of
  // the name; a ".." in the rest cuts it off behind its first component.
  std::string path;
  int error = 0;
  int links = 0;                    // that were followed
  std::vector<std::string> passed;  // their own names
};

// The rules of path_resolution(7) written down as plainly as can be, with
// lstat(2) and readlink(2), to compare with what the library does. `name` is
// absolute. Only for names of less than PATH_MAX in all that they pass, while
// nobody changes anything.
NaiveName ResolveNaively(const std::string& name, bool follow_last);

// A name cut before its last component.
struct NaiveCut {
  std::string parent;  // with a slash at its end
  std::string entry;   // "." and ".." as they stand
  bool slashes;        // behind the entry
};
NaiveCut CutNaively(const std::string& name);

// parent/entry, where entry may be "." or "..".
std::string JoinNaively(const std::string& parent, const std::string& entry);

}  // namespace testing
}  // namespace fs
}  // namespace postern

#endif  // POSTERN_TESTS_FS_KERNEL_ORACLE_NAIVE_H_
