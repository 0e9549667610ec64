#ifndef POSTERN_BINDINGS_C_POSTERN_PROBLEMS_H_
#define POSTERN_BINDINGS_C_POSTERN_PROBLEMS_H_

/* All that is wrong with a policy, for people who correct it: reading a policy
 * ends at the first. Any number of threads may use problems at once. */

#include "error.h"
#include "policy.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Up to 20 problems, in the order of the file. */
typedef struct postern_problems postern_problems;

/* Looks at what postern_policy_from_file(), _text(), _json() or _binary() would
 * read, with the same options: POSTERN_OK also if much is wrong, and another
 * status for what cannot be looked at. None is found in a policy that can be
 * made; what is refused without one is no single place's fault. */
postern_status postern_problems_of_file(const char* path, size_t size,
                                        postern_format format,
                                        const postern_policy_options* options,
                                        postern_problems** problems,
                                        postern_error* error);
/* The format must be given. */
postern_status postern_problems_of_bytes(const char* bytes, size_t size,
                                         postern_format format,
                                         const postern_policy_options* options,
                                         postern_problems** problems,
                                         postern_error* error);
void postern_problems_free(postern_problems* problems);
size_t postern_problems_count(const postern_problems* problems);

typedef struct postern_problem {
  size_t struct_size;
  postern_bytes file;    /* also one that is included; lives as the problems */
  postern_bytes message; /* "..., expected ..."; may hold text of the file */
  int32_t line;          /* from 1; 0 = not known, as in the binary form */
  int32_t column;        /* in bytes from 1 */
} postern_problem;
/* INVALID_ARGUMENT beyond the count. */
postern_status postern_problems_get(const postern_problems* problems,
                                    size_t index, postern_problem* problem,
                                    postern_error* error);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* POSTERN_BINDINGS_C_POSTERN_PROBLEMS_H_ */
