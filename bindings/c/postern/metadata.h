#ifndef POSTERN_BINDINGS_C_POSTERN_METADATA_H_
#define POSTERN_BINDINGS_C_POSTERN_METADATA_H_

/* What guarded files are, apart from their contents. See files.h for errors and
 * threads. Where there is `follow`, 1 is for what a link in the last place
 * leads to, 0 for the link itself. */

#include "buffer.h"
#include "error.h"
#include "files.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t postern_file_type;
enum {
  POSTERN_FILE_UNKNOWN = 0,
  POSTERN_FILE_REGULAR = 1,
  POSTERN_FILE_DIRECTORY = 2,
  POSTERN_FILE_LINK = 3,
  POSTERN_FILE_FIFO = 4,
  POSTERN_FILE_SOCKET = 5,
  POSTERN_FILE_CHARACTER_DEVICE = 6,
  POSTERN_FILE_BLOCK_DEVICE = 7
};

typedef struct postern_file_info {
  size_t struct_size;
  postern_file_type type;
  uint32_t mode; /* permission and set-id bits */
  uint32_t owner;
  uint32_t group;
  uint64_t device; /* with `inode` the file's identity */
  uint64_t inode;
  uint64_t links;
  uint64_t size;       /* bytes */
  uint64_t allocated;  /* bytes */
  uint64_t block_size; /* for reading and writing */
  uint64_t of_device;  /* which device a device file is */
  int64_t accessed_ns;
  int64_t modified_ns;
  int64_t changed_ns;
} postern_file_info;
postern_status postern_files_info(const postern_files* files, const char* path,
                                  size_t size, int32_t follow,
                                  postern_file_info* info,
                                  postern_error* error);

/* access(): may this process, by the mode bits 4 (read), 2 (write) and 1
 * (execute); 0 = does it exist. */
postern_status postern_files_access(const postern_files* files,
                                    const char* path, size_t size,
                                    uint32_t mode, postern_error* error);

postern_status postern_files_set_mode(const postern_files* files,
                                      const char* path, size_t size,
                                      uint32_t mode, postern_error* error);
/* UINT32_MAX keeps what is there. */
postern_status postern_files_set_owner(const postern_files* files,
                                       const char* path, size_t size,
                                       int32_t follow, uint32_t owner,
                                       uint32_t group, postern_error* error);
/* In place of a time: leave it, or the time of the call. */
#define POSTERN_TIME_KEEP INT64_MIN
#define POSTERN_TIME_NOW INT64_MAX
postern_status postern_files_set_times(const postern_files* files,
                                       const char* path, size_t size,
                                       int32_t follow, int64_t accessed_ns,
                                       int64_t modified_ns,
                                       postern_error* error);
postern_status postern_files_set_size(const postern_files* files,
                                      const char* path, size_t size,
                                      uint64_t bytes, postern_error* error);

/* ---- Extended attributes ---- */

postern_status postern_files_get_attribute(const postern_files* files,
                                           const char* path, size_t size,
                                           const char* name, size_t name_size,
                                           postern_buffer** value,
                                           postern_error* error);
/* The names, each with a NUL after it. */
postern_status postern_files_list_attributes(const postern_files* files,
                                             const char* path, size_t size,
                                             postern_buffer** names,
                                             postern_error* error);
typedef int32_t postern_attribute;
enum {
  POSTERN_ATTRIBUTE_SET = 0,
  POSTERN_ATTRIBUTE_CREATE = 1, /* it must not exist */
  POSTERN_ATTRIBUTE_REPLACE = 2 /* it must exist */
};
postern_status postern_files_set_attribute(const postern_files* files,
                                           const char* path, size_t size,
                                           const char* name, size_t name_size,
                                           const char* value, size_t value_size,
                                           postern_attribute how,
                                           postern_error* error);
postern_status postern_files_remove_attribute(const postern_files* files,
                                              const char* path, size_t size,
                                              const char* name,
                                              size_t name_size,
                                              postern_error* error);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* POSTERN_BINDINGS_C_POSTERN_METADATA_H_ */
