/* The C interface: versions, codes, and one decision on several accesses. */

#include "tests/bindings/c/check.h"

static void TestVersions(void) {
  postern_error* const error = postern_error_new();
  size_t size = 0;
  CHECK(POSTERN_CHECK_ABI(error) == POSTERN_OK);
  CHECK(POSTERN_CHECK_ABI(NULL) == POSTERN_OK);
  CHECK(postern_check_abi(POSTERN_ABI_VERSION + 1, sizeof(postern_bytes),
                          error) == POSTERN_FAILED_PRECONDITION);
  CHECK(Contains(postern_error_message(error, NULL), "compiled for version 2"));
  CHECK(Contains(postern_error_message(error, NULL), "has version 1"));
  CHECK(postern_check_abi(POSTERN_ABI_VERSION, 8, error) ==
        POSTERN_FAILED_PRECONDITION);
  CHECK(postern_version(&size) != NULL && size > 0);
  postern_error_free(error);
}

static void TestNames(void) {
  postern_code code;
  postern_status status;
  CHECK(Is(postern_code_name(POSTERN_E_NOENT, NULL), "ENOENT"));
  CHECK(Is(postern_code_name(POSTERN_E_NONE, NULL), ""));
  CHECK(Is(postern_code_name(POSTERN_E_OTHER, NULL), "EOTHER"));
  CHECK(Is(postern_code_name(-1, NULL), "EOTHER"));
  for (code = POSTERN_E_OTHER + 1; code <= POSTERN_E_XDEV; ++code) {
    CHECK(strcmp(postern_code_name(code, NULL), "EOTHER") != 0);
  }
  CHECK(Is(postern_code_name(POSTERN_E_XDEV + 1, NULL), "EOTHER"));
  for (status = POSTERN_OK; status <= POSTERN_UNAVAILABLE; ++status) {
    CHECK(strcmp(postern_status_name(status, NULL), "UNKNOWN") != 0);
  }
  CHECK(Is(postern_status_name(POSTERN_SYSTEM, NULL), "SYSTEM"));
  CHECK(Is(postern_status_name(POSTERN_UNAVAILABLE, NULL), "UNAVAILABLE"));
  CHECK(Is(postern_status_name(POSTERN_UNAVAILABLE + 1, NULL), "UNKNOWN"));
  CHECK(Is(postern_status_name(-1, NULL), "UNKNOWN"));
}

static void TestErrorsOfNothing(void) {
  postern_error* const error = postern_error_new();
  const postern_error* errors[2];
  int i;
  errors[0] = NULL;
  errors[1] = error;
  for (i = 0; i < 2; ++i) {
    CHECK(postern_error_code(errors[i]) == POSTERN_E_NONE);
    CHECK(postern_error_errno(errors[i]) == 0);
    CHECK(Is(postern_error_refusal(errors[i], NULL), ""));
    CHECK(Is(postern_error_subject(errors[i], NULL), ""));
    CHECK(postern_error_end(errors[i]) == 0);
    CHECK(!postern_decision_allowed(postern_error_decision(errors[i])));
  }
  postern_error_free(error);
}

static const char kRules[] =
    "version: 1 layers { name: 'g'"
    " rules { allow: 'fs.read' pattern: '/a' uses: 1 }"
    " rules { allow: 'fs.write' pattern: '/a' } }";

static void TestOneDecisionOnAll(void) {
  postern_error* const error = postern_error_new();
  postern_policy* policy = NULL;
  postern_context* context = NULL;
  postern_access parts[3];
  postern_decision decision;
  postern_explanation* why = NULL;
  size_t index = 9;
  parts[0] = NewAccess(POSTERN_FS_READ, POSTERN_FORM_PATH, "/a");
  parts[1] = NewAccess(POSTERN_FS_WRITE, POSTERN_FORM_PATH, "/a");
  parts[2] = NewAccess(POSTERN_FS_WRITE, POSTERN_FORM_PATH, "/b");
  CHECK_OK(
      postern_policy_from_text(kRules, strlen(kRules), NULL, &policy, error),
      error);
  CHECK_OK(postern_context_new(policy, NULL, &context, NULL, error), error);
  CHECK_OK(postern_check_all(context, parts, 3, &decision, &index, error),
           error);
  CHECK(!postern_decision_allowed(decision) && index == 2);
  CHECK_OK(postern_enforce_all(context, parts, 3, INT64_MAX, &decision, &index,
                               error),
           error);
  CHECK(!postern_decision_allowed(decision) && index == 2);
  CHECK_OK(postern_explain(context, decision, &parts[index], &why, error),
           error);
  CHECK(Contains(postern_explanation_get(why, POSTERN_FIELD_TEXT, NULL), "/b"));
  postern_explanation_free(why);
  /* The use was not taken with the denial. */
  CHECK_OK(
      postern_enforce_all(context, parts, 2, INT64_MAX, &decision, NULL, error),
      error);
  CHECK(postern_decision_allowed(decision));
  CHECK_OK(postern_enforce_all(context, parts, 2, INT64_MAX, &decision, &index,
                               error),
           error);
  CHECK(!postern_decision_allowed(decision) && index == 0);
  postern_context_free(context);
  postern_policy_free(policy);
  postern_error_free(error);
}

static void TestMisuse(void) {
  postern_policy* policy = NULL;
  postern_context* context = NULL;
  postern_access parts[65];
  postern_decision decision;
  size_t i;
  for (i = 0; i < 65; ++i) {
    parts[i] = NewAccess(POSTERN_FS_WRITE, POSTERN_FORM_PATH, "/a");
  }
  CHECK(postern_policy_from_text(kRules, strlen(kRules), NULL, &policy, NULL) ==
        POSTERN_OK);
  CHECK(postern_context_new(policy, NULL, &context, NULL, NULL) == POSTERN_OK);
  CHECK(postern_check_all(context, parts, 64, &decision, NULL, NULL) ==
        POSTERN_OK);
  CHECK(postern_decision_allowed(decision));
  CHECK(postern_check_all(context, parts, 65, &decision, NULL, NULL) ==
        POSTERN_RESOURCE_EXHAUSTED);
  CHECK(!postern_decision_allowed(decision));
  CHECK(postern_check_all(context, NULL, 0, &decision, NULL, NULL) ==
        POSTERN_OK);
  CHECK(!postern_decision_allowed(decision));
  CHECK(postern_enforce_all(context, NULL, 0, 0, &decision, NULL, NULL) ==
        POSTERN_OK);
  CHECK(!postern_decision_allowed(decision));
  memset(&decision, 0xFF, sizeof(decision));
  CHECK(postern_check_all(context, NULL, 2, &decision, NULL, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_decision_effect(decision) == POSTERN_DENY);
  parts[1].struct_size += 8;
  CHECK(postern_enforce_all(context, parts, 2, 0, &decision, NULL, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  parts[0].struct_size = SIZE_MAX;
  CHECK(postern_enforce_all(context, parts, 2, 0, &decision, NULL, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_check_all(NULL, parts, 1, &decision, NULL, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_check_all(context, parts, 1, NULL, NULL, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_check_undiminished(NULL, parts, &decision, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_check_undiminished(context, NULL, &decision, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_check_undiminished(context, parts, NULL, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_enforce_all(NULL, parts, 1, 0, &decision, NULL, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_enforce_all(context, parts, 1, 0, NULL, NULL, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  postern_context_free(context);
  postern_policy_free(policy);
}

int main(void) {
  TestVersions();
  TestNames();
  TestErrorsOfNothing();
  TestOneDecisionOnAll();
  TestMisuse();
  return Report();
}
