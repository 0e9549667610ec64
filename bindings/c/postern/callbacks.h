#ifndef POSTERN_BINDINGS_C_POSTERN_CALLBACKS_H_
#define POSTERN_BINDINGS_C_POSTERN_CALLBACKS_H_

/* What a context calls: to record accesses, and to ask a person. An answer is
 * for one thread at a time. */

#include "access.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One enforced access. Valid only during the callback. */
typedef struct postern_audit_event {
  size_t struct_size;
  int64_t time_unix_ns;
  postern_bytes principal;
  postern_permission permission;
  postern_decision decision;
  postern_bytes asked;     /* the guest's bytes */
  postern_bytes canonical; /* what the rules saw */
  postern_bytes layer;     /* deciding; "" if none */
  postern_bytes rule;      /* deciding, with its source; "" if none */
} postern_audit_event;

/* Called on the thread of the access, by many threads at once. Must not call
 * back into the context. */
typedef void (*postern_audit_fn)(void* user_data,
                                 const postern_audit_event* event);

/* A rule that asks. */
typedef struct postern_question_rule {
  postern_bytes pattern;
  postern_bytes reason;
  postern_bytes source;
} postern_question_rule;

/* What a person is asked. The texts are as the guest wrote them: escape them
 * before you show them. Valid only during the callback. */
typedef struct postern_question {
  size_t struct_size;
  postern_bytes principal;
  const postern_access* access;
  const postern_question_rule* rules;
  size_t rule_count;
  int64_t deadline_unix_ns; /* INT64_MAX = none */
} postern_question;

/* Every answer ends with the context, and when the rules that it is for change.
 * Keep what shall hold in the next run yourself, as a rule or an approval. */
typedef int32_t postern_lifetime;
enum {
  POSTERN_SINGLE = 0,   /* this access, once */
  POSTERN_TIMESPAN = 1, /* until expires_unix_ns */
  POSTERN_SESSION = 2,  /* as long as answers can hold */
  POSTERN_FOREVER = 3   /* the same here: that you should keep it */
};

/* To be filled in by the callback; untouched it is no answer, which denies. */
typedef struct postern_answer postern_answer;
/* `effect` is POSTERN_ALLOW or POSTERN_DENY. `expires_unix_ns` counts for
 * POSTERN_TIMESPAN only. A value out of range leaves no answer. */
postern_status postern_answer_set(postern_answer* answer, postern_effect effect,
                                  postern_lifetime lifetime,
                                  int64_t expires_unix_ns);
/* What the answer covers, if not exactly this access: a pattern that the access
 * must match. Text is for paths and names, the others for calls and secrets. */
postern_status postern_answer_set_scope(postern_answer* answer,
                                        const char* pattern, size_t size);
postern_status postern_answer_set_call_scope(postern_answer* answer,
                                             const char* function, size_t size,
                                             const postern_bytes* args,
                                             size_t count);
postern_status postern_answer_set_secret_scope(postern_answer* answer,
                                               const postern_bytes* parts,
                                               size_t count);

/* Asks a person. Called while no lock is held, by many threads at once; may
 * block until the deadline. It may use the context, but not free it: the call
 * that asks goes on with it. If it enforces an access that asks again, it is
 * called again on the same stack. */
typedef void (*postern_ask_fn)(void* user_data,
                               const postern_question* question,
                               postern_answer* answer);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* POSTERN_BINDINGS_C_POSTERN_CALLBACKS_H_ */
