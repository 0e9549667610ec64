#ifndef POSTERN_BINDINGS_C_POSTERN_EXPLANATION_H_
#define POSTERN_BINDINGS_C_POSTERN_EXPLANATION_H_

/* Decisions in words: for the host, not for the guest. Any number of threads
 * may use an explanation at once. */

#include "access.h"
#include "context.h"
#include "error.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct postern_explanation postern_explanation;

/* The decision in words; yours to free. FAILED_PRECONDITION if the rules
 * changed since: decide again. */
postern_status postern_explain(const postern_context* context,
                               postern_decision decision,
                               const postern_access* access,
                               postern_explanation** explanation,
                               postern_error* error);
/* Says why a rule refused an operation; `refused` is that operation's error,
 * and may be `error` itself. FAILED_PRECONDITION if the rules changed since, or
 * if something other than a rule refused it. The fields for the guest name no
 * file and no address that it did not ask for by that name. */
postern_status postern_explain_error(const postern_context* context,
                                     const postern_error* refused,
                                     postern_explanation** explanation,
                                     postern_error* error);
void postern_explanation_free(postern_explanation* explanation);

/* A part of an explanation. */
typedef int32_t postern_field;
enum {
  POSTERN_FIELD_PRINCIPAL = 1,
  POSTERN_FIELD_OPERATION = 2, /* permission, or the called function */
  POSTERN_FIELD_RESOURCE = 3,  /* as asked, control bytes escaped */
  POSTERN_FIELD_ACTUAL = 4,    /* value of the argument that failed */
  POSTERN_FIELD_LAYER = 5,     /* deciding; "" if none */
  POSTERN_FIELD_RULE = 6,
  POSTERN_FIELD_SOURCE = 7,
  POSTERN_FIELD_REMEDY = 8, /* one sentence: what would allow it */
  POSTERN_FIELD_TEXT = 9,   /* all of it in lines, for people */
  POSTERN_FIELD_JSON = 10,  /* all of it as one JSON object on one line */
  /* What the guest may be told. "Does not exist" if concealed. */
  POSTERN_FIELD_GUEST_PLAIN = 11,
  POSTERN_FIELD_GUEST_FULL = 12
};
/* "" if there is none; null for a null handle or an unknown field. */
const char* postern_explanation_get(const postern_explanation* explanation,
                                    postern_field field, size_t* size);
/* Index from 0 of the argument that failed, -1 if it was none. */
int32_t postern_explanation_argument(const postern_explanation* explanation);
/* The values that would have passed there. */
size_t postern_explanation_expected_count(
    const postern_explanation* explanation);
const char* postern_explanation_expected(const postern_explanation* explanation,
                                         size_t index, size_t* size);
/* Argument `index`, from 0, of a granted call as the absolute name that a rule
 * judged it by ("path:..."); null if none did. Who acts in another directory
 * than the context's base uses it instead of what was asked. */
const char* postern_explanation_path(const postern_explanation* explanation,
                                     size_t index, size_t* size);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* POSTERN_BINDINGS_C_POSTERN_EXPLANATION_H_ */
