#ifndef POSTERN_BINDINGS_C_POSTERN_OPEN_FILE_H_
#define POSTERN_BINDINGS_C_POSTERN_OPEN_FILE_H_

/* Open files that keep what they may be used for, as runtimes need them for
 * fstat() and its relatives: postern_files_open() gives a bare descriptor. The
 * rights are those that the file was opened with; rules that change later
 * change what can be opened, not what is open. A call without the right is
 * POSTERN_DENIED with E_ACCES and the refusal "handle". See files.h for errors;
 * any number of threads may use an open file at once. */

#include "error.h"
#include "files.h"
#include "metadata.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct postern_open_file postern_open_file;

/* As postern_files_open(). */
postern_status postern_files_open_file(const postern_files* files,
                                       const char* path, size_t size,
                                       uint32_t flags, uint32_t mode,
                                       postern_open_file** file,
                                       postern_error* error);
/* Closes it. */
void postern_open_file_free(postern_open_file* file);
/* For reading and writing; the file closes it. -1 for a null handle or after a
 * release. */
int32_t postern_open_file_descriptor(const postern_open_file* file);
/* The descriptor, yours to close. Nothing decides its use from then on, and all
 * below is E_BADF. */
int32_t postern_open_file_release(postern_open_file* file);
/* POSTERN_OPEN_READ, POSTERN_OPEN_WRITE or both; 0 for a null handle. */
uint32_t postern_open_file_rights(const postern_open_file* file);
/* POSTERN_OPENED_...; 0 for a null handle. */
uint32_t postern_open_file_findings(const postern_open_file* file);
/* Its name when it was opened, after links: for the host's log. */
const char* postern_open_file_name(const postern_open_file* file, size_t* size);
/* Another descriptor for the same open file, with the same rights. */
postern_status postern_open_file_duplicate(const postern_open_file* file,
                                           postern_open_file** copy,
                                           postern_error* error);

/* Needs the right to read. */
postern_status postern_open_file_get_info(const postern_open_file* file,
                                          postern_file_info* info,
                                          postern_error* error);

/* These need the right to write, and mean what those of metadata.h do. A mode
 * with set-id bits is E_PERM. */
postern_status postern_open_file_set_mode(const postern_open_file* file,
                                          uint32_t mode, postern_error* error);
postern_status postern_open_file_set_owner(const postern_open_file* file,
                                           uint32_t owner, uint32_t group,
                                           postern_error* error);
postern_status postern_open_file_set_times(const postern_open_file* file,
                                           int64_t accessed_ns,
                                           int64_t modified_ns,
                                           postern_error* error);
postern_status postern_open_file_set_size(const postern_open_file* file,
                                          uint64_t bytes, postern_error* error);

/* fsync(): with any right. */
postern_status postern_open_file_sync(const postern_open_file* file,
                                      postern_error* error);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* POSTERN_BINDINGS_C_POSTERN_OPEN_FILE_H_ */
