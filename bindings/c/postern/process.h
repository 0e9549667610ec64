#ifndef POSTERN_BINDINGS_C_POSTERN_PROCESS_H_
#define POSTERN_BINDINGS_C_POSTERN_PROCESS_H_

/* Programs that a context grants, started under the same rules in the kernel
 * (Landlock, seccomp, namespaces, limits): docs/process.md says what holds
 * what. Any number of threads may use a launcher at once, and one thread at a
 * time a child. */

#include "access.h"
#include "buffer.h"
#include "context.h"
#include "error.h"
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
/* "memory", "cpu-share", ...; static; "" for any other number. */
const char* postern_limit_name(postern_limit limit, size_t* size);

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
} postern_launcher_options;

/* Starts programs that `context` grants; what it drops and what is published
 * counts at the next start. FAILED_PRECONDITION if the policy is not bound
 * (postern_builder_bind). Looks at the kernel, which takes milliseconds: keep
 * the launcher. */
typedef struct postern_launcher postern_launcher;
postern_status postern_launcher_new(postern_context* context,
                                    const postern_launcher_options* options,
                                    postern_launcher** launcher,
                                    postern_error* error);
void postern_launcher_free(postern_launcher* launcher);

/* Descriptor `from` of this process is `to` in the program's. Borrowed for the
 * call. */
typedef struct postern_descriptor {
  int32_t from;
  int32_t to;
} postern_descriptor;

typedef struct postern_start {
  size_t struct_size;
  /* The program, a path or a bare name, and what stands behind it. */
  const postern_bytes* argv;
  size_t argc;
  /* NAME=value that the guest sets, as far as env.write allows each. */
  const postern_bytes* environment;
  size_t environment_count;
  /* These pass and no others; of 0 to 2, what is not listed is /dev/null. */
  const postern_descriptor* descriptors;
  size_t descriptor_count;
  /* 1: the program has your terminal and process group, and can take from the
   * terminal what others type there. Else a session of its own. */
  int32_t share_session;
  int32_t reserved; /* 0 */
  /* Where the program starts: absolute, or in the launcher's base directory;
   * read as the guest may (fs.read). "" = the base directory. */
  postern_bytes directory;
} postern_start;

/* A running program and all that it started. */
typedef struct postern_child postern_child;
/* Decides, asking until `deadline_unix_ns` (INT64_MAX = without end) where a
 * rule asks, and starts. Either the program runs as the rules want it, or
 * nothing was started. DENIED is explained by postern_explain_error(), if
 * postern_error_refusal() is "rules"; others are "replaced", "deleted",
 * "loader", "unknown", "unreadable", "interpreter" and "invalid".
 * FAILED_PRECONDITION: the kernel holds less than is required. SYSTEM: E_NOENT
 * for no such program, or the error of a step of the start. */
postern_status postern_launcher_start(const postern_launcher* launcher,
                                      const postern_start* start,
                                      int64_t deadline_unix_ns,
                                      postern_child** child,
                                      postern_error* error);
/* Kills what is running of it. */
void postern_child_free(postern_child* child);

/* -1 for a null handle. The descriptor is of the program (pidfd_open(2)), and
 * `news` is readable when postern_child_next() does not wait; both stay the
 * child's. */
int32_t postern_child_process(const postern_child* child);
int32_t postern_child_descriptor(const postern_child* child);
int32_t postern_child_news(const postern_child* child);
/* Who holds a limit that was asked for: "launcher", "rlimit", "cgroup v1",
 * "cgroup v2", "none"; static. "" for one that was not. */
const char* postern_child_limit_holder(const postern_child* child,
                                       postern_limit limit, size_t* size);

typedef int32_t postern_report_format;
enum { POSTERN_REPORT_TEXT = 0, POSTERN_REPORT_JSON = 1 };
/* What the kernel holds of the policy for this program: a row for each rule,
 * for what no rule grants, and for each limit. */
postern_status postern_child_report(const postern_child* child,
                                    postern_report_format format,
                                    postern_buffer** report,
                                    postern_error* error);

typedef int32_t postern_child_state;
enum {
  POSTERN_CHILD_NO_NEWS = 0, /* until the deadline */
  POSTERN_CHILD_STOPPED = 1, /* `end_signal` says by which signal */
  POSTERN_CHILD_CONTINUED = 2,
  POSTERN_CHILD_ENDED = 3 /* and nothing that it started is left */
};
typedef struct postern_child_event {
  size_t struct_size;
  postern_child_state state;
  int32_t exit_status; /* or 128 + the signal that ended it */
  int32_t end_signal;  /* 0 = none */
  uint32_t reached;    /* bits, 1u << POSTERN_LIMIT_...: limits that it met */
  int32_t ended_by_limit; /* 1: killed for one of them */
  int32_t ended_by_order; /* 1: by postern_child_terminate() or _kill() */
  int32_t left_over;      /* processes that were killed at the end */
  int32_t reserved;       /* 0 */
  /* What program and tree used. */
  int64_t cpu_user_ns;
  int64_t cpu_system_ns;
  int64_t tied_up_ns; /* from the start until nothing of it was left */
  uint64_t peak_memory_bytes;
  uint64_t memory_byte_seconds; /* memory multiplied by time; sampled */
  uint64_t read_bytes;          /* from storage */
  uint64_t written_bytes;
} postern_child_event;

/* Waits for the end; POSTERN_CHILD_NO_NEWS at the deadline (INT64_MAX = without
 * one; one that has passed only looks). After the end it is told again. */
postern_status postern_child_wait(postern_child* child,
                                  int64_t deadline_unix_ns,
                                  postern_child_event* event,
                                  postern_error* error);
/* The same for stops and continuations, too. */
postern_status postern_child_next(postern_child* child,
                                  int64_t deadline_unix_ns,
                                  postern_child_event* event,
                                  postern_error* error);
/* To the program alone. NOT_FOUND if it ended. */
postern_status postern_child_signal(postern_child* child, int32_t number,
                                    postern_error* error);
/* SIGTERM to program and tree, and SIGKILL to what is left after `grace_ns`.
 * Does not wait: the end is news. */
postern_status postern_child_terminate(postern_child* child, int64_t grace_ns,
                                       postern_error* error);
/* SIGKILL to all at once, and waits for it; nothing was measured then. `event`
 * may be null. */
postern_status postern_child_kill(postern_child* child,
                                  postern_child_event* event,
                                  postern_error* error);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* POSTERN_BINDINGS_C_POSTERN_PROCESS_H_ */
