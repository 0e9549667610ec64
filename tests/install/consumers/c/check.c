#include <postern/postern.h>
#include <stdio.h>
#include <string.h>

/* Exits 0 if the app may read the file, 1 if not, 2 on a mistake. */
int main(void) {
  const char* rules =
      "version: 1 layers { name: 'grants'"
      " rules { allow: 'fs.read' pattern: '/srv/app' } }";
  const char* name = "/srv/app/index.html";
  postern_policy* policy = NULL;
  postern_context* context = NULL;
  postern_error* error = postern_error_new();
  postern_access access = {0};
  postern_decision decision = {0}; /* a denial */

  access.struct_size = sizeof access;
  access.permission = POSTERN_FS_READ;
  access.form = POSTERN_FORM_PATH;
  access.text.data = name;
  access.text.size = strlen(name);
  if (POSTERN_CHECK_ABI(error) || /* first: is it the library of the headers? */
      postern_policy_from_text(rules, strlen(rules), NULL, &policy, error) ||
      postern_context_new(policy, NULL, &context, NULL, error) ||
      postern_enforce(context, &access, INT64_MAX, &decision, error)) {
    fprintf(stderr, "%s\n", postern_error_message(error, NULL));
    return 2;
  }
  printf("%s\n", postern_decision_allowed(decision) ? "allowed" : "denied");
  postern_context_free(context);
  postern_policy_free(policy);
  postern_error_free(error);
  return postern_decision_allowed(decision) ? 0 : 1;
}
