#ifndef POSTERN_BINDINGS_C_POSTERN_FILES_H_
#define POSTERN_BINDINGS_C_POSTERN_FILES_H_

/* Guarded files: a context decides, and what it decided about is what is
 * opened, read or written, whatever links lie on the way and whoever renames
 * meanwhile (symlink races, TOCTOU, path traversal). docs/files.md says what
 * each operation needs. Any number of threads may use files at once, also in a
 * child of fork(). A call needs 256 KiB of stack.
 *
 * An operation ends as POSTERN_OK, POSTERN_DENIED or POSTERN_SYSTEM; the error
 * holds a code for the guest, and for the host why (error.h). Names are bytes
 * without NUL, at most 4095. */

#include "buffer.h"
#include "context.h"
#include "error.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct postern_files postern_files;

/* Kinds of files that may be opened besides regular files and directories. */
enum {
  POSTERN_KIND_FIFO = 1,
  POSTERN_KIND_CHARACTER_DEVICE = 2,
  POSTERN_KIND_BLOCK_DEVICE = 4,
  POSTERN_KIND_SOCKET = 8,
  POSTERN_KIND_ANY = 16 /* faster: for reading, objects are not looked at */
};

enum {
  /* Objects lie on the mount of the directory that their name starts from. */
  POSTERN_FILES_NO_CROSS_MOUNT = 1,
  /* Listings and watches leave out what is denied, not only the concealed. */
  POSTERN_FILES_HIDE_DENIED = 2,
  /* Set-id bits, attributes "security.*" and "trusted.*" may be set. */
  POSTERN_FILES_PRIVILEGED_ATTRIBUTES = 4,
  /* Names of an unbound policy count as they are written: a rule whose name
   * passes a link is for none, neither grant nor denial. */
  POSTERN_FILES_ACCEPT_UNBOUND = 8,
  /* Each object is held before it is opened, each time (docs/files.md). */
  POSTERN_FILES_FORGET_PLAIN_NAMES = 16,
  POSTERN_FILES_REFUSE_HARD_LINKS_READING = 32,
  POSTERN_FILES_REPORT_HARD_LINKS_WRITING = 64 /* else they are refused */
};

/* May be null: all zero. */
typedef struct postern_files_options {
  size_t struct_size;
  /* Where relative names start: absolute; "" = the context's. */
  postern_bytes base_directory;
  /* Files of guests that can write in the same folders take turns in making,
   * moving and removing names: name one of the others. Null = none yet. */
  const postern_files* turns_with;
  int64_t ask_timeout_ns; /* how long a person may think; 0 = without end */
  uint32_t kinds;         /* POSTERN_KIND_... */
  uint32_t flags;         /* POSTERN_FILES_... */
} postern_files_options;

/* Files as `context` has them; what it drops and what is published counts at
 * once. FAILED_PRECONDITION if the root's policy is not bound (builder.h). */
postern_status postern_files_new(postern_context* context,
                                 const postern_files_options* options,
                                 postern_files** files, postern_error* error);
void postern_files_free(postern_files* files);
/* The same files with relative names starting at this directory, as it is now:
 * it stays the same directory when it is renamed. */
postern_status postern_files_in(const postern_files* files, const char* path,
                                size_t size, postern_files** in,
                                postern_error* error);

/* What an open is for. */
enum {
  POSTERN_OPEN_READ = 1,
  POSTERN_OPEN_WRITE = 2,
  POSTERN_OPEN_APPEND = 4,     /* with write */
  POSTERN_OPEN_CREATE = 8,     /* with write */
  POSTERN_OPEN_EXCLUSIVE = 16, /* with create: it must not exist */
  POSTERN_OPEN_TRUNCATE = 32,  /* with write */
  POSTERN_OPEN_DIRECTORY = 64, /* with read: it must be one */
  POSTERN_OPEN_NOFOLLOW = 128, /* a link in the last place is E_LOOP */
  POSTERN_OPEN_SYNC = 256,
  POSTERN_OPEN_DATA_SYNC = 512,
  POSTERN_OPEN_SAME_MOUNT = 1024,
  /* The host's word for this open: kinds beyond those of the options. */
  POSTERN_OPEN_SPECIAL_FILES = 2048,
  /* Alone: a descriptor for execveat() with AT_EMPTY_PATH. */
  POSTERN_OPEN_EXECUTE = 4096
};

/* What was seen of an object. */
enum {
  POSTERN_OPENED_LOOKED_AT = 1, /* else nothing is known */
  POSTERN_OPENED_HARD_LINKED = 2,
  POSTERN_OPENED_CROSSED_MOUNT = 4,
  POSTERN_OPENED_CREATED = 8 /* made by this open, as far as that is known */
};

/* Opens; `*fd` is yours to close: close-on-exec, non-blocking, no controlling
 * terminal. Reading and writing through it is decided by nobody any more.
 * `mode` is that of a created file, less the umask. `findings` may be null. */
postern_status postern_files_open(const postern_files* files, const char* path,
                                  size_t size, uint32_t flags, uint32_t mode,
                                  int32_t* fd, uint32_t* findings,
                                  postern_error* error);

/* The contents of a file of at most `max_bytes`; E_FBIG beyond. */
postern_status postern_files_read(const postern_files* files, const char* path,
                                  size_t size, uint64_t max_bytes,
                                  postern_buffer** contents,
                                  postern_error* error);
/* Creates or empties the file and writes it; no sync. A write that fails midway
 * leaves what was written. */
postern_status postern_files_write(const postern_files* files, const char* path,
                                   size_t size, const char* contents,
                                   size_t contents_size, uint32_t mode,
                                   postern_error* error);
/* A new file of mode 0600, open for reading and writing, called `prefix` and
 * random letters. `*name` is `directory` as it was given, and that. */
postern_status postern_files_create_temporary(const postern_files* files,
                                              const char* directory,
                                              size_t size, const char* prefix,
                                              size_t prefix_size, int32_t* fd,
                                              postern_buffer** name,
                                              postern_error* error);
/* Likewise a directory of mode 0700. */
postern_status postern_files_create_temporary_directory(
    const postern_files* files, const char* directory, size_t size,
    const char* prefix, size_t prefix_size, postern_buffer** name,
    postern_error* error);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* POSTERN_BINDINGS_C_POSTERN_FILES_H_ */
