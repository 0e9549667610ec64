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
#include "launcher_options.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* "memory", "cpu-share", ...; static; "" for any other number. */
const char* postern_limit_name(postern_limit limit, size_t* size);

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
typedef int32_t postern_report_format;
enum { POSTERN_REPORT_TEXT = 0, POSTERN_REPORT_JSON = 1 };
/* A dry run: what postern_launcher_start() would do, in the order of execution,
 * as text, and what the kernel would hold, as postern_child_report(). Each may
 * be null. Starts nothing, opens no file or directory that the start names,
 * takes no use, asks nobody, so that what a rule asks about is denied, and the
 * audit callback hears nothing. Errors are as there. */
postern_status postern_launcher_preview(const postern_launcher* launcher,
                                        const postern_start* start,
                                        postern_report_format format,
                                        postern_buffer** plan,
                                        postern_buffer** report,
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
/* How near it came to a limit that an rlimit holds. */
typedef struct postern_seen_limit {
  size_t struct_size;
  uint64_t most;    /* bytes, processes and threads, or descriptors */
  uint64_t held_to; /* where the limit is, in the same; 0 = nothing was seen */
} postern_seen_limit;

/* To meet an rlimit on memory, processes or open files is an error of the
 * program, of which nobody else hears. This is the most that was in use when
 * the launcher looked, every few hundredths of a second: address space and open
 * files of the process that had most, and all processes and threads that the
 * program started, of those of its user that count. Where that was all of the
 * limit, it is one of `reached`. Zeros for a limit that no rlimit holds or
 * nobody asked for, and after postern_child_kill(). FAILED_PRECONDITION until
 * the end was told. Waits for nothing, and may be asked again. */
postern_status postern_child_seen_limit(const postern_child* child,
                                        postern_limit limit,
                                        postern_seen_limit* seen,
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
