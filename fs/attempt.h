#ifndef POSTERN_FS_ATTEMPT_H_
#define POSTERN_FS_ATTEMPT_H_

#include <errno.h>
#include <fcntl.h>

#include <cstdint>
#include <utility>

#include "fs/base/file_descriptor.h"
#include "fs/canonical_name.h"
#include "fs/status.h"

namespace postern {
namespace fs {

// How one try to reach what a name leads to ended.
enum class Attempt : uint8_t {
  kDone,       // with a result, good or bad
  kLinkOnWay,  // the name is not the object's own: a proposal has to be made
  kRaced,      // it led elsewhere meanwhile: once more
};

// Those of a request's flags that say what is found, besides O_PATH.
inline int LookFlags(int flags, LastLink last) {
  return (flags & O_DIRECTORY) | (last == LastLink::kNoFollow ? O_NOFOLLOW : 0);
}

// Refused, or too little was left to find out more: what is asked about another
// name of the same operation is asked in vain.
inline bool IsInVain(const FsStatus& status) {
  return status.denied() || IsShortage(status.error_number);
}

// Ends an attempt with `outcome`, a value or a status.
template <typename T, typename Outcome>
Attempt Done(Outcome&& outcome, FsResult<T>* result) {
  *result = std::forward<Outcome>(outcome);
  return Attempt::kDone;
}

// Ends it with the errno of a look-up that follows no link.
template <typename T>
Attempt Failed(int error, FsResult<T>* result) {
  return error == ELOOP ? Attempt::kLinkOnWay
                        : Done(FsStatus::Error(error), result);
}

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_ATTEMPT_H_
