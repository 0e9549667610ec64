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

/* A principal's live permission state, and the reference monitor of its guest:
 * each access is decided here. */
typedef struct postern_context postern_context;
/* The capability to publish a new policy to the root context that it came with:
 * whoever holds it can, and nobody else. Keep it in the host, or free it to
 * give the right up. */
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
/* What the context may do at this moment, drops included, in a descriptor whose
 * content nobody can change any more: hand it on to a program that you start,
 * and close it. It is a sealed file in memory, or a pipe where this process may
 * make none, as one that is confined: make one for each program. Rules with
 * limited uses that allow are left out, and so are answers of people.
 * INVALID_ARGUMENT if a rule's text is not UTF-8; RESOURCE_EXHAUSTED for more
 * than a pipe holds. */
postern_status postern_context_seal(const postern_context* context,
                                    int* descriptor, postern_error* error);
/* In such a program: the context that it was started with, yours to free, from
 * whichever descriptor, which is closed. Nobody can replace its policy. Of
 * `options`, which may be null, only the callbacks may be given. NOT_FOUND if
 * it was started without one. FAILED_PRECONDITION if there are several, or a
 * pipe that another program took it from before, or if a name in the rules
 * leads elsewhere than it led. Call it before there are other threads. */
postern_status postern_context_take_up(const postern_context_options* options,
                                       postern_context** context,
                                       postern_error* error);
void postern_context_free(postern_context* context);
void postern_authority_free(postern_authority* authority);

/* Would the access be granted now? Has no effects: nobody is asked, no use is
 * taken, nothing is audited. For a path the answer is only advice: names are
 * taken lexically, and what they lead to can change before they are used
 * (TOCTOU). */
postern_status postern_check(const postern_context* context,
                             const postern_access* access,
                             postern_decision* decision, postern_error* error);

/* postern_check() as if nothing had been dropped, no use been taken and no rule
 * been expired: what may have happened until now, under the policy that is in
 * force. For a host that asks whether its guest can have had a hand in
 * something, such as in a file of code. */
postern_status postern_check_undiminished(const postern_context* context,
                                          const postern_access* access,
                                          postern_decision* decision,
                                          postern_error* error);

/* Decides an access that is about to happen: checks, asks a person if a rule
 * says so, takes uses, audits. Never answers POSTERN_ASK. May block in the ask
 * callback until `deadline_unix_ns`; INT64_MAX = without a deadline. */
postern_status postern_enforce(postern_context* context,
                               const postern_access* access,
                               int64_t deadline_unix_ns,
                               postern_decision* decision,
                               postern_error* error);

/* postern_check() and postern_enforce() for all accesses of one operation, such
 * as both names of a rename. There is one answer, a denial if one of them is
 * denied. Uses are taken of all, or of none. If one access is denied as it is,
 * nobody is asked about the others. `index`, which may be null, becomes that of
 * the access that the answer is about. Without accesses it is a denial; more
 * than 64 are RESOURCE_EXHAUSTED; all have the same struct_size. */
postern_status postern_check_all(const postern_context* context,
                                 const postern_access* accesses, size_t count,
                                 postern_decision* decision, size_t* index,
                                 postern_error* error);
postern_status postern_enforce_all(postern_context* context,
                                   const postern_access* accesses, size_t count,
                                   int64_t deadline_unix_ns,
                                   postern_decision* decision, size_t* index,
                                   postern_error* error);

/* Gives up rights for ever: a guest can drop what it needs no longer (least
 * privilege). `permissions` is a dotted name, a group ("fs") or "all".
 * `pattern` is a path or name; if it is empty, the permissions are given up
 * whole. If `pattern` cannot be read, the permissions are given up whole, if
 * `permissions` cannot, all of them; the status says so. */
postern_status postern_drop(postern_context* context, const char* permissions,
                            size_t permissions_size, const char* pattern,
                            size_t pattern_size, postern_error* error);
/* postern_drop() for calls of one function. `args` are patterns; with `count` 0
 * only calls without arguments are given up. */
postern_status postern_drop_call(postern_context* context, const char* function,
                                 size_t size, const postern_bytes* args,
                                 size_t count, postern_error* error);
/* postern_drop() for a secret; `permissions` is as there. `count` 0 names no
 * secret, and so drops the permissions whole. */
postern_status postern_drop_secret(postern_context* context,
                                   const char* permissions, size_t size,
                                   const postern_bytes* parts, size_t count,
                                   postern_error* error);

/* Makes a child with at most the rights of `parent`, whose later changes reach
 * it at once. The layers of `layers`, which may be null, narrow it further.
 * They are read with the variables of `layers` and from its base directory. It
 * is an error if `layers` declares a function's parameters differently from the
 * root's policy. */
postern_status postern_derive(const postern_context* parent,
                              const postern_policy* layers,
                              const postern_context_options* options,
                              postern_context** child, postern_error* error);

/* Adds layers, which can only narrow, read as postern_derive() reads them.
 * After an error nothing has changed. */
postern_status postern_restrict(postern_context* context,
                                const postern_policy* layers,
                                postern_error* error);

/* Replaces the policy of a root. WRONG_AUTHORITY for another root's authority
 * or a sealed context, RESOURCE_EXHAUSTED if too many snapshots wait for
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
