#ifndef POSTERN_BINDINGS_C_POSTERN_TYPES_H_
#define POSTERN_BINDINGS_C_POSTERN_TYPES_H_

/* Values that every other header uses. Every function here is thread-safe. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Grows with every incompatible change. */
#define POSTERN_ABI_VERSION 1
/* Of the loaded library. */
uint32_t postern_abi_version(void);
/* "0.1.0": of the loaded library; static. */
const char* postern_version(size_t* size);

typedef struct postern_bytes {
  const char* data;
  size_t size;
} postern_bytes;

typedef int32_t postern_status;
enum {
  POSTERN_OK = 0,
  POSTERN_INVALID_ARGUMENT = 1,    /* null, or text that cannot be read */
  POSTERN_FAILED_PRECONDITION = 2, /* as a decision on an older snapshot */
  POSTERN_WRONG_AUTHORITY = 3,     /* or a sealed context */
  POSTERN_RESOURCE_EXHAUSTED = 4,  /* a bound was reached, or no memory */
  POSTERN_INTERNAL = 5,
  POSTERN_DENIED = 6,    /* an operation was refused; postern_error says why */
  POSTERN_SYSTEM = 7,    /* the system's own error, as postern_error_code() */
  POSTERN_END = 8,       /* there is no further one; no error */
  POSTERN_NOT_FOUND = 9, /* in a store */
  POSTERN_ABORTED = 10,  /* somebody else was first: read and decide again */
  POSTERN_DATA_LOSS = 11,
  POSTERN_UNAVAILABLE = 12 /* nothing was changed; try again later */
};
/* "OK", "INVALID_ARGUMENT", ...: static; "UNKNOWN" for any other number. */
const char* postern_status_name(postern_status status, size_t* size);

/* A kind of access; the values are never reused. */
typedef uint32_t postern_permission;
enum {
  POSTERN_UNKNOWN = 0, /* always denied */
  POSTERN_FS_READ = 1,
  POSTERN_FS_WRITE = 2,
  POSTERN_NET_CONNECT = 3,
  POSTERN_NET_LISTEN = 4,
  POSTERN_NET_RESOLVE = 5,
  POSTERN_PROCESS_SPAWN = 6,
  POSTERN_PROCESS_SIGNAL = 7,
  POSTERN_ENV_READ = 8,
  POSTERN_ENV_WRITE = 9,
  POSTERN_SYS_INFO = 10,
  POSTERN_CODE_LOAD = 11,
  POSTERN_CODE_IMPORT = 12,
  POSTERN_CODE_EVAL = 13,
  POSTERN_THREAD_CREATE = 14,
  POSTERN_DEBUG_ATTACH = 15,
  POSTERN_PLUGIN_LOAD = 16,
  POSTERN_PLUGIN_CALL = 17,
  POSTERN_SECRET_USE = 18,
  POSTERN_SECRET_REVEAL = 19,
  POSTERN_DEVICE_USE = 20
};
/* The permission with exactly this dotted name ("fs.read"), or
 * POSTERN_UNKNOWN; groups ("fs") are no permission. */
postern_permission postern_permission_parse(const char* name, size_t size);
/* The dotted name, "unknown" for anything else; static. `size` may be null,
 * as in every function that returns text. */
const char* postern_permission_name(postern_permission p, size_t* size);

typedef int32_t postern_effect;
enum { POSTERN_DENY = 0, POSTERN_ASK = 1, POSTERN_ALLOW = 2 };

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* POSTERN_BINDINGS_C_POSTERN_TYPES_H_ */
