#ifndef POSTERN_BINDINGS_C_POSTERN_CONTEXT_H_
#define POSTERN_BINDINGS_C_POSTERN_CONTEXT_H_

/* Principals and what they may do. Any number of threads may use a context at
 * once. */

#include "access.h"
#include "callbacks.h"
#include "error.h"
#include "policy.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A principal's live permission state. */
typedef struct postern_context postern_context;
/* The right to publish a new policy to the root context it came with. Whoever
 * holds it is the host; free it to give that right up. */
typedef struct postern_authority postern_authority;

typedef struct postern_context_options {
  size_t struct_size;
  postern_bytes principal;      /* app id; "" = nobody */
  postern_bytes base_directory; /* absolute; "" = the policy's own */
  postern_bytes session;
  postern_audit_fn audit; /* null = not told */
  postern_ask_fn ask;     /* null = every ask is a denial */
  void* user_data;        /* for both */
  /* Called once with `user_data` when neither callback can run any more: not
   * before the last context, files or network made from this one is freed. Null
   * = not told. Not called if the context could not be made. */
  void (*release)(void* user_data);
} postern_context_options;

/* A new root context and the one authority over it, both yours to free.
 * `authority` may be null: then nobody can replace the policy. */
postern_status postern_context_new(const postern_policy* policy,
                                   const postern_context_options* options,
                                   postern_context** context,
                                   postern_authority** authority,
                                   postern_error* error);
void postern_context_free(postern_context* context);
void postern_authority_free(postern_authority* authority);

/* Would the access be granted now? Pure: asks nobody, uses nothing up, is not
 * audited. Advisory for paths: names are taken lexically. */
postern_status postern_check(const postern_context* context,
                             const postern_access* access,
                             postern_decision* decision, postern_error* error);

/* Decides an access that is about to happen: checks, asks, uses up, audits.
 * Never answers POSTERN_ASK. May block in the ask callback until
 * `deadline_unix_ns`; INT64_MAX = without a deadline. */
postern_status postern_enforce(postern_context* context,
                               const postern_access* access,
                               int64_t deadline_unix_ns,
                               postern_decision* decision,
                               postern_error* error);

/* Both for all accesses of one operation, such as a rename's: one answer, which
 * is a denial if one of them is denied. The uses of all are taken, or none;
 * while one is denied as it is, nobody is asked for the others. `index`, which
 * may be null, becomes that of the access that the answer is about. No accesses
 * are a denial, more than 64 are RESOURCE_EXHAUSTED; all have the same
 * struct_size. */
postern_status postern_check_all(const postern_context* context,
                                 const postern_access* accesses, size_t count,
                                 postern_decision* decision, size_t* index,
                                 postern_error* error);
postern_status postern_enforce_all(postern_context* context,
                                   const postern_access* accesses, size_t count,
                                   int64_t deadline_unix_ns,
                                   postern_decision* decision, size_t* index,
                                   postern_error* error);

/* Gives up, for ever. `permissions` is a dotted name, a group ("fs") or "all";
 * `pattern` a path or name, and empty the permissions whole. What cannot be
 * read gives up the permissions whole, or all of them, and the status says
 * so. */
postern_status postern_drop(postern_context* context, const char* permissions,
                            size_t permissions_size, const char* pattern,
                            size_t pattern_size, postern_error* error);
/* The same for calls of one function; no args and count 0 = without any. */
postern_status postern_drop_call(postern_context* context, const char* function,
                                 size_t size, const postern_bytes* args,
                                 size_t count, postern_error* error);
/* The same for a secret; `permissions` as in postern_drop(). Count 0 is no
 * secret, and so drops the permissions whole. */
postern_status postern_drop_secret(postern_context* context,
                                   const char* permissions, size_t size,
                                   const postern_bytes* parts, size_t count,
                                   postern_error* error);

/* A child with at most the rights of `parent`, whose later changes reach it.
 * The layers of `layers`, which may be null, narrow it further: read with its
 * own variables and from its own base directory. A `layers` that declares a
 * function otherwise than the root's policy does is an error. */
postern_status postern_derive(const postern_context* parent,
                              const postern_policy* layers,
                              const postern_context_options* options,
                              postern_context** child, postern_error* error);

/* Adds layers, which can only narrow, read as postern_derive() reads them. On
 * error nothing changed. */
postern_status postern_restrict(postern_context* context,
                                const postern_policy* layers,
                                postern_error* error);

/* Replaces the policy of a root. WRONG_AUTHORITY for another's authority or a
 * sealed context, RESOURCE_EXHAUSTED if too many snapshots wait for
 * postern_quiesce(); either changes nothing. */
postern_status postern_publish(postern_context* context,
                               const postern_authority* authority,
                               const postern_policy* policy,
                               postern_error* error);
/* Ends postern_publish() for ever. */
postern_status postern_seal(postern_context* context, postern_error* error);
/* Frees retired snapshots. You promise that no other thread is inside a call
 * on this context or one derived from it. */
postern_status postern_quiesce(postern_context* context, postern_error* error);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* POSTERN_BINDINGS_C_POSTERN_CONTEXT_H_ */
