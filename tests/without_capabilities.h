#ifndef POSTERN_TESTS_WITHOUT_CAPABILITIES_H_
#define POSTERN_TESTS_WITHOUT_CAPABILITIES_H_

#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "gtest/gtest.h"

namespace postern {

// Runs `body` in a child for which permission bits hold, even of root.
inline void WithoutCapabilities(const std::function<void()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct none[2] = {};
    EXPECT_EQ(syscall(SYS_capset, &header, none), 0);
    body();
    _exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace postern

#endif  // POSTERN_TESTS_WITHOUT_CAPABILITIES_H_
