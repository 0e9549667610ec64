#ifndef POSTERN_TESTS_PERMISSION_PATH_MONITOR_FIXTURE_H_
#define POSTERN_TESTS_PERMISSION_PATH_MONITOR_FIXTURE_H_

#include <memory>
#include <utility>

#include "fs/path_monitor.h"
#include "permission/context.h"
#include "permission/guard/path_monitor.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace testing {

// A context and the monitor of files that decides by it.
struct Monitored {
  RootContext root;
  std::shared_ptr<fs::PathMonitor> monitor;
};

inline Monitored Monitor(std::shared_ptr<const Policy> policy,
                         ContextOptions options = {}) {
  RootContext root = MakeContext(std::move(policy), std::move(options));
  auto monitor = MakePathMonitor(root.context);
  return {std::move(root), std::move(monitor)};
}

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_TESTS_PERMISSION_PATH_MONITOR_FIXTURE_H_
