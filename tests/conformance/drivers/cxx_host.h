#ifndef POSTERN_TESTS_CONFORMANCE_DRIVERS_CXX_HOST_H_
#define POSTERN_TESTS_CONFORMANCE_DRIVERS_CXX_HOST_H_

// The parts of the driver in C++, which stands on the C++ interface and not on
// the C one.

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "fs/guarded_fs.h"
#include "net/guarded_net.h"
#include "permission/context.h"
#include "permission/guard/guarded_signals.h"
#include "tests/conformance/drivers/attempt.h"

// A context and what acts for it. The main program's, or a worker's.
struct Equipment {
  std::shared_ptr<postern::PermissionContext> context;
  std::shared_ptr<const postern::fs::GuardedFs> files;
  std::unique_ptr<postern::net::GuardedNet> network;
  std::unique_ptr<postern::GuardedSignals> signals;
};

struct host {
  std::string folder;
  Equipment main;
};

// What one operation is tried with.
struct Trial {
  const Equipment& by;
  const std::string& folder;
  const postern::fs::Handle* directory;  // null: relative to `folder`
  const attempt& a;
  answer& to;

  postern::fs::At At() const;
  postern::fs::At To() const { return {Text(a.to), nullptr}; }
  static absl::string_view Text(postern_bytes bytes) {
    return {bytes.data, bytes.size};
  }
  // What each kind of status is as an answer; true if it was granted.
  bool Answer(const postern::fs::FsStatus& status) const;
  bool Answer(const postern::net::NetStatus& status) const;
  bool AnswerErrno(int error, bool denied) const;
  // Adds to the detail, as far as there is room.
  void Tell(absl::string_view text) const;
  // Decides one access; true if it was granted, which is the answer then too.
  bool Enforce(const postern::Access& access) const;
  // Gives up what the attempt says.
  void Drop() const;
};

// Each is false for an operation that it does not know.
bool TryFile(const Trial& trial);
bool TryHandle(const Trial& trial);
bool TryNetwork(const Trial& trial);
bool TryProcess(const Trial& trial);
bool TryOther(const Trial& trial);

#endif  // POSTERN_TESTS_CONFORMANCE_DRIVERS_CXX_HOST_H_
