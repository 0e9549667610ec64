#ifndef POSTERN_TESTS_DESCRIPTOR_COUNT_H_
#define POSTERN_TESTS_DESCRIPTOR_COUNT_H_

#include <dirent.h>

namespace postern {
namespace testing {

// How many entries procfs has for this process's descriptors: to see that two
// moments have as many.
inline int DescriptorCount() {
  DIR* const folder = opendir("/proc/self/fd");
  int count = 0;
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count;
}

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_TESTS_DESCRIPTOR_COUNT_H_
