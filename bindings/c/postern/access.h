#ifndef POSTERN_BINDINGS_C_POSTERN_ACCESS_H_
#define POSTERN_BINDINGS_C_POSTERN_ACCESS_H_

/* What is asked, and the answer. Every function here is thread-safe. */

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The answer to an access. All-zero is a denial. Its bytes are private: ask
 * the functions below. */
typedef struct postern_decision {
  uint8_t effect;
  uint8_t bits;
  uint16_t generation;
  uint32_t where;
} postern_decision;

/* 1 if the access is granted, else 0. The only test there is. */
int postern_decision_allowed(postern_decision decision);
/* POSTERN_ASK comes from postern_check() alone; it is not granted. */
postern_effect postern_decision_effect(postern_decision decision);
/* "rule", "default", "dropped", ...: a stable code; static. */
const char* postern_decision_reason(postern_decision decision, size_t* size);
/* 1 if the guest must be told "does not exist" instead of "denied". */
int postern_decision_concealed(postern_decision decision);
/* 1 if a layer in audit mode would have denied. */
int postern_decision_would_deny(postern_decision decision);

/* An argument of a call. An argument that is no text (a list, a number) has
 * text = 0; it is only known to match "*". */
typedef struct postern_arg {
  postern_bytes value;
  int32_t text; /* 1 or 0 */
} postern_arg;

typedef struct postern_named_arg {
  postern_bytes name;
  postern_arg arg;
} postern_named_arg;

typedef int32_t postern_form;
enum {
  POSTERN_FORM_NONE = 0, /* nothing is asked: refused */
  POSTERN_FORM_WHOLE,    /* the permission for every resource */
  POSTERN_FORM_PATH,     /* one file system object: text */
  POSTERN_FORM_SUBTREE,  /* that object and all beneath it: text */
  POSTERN_FORM_NAME,     /* variable, kind of fact, module: text */
  POSTERN_FORM_CALL,     /* plugin.call: text = function, args, named */
  POSTERN_FORM_SECRET,   /* parts */
  /* Host and port, or a host to look up: text. With one part, which is an
   * address that the host was resolved to, it asks whether the name, granted
   * before, may lead there (DNS rebinding). */
  POSTERN_FORM_ENDPOINT,
  /* process.spawn: text = the program's path, args = those behind its name */
  POSTERN_FORM_COMMAND
};

/* A question: a permission, and what it is wanted for. Only read during the
 * call that it is given to. */
typedef struct postern_access {
  size_t struct_size;
  postern_permission permission;
  postern_form form;
  postern_bytes text;
  const postern_arg* args;
  size_t arg_count;
  const postern_named_arg* named;
  size_t named_count;
  const postern_bytes* parts;
  size_t part_count;
} postern_access;

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* POSTERN_BINDINGS_C_POSTERN_ACCESS_H_ */
