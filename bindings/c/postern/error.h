#ifndef POSTERN_BINDINGS_C_POSTERN_ERROR_H_
#define POSTERN_BINDINGS_C_POSTERN_ERROR_H_

/* Why a call failed. One thread at a time may use an error. */

#include "access.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Holds the status and message of the last call that it was given to. */
typedef struct postern_error postern_error;
/* Null without memory, which every function accepts as "no error wanted". */
postern_error* postern_error_new(void);
void postern_error_free(postern_error* error);
postern_status postern_error_status(const postern_error* error);
/* For people, one line, without a final line break; "" after a success. Not for
 * guests: after an operation it tells where names and links lead. */
const char* postern_error_message(const postern_error* error, size_t* size);

/* FAILED_PRECONDITION, and a message with both versions, if the program was
 * compiled for another interface than the loaded library has: then call nothing
 * else. `bytes_size` is sizeof(postern_bytes). */
postern_status postern_check_abi(uint32_t version, size_t bytes_size,
                                 postern_error* error);
#define POSTERN_CHECK_ABI(error) \
  postern_check_abi(POSTERN_ABI_VERSION, sizeof(postern_bytes), error)

/* ---- Of operations on files and the network ---- */

/* What a guest may be shown: the error of the system call of that kind, by
 * numbers that are the same on every system. The values are never reused. */
typedef int32_t postern_code;
enum {
  POSTERN_E_NONE = 0,
  POSTERN_E_OTHER = 1, /* none of these: see postern_error_errno() */
  POSTERN_E_ACCES = 2,
  POSTERN_E_ADDRINUSE = 3,
  POSTERN_E_ADDRNOTAVAIL = 4,
  POSTERN_E_AFNOSUPPORT = 5,
  POSTERN_E_AGAIN = 6,
  POSTERN_E_ALREADY = 7,
  POSTERN_E_BADF = 8,
  POSTERN_E_BUSY = 9,
  POSTERN_E_CANCELED = 10,
  POSTERN_E_CONNABORTED = 11,
  POSTERN_E_CONNREFUSED = 12,
  POSTERN_E_CONNRESET = 13,
  POSTERN_E_DESTADDRREQ = 14,
  POSTERN_E_DQUOT = 15,
  POSTERN_E_EXIST = 16,
  POSTERN_E_FBIG = 17,
  POSTERN_E_HOSTUNREACH = 18,
  POSTERN_E_INTR = 19,
  POSTERN_E_INVAL = 20,
  POSTERN_E_IO = 21,
  POSTERN_E_ISCONN = 22,
  POSTERN_E_ISDIR = 23,
  POSTERN_E_LOOP = 24,
  POSTERN_E_MFILE = 25,
  POSTERN_E_MLINK = 26,
  POSTERN_E_MSGSIZE = 27,
  POSTERN_E_NAMETOOLONG = 28,
  POSTERN_E_NETUNREACH = 29,
  POSTERN_E_NFILE = 30,
  POSTERN_E_NODATA = 31,
  POSTERN_E_NODEV = 32,
  POSTERN_E_NOENT = 33,
  POSTERN_E_NOMEM = 34,
  POSTERN_E_NOSPC = 35,
  POSTERN_E_NOSYS = 36,
  POSTERN_E_NOTCONN = 37,
  POSTERN_E_NOTDIR = 38,
  POSTERN_E_NOTEMPTY = 39,
  POSTERN_E_NOTSUP = 40,
  POSTERN_E_NXIO = 41,
  POSTERN_E_OVERFLOW = 42,
  POSTERN_E_PERM = 43,
  POSTERN_E_PIPE = 44,
  POSTERN_E_RANGE = 45,
  POSTERN_E_ROFS = 46,
  POSTERN_E_STALE = 47,
  POSTERN_E_TIMEDOUT = 48,
  POSTERN_E_TXTBSY = 49,
  POSTERN_E_XDEV = 50
};
/* "ENOENT"; "EOTHER", and "" for POSTERN_E_NONE; static. */
const char* postern_code_name(postern_code code, size_t* size);

/* POSTERN_E_NONE unless the status is POSTERN_DENIED or POSTERN_SYSTEM. */
postern_code postern_error_code(const postern_error* error);
/* This system's errno, behind postern_error_code(); 0 for none. */
int32_t postern_error_errno(const postern_error* error);
/* Why the status is POSTERN_DENIED: "monitor" (a rule), "kind", "hard-link",
 * "mount", "move", ...: a stable code for logs. "" for any other status. */
const char* postern_error_refusal(const postern_error* error, size_t* size);
/* The decision behind a refusal by rules; else all-zero, which is a denial. */
postern_decision postern_error_decision(const postern_error* error);
/* The name or endpoint that was decided, after links and look-ups: for the
 * host's log; "" if unknown. */
const char* postern_error_subject(const postern_error* error, size_t* size);
/* For an operation with two names: 0 if the error is about the first, 1 for the
 * second. */
int32_t postern_error_end(const postern_error* error);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* POSTERN_BINDINGS_C_POSTERN_ERROR_H_ */
