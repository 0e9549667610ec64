#ifndef POSTERN_PROCESS_CGROUP_H_
#define POSTERN_PROCESS_CGROUP_H_

#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "process/cgroup_handles.h"
#include "process/cgroup_places.h"
#include "process/launch_plan.h"
#include "process/limits.h"
#include "process/start_steps.h"

namespace postern {
namespace process {

// A cgroup of our own for one program: made beneath the caller's, with limits,
// before anything is in it. In v2 what v2 has, else in v1. Owned by one thread.
//
// Nothing of it stays behind. Whoever uses it holds a lock (flock(2)) on its
// directories, which ends with the last process that has them open, however
// that ends; the next one that is made beneath the same parent kills what is
// left in those without a lock, and removes them, if they are older than ten
// seconds: younger ones may be about to be locked.
class Cgroup {
 public:
  Cgroup() = default;  // none
  Cgroup(Cgroup&& other) noexcept;
  Cgroup& operator=(Cgroup&& other) noexcept;
  Cgroup(const Cgroup&) = delete;
  Cgroup& operator=(const Cgroup&) = delete;
  // Kills what is in it, and removes it.
  ~Cgroup();

  // Makes what `plan` needs, as far as it is available. `limits` gets a line
  // for each limit that a cgroup holds now. A step that cannot be done has its
  // reason in `cgroup` or `devices`.
  static Cgroup Make(const CgroupPlaces& places, const LaunchPlan& plan,
                     std::vector<LimitResult>* limits, StepResult* cgroup,
                     StepResult* devices);

  const CgroupHandles& handles() const { return handles_; }
  bool exists() const { return handles_.count > 0; }

 private:
  explicit Cgroup(const CgroupHandles& handles) : handles_(handles) {}
  void Close();

  CgroupHandles handles_;
};

// A name for a new cgroup of this process, by which who comes later knows it.
std::string NewCgroupName();

// Removes what dead launchers left beneath `parent`, the open directory of a
// cgroup, and kills what runs in it.
void RemoveStaleCgroups(int parent);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_CGROUP_H_
