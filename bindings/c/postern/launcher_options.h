#ifndef POSTERN_BINDINGS_C_POSTERN_LAUNCHER_OPTIONS_H_
#define POSTERN_BINDINGS_C_POSTERN_LAUNCHER_OPTIONS_H_

/* How programs are confined and limited, for process.h. All members but the
 * size may stay zero. */

#include "files.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How much of what a policy denies the kernel denies too. */
typedef int32_t postern_level;
enum {
  POSTERN_LEVEL_NONE = 0,
  POSTERN_LEVEL_PARTIAL = 1,
  POSTERN_LEVEL_FULL = 2
};

typedef int32_t postern_limit;
enum {
  POSTERN_LIMIT_MEMORY = 0,
  POSTERN_LIMIT_CPU_SHARE = 1,
  POSTERN_LIMIT_CPU_TIME = 2,
  POSTERN_LIMIT_PROCESSES = 3,
  POSTERN_LIMIT_FILE_SIZE = 4,
  POSTERN_LIMIT_OPEN_FILES = 5,
  POSTERN_LIMIT_DISK_USE = 6,
  POSTERN_LIMIT_WALL_TIME = 7
};
/* What a program and all that it starts may use up together; 0 = no limit. */
typedef struct postern_limits {
  size_t struct_size;
  uint64_t memory_bytes;
  uint64_t cpu_share_thousandths; /* 500 = half a processor; needs a cgroup */
  int64_t cpu_time_ns;
  uint64_t processes;  /* and threads, at a time */
  uint64_t file_bytes; /* of each file that is written */
  uint64_t open_files; /* of each process */
  uint64_t disk_bytes; /* written to storage */
  int64_t wall_time_ns;
} postern_limits;

/* Whom programs run as, with these groups and no others. Needs CAP_SETUID and
 * CAP_SETGID. */
typedef struct postern_identity {
  size_t struct_size;
  uint32_t uid;
  uint32_t gid;
  const uint32_t* groups; /* supplementary */
  size_t group_count;
} postern_identity;

/* What becomes of a rule that the kernel cannot hold as it is written. */
typedef int32_t postern_approximation;
enum {
  POSTERN_NARROWER = 0, /* denied is what is not granted for certain */
  POSTERN_WIDER = 1     /* allowed; the report says so */
};

/* What a program may do in a directory that is granted while something beneath
 * it is not. It may do so with all beneath, also with names that are denied;
 * with their contents never. */
typedef int32_t postern_directory_rights;
enum {
  POSTERN_DIRECTORY_LISTED = 0,
  POSTERN_DIRECTORY_CLOSED = 1,
  POSTERN_DIRECTORY_ENTRIES = 2 /* make, rename and remove entries, too */
};

/* How a policy is put into the kernel's terms; docs/process.md. */
typedef struct postern_lower_options {
  size_t struct_size;
  /* Rules that ask, and grants that end: by time, uses or session. */
  postern_approximation asks_and_limits;
  postern_approximation hosts; /* wider: their ports, for every host */
  postern_directory_rights directories;
  /* 1: what is denied inside of what is granted is hidden by mounts, where
   * that can be done, and the rest is granted in full. */
  int32_t masks;
  /* 1: modes, owners, times and attributes are refused for all files. */
  int32_t refuse_metadata_changes;
  int32_t reserved; /* 0 */
  /* 0 = the library's own bound. */
  uint64_t max_entries;  /* of directories, that are looked at */
  uint64_t max_subtrees; /* that are granted one by one */
  uint64_t max_ports;
} postern_lower_options;

/* May be null: all zero. */
typedef struct postern_launcher_options {
  size_t struct_size;
  /* Your PATH: absolute folders, in order, for programs without a "/". */
  const postern_bytes* program_folders;
  size_t program_folder_count;
  /* NAME=value that programs inherit, as far as env.read allows each. Those
   * that steer loaders and interpreters (LD_PRELOAD) never pass. */
  const postern_bytes* environment;
  size_t environment_count;
  postern_bytes base_directory; /* where programs start; "" = the context's */
  const postern_limits* limits; /* null: none */
  int64_t grace_ns; /* between SIGTERM and SIGKILL at the wall time's end */
  int32_t nice;     /* -20 to 19; 0 = as this process */
  /* A start fails before any effect where the kernel holds a rule less. */
  postern_level require;
  /* 1: nothing is tried in a child before the first start. That saves some
   * milliseconds, and nothing counts as more than partial. */
  int32_t no_probe;
  /* 1: programs get no sealed copy of the context, which those that link
   * Postern take up (postern_context_take_up). */
  int32_t keep_policy;
  /* Made from the same context: for starts with a directory. Null: such starts
   * are refused. */
  const postern_files* files;
  const postern_identity* identity;   /* null: as this process */
  const postern_lower_options* lower; /* null: all zero */
  /* 1: `require` looks at metadata and names in directories as well, and at
   * what lives inside of a program alone; else not. */
  int32_t require_everything;
  /* 1: what keeps a program shares the memory of this process until the program
   * ends, which takes a third off a start; else it is a copy of it. Only for
   * hosts that give up no right meanwhile: it keeps the ids, capabilities and
   * filters of the moment of the start, and who can write this memory can steer
   * it. Where sharing would harm it is a copy all the same: with `identity`,
   * with preloaded libraries, before Linux 5.16. */
  int32_t share_memory;
} postern_launcher_options;

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* POSTERN_BINDINGS_C_POSTERN_LAUNCHER_OPTIONS_H_ */
