#ifndef POSTERN_TESTS_BINDINGS_C_CHECK_H_
#define POSTERN_TESTS_BINDINGS_C_CHECK_H_

/* What tests in C share: C99 without extensions. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bindings/c/postern.h"

static int failures = 0;

#define CHECK(condition)                                              \
  do {                                                                \
    if (!(condition)) {                                               \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      ++failures;                                                     \
    }                                                                 \
  } while (0)

/* The call worked; else its message is printed. */
#define CHECK_OK(call, error)                                           \
  do {                                                                  \
    const postern_status status_of_call = (call);                       \
    if (status_of_call != POSTERN_OK) {                                 \
      fprintf(stderr, "%s:%d: %s: %s: %s\n", __FILE__, __LINE__, #call, \
              postern_status_name(status_of_call, NULL),                \
              postern_error_message(error, NULL));                      \
      ++failures;                                                       \
    }                                                                   \
  } while (0)

static inline postern_bytes Text(const char* text) {
  postern_bytes bytes;
  bytes.data = text;
  bytes.size = strlen(text);
  return bytes;
}

static inline int Contains(const char* text, const char* part) {
  if (text != NULL && strstr(text, part) != NULL) return 1;
  fprintf(stderr, "\"%s\" is not in \"%s\"\n", part,
          text == NULL ? "(null)" : text);
  return 0;
}

static inline int Is(const char* text, const char* want) {
  if (text != NULL && strcmp(text, want) == 0) return 1;
  fprintf(stderr, "\"%s\", expected \"%s\"\n", text == NULL ? "(null)" : text,
          want);
  return 0;
}

static inline postern_access NewAccess(postern_permission permission,
                                       postern_form form, const char* text) {
  postern_access access;
  memset(&access, 0, sizeof(access));
  access.struct_size = sizeof(access);
  access.permission = permission;
  access.form = form;
  access.text = Text(text);
  return access;
}

/* That field of the explanation of a refused operation; of the last call. */
static inline const char* Explained(const postern_context* context,
                                    const postern_error* error,
                                    postern_field field) {
  static char text[4096];
  postern_error* const other = postern_error_new();
  postern_explanation* why = NULL;
  const char* found;
  CHECK(postern_error_status(error) == POSTERN_DENIED);
  CHECK_OK(postern_explain_error(context, error, &why, other), other);
  found = postern_explanation_get(why, field, NULL);
  snprintf(text, sizeof(text), "%s", found == NULL ? "(null)" : found);
  postern_explanation_free(why);
  postern_error_free(other);
  return text;
}

/* The operation was refused for want of that permission. */
static inline int IsRefusedFor(const postern_context* context,
                               const postern_error* error,
                               const char* permission) {
  return Is(Explained(context, error, POSTERN_FIELD_OPERATION), permission);
}

static inline int Report(void) {
  if (failures != 0) fprintf(stderr, "%d failures\n", failures);
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif /* POSTERN_TESTS_BINDINGS_C_CHECK_H_ */
