#ifndef POSTERN_BINDINGS_C_POSTERN_POSTERN_H_
#define POSTERN_BINDINGS_C_POSTERN_POSTERN_H_

/* The C interface of Postern, for every language but C++.
 *
 * - Text is a pointer and a length, never NUL-terminated; a null pointer is
 *   fine where the length is 0. What goes in is copied unless said otherwise.
 *   What comes out is borrowed: it lives as long as the object it came from.
 *   It happens to be NUL-terminated too, but may hold NUL bytes before.
 * - A function that can fail returns a postern_status: whether the *call*
 *   worked. Whether an *access* is granted is a postern_decision and nothing
 *   else. On every status but POSTERN_OK a decision written is a denial, an
 *   object written is null, and a descriptor written is -1.
 * - The last parameter, `error`, may be null. Otherwise it is made to hold the
 *   status and a message, or nothing after a success.
 * - No function throws, aborts or keeps a lock while it calls back. A null
 *   handle is POSTERN_INVALID_ARGUMENT; null to a ..._free() does nothing.
 * - Structs that begin with `struct_size` may grow: set it to sizeof of the
 *   struct you were compiled with and zero the rest. A longer struct whose
 *   further bytes are not all zero is refused, since it says more than this
 *   library understands, and so is one of more than 4096 bytes. Of a struct
 *   that the library fills in, further bytes become zero.
 * - Threads: each header says what may be used by how many threads at once.
 *   Freeing an object ends its use by every thread. Objects may be freed in any
 *   order: each keeps what it needs.
 * - Numbers, sizes and layouts depend on the size of pointers alone, not on a
 *   C library's types. Times are nanoseconds since 1970, in UTC.
 */

#include "access.h"
#include "app_sockets.h"
#include "approval.h"
#include "buffer.h"
#include "builder.h"
#include "callbacks.h"
#include "commands.h"
#include "context.h"
#include "csp.h"
#include "error.h"
#include "explanation.h"
#include "files.h"
#include "folders.h"
#include "metadata.h"
#include "names.h"
#include "network.h"
#include "open_file.h"
#include "policy.h"
#include "problems.h"
#include "process.h"
#include "targets.h"
#include "types.h"

#endif /* POSTERN_BINDINGS_C_POSTERN_POSTERN_H_ */
