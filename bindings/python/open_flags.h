#ifndef POSTERN_BINDINGS_PYTHON_OPEN_FLAGS_H_
#define POSTERN_BINDINGS_PYTHON_OPEN_FLAGS_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "bindings/python/names.h"

namespace postern {
namespace python {

// What open(2) would be given, in the words of the library. False for flags
// that it does not take: O_PATH, O_TMPFILE, O_DIRECT, O_NOATIME, O_ASYNC.
bool ReadOpenFlags(int flags, uint32_t* out);

// Opens a guarded file; -1 with the error set. The descriptor blocks, unless
// O_NONBLOCK is among the flags.
int OpenGuarded(const Name& name, int flags, uint32_t mode);

// All bytes from here to the end of the file, and no more than `most`. False
// with errno; EFBIG for more.
bool ReadAll(int fd, size_t most, std::string* bytes);

}  // namespace python
}  // namespace postern

#endif  // POSTERN_BINDINGS_PYTHON_OPEN_FLAGS_H_
