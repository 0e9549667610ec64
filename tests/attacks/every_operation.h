#ifndef POSTERN_TESTS_ATTACKS_EVERY_OPERATION_H_
#define POSTERN_TESTS_ATTACKS_EVERY_OPERATION_H_

#include "absl/types/span.h"
#include "fs/guarded_fs.h"
#include "fs/operation.h"
#include "fs/options.h"
#include "fs/status.h"

namespace postern {
namespace testing {

// What an attempt needs besides the name that is attacked.
struct Scratch {
  fs::At file;  // granted, exists
  fs::At free;  // granted, does not exist
  int socket;   // of AF_UNIX, not bound
};

// One way to do something with a name.
struct Attempt {
  const char* name;
  fs::Operation operation;
  // Which end of the operation the attacked name is: 0 or 1.
  int end;
  fs::FsStatus (*run)(const fs::GuardedFs& guarded, const fs::At& at,
                      const Scratch& scratch);

  // Links in the last place are followed.
  bool follows() const;
};

// Every public operation of GuardedFs, at each of its ends.
absl::Span<const Attempt> EveryAttempt();

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_TESTS_ATTACKS_EVERY_OPERATION_H_
