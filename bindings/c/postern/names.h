#ifndef POSTERN_BINDINGS_C_POSTERN_NAMES_H_
#define POSTERN_BINDINGS_C_POSTERN_NAMES_H_

/* Names of guarded files: made, moved, copied, removed. Each call is one
 * operation with one answer: what is denied at one of two names happens at
 * neither. See files.h for errors and threads. */

#include "buffer.h"
#include "error.h"
#include "files.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

postern_status postern_files_make_directory(const postern_files* files,
                                            const char* path, size_t size,
                                            uint32_t mode,
                                            postern_error* error);
/* `kind` is POSTERN_KIND_FIFO, POSTERN_KIND_SOCKET, or 0 for an empty file;
 * a device, of number `device`, if the kinds of the options say so. */
postern_status postern_files_make_node(const postern_files* files,
                                       const char* path, size_t size,
                                       uint32_t kind, uint32_t mode,
                                       uint64_t device, postern_error* error);
/* A link with this text. What it leads to is decided when it is used. */
postern_status postern_files_symlink(const postern_files* files,
                                     const char* target, size_t target_size,
                                     const char* path, size_t size,
                                     postern_error* error);
postern_status postern_files_readlink(const postern_files* files,
                                      const char* path, size_t size,
                                      postern_buffer** target,
                                      postern_error* error);

/* Below, `to_files` says where a relative `to` starts: null = as `from`. It is
 * `files` or was made from the same by postern_files_in(). */

/* A second name, which may not give more rights than the first has. */
postern_status postern_files_link(const postern_files* files, const char* from,
                                  size_t from_size,
                                  const postern_files* to_files, const char* to,
                                  size_t to_size, postern_error* error);

typedef int32_t postern_move;
enum {
  POSTERN_MOVE_REPLACE = 0, /* `to` is replaced if it exists */
  POSTERN_MOVE_KEEP = 1,    /* E_EXIST if `to` exists */
  POSTERN_MOVE_EXCHANGE = 2 /* both exist, and change places */
};
/* rename(). What moves may gain no right by it. */
postern_status postern_files_move(const postern_files* files, const char* from,
                                  size_t from_size,
                                  const postern_files* to_files, const char* to,
                                  size_t to_size, postern_move how,
                                  postern_error* error);
/* Copies bytes and permission bits. With `replace` 0 `to` must not exist. A new
 * file that could not be filled is removed. */
postern_status postern_files_copy(const postern_files* files, const char* from,
                                  size_t from_size,
                                  const postern_files* to_files, const char* to,
                                  size_t to_size, int32_t replace,
                                  postern_error* error);

/* unlink() and rmdir(). */
postern_status postern_files_remove(const postern_files* files,
                                    const char* path, size_t size,
                                    postern_error* error);
postern_status postern_files_remove_directory(const postern_files* files,
                                              const char* path, size_t size,
                                              postern_error* error);
/* Removes all beneath, and it. Nothing is removed if anything beneath is denied
 * at the start; stops at what is denied or cannot be removed later. */
postern_status postern_files_remove_all(const postern_files* files,
                                        const char* path, size_t size,
                                        postern_error* error);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* POSTERN_BINDINGS_C_POSTERN_NAMES_H_ */
