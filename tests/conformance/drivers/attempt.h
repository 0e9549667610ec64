#ifndef POSTERN_TESTS_CONFORMANCE_DRIVERS_ATTEMPT_H_
#define POSTERN_TESTS_CONFORMANCE_DRIVERS_ATTEMPT_H_

/* One attempt as plain fields, and the answer: what the drivers in C and C++
 * share. ../README.md says what each field means. */

#include <postern/postern.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Fields that an attempt does not have are all zero. Text is borrowed, and
 * NUL-terminated behind its size. */
typedef struct attempt {
  postern_bytes op, form, path, directory, to, target, text, name, value;
  postern_bytes host, abstract, code, cwd, fact, function, permission, resource;
  postern_bytes pid; /* "self", "parent", "child"; else `pid_number` */
  int64_t pid_number, size, time_ms;
  uint32_t mode, user, group;
  uint16_t port;
  int32_t signal;
  int has_resource, nofollow, for_writing, in_worker;
  /* What is given up before; `drop_permission` is "" for nothing. */
  postern_bytes drop_permission, drop_resource;
  int drop_when_opened;
  const postern_bytes* argv;
  size_t argc;
  const postern_bytes* environment; /* NAME=value */
  size_t environment_count;
  const postern_arg* args;
  size_t arg_count;
  const postern_named_arg* named;
  size_t named_count;
} attempt;

typedef enum verdict { DENIED = 0, GRANTED, FAILED, UNSEEN } verdict;

typedef struct answer {
  verdict verdict;
  size_t size;
  char detail[4000];
} answer;

/* A host with a policy in force. */
typedef struct host host;
/* With the policy of this file, and `folder` as the base directory and where
 * programs start. Null, with a message on the error output. */
host* host_new(const char* policy, const char* folder);
void host_free(host* made);
void host_try(host* by, const attempt* what, answer* to);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* POSTERN_TESTS_CONFORMANCE_DRIVERS_ATTEMPT_H_ */
