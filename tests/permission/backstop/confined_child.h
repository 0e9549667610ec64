#ifndef POSTERN_TESTS_PERMISSION_BACKSTOP_CONFINED_CHILD_H_
#define POSTERN_TESTS_PERMISSION_BACKSTOP_CONFINED_CHILD_H_

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "absl/functional/function_ref.h"
#include "gtest/gtest.h"
#include "process/landlock.h"

namespace postern {
namespace testing {

// Text that a child leaves for its parent, however confined it is.
class SharedText {
 public:
  static constexpr size_t kBytes = 1 << 16;
  SharedText()
      : text_(static_cast<char*>(mmap(nullptr, kBytes, PROT_READ | PROT_WRITE,
                                      MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {}
  ~SharedText() { munmap(text_, kBytes); }
  SharedText(const SharedText&) = delete;
  SharedText& operator=(const SharedText&) = delete;

  void Set(const std::string& text) {
    const size_t size = std::min(text.size(), kBytes - 1);
    text.copy(text_, size);
    text_[size] = '\0';
  }
  std::string Get() const { return text_; }

 private:
  char* text_;
};

// What `body` says in a child of its own.
inline std::string InChild(absl::FunctionRef<std::string()> body) {
  SharedText said;
  said.Set("the child said nothing");
  const pid_t child = fork();
  if (child == 0) {
    said.Set(body());
    _exit(0);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << said.Get();
  return said.Get();
}

// Why nothing can be confined here; "" if it can.
inline std::string WhyNotHere() {
  struct stat st = {};
  if (process::LandlockAbi() < 3) return "this kernel has no Landlock of ABI 3";
  if (stat("/proc/self/task", &st) != 0) return "there is no procfs";
  if (st.st_nlink != 3) {
    return "other threads run (as under a sanitizer), and this kernel cannot "
           "confine them";
  }
  return "";
}

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_TESTS_PERMISSION_BACKSTOP_CONFINED_CHILD_H_
