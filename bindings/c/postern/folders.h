#ifndef POSTERN_BINDINGS_C_POSTERN_FOLDERS_H_
#define POSTERN_BINDINGS_C_POSTERN_FOLDERS_H_

/* What is in guarded directories, and what changes there. One thread at a time
 * may use a listing or a watch. See files.h for errors. */

#include "error.h"
#include "files.h"
#include "metadata.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct postern_listing postern_listing;
/* The entries without "." and ".."; concealed ones are left out, and denied
 * ones with POSTERN_FILES_HIDE_DENIED. */
postern_status postern_files_list(const postern_files* files, const char* path,
                                  size_t size, postern_listing** listing,
                                  postern_error* error);
void postern_listing_free(postern_listing* listing);

typedef struct postern_entry {
  size_t struct_size;
  postern_bytes name;     /* valid until the next call */
  postern_file_type type; /* POSTERN_FILE_UNKNOWN where nobody tells */
  int32_t reserved;
  uint64_t inode;
} postern_entry;
/* The next entry; POSTERN_END after the last one. */
postern_status postern_listing_next(postern_listing* listing,
                                    postern_entry* entry, postern_error* error);

/* What happened to a file, or to an entry of a directory. */
enum {
  POSTERN_WATCH_ACCESS = 1,
  POSTERN_WATCH_MODIFY = 2,
  POSTERN_WATCH_ATTRIBUTES = 4,
  POSTERN_WATCH_CLOSE_WRITE = 8,
  POSTERN_WATCH_CLOSE_READ = 16,
  POSTERN_WATCH_OPEN = 32,
  POSTERN_WATCH_MOVED_FROM = 64,
  POSTERN_WATCH_MOVED_TO = 128,
  POSTERN_WATCH_CREATE = 256,
  POSTERN_WATCH_DELETE = 512,
  POSTERN_WATCH_DELETE_SELF = 1024,
  POSTERN_WATCH_MOVE_SELF = 2048,
  POSTERN_WATCH_ALL = 4095,
  /* Told, and not to be asked for. */
  POSTERN_WATCH_IS_DIRECTORY = 4096,
  POSTERN_WATCH_LOST = 8192, /* events were lost; no names from now on */
  POSTERN_WATCH_ENDED = 16384
};

typedef struct postern_watch postern_watch;
postern_status postern_files_watch(const postern_files* files, const char* path,
                                   size_t size, uint32_t events,
                                   postern_watch** watch, postern_error* error);
void postern_watch_free(postern_watch* watch);
/* For poll(): readable when there may be events; the watch closes it. -1 for a
 * null handle. */
int32_t postern_watch_descriptor(const postern_watch* watch);

typedef struct postern_change {
  size_t struct_size;
  postern_bytes name; /* of an entry; "" = the object itself; until next call */
  uint32_t events;    /* POSTERN_WATCH_... */
  uint32_t cookie;    /* ties both halves of a move together; 0 = none */
} postern_change;
/* The next change; POSTERN_END if there is none yet. Does not wait. */
postern_status postern_watch_next(postern_watch* watch, postern_change* change,
                                  postern_error* error);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* POSTERN_BINDINGS_C_POSTERN_FOLDERS_H_ */
