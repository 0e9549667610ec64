/* Asks about one access, and says why it is denied. */

#include <postern/postern.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  const char* text =
      "version: 1 layers { name: 'grants'"
      " rules { allow: 'fs.read' pattern: '/srv/app' } }";
  postern_policy* policy = NULL;
  postern_context* context = NULL;
  postern_explanation* why = NULL;
  postern_error* error = postern_error_new();
  postern_access access = {.struct_size = sizeof access,
                           .permission = POSTERN_FS_READ,
                           .form = POSTERN_FORM_PATH,
                           .text = {"/etc/shadow", 11}};
  postern_decision decision = {0}; /* a denial */
  if (POSTERN_CHECK_ABI(error) ||
      postern_policy_from_text(text, strlen(text), NULL, &policy, error) ||
      postern_context_new(policy, NULL, &context, NULL, error) ||
      postern_enforce(context, &access, INT64_MAX, &decision, error) ||
      postern_explain(context, decision, &access, &why, error)) {
    fprintf(stderr, "%s\n", postern_error_message(error, NULL));
    return 2;
  }
  const int allowed = postern_decision_allowed(decision);
  fputs(postern_explanation_get(why, POSTERN_FIELD_TEXT, NULL), stdout);
  postern_explanation_free(why);
  postern_context_free(context);
  postern_policy_free(policy);
  postern_error_free(error);
  return allowed; /* 0: it was denied */
}
