#ifndef POSTERN_BINDINGS_C_CODES_H_
#define POSTERN_BINDINGS_C_CODES_H_

#include "bindings/c/postern/error.h"

namespace postern {
namespace c {

// The number of the C interface for an errno; POSTERN_E_OTHER for one that it
// has no number for.
postern_code CodeOfErrno(int error_number);
// The way back; EAGAIN for a code that is none of an errno.
int ErrnoOfCode(postern_code code);

}  // namespace c
}  // namespace postern

#endif  // POSTERN_BINDINGS_C_CODES_H_
