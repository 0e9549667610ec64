#ifndef POSTERN_BINDINGS_NODE_ADDON_PROCESS_STATE_H_
#define POSTERN_BINDINGS_NODE_ADDON_PROCESS_STATE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "postern/postern.h"

namespace postern {
namespace node {

// The guest's policy, and what acts by it. A Node process is one principal: its
// main thread and all its workers share one context, so that a drop in one of
// them is a drop in all, and a worker never has more than who started it.
// Thread-safe.
class ProcessState {
 public:
  // Takes the context over, and makes files and network by it. Null and
  // `*message` if that fails.
  static std::shared_ptr<ProcessState> Make(postern_context* context,
                                            std::string* message);
  ~ProcessState();
  ProcessState(const ProcessState&) = delete;
  ProcessState& operator=(const ProcessState&) = delete;

  postern_context* context() const { return context_; }
  const postern_files* files() const { return files_; }
  const postern_network* network() const { return network_; }

  // ---- Descriptors of the guest: no other number is read or written ----

  // Returns the file's descriptor.
  int32_t Keep(postern_open_file* file);
  // Standard descriptors, and those of sockets that were granted.
  void KeepBare(int32_t fd);
  // The file of a descriptor; null for bare ones and strange ones. It lives
  // until it is forgotten: `use` keeps it while it is used.
  std::shared_ptr<postern_open_file> Find(int32_t fd) const;
  // POSTERN_OPEN_READ and POSTERN_OPEN_WRITE; 0 for a number that is not the
  // guest's.
  uint32_t Rights(int32_t fd) const;
  // With `closed`, somebody else closed the descriptor already. False if it was
  // not the guest's.
  bool Forget(int32_t fd, bool closed);

  // The launcher of programs; null and `*error` if there can be none.
  postern_launcher* Launcher(postern_error* error);

 private:
  ProcessState() = default;

  postern_context* context_ = nullptr;
  postern_files* files_ = nullptr;
  postern_network* network_ = nullptr;
  mutable std::mutex mutex_;
  std::map<int32_t, std::shared_ptr<postern_open_file>> open_;
  postern_launcher* launcher_ = nullptr;
};

// The state of this process; null before there is one. Node loads an addon anew
// for each worker, and gives them no other way to find what the main thread
// installed: so this one place is a global. It is set once, and never replaced.
std::shared_ptr<ProcessState> CurrentState();
// False if there is one already, which stays.
bool InstallState(std::shared_ptr<ProcessState> state);

}  // namespace node
}  // namespace postern

#endif  // POSTERN_BINDINGS_NODE_ADDON_PROCESS_STATE_H_
