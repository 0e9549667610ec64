#ifndef POSTERN_TESTS_PROCESS_SCRATCH_H_
#define POSTERN_TESTS_PROCESS_SCRATCH_H_

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "gtest/gtest.h"

namespace postern {
namespace testing {

// The errno of a call that returned this, 0 if it succeeded. Closes what it
// opened.
inline int ErrorOf(long result, bool close_it = true) {
  if (result < 0) return errno;
  if (close_it) close(static_cast<int>(result));
  return 0;
}

// An empty directory of the test's own, which goes with it.
class Scratch {
 public:
  Scratch() {
    const char* base = getenv("TEST_TMPDIR");
    path_ = std::string(base == nullptr ? "/tmp" : base) + "/scratch.XXXXXX";
    EXPECT_NE(mkdtemp(&path_[0]), nullptr) << path_;
    // What procfs and mounts say.
    char* const canonical = realpath(path_.c_str(), nullptr);
    if (canonical != nullptr) path_ = canonical;
    free(canonical);
    made_by_ = getpid();
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    if (getpid() != made_by_) return;
    const std::string command = "rm -rf '" + path_ + "'";
    EXPECT_EQ(system(command.c_str()), 0);
  }

  const std::string& path() const { return path_; }
  std::string Path(const std::string& name) const { return path_ + "/" + name; }
  void MakeDirectory(const std::string& name) const {
    EXPECT_EQ(mkdir(Path(name).c_str(), 0700), 0) << name;
  }
  // With its name inside.
  void MakeFile(const std::string& name) const {
    const int fd = open(Path(name).c_str(), O_WRONLY | O_CREAT, 0600);
    EXPECT_EQ(write(fd, name.data(), name.size()),
              static_cast<ssize_t>(name.size()));
    close(fd);
  }

 private:
  std::string path_;
  pid_t made_by_ = 0;
};

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_TESTS_PROCESS_SCRATCH_H_
