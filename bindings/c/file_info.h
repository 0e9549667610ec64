#ifndef POSTERN_BINDINGS_C_FILE_INFO_H_
#define POSTERN_BINDINGS_C_FILE_INFO_H_

#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#include <cstdint>
#include <limits>

#include "bindings/c/handles.h"
#include "bindings/c/postern/metadata.h"
#include "fs/base/result.h"
#include "fs/status.h"

// What metadata of files is in C, by name or by an open file.

namespace postern {
namespace c {

// Of st_mode; of d_type by DTTOIF().
postern_file_type TypeOfMode(mode_t mode);

// With POSTERN_TIME_NOW and POSTERN_TIME_KEEP as utimensat(2) has them.
struct timespec ToTimespec(int64_t ns);

// Writes what `find` finds. A size that is wrong is told before that.
Outcome InfoOut(postern_file_info* info,
                absl::FunctionRef<fs::FsResult<struct stat>()> find);

// Whether it is a size that the system knows.
inline bool IsFileSize(uint64_t bytes) {
  return bytes <= static_cast<uint64_t>(std::numeric_limits<off_t>::max());
}

}  // namespace c
}  // namespace postern

#endif  // POSTERN_BINDINGS_C_FILE_INFO_H_
