/* The C interface, from C11: every function once as it is meant and once as it
 * is not. */

#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */

#include "bindings/c/postern.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/bindings/c/check.h"

/* `size` is looked at after the call that sets it. */
static int Same(const char* text, const size_t* size, const char* want) {
  return text != NULL && *size == strlen(want) &&
         memcmp(text, want, *size) == 0;
}

static postern_policy* Flags(const char* const* flags, size_t count) {
  postern_bytes bytes[16];
  postern_policy* policy = NULL;
  postern_error* error = postern_error_new();
  size_t i;
  for (i = 0; i < count; ++i) bytes[i] = Text(flags[i]);
  if (postern_policy_from_flags(bytes, count, NULL, &policy, error) !=
      POSTERN_OK) {
    fprintf(stderr, "%s\n", postern_error_message(error, NULL));
    ++failures;
  }
  postern_error_free(error);
  return policy;
}

static postern_context* Context(postern_policy* policy) {
  postern_context* context = NULL;
  CHECK(postern_context_new(policy, NULL, &context, NULL, NULL) == POSTERN_OK);
  return context;
}

static int Allowed(const postern_context* context,
                   const postern_access* access) {
  postern_decision decision;
  memset(&decision, 0xFF, sizeof(decision));
  CHECK(postern_check(context, access, &decision, NULL) == POSTERN_OK);
  return postern_decision_allowed(decision);
}

static int NameAllowed(const postern_context* context,
                       postern_permission permission, postern_form form,
                       const char* text) {
  const postern_access access = NewAccess(permission, form, text);
  return Allowed(context, &access);
}

static void TestVersionAndNames(void) {
  size_t size = 0;
  uint32_t p;
  CHECK(postern_abi_version() == POSTERN_ABI_VERSION);
  for (p = 1; p <= POSTERN_DEVICE_USE; ++p) {
    const char* const name = postern_permission_name(p, &size);
    CHECK(postern_permission_parse(name, size) == p);
  }
  CHECK(
      Same(postern_permission_name(POSTERN_FS_READ, &size), &size, "fs.read"));
  CHECK(Same(postern_permission_name(0, &size), &size, "unknown"));
  CHECK(Same(postern_permission_name(UINT32_MAX, &size), &size, "unknown"));
  CHECK(postern_permission_parse("fs", 2) == POSTERN_UNKNOWN);
  CHECK(postern_permission_parse("fs.read", 6) == POSTERN_UNKNOWN);
  CHECK(postern_permission_parse("", 0) == POSTERN_UNKNOWN);
  CHECK(postern_permission_parse(NULL, 0) == POSTERN_UNKNOWN);
  CHECK(postern_permission_parse(NULL, 5) == POSTERN_UNKNOWN);
}

static void TestDecisions(void) {
  postern_decision zero;
  postern_decision junk;
  size_t size = 0;
  memset(&zero, 0, sizeof(zero));
  memset(&junk, 0xFF, sizeof(junk));
  CHECK(sizeof(postern_decision) == 8);
  CHECK(postern_decision_allowed(zero) == 0);
  CHECK(postern_decision_effect(zero) == POSTERN_DENY);
  CHECK(postern_decision_concealed(zero) == 0);
  CHECK(postern_decision_would_deny(zero) == 0);
  CHECK(postern_decision_reason(zero, &size) != NULL && size > 0);
  CHECK(postern_decision_allowed(junk) == 0);
  CHECK(postern_decision_reason(junk, &size) != NULL);
}

static const char kText[] =
    "version: 1\n"
    "layers {\n"
    "  name: \"grants\"\n"
    "  rules { allow: \"fs.read\" pattern: \"${APP}\" }\n"
    "  rules { allow: \"fs.write\" pattern: \"data\" }\n"
    "  rules { allow: \"env.read\" pattern: \"HOME\" }\n"
    "}\n";
/* Grants nothing. */
static const char kLeast[] = "version: 1";

static void TestErrors(void) {
  postern_error* const error = postern_error_new();
  postern_policy* policy = NULL;
  size_t size = 1;
  CHECK(error != NULL);
  CHECK(postern_error_status(error) == POSTERN_OK);
  CHECK(Same(postern_error_message(error, &size), &size, ""));
  CHECK(postern_policy_from_text("nonsense", 8, NULL, &policy, error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(policy == NULL);
  CHECK(postern_error_status(error) == POSTERN_INVALID_ARGUMENT);
  CHECK(Contains(postern_error_message(error, &size), "policy:1:"));
  CHECK(size == strlen(postern_error_message(error, NULL)));
  /* A success clears it. */
  CHECK(postern_policy_from_text("version: 1", 10, NULL, &policy, error) ==
        POSTERN_OK);
  CHECK(postern_error_status(error) == POSTERN_OK);
  CHECK(Same(postern_error_message(error, &size), &size, ""));
  postern_policy_free(policy);
  postern_error_free(error);
  postern_error_free(NULL);
  CHECK(postern_error_status(NULL) == POSTERN_OK);
  CHECK(Same(postern_error_message(NULL, &size), &size, ""));
}

static void TestPolicies(void) {
  postern_policy_options options;
  postern_variable variable;
  postern_signature signature;
  postern_bytes parameters[2];
  postern_bytes flag = Text("--allow-fs-read=/srv");
  postern_policy* policy = NULL;
  postern_context* context = NULL;
  postern_error* const error = postern_error_new();
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.source_name = Text("app.textproto");
  options.base_directory = Text("/base");
  variable.name = Text("APP");
  variable.value = Text("/srv/app");
  options.variables = &variable;
  options.variable_count = 1;
  signature.function = Text("exec.in.run");
  parameters[0] = Text("program");
  parameters[1] = Text("*args");
  signature.parameters = parameters;
  signature.parameter_count = 2;
  options.signatures = &signature;
  options.signature_count = 1;

  if (postern_policy_from_text(kText, strlen(kText), &options, &policy,
                               error) != POSTERN_OK) {
    fprintf(stderr, "%s\n", postern_error_message(error, NULL));
    ++failures;
  }
  context = Context(policy);
  CHECK(NameAllowed(context, POSTERN_FS_READ, POSTERN_FORM_PATH, "/srv/app/x"));
  CHECK(NameAllowed(context, POSTERN_FS_WRITE, POSTERN_FORM_PATH,
                    "/base/data/x"));
  CHECK(NameAllowed(context, POSTERN_FS_WRITE, POSTERN_FORM_PATH, "data"));
  CHECK(!NameAllowed(context, POSTERN_FS_WRITE, POSTERN_FORM_PATH, "/base"));
  postern_context_free(context);
  postern_policy_free(policy);

  /* Errors name the file. */
  CHECK(postern_policy_from_text("x", 1, &options, &policy, error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(Contains(postern_error_message(error, NULL), "app.textproto:1"));
  CHECK(postern_policy_from_text(kText, strlen(kText), NULL, &policy, error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(Contains(postern_error_message(error, NULL), "APP"));

  CHECK(postern_policy_from_json("{\"version\":1}", 13, &options, &policy,
                                 error) == POSTERN_OK);
  CHECK(postern_policy_warning_count(policy) < 100);
  postern_policy_free(policy);
  CHECK(postern_policy_from_json("{\"nope\":1}", 10, NULL, &policy, error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(policy == NULL);
  CHECK(postern_policy_from_json("", 0, NULL, &policy, error) ==
        POSTERN_INVALID_ARGUMENT);

  CHECK(postern_policy_from_flags(&flag, 1, &options, &policy, error) ==
        POSTERN_OK);
  postern_policy_free(policy);
  flag = Text("--allow-fs-reed");
  CHECK(postern_policy_from_flags(&flag, 1, NULL, &policy, error) ==
        POSTERN_INVALID_ARGUMENT);
  flag = Text("file.txt");
  CHECK(postern_policy_from_flags(&flag, 1, NULL, &policy, error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(Contains(postern_error_message(error, NULL), "file.txt"));
  /* No flags at all: nothing is granted. */
  CHECK(postern_policy_from_flags(NULL, 0, NULL, &policy, NULL) == POSTERN_OK);
  context = Context(policy);
  CHECK(!NameAllowed(context, POSTERN_FS_READ, POSTERN_FORM_PATH, "/"));
  postern_context_free(context);
  postern_policy_free(policy);
  postern_error_free(error);
}

static void TestWarnings(void) {
  const char* const flags[] = {"--allow-code-load"};
  postern_policy* const policy = Flags(flags, 1);
  size_t size = 0;
  CHECK(postern_policy_warning_count(policy) == 1);
  CHECK(Same(postern_policy_warning_code(policy, 0, &size), &size,
             "voids-model"));
  CHECK(postern_policy_warning_message(policy, 0, &size) != NULL && size > 0);
  CHECK(postern_policy_warning_code(policy, 1, &size) == NULL && size == 0);
  CHECK(postern_policy_warning_message(policy, SIZE_MAX, NULL) == NULL);
  CHECK(postern_policy_warning_count(NULL) == 0);
  CHECK(postern_policy_warning_code(NULL, 0, &size) == NULL);
  postern_policy_free(policy);
}

/* Each text within the options, where it cannot be read. */
static void TestOptionsThatCannotBeRead(void) {
  static const char* const kWhat[] = {
      "name is null",       "base is null",     "a variable's name is null",
      "a variable is null", "function is null", "a parameter is null"};
  size_t i;
  for (i = 0; i < sizeof(kWhat) / sizeof(kWhat[0]); ++i) {
    const postern_bytes good = Text("a"), bad = {NULL, 1};
    postern_policy_options options;
    postern_variable variable;
    postern_signature signature;
    postern_bytes parameter = i == 5 ? bad : good;
    postern_policy* policy = NULL;
    postern_error* const error = postern_error_new();
    memset(&options, 0, sizeof(options));
    options.struct_size = sizeof(options);
    options.source_name = i == 0 ? bad : good;
    options.base_directory = i == 1 ? bad : Text("/base");
    variable.name = i == 2 ? bad : good;
    variable.value = i == 3 ? bad : Text("/value");
    options.variables = &variable;
    options.variable_count = 1;
    signature.function = i == 4 ? bad : good;
    signature.parameters = &parameter;
    signature.parameter_count = 1;
    options.signatures = &signature;
    options.signature_count = 1;
    CHECK(postern_policy_from_text(kLeast, 10, &options, &policy, error) ==
          POSTERN_INVALID_ARGUMENT);
    CHECK(policy == NULL);
    CHECK(strcmp(postern_error_message(error, NULL), kWhat[i]) == 0);
    postern_error_free(error);
  }
}

static void TestPolicyMisuse(void) {
  postern_policy_options options;
  postern_bytes bad;
  postern_policy* policy = NULL;
  struct {
    postern_policy_options options;
    char more[8];
  } longer;
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  bad.data = NULL;
  bad.size = 3;
  CHECK(postern_policy_from_text(NULL, 3, NULL, &policy, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_policy_from_text("", 0, NULL, NULL, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_policy_from_json(NULL, 3, NULL, &policy, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_policy_from_json("{\"version\":1}", 13, NULL, NULL, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_policy_from_flags(NULL, 1, NULL, &policy, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_policy_from_flags(&bad, 1, NULL, &policy, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_policy_from_flags(NULL, 0, NULL, NULL, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  options.variable_count = 1;
  CHECK(postern_policy_from_text(kLeast, 10, &options, &policy, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  options.variable_count = 0;
  options.signature_count = 1;
  CHECK(postern_policy_from_text(kLeast, 10, &options, &policy, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  options.signature_count = 0;
  options.base_directory = Text("relative");
  CHECK(postern_policy_from_text(kLeast, 10, &options, &policy, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  options.base_directory = bad;
  CHECK(postern_policy_from_text(kLeast, 10, &options, &policy, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(policy == NULL);
  /* Sizes: too small, of a longer struct that says nothing more, and of one
   * that does. */
  memset(&longer, 0, sizeof(longer));
  longer.options.struct_size = 8;
  CHECK(postern_policy_from_text(kLeast, 10, &longer.options, &policy, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  longer.options.struct_size = 0;
  CHECK(postern_policy_from_text(kLeast, 10, &longer.options, &policy, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  longer.options.struct_size = sizeof(longer);
  CHECK(postern_policy_from_text(kLeast, 10, &longer.options, &policy, NULL) ==
        POSTERN_OK);
  postern_policy_free(policy);
  longer.more[7] = 1;
  CHECK(postern_policy_from_text(kLeast, 10, &longer.options, &policy, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(policy == NULL);
  postern_policy_free(NULL);
}

static void TestForms(void) {
  const char* const flags[] = {"--allow-fs-read=/srv/a",
                               "--deny-fs-read=/srv/a/no",
                               "--allow-env-read=HOME",
                               "--allow-sys-info",
                               "--allow-plugin-call=exec.in.run du **",
                               "--allow-secret-use=db/password",
                               "--allow-code-eval"};
  postern_policy* const policy = Flags(flags, 7);
  postern_context* const context = Context(policy);
  postern_access access;
  postern_arg args[2];
  postern_named_arg named;
  postern_bytes parts[3];

  CHECK(NameAllowed(context, POSTERN_FS_READ, POSTERN_FORM_PATH, "/srv/a/b"));
  CHECK(!NameAllowed(context, POSTERN_FS_READ, POSTERN_FORM_PATH, "/srv"));
  CHECK(
      !NameAllowed(context, POSTERN_FS_READ, POSTERN_FORM_PATH, "/srv/a/no/x"));
  CHECK(!NameAllowed(context, POSTERN_FS_WRITE, POSTERN_FORM_PATH, "/srv/a/b"));
  CHECK(
      NameAllowed(context, POSTERN_FS_READ, POSTERN_FORM_SUBTREE, "/srv/a/b"));
  CHECK(!NameAllowed(context, POSTERN_FS_READ, POSTERN_FORM_SUBTREE, "/srv/a"));
  CHECK(NameAllowed(context, POSTERN_ENV_READ, POSTERN_FORM_NAME, "HOME"));
  CHECK(!NameAllowed(context, POSTERN_ENV_READ, POSTERN_FORM_NAME, "HOM"));
  CHECK(!NameAllowed(context, POSTERN_ENV_READ, POSTERN_FORM_NAME, ""));
  CHECK(NameAllowed(context, POSTERN_SYS_INFO, POSTERN_FORM_WHOLE, ""));
  CHECK(NameAllowed(context, POSTERN_CODE_EVAL, POSTERN_FORM_WHOLE, ""));
  CHECK(!NameAllowed(context, POSTERN_FS_READ, POSTERN_FORM_WHOLE, ""));
  /* An unknown permission and a form that does not fit are denials. */
  CHECK(!NameAllowed(context, POSTERN_UNKNOWN, POSTERN_FORM_WHOLE, ""));
  CHECK(!NameAllowed(context, 77, POSTERN_FORM_WHOLE, ""));
  CHECK(!NameAllowed(context, POSTERN_FS_READ, POSTERN_FORM_NAME, "/srv/a"));
  /* A NUL byte is part of the name. */
  access = NewAccess(POSTERN_FS_READ, POSTERN_FORM_PATH, "/srv/a/b");
  access.text.data = "/srv/a/b\0c";
  access.text.size = 10;
  CHECK(!Allowed(context, &access));
  /* Bytes beyond the length are not. */
  access.text.data = "/srv/a/nowhere";
  access.text.size = 6;
  CHECK(Allowed(context, &access));

  memset(args, 0, sizeof(args));
  access = NewAccess(POSTERN_PLUGIN_CALL, POSTERN_FORM_CALL, "exec.in.run");
  access.args = args;
  access.arg_count = 1;
  args[0].value = Text("du");
  args[0].text = 1;
  CHECK(Allowed(context, &access));
  args[0].text = 0; /* a list that prints as "du" */
  CHECK(!Allowed(context, &access));
  args[0].text = 1;
  args[0].value = Text("du\n");
  CHECK(!Allowed(context, &access));
  args[0].value = Text("rm");
  CHECK(!Allowed(context, &access));
  args[0].value = Text("du");
  args[1].value = Text("-s");
  args[1].text = 1;
  access.arg_count = 2;
  CHECK(Allowed(context, &access));
  access.arg_count = 0;
  CHECK(!Allowed(context, &access));
  /* A name that no signature declares cannot be bound. */
  named.name = Text("program");
  named.arg = args[0];
  access.named = &named;
  access.named_count = 1;
  CHECK(!Allowed(context, &access));

  access = NewAccess(POSTERN_SECRET_USE, POSTERN_FORM_SECRET, "");
  parts[0] = Text("db");
  parts[1] = Text("password");
  parts[2] = Text("x");
  access.parts = parts;
  access.part_count = 2;
  CHECK(Allowed(context, &access));
  access.part_count = 1;
  CHECK(!Allowed(context, &access));
  access.part_count = 3;
  CHECK(!Allowed(context, &access));
  access.parts = NULL;
  access.part_count = 0;
  CHECK(!Allowed(context, &access));

  postern_context_free(context);
  postern_policy_free(policy);
}

static void TestNamedArguments(void) {
  postern_policy_options options;
  postern_signature signature;
  postern_bytes parameters[2];
  postern_bytes flag = Text("--allow-plugin-call=exec.in.run du **");
  postern_policy* policy = NULL;
  postern_context* context = NULL;
  postern_access access;
  postern_named_arg named;
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  signature.function = Text("exec.in.run");
  parameters[0] = Text("program");
  parameters[1] = Text("*args");
  signature.parameters = parameters;
  signature.parameter_count = 2;
  options.signatures = &signature;
  options.signature_count = 1;
  CHECK(postern_policy_from_flags(&flag, 1, &options, &policy, NULL) ==
        POSTERN_OK);
  context = Context(policy);
  access = NewAccess(POSTERN_PLUGIN_CALL, POSTERN_FORM_CALL, "exec.in.run");
  memset(&named, 0, sizeof(named));
  named.name = Text("program");
  named.arg.value = Text("du");
  named.arg.text = 1;
  access.named = &named;
  access.named_count = 1;
  CHECK(Allowed(context, &access));
  named.arg.value = Text("rm");
  CHECK(!Allowed(context, &access));
  named.arg.value = Text("du");
  named.name = Text("other");
  CHECK(!Allowed(context, &access));
  postern_context_free(context);
  postern_policy_free(policy);
}

static void CheckRefused(const postern_context* context,
                         const postern_access* access) {
  postern_decision decision;
  postern_error* const error = postern_error_new();
  memset(&decision, 2, sizeof(decision)); /* the effect says allow */
  CHECK(postern_check(context, access, &decision, error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(!postern_decision_allowed(decision));
  CHECK(postern_error_message(error, NULL)[0] != '\0');
  memset(&decision, 2, sizeof(decision));
  CHECK(postern_enforce((postern_context*)(uintptr_t)context, access, INT64_MAX,
                        &decision, NULL) == POSTERN_INVALID_ARGUMENT);
  CHECK(!postern_decision_allowed(decision));
  postern_error_free(error);
}

static void TestCheckMisuse(void) {
  const char* const flags[] = {"--allow-fs-read", "--allow-plugin-call",
                               "--allow-secret-use"};
  postern_policy* const policy = Flags(flags, 3);
  postern_context* const context = Context(policy);
  postern_access access = NewAccess(POSTERN_FS_READ, POSTERN_FORM_PATH, "/srv");
  postern_arg arg;
  CHECK(Allowed(context, &access));
  CheckRefused(NULL, &access);
  CheckRefused(context, NULL);
  CHECK(postern_check(context, &access, NULL, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_enforce(context, &access, 0, NULL, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  access.form = POSTERN_FORM_NONE;
  CheckRefused(context, &access);
  access.form = 99;
  CheckRefused(context, &access);
  access.form = POSTERN_FORM_CALL; /* of fs.read */
  CheckRefused(context, &access);
  access = NewAccess(POSTERN_FS_READ, POSTERN_FORM_PATH, "/srv");
  access.struct_size = 0;
  CheckRefused(context, &access);
  access.struct_size = sizeof(access);
  access.text.data = NULL;
  CheckRefused(context, &access);
  access.text.size = 0; /* no name at all: a denial */
  CHECK(!Allowed(context, &access));
  access = NewAccess(POSTERN_PLUGIN_CALL, POSTERN_FORM_CALL, "f.g");
  access.arg_count = 1;
  CheckRefused(context, &access);
  access.arg_count = 0;
  access.named_count = 1;
  CheckRefused(context, &access);
  access.named_count = 0;
  memset(&arg, 0, sizeof(arg));
  arg.text = 1;
  arg.value.size = 5;
  access.args = &arg;
  access.arg_count = 1;
  CheckRefused(context, &access);
  access = NewAccess(POSTERN_SECRET_USE, POSTERN_FORM_SECRET, "");
  access.part_count = 1;
  CheckRefused(context, &access);
  postern_context_free(context);
  postern_policy_free(policy);
}

/* Bytes that cannot be read are refused wherever they stand: all that is asked
 * here would be granted without them. */
static void TestUnreadableBytes(void) {
  const char* const flags[] = {"--allow-all"};
  postern_policy* const policy = Flags(flags, 1);
  postern_context* const context = Context(policy);
  postern_access access =
      NewAccess(POSTERN_SECRET_USE, POSTERN_FORM_SECRET, "");
  postern_bytes parts[2];
  postern_bytes bad;
  postern_named_arg named;
  size_t i;
  bad.data = NULL;
  bad.size = 3;
  access.parts = parts;
  access.part_count = 2;
  for (i = 0; i < 2; ++i) {
    parts[0] = parts[1] = Text("db");
    CHECK(Allowed(context, &access));
    parts[i] = bad;
    CheckRefused(context, &access);
  }

  access =
      NewAccess(POSTERN_NET_CONNECT, POSTERN_FORM_ENDPOINT, "example.org:443");
  CHECK(Allowed(context, &access));
  access.part_count = 1;
  CheckRefused(context, &access);
  access.parts = parts;
  parts[0] = bad;
  CheckRefused(context, &access);
  parts[0] = parts[1] = Text("192.0.2.1:443");
  CHECK(Allowed(context, &access));
  access.part_count = 2; /* one address at most */
  CheckRefused(context, &access);

  access = NewAccess(POSTERN_PLUGIN_CALL, POSTERN_FORM_CALL, "f.g");
  memset(&named, 0, sizeof(named));
  named.name = Text("x");
  named.arg.value = Text("y");
  named.arg.text = 1;
  access.named = &named;
  access.named_count = 1;
  CHECK(Allowed(context, &access));
  named.name = bad;
  CheckRefused(context, &access);
  named.name = Text("x");
  named.arg.value = bad;
  CheckRefused(context, &access);
  postern_context_free(context);
  postern_policy_free(policy);
}

/* What the callbacks saw. */
struct Seen {
  int audits;
  int asks;
  int releases;
  int allowed;
  char asked[64];
  char principal[64];
  char rule[128];
  postern_effect answer;
  const char* scope;
};

static void OnAudit(void* data, const postern_audit_event* event) {
  struct Seen* const seen = data;
  ++seen->audits;
  seen->allowed = postern_decision_allowed(event->decision);
  CHECK(event->struct_size == sizeof(*event));
  CHECK(event->time_unix_ns > 0);
  snprintf(seen->asked, sizeof(seen->asked), "%.*s", (int)event->asked.size,
           event->asked.data);
  snprintf(seen->principal, sizeof(seen->principal), "%.*s",
           (int)event->principal.size, event->principal.data);
  CHECK(event->permission != POSTERN_UNKNOWN);
  CHECK(event->canonical.size > 0);
  CHECK(event->layer.data != NULL && event->rule.data != NULL);
}

static void OnAsk(void* data, const postern_question* question,
                  postern_answer* answer) {
  struct Seen* const seen = data;
  ++seen->asks;
  CHECK(question->struct_size == sizeof(*question));
  CHECK(question->access->struct_size == sizeof(*question->access));
  CHECK(question->rule_count == 1);
  CHECK(question->deadline_unix_ns > 0);
  snprintf(seen->rule, sizeof(seen->rule), "%.*s",
           (int)question->rules[0].pattern.size,
           question->rules[0].pattern.data);
  if (seen->answer == POSTERN_ASK) return; /* no answer */
  CHECK(postern_answer_set(answer, seen->answer, POSTERN_SESSION, 0) ==
        POSTERN_OK);
  if (seen->scope != NULL) {
    CHECK(postern_answer_set_scope(answer, seen->scope, strlen(seen->scope)) ==
          POSTERN_OK);
  }
}

static void OnRelease(void* data) { ++((struct Seen*)data)->releases; }

static postern_context_options Options(struct Seen* seen) {
  postern_context_options options;
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.principal = Text("notes.acme_app_1.0");
  options.base_directory = Text("/home/u");
  options.audit = &OnAudit;
  options.ask = &OnAsk;
  options.user_data = seen;
  options.release = &OnRelease;
  return options;
}

static int Enforced(postern_context* context, const postern_access* access) {
  postern_decision decision;
  CHECK(postern_enforce(context, access, INT64_MAX, &decision, NULL) ==
        POSTERN_OK);
  CHECK(postern_decision_effect(decision) != POSTERN_ASK);
  return postern_decision_allowed(decision);
}

static void TestEnforceTellsAndAsks(void) {
  const char* const flags[] = {"--allow-fs-read=/srv", "--ask-fs-write=/srv"};
  postern_policy* const policy = Flags(flags, 2);
  struct Seen seen;
  postern_context_options options;
  postern_context* context = NULL;
  postern_authority* authority = NULL;
  postern_decision decision;
  postern_access access =
      NewAccess(POSTERN_FS_READ, POSTERN_FORM_PATH, "/srv/x");
  memset(&seen, 0, sizeof(seen));
  options = Options(&seen);
  CHECK(postern_context_new(policy, &options, &context, &authority, NULL) ==
        POSTERN_OK);
  CHECK(Allowed(context, &access));
  CHECK(seen.audits == 0); /* checks are not told */
  CHECK(Enforced(context, &access));
  CHECK(seen.audits == 1 && seen.allowed == 1);
  CHECK(strcmp(seen.asked, "/srv/x") == 0);
  CHECK(strcmp(seen.principal, "notes.acme_app_1.0") == 0);

  access = NewAccess(POSTERN_FS_WRITE, POSTERN_FORM_PATH, "/srv/x");
  CHECK(postern_check(context, &access, &decision, NULL) == POSTERN_OK);
  CHECK(postern_decision_effect(decision) == POSTERN_ASK);
  CHECK(!postern_decision_allowed(decision));
  seen.answer = POSTERN_ASK;
  CHECK(!Enforced(context, &access));
  CHECK(seen.asks == 1);
  CHECK(Contains(seen.rule, "/srv"));
  seen.answer = POSTERN_ALLOW;
  CHECK(Enforced(context, &access));
  CHECK(seen.asks == 2);
  CHECK(Enforced(context, &access)); /* kept for the session */
  CHECK(seen.asks == 2);
  access = NewAccess(POSTERN_FS_WRITE, POSTERN_FORM_PATH, "/srv/y/z");
  seen.scope = "/elsewhere"; /* does not match what was asked */
  CHECK(!Enforced(context, &access));
  seen.scope = "/srv/y";
  CHECK(Enforced(context, &access));
  access = NewAccess(POSTERN_FS_WRITE, POSTERN_FORM_PATH, "/srv/y/w");
  seen.asks = 0;
  CHECK(Enforced(context, &access));
  CHECK(seen.asks == 0); /* covered by the scope */
  seen.answer = POSTERN_DENY;
  seen.scope = NULL;
  access = NewAccess(POSTERN_FS_WRITE, POSTERN_FORM_PATH, "/srv/q");
  CHECK(!Enforced(context, &access));

  CHECK(seen.releases == 0);
  postern_context_free(context);
  CHECK(seen.releases == 1);
  postern_authority_free(authority);
  postern_policy_free(policy);
}

static void Append(char* out, const char* before, const postern_bytes* bytes) {
  const size_t used = strlen(out);
  snprintf(out + used, 512 - used, "%s%.*s", before, (int)bytes->size,
           bytes->data);
}

/* Writes down all that a person could be shown. */
static void OnAskNote(void* data, const postern_question* question,
                      postern_answer* answer) {
  const postern_access* const access = question->access;
  char* const out = data;
  size_t i;
  (void)answer;
  snprintf(out, 512, "%d %s", (int)access->form,
           postern_permission_name(access->permission, NULL));
  Append(out, " of ", &question->principal);
  Append(out, ": ", &access->text);
  for (i = 0; i < access->arg_count; ++i) {
    Append(out, access->args[i].text ? " arg " : " no text ",
           &access->args[i].value);
  }
  for (i = 0; i < access->named_count; ++i) {
    Append(out, " ", &access->named[i].name);
    Append(out, access->named[i].arg.text ? "=" : " no text ",
           &access->named[i].arg.value);
  }
  for (i = 0; i < access->part_count; ++i) {
    Append(out, " part ", &access->parts[i]);
  }
  for (i = 0; i < question->rule_count; ++i) {
    Append(out, "\n", &question->rules[i].pattern);
    Append(out, "; ", &question->rules[i].reason);
    Append(out, "; ", &question->rules[i].source);
  }
}

static void CheckAsked(postern_context* context, char* asked,
                       const postern_access* access, const char* want) {
  asked[0] = '\0';
  CHECK(!Enforced(context, access));
  if (strcmp(asked, want) == 0) return;
  fprintf(stderr, "asked: %s\nnot:   %s\n", asked, want);
  ++failures;
}

/* A question tells all of the access, and of each rule that asks. */
static void TestQuestions(void) {
  static const char kAsking[] =
      "version: 1\n"
      "layers { name: \"one\"\n"
      "  rules { ask: \"fs.read\" pattern: \"/srv\" reason: \"first\" }\n"
      "  rules { ask: \"sys.info\" }\n"
      "  rules { ask: \"env.read\" }\n"
      "  rules { ask: \"plugin.call\" }\n"
      "  rules { ask: \"secret.use\" }\n"
      "  rules { ask: \"net.connect\" }\n"
      "}\n"
      "layers { name: \"two\" default: ALLOW\n"
      "  rules { ask: \"fs.read\" reason: \"second\" }\n"
      "}\n";
  postern_policy* policy = NULL;
  postern_context_options options;
  postern_context* context = NULL;
  postern_access access =
      NewAccess(POSTERN_FS_READ, POSTERN_FORM_PATH, "/srv/x");
  postern_arg args[2];
  postern_named_arg named;
  postern_bytes parts[2];
  char asked[512];
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.principal = Text("notes");
  options.ask = &OnAskNote;
  options.user_data = asked;
  CHECK(postern_policy_from_text(kAsking, strlen(kAsking), NULL, &policy,
                                 NULL) == POSTERN_OK);
  CHECK(postern_context_new(policy, &options, &context, NULL, NULL) ==
        POSTERN_OK);
  CheckAsked(context, asked, &access,
             "2 fs.read of notes: /srv/x\n"
             "/srv; first; policy:3:3\n"
             "(everything); second; policy:11:3");
  access.form = POSTERN_FORM_SUBTREE;
  CheckAsked(context, asked, &access,
             "3 fs.read of notes: /srv/x\n"
             "/srv; first; policy:3:3\n"
             "(everything); second; policy:11:3");
  access = NewAccess(POSTERN_SYS_INFO, POSTERN_FORM_WHOLE, "");
  CheckAsked(context, asked, &access,
             "1 sys.info of notes: \n"
             "(everything); ; policy:4:3");
  access = NewAccess(POSTERN_ENV_READ, POSTERN_FORM_NAME, "HOME");
  CheckAsked(context, asked, &access,
             "4 env.read of notes: HOME\n"
             "(everything); ; policy:5:3");

  memset(args, 0, sizeof(args));
  args[0].value = Text("du");
  args[0].text = 1;
  memset(&named, 0, sizeof(named));
  named.name = Text("to");
  named.arg = args[0];
  access = NewAccess(POSTERN_PLUGIN_CALL, POSTERN_FORM_CALL, "f.g");
  access.args = args;
  access.arg_count = 2;
  access.named = &named;
  access.named_count = 1;
  CheckAsked(context, asked, &access,
             "5 plugin.call of notes: f.g arg du no text  to=du\n"
             "(everything); ; policy:6:3");

  parts[0] = Text("db");
  parts[1] = Text("password");
  access = NewAccess(POSTERN_SECRET_USE, POSTERN_FORM_SECRET, "");
  access.parts = parts;
  access.part_count = 2;
  CheckAsked(context, asked, &access,
             "6 secret.use of notes:  part db part password\n"
             "(everything); ; policy:7:3");

  access =
      NewAccess(POSTERN_NET_CONNECT, POSTERN_FORM_ENDPOINT, "example.org:443");
  CheckAsked(context, asked, &access,
             "7 net.connect of notes: example.org:443\n"
             "(everything); ; policy:8:3");
  parts[0] = Text("192.0.2.1:443");
  access.parts = parts;
  access.part_count = 1;
  CheckAsked(context, asked, &access,
             "7 net.connect of notes: example.org:443 part 192.0.2.1:443\n"
             "(everything); ; policy:8:3");
  postern_context_free(context);
  postern_policy_free(policy);
}

static void OnAskBadly(void* data, const postern_question* question,
                       postern_answer* answer) {
  postern_bytes parts[1];
  (void)question;
  ++((struct Seen*)data)->asks;
  parts[0] = Text("x");
  CHECK(postern_answer_set(answer, POSTERN_ALLOW, POSTERN_SINGLE, 0) ==
        POSTERN_OK);
  CHECK(postern_answer_set(answer, POSTERN_ASK, POSTERN_SINGLE, 0) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_answer_set(answer, POSTERN_ALLOW, 9, 0) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_answer_set(answer, POSTERN_ALLOW, POSTERN_SINGLE, 0) ==
        POSTERN_OK);
  CHECK(postern_answer_set_secret_scope(answer, parts, 1) == POSTERN_OK);
  CHECK(postern_answer_set_call_scope(answer, "f", 1, parts, 1) == POSTERN_OK);
  CHECK(postern_answer_set_call_scope(answer, "f", 1, NULL, 1) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_answer_set_secret_scope(answer, NULL, 1) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_answer_set_scope(answer, NULL, 1) == POSTERN_INVALID_ARGUMENT);
}

static void TestAnswerMisuse(void) {
  const char* const flags[] = {"--ask-fs-write=/srv"};
  postern_policy* const policy = Flags(flags, 1);
  struct Seen seen;
  postern_context_options options;
  postern_context* context = NULL;
  const postern_access access =
      NewAccess(POSTERN_FS_WRITE, POSTERN_FORM_PATH, "/srv/x");
  memset(&seen, 0, sizeof(seen));
  options = Options(&seen);
  options.ask = &OnAskBadly;
  options.audit = NULL;
  options.release = NULL;
  CHECK(postern_context_new(policy, &options, &context, NULL, NULL) ==
        POSTERN_OK);
  CHECK(!Enforced(context, &access)); /* a scope that was not read: no answer */
  CHECK(seen.asks == 1);
  postern_context_free(context);
  CHECK(postern_answer_set(NULL, POSTERN_ALLOW, POSTERN_SINGLE, 0) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_answer_set_scope(NULL, "x", 1) == POSTERN_INVALID_ARGUMENT);
  CHECK(postern_answer_set_call_scope(NULL, "x", 1, NULL, 0) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_answer_set_secret_scope(NULL, NULL, 0) ==
        POSTERN_INVALID_ARGUMENT);
  /* Without a handler, an ask is a denial. */
  context = Context(policy);
  CHECK(!Enforced(context, &access));
  postern_context_free(context);
  postern_policy_free(policy);
}

static void TestContextMisuse(void) {
  postern_policy* const policy = Flags(NULL, 0);
  struct Seen seen;
  postern_context_options options;
  postern_context* context = (postern_context*)&seen;
  postern_authority* authority = (postern_authority*)&seen;
  memset(&seen, 0, sizeof(seen));
  options = Options(&seen);
  CHECK(postern_context_new(NULL, NULL, &context, &authority, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(context == NULL && authority == NULL);
  CHECK(postern_context_new(policy, NULL, NULL, &authority, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(authority == NULL);
  options.principal = Text("a//b");
  CHECK(postern_context_new(policy, &options, &context, NULL, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  options = Options(&seen);
  options.base_directory = Text("relative");
  CHECK(postern_context_new(policy, &options, &context, NULL, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  options = Options(&seen);
  options.session.size = 4;
  CHECK(postern_context_new(policy, &options, &context, NULL, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  options = Options(&seen);
  options.struct_size = 3;
  CHECK(postern_context_new(policy, &options, &context, NULL, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(context == NULL);
  CHECK(seen.releases == 0); /* nothing was made */
  postern_context_free(NULL);
  postern_authority_free(NULL);
  postern_policy_free(policy);
}

static void TestDrops(void) {
  const char* const flags[] = {"--allow-fs", "--allow-env",
                               "--allow-plugin-call", "--allow-secret"};
  postern_policy* const policy = Flags(flags, 4);
  postern_context* context = Context(policy);
  postern_error* const error = postern_error_new();
  postern_bytes parts[2];
  postern_access call =
      NewAccess(POSTERN_PLUGIN_CALL, POSTERN_FORM_CALL, "exec.in.run");
  postern_access secret =
      NewAccess(POSTERN_SECRET_USE, POSTERN_FORM_SECRET, "");
  postern_arg arg;
  parts[0] = Text("db");
  parts[1] = Text("password");
  secret.parts = parts;
  secret.part_count = 2;
  memset(&arg, 0, sizeof(arg));
  arg.value = Text("rm");
  arg.text = 1;
  call.args = &arg;
  call.arg_count = 1;

  CHECK(postern_drop(context, "fs.write", 8, "/srv", 4, NULL) == POSTERN_OK);
  CHECK(!NameAllowed(context, POSTERN_FS_WRITE, POSTERN_FORM_PATH, "/srv/x"));
  CHECK(NameAllowed(context, POSTERN_FS_WRITE, POSTERN_FORM_PATH, "/tmp"));
  CHECK(NameAllowed(context, POSTERN_FS_READ, POSTERN_FORM_PATH, "/srv/x"));
  CHECK(Allowed(context, &call));
  {
    postern_bytes pattern = Text("rm");
    CHECK(postern_drop_call(context, "exec.in.run", 11, &pattern, 1, NULL) ==
          POSTERN_OK);
  }
  CHECK(!Allowed(context, &call));
  arg.value = Text("du");
  CHECK(Allowed(context, &call));
  CHECK(Allowed(context, &secret));
  CHECK(postern_drop_secret(context, "secret", 6, parts, 2, NULL) ==
        POSTERN_OK);
  CHECK(!Allowed(context, &secret));
  parts[1] = Text("user");
  CHECK(Allowed(context, &secret));
  CHECK(postern_drop(context, "env", 3, NULL, 0, NULL) == POSTERN_OK);
  CHECK(!NameAllowed(context, POSTERN_ENV_READ, POSTERN_FORM_NAME, "HOME"));

  /* What cannot be read gives up more, never less. */
  CHECK(postern_drop(context, "fs.read", 7, NULL, 9, error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(Contains(postern_error_message(error, NULL), "pattern is null"));
  CHECK(!NameAllowed(context, POSTERN_FS_READ, POSTERN_FORM_PATH, "/srv/x"));
  CHECK(NameAllowed(context, POSTERN_FS_WRITE, POSTERN_FORM_PATH, "/tmp"));
  CHECK(postern_drop(context, "fs.write", 8, "/a[b", 4, NULL) != POSTERN_OK);
  CHECK(!NameAllowed(context, POSTERN_FS_WRITE, POSTERN_FORM_PATH, "/tmp"));
  CHECK(Allowed(context, &secret));
  CHECK(postern_drop_secret(context, "secret", 6, NULL, 1, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(!Allowed(context, &secret));
  CHECK(Allowed(context, &call));
  CHECK(postern_drop(context, "fs.reed", 7, NULL, 0, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(!Allowed(context, &call)); /* everything */
  postern_context_free(context);

  context = Context(policy);
  CHECK(postern_drop_call(context, NULL, 1, NULL, 0, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(!Allowed(context, &call));
  CHECK(Allowed(context, &secret));
  CHECK(postern_drop(context, NULL, 1, NULL, 0, error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(Contains(postern_error_message(error, NULL), "permissions is null"));
  CHECK(!Allowed(context, &secret));
  postern_context_free(context);

  context = Context(policy);
  CHECK(Allowed(context, &secret));
  CHECK(postern_drop_secret(context, "secret", 6, NULL, 0, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(!Allowed(context, &secret));
  CHECK(Allowed(context, &call));
  CHECK(postern_drop_secret(context, NULL, 6, parts, 2, error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(Contains(postern_error_message(error, NULL), "permissions is null"));
  CHECK(!Allowed(context, &call)); /* whatever it was about */
  postern_context_free(context);
  CHECK(postern_drop(NULL, "fs", 2, NULL, 0, NULL) == POSTERN_INVALID_ARGUMENT);
  CHECK(postern_drop_call(NULL, "f", 1, NULL, 0, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_drop_secret(NULL, "secret", 6, NULL, 0, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  postern_error_free(error);
  postern_policy_free(policy);
}

static void TestDeriveAndRestrict(void) {
  const char* const wide[] = {"--allow-fs-read=/srv"};
  const char* const narrow[] = {"--allow-fs-read=/srv/a"};
  postern_policy* const policy = Flags(wide, 1);
  postern_policy* const layers = Flags(narrow, 1);
  struct Seen seen;
  postern_context_options options;
  postern_context* parent = NULL;
  postern_context* child = NULL;
  postern_context* plain = NULL;
  const postern_access access =
      NewAccess(POSTERN_FS_READ, POSTERN_FORM_PATH, "/srv/a/x");
  memset(&seen, 0, sizeof(seen));
  options = Options(&seen);
  CHECK(postern_context_new(policy, &options, &parent, NULL, NULL) ==
        POSTERN_OK);
  CHECK(postern_derive(parent, layers, &options, &child, NULL) == POSTERN_OK);
  CHECK(postern_derive(parent, NULL, NULL, &plain, NULL) == POSTERN_OK);
  CHECK(NameAllowed(child, POSTERN_FS_READ, POSTERN_FORM_PATH, "/srv/a"));
  CHECK(!NameAllowed(child, POSTERN_FS_READ, POSTERN_FORM_PATH, "/srv/b"));
  CHECK(NameAllowed(plain, POSTERN_FS_READ, POSTERN_FORM_PATH, "/srv/b"));
  CHECK(postern_restrict(plain, layers, NULL) == POSTERN_OK);
  CHECK(!NameAllowed(plain, POSTERN_FS_READ, POSTERN_FORM_PATH, "/srv/b"));
  CHECK(NameAllowed(parent, POSTERN_FS_READ, POSTERN_FORM_PATH, "/srv/b"));
  /* The parent's changes reach the child, even after the handle is gone. */
  CHECK(postern_drop(parent, "fs", 2, "/srv/a/x", 8, NULL) == POSTERN_OK);
  CHECK(!Allowed(child, &access));
  postern_context_free(parent);
  CHECK(seen.releases == 0);
  CHECK(!Allowed(child, &access));
  CHECK(!Enforced(child, &access));
  CHECK(seen.audits == 1);
  postern_context_free(child);
  CHECK(seen.releases == 1); /* the child's; `plain` keeps the parent */
  postern_context_free(plain);
  CHECK(seen.releases == 2);

  parent = Context(policy);
  CHECK(postern_derive(NULL, NULL, NULL, &child, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(child == NULL);
  CHECK(postern_derive(parent, NULL, NULL, NULL, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  options.principal = Text("/");
  CHECK(postern_derive(parent, NULL, &options, &child, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_restrict(NULL, layers, NULL) == POSTERN_INVALID_ARGUMENT);
  CHECK(postern_restrict(parent, NULL, NULL) == POSTERN_INVALID_ARGUMENT);
  /* The depth is bounded. */
  {
    postern_context* chain[40];
    int depth = 0;
    postern_status status = POSTERN_OK;
    chain[0] = parent;
    while (depth < 39 && status == POSTERN_OK) {
      status =
          postern_derive(chain[depth], NULL, NULL, &chain[depth + 1], NULL);
      if (status == POSTERN_OK) ++depth;
    }
    CHECK(status == POSTERN_RESOURCE_EXHAUSTED);
    for (; depth > 0; --depth) postern_context_free(chain[depth]);
  }
  postern_context_free(parent);
  postern_policy_free(layers);
  postern_policy_free(policy);
}

/* A policy in its own terms. */
static postern_policy* InTerms(const char* text, const char* base,
                               const char* value) {
  postern_policy_options options;
  postern_variable variable;
  postern_policy* policy = NULL;
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.base_directory = Text(base);
  variable.name = Text("D");
  variable.value = Text(value);
  options.variables = &variable;
  options.variable_count = 1;
  CHECK(postern_policy_from_text(text, strlen(text), &options, &policy, NULL) ==
        POSTERN_OK);
  return policy;
}

/* What narrows is what was built, not its words read anew. */
static void TestNarrowingKeepsItsTerms(void) {
  static const char kGrants[] =
      "version: 1 layers { name: \"g\" rules { allow: \"fs.read\" } }";
  static const char kCeiling[] =
      "version: 1 layers { name: \"c\" default: ALLOW"
      " rules { deny: \"fs.read\" pattern: \"keys\" }"
      " rules { deny: \"fs.read\" pattern: \"${D}/x\" } }";
  postern_policy* const policy = InTerms(kGrants, "/home/u", "/one");
  postern_policy* const ceiling = InTerms(kCeiling, "/srv/app", "/two");
  postern_context* narrowed[2] = {NULL, NULL};
  size_t i;
  narrowed[0] = Context(policy);
  CHECK(postern_derive(narrowed[0], ceiling, NULL, &narrowed[1], NULL) ==
        POSTERN_OK);
  CHECK(postern_restrict(narrowed[0], ceiling, NULL) == POSTERN_OK);
  for (i = 0; i < 2; ++i) {
    const postern_permission read = POSTERN_FS_READ;
    const postern_form path = POSTERN_FORM_PATH;
    CHECK(!NameAllowed(narrowed[i], read, path, "/srv/app/keys"));
    CHECK(!NameAllowed(narrowed[i], read, path, "/two/x"));
    CHECK(NameAllowed(narrowed[i], read, path, "/home/u/keys"));
    CHECK(NameAllowed(narrowed[i], read, path, "/one/x"));
  }
  postern_context_free(narrowed[1]);
  postern_context_free(narrowed[0]);
  postern_policy_free(ceiling);
  postern_policy_free(policy);
}

static void TestPublish(void) {
  const char* const one[] = {"--allow-fs-read=/one"};
  const char* const two[] = {"--allow-fs-read=/two"};
  postern_policy* const first = Flags(one, 1);
  postern_policy* const second = Flags(two, 1);
  postern_context* context = NULL;
  postern_context* other = NULL;
  postern_authority* authority = NULL;
  postern_authority* foreign = NULL;
  int i = 0;
  postern_status status = POSTERN_OK;
  CHECK(postern_context_new(first, NULL, &context, &authority, NULL) ==
        POSTERN_OK);
  CHECK(postern_context_new(first, NULL, &other, &foreign, NULL) == POSTERN_OK);
  CHECK(postern_publish(context, foreign, second, NULL) ==
        POSTERN_WRONG_AUTHORITY);
  CHECK(NameAllowed(context, POSTERN_FS_READ, POSTERN_FORM_PATH, "/one"));
  CHECK(postern_publish(context, authority, second, NULL) == POSTERN_OK);
  CHECK(!NameAllowed(context, POSTERN_FS_READ, POSTERN_FORM_PATH, "/one"));
  CHECK(NameAllowed(context, POSTERN_FS_READ, POSTERN_FORM_PATH, "/two"));
  for (i = 0; i < 2000 && status == POSTERN_OK; ++i) {
    status = postern_publish(context, authority, first, NULL);
  }
  CHECK(status == POSTERN_RESOURCE_EXHAUSTED);
  CHECK(postern_quiesce(context, NULL) == POSTERN_OK);
  CHECK(postern_publish(context, authority, second, NULL) == POSTERN_OK);
  CHECK(postern_seal(context, NULL) == POSTERN_OK);
  CHECK(postern_publish(context, authority, first, NULL) ==
        POSTERN_WRONG_AUTHORITY);
  CHECK(NameAllowed(context, POSTERN_FS_READ, POSTERN_FORM_PATH, "/two"));
  CHECK(postern_publish(NULL, authority, first, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_publish(context, NULL, first, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_publish(context, authority, NULL, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_seal(NULL, NULL) == POSTERN_INVALID_ARGUMENT);
  CHECK(postern_quiesce(NULL, NULL) == POSTERN_INVALID_ARGUMENT);
  postern_context_free(context);
  postern_context_free(other);
  postern_authority_free(authority);
  postern_authority_free(foreign);
  postern_policy_free(first);
  postern_policy_free(second);
}

static void TestExplain(void) {
  const char* const flags[] = {"--allow-plugin-call=exec.in.run du **",
                               "--allow-plugin-call=exec.in.run readlink **"};
  postern_policy* const policy = Flags(flags, 2);
  postern_context_options options;
  postern_context* context = NULL;
  postern_authority* authority = NULL;
  postern_explanation* why = NULL;
  postern_decision decision;
  postern_error* const error = postern_error_new();
  postern_access access =
      NewAccess(POSTERN_PLUGIN_CALL, POSTERN_FORM_CALL, "exec.in.run");
  postern_arg arg;
  size_t size = 0;
  int field = 0;
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.principal = Text("usage");
  memset(&arg, 0, sizeof(arg));
  arg.value = Text("rm");
  arg.text = 1;
  access.args = &arg;
  access.arg_count = 1;
  CHECK(postern_context_new(policy, &options, &context, &authority, NULL) ==
        POSTERN_OK);
  CHECK(postern_enforce(context, &access, INT64_MAX, &decision, NULL) ==
        POSTERN_OK);
  CHECK(!postern_decision_allowed(decision));
  CHECK(postern_explain(context, decision, &access, &why, error) == POSTERN_OK);
  CHECK(Same(postern_explanation_get(why, POSTERN_FIELD_PRINCIPAL, &size),
             &size, "usage"));
  CHECK(Same(postern_explanation_get(why, POSTERN_FIELD_OPERATION, &size),
             &size, "exec.in.run"));
  CHECK(postern_explanation_argument(why) == 0);
  CHECK(Same(postern_explanation_get(why, POSTERN_FIELD_ACTUAL, &size), &size,
             "rm"));
  CHECK(postern_explanation_expected_count(why) == 2);
  CHECK(Same(postern_explanation_expected(why, 0, &size), &size, "du"));
  CHECK(Same(postern_explanation_expected(why, 1, &size), &size, "readlink"));
  CHECK(postern_explanation_expected(why, 2, &size) == NULL && size == 0);
  CHECK(postern_explanation_path(why, 0, &size) == NULL && size == 0);
  CHECK(postern_explanation_path(NULL, 0, &size) == NULL && size == 0);
  for (field = POSTERN_FIELD_PRINCIPAL; field <= POSTERN_FIELD_GUEST_FULL;
       ++field) {
    CHECK(postern_explanation_get(why, field, &size) != NULL);
    CHECK(strlen(postern_explanation_get(why, field, NULL)) == size);
  }
  postern_explanation_get(why, POSTERN_FIELD_REMEDY, &size);
  CHECK(size > 0);
  CHECK(Contains(postern_explanation_get(why, POSTERN_FIELD_TEXT, NULL),
                 "readlink"));
  CHECK(Contains(postern_explanation_get(why, POSTERN_FIELD_JSON, NULL),
                 "\"argument\":0,\"actual\":\"rm\","
                 "\"expected\":[\"du\",\"readlink\"],"
                 "\"actual_kind\":\"text\",\"more_expected\":0,"
                 "\"end_expected\":false"));
  CHECK(Contains(postern_explanation_get(why, POSTERN_FIELD_JSON, NULL),
                 "\"allowed\":false"));
  CHECK(Contains(postern_explanation_get(why, POSTERN_FIELD_GUEST_PLAIN, NULL),
                 "ERR_ACCESS_DENIED"));
  CHECK(!Contains(postern_explanation_get(why, POSTERN_FIELD_GUEST_PLAIN, NULL),
                  "readlink"));
  CHECK(Contains(postern_explanation_get(why, POSTERN_FIELD_GUEST_FULL, NULL),
                 "readlink"));
  CHECK(postern_explanation_get(why, 0, &size) == NULL && size == 0);
  CHECK(postern_explanation_get(why, 99, NULL) == NULL);
  CHECK(postern_explanation_get(why, -1, NULL) == NULL);
  postern_explanation_free(why);

  /* A decision on an older snapshot is not explained by a newer one. */
  CHECK(postern_publish(context, authority, policy, NULL) == POSTERN_OK);
  CHECK(postern_explain(context, decision, &access, &why, error) ==
        POSTERN_FAILED_PRECONDITION);
  CHECK(why == NULL);
  CHECK(postern_error_message(error, NULL)[0] != '\0');

  CHECK(postern_explain(NULL, decision, &access, &why, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_explain(context, decision, NULL, &why, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_explain(context, decision, &access, NULL, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  memset(&decision, 0xFF, sizeof(decision)); /* made up */
  postern_explain(context, decision, &access, &why, NULL);
  postern_explanation_free(why);
  memset(&decision, 0, sizeof(decision));
  CHECK(postern_explain(context, decision, &access, &why, NULL) == POSTERN_OK);
  postern_explanation_free(why);
  postern_explanation_free(NULL);
  CHECK(postern_explanation_get(NULL, POSTERN_FIELD_TEXT, &size) == NULL);
  CHECK(postern_explanation_argument(NULL) == -1);
  CHECK(postern_explanation_expected_count(NULL) == 0);
  CHECK(postern_explanation_expected(NULL, 0, NULL) == NULL);
  postern_error_free(error);
  postern_context_free(context);
  postern_authority_free(authority);
  postern_policy_free(policy);
}

/* With ' for ", which is easier to read in C. */
static int SameQuoted(const char* text, size_t size, const char* want) {
  size_t i = 0;
  if (text == NULL || size != strlen(want)) return 0;
  while (i < size && text[i] == (want[i] == '\'' ? '"' : want[i])) ++i;
  return i == size;
}

static void CheckFields(const postern_context* context,
                        const postern_access* access, const char* layer,
                        const char* rule, const char* source,
                        const char* json) {
  postern_decision decision;
  postern_explanation* why = NULL;
  const char* text = NULL;
  size_t size = 0;
  CHECK(postern_check(context, access, &decision, NULL) == POSTERN_OK);
  CHECK(postern_explain(context, decision, access, &why, NULL) == POSTERN_OK);
  CHECK(Same(postern_explanation_get(why, POSTERN_FIELD_RESOURCE, &size), &size,
             "/srv//x"));
  CHECK(Same(postern_explanation_get(why, POSTERN_FIELD_LAYER, &size), &size,
             layer));
  CHECK(Same(postern_explanation_get(why, POSTERN_FIELD_RULE, &size), &size,
             rule));
  CHECK(Same(postern_explanation_get(why, POSTERN_FIELD_SOURCE, &size), &size,
             source));
  text = postern_explanation_get(why, POSTERN_FIELD_JSON, &size);
  if (!SameQuoted(text, size, json)) {
    fprintf(stderr, "JSON: %s\nnot:  %s\n", text, json);
    ++failures;
  }
  postern_explanation_free(why);
}

/* Tools read the JSON: each of its members is there. */
static void TestFieldsOfAnExplanation(void) {
  static const char kRules[] =
      "version: 1\n"
      "layers { name: \"one\"\n"
      "  rules { allow: \"fs.read\" pattern: \"/srv\" reason: \"files\" }\n"
      "}\n"
      "layers { name: \"two\" default: ALLOW mode: AUDIT\n"
      "  rules { deny: \"fs\" pattern: \"/srv/x\" reason: \"private\" }\n"
      "}\n"
      "layers { name: \"three\" default: ALLOW\n"
      "  rules { deny: \"fs.write\" pattern: \"/srv/x\" }\n"
      "}\n";
  postern_policy* policy = NULL;
  postern_context_options options;
  postern_context* context = NULL;
  postern_access access =
      NewAccess(POSTERN_FS_READ, POSTERN_FORM_PATH, "/srv//x");
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.principal = Text("notes");
  CHECK(postern_policy_from_text(kRules, strlen(kRules), NULL, &policy, NULL) ==
        POSTERN_OK);
  CHECK(postern_context_new(policy, &options, &context, NULL, NULL) ==
        POSTERN_OK);
  CheckFields(context, &access, "one", "/srv", "policy:3:3",
              "{'principal':'notes','permission':'fs.read',"
              "'operation':'fs.read','resource':'/srv//x','canonical':'',"
              "'allowed':true,'effect':'allow','reason':'rule',"
              "'concealed':false,'would_deny':true,'layer':'one',"
              "'rule':'/srv','source':'policy:3:3','remedy':'',"
              "'rules_to_add':[],'rules_in_the_way':[],'layers':["
              "{'layer':'one','mode':'enforce','effect':'allow',"
              "'by_default':false,'rule':'/srv','source':'policy:3:3',"
              "'reason':'files'},"
              "{'layer':'two','mode':'audit','effect':'deny',"
              "'by_default':false,'rule':'/srv/x','source':'policy:6:3',"
              "'reason':'private'},"
              "{'layer':'three','mode':'enforce','effect':'allow',"
              "'by_default':true}]}");
  access.permission = POSTERN_FS_WRITE;
  CheckFields(context, &access, "one", "", "",
              "{'principal':'notes','permission':'fs.write',"
              "'operation':'fs.write','resource':'/srv//x','canonical':'',"
              "'allowed':false,'effect':'deny','reason':'default',"
              "'concealed':false,'would_deny':true,'layer':'one',"
              "'rule':'','source':'',"
              "'remedy':'remove or narrow the deny rule /srv/x (policy:9:3);"
              " and add a rule to layer \\'one\\': rules { allow:"
              " \\'fs.write\\' pattern: \\'exact:/srv/x\\' }',"
              "'rules_to_add':[{'layer':'one','new_layer':false,"
              "'text':'rules { allow: \\'fs.write\\' pattern:"
              " \\'exact:/srv/x\\' }'}],"
              "'rules_in_the_way':[{'layer':'three','rule':'/srv/x',"
              "'source':'policy:9:3'}],'layers':["
              "{'layer':'one','mode':'enforce','effect':'deny',"
              "'by_default':true},"
              "{'layer':'two','mode':'audit','effect':'deny',"
              "'by_default':false,'rule':'/srv/x','source':'policy:6:3',"
              "'reason':'private'},"
              "{'layer':'three','mode':'enforce','effect':'deny',"
              "'by_default':false,'rule':'/srv/x','source':'policy:9:3',"
              "'reason':''}]}");
  postern_context_free(context);
  postern_policy_free(policy);
}

/* A decision's bytes are the guest's to give back: none of them crashes. */
static void TestMadeUpDecisions(void) {
  const char* const flags[] = {"--allow-fs-read=/srv"};
  postern_policy* const policy = Flags(flags, 1);
  postern_context* const context = Context(policy);
  const postern_access access =
      NewAccess(POSTERN_FS_READ, POSTERN_FORM_PATH, "/x");
  unsigned seed = 1;
  int i = 0;
  for (i = 0; i < 20000; ++i) {
    postern_decision decision;
    postern_explanation* why = NULL;
    unsigned char bytes[sizeof(decision)];
    size_t j = 0;
    for (j = 0; j < sizeof(bytes); ++j) {
      seed = seed * 1103515245u + 12345u;
      bytes[j] = (unsigned char)(seed >> 16 & (i % 2 != 0 ? 0xFF : 0x03));
    }
    memcpy(&decision, bytes, sizeof(decision));
    postern_explain(context, decision, &access, &why, NULL);
    postern_explanation_free(why);
  }
  postern_context_free(context);
  postern_policy_free(policy);
}

static void TestConcealment(void) {
  static const char kConcealing[] =
      "version: 1\n"
      "layers { name: \"g\" rules { allow: \"fs.read\" pattern: \"/srv\" } }\n"
      "layers { name: \"hidden\" default: ALLOW deny_as: NOT_FOUND\n"
      " rules { deny: \"fs.read\" pattern: \"/srv/h\" } }";
  postern_policy* policy = NULL;
  postern_error* const error = postern_error_new();
  postern_context* context = NULL;
  postern_decision decision;
  postern_explanation* why = NULL;
  const postern_access access =
      NewAccess(POSTERN_FS_READ, POSTERN_FORM_PATH, "/srv/h/x");
  if (postern_policy_from_text(kConcealing, strlen(kConcealing), NULL, &policy,
                               error) != POSTERN_OK) {
    fprintf(stderr, "%s\n", postern_error_message(error, NULL));
    ++failures;
    postern_error_free(error);
    return;
  }
  context = Context(policy);
  CHECK(postern_check(context, &access, &decision, NULL) == POSTERN_OK);
  CHECK(!postern_decision_allowed(decision));
  CHECK(postern_decision_concealed(decision) == 1);
  CHECK(postern_explain(context, decision, &access, &why, NULL) == POSTERN_OK);
  CHECK(!Contains(postern_explanation_get(why, POSTERN_FIELD_GUEST_FULL, NULL),
                  "fs.read"));
  postern_explanation_free(why);
  postern_context_free(context);
  postern_policy_free(policy);
  postern_error_free(error);
}

/* A size says how far to read: one that was never set must not lead beyond the
 * memory. Each struct lies right before a page that cannot be read, so that
 * looking at one byte too many ends the test. */
static void TestSizesOfStructs(void) {
  const size_t sizes[] = {0, 7, 4097, 65536, SIZE_MAX / 2, SIZE_MAX};
  const size_t page = 4096;
  char* const pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  postern_policy* policy = NULL;
  postern_policy* none = NULL;
  postern_context* context = NULL;
  postern_context* child = NULL;
  CHECK(pages != MAP_FAILED);
  CHECK(mprotect(pages + page, page, PROT_NONE) == 0);
  CHECK(postern_policy_from_text(kLeast, 10, NULL, &policy, NULL) ==
        POSTERN_OK);
  CHECK(postern_context_new(policy, NULL, &context, NULL, NULL) == POSTERN_OK);
  for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); ++i) {
    postern_access access = NewAccess(POSTERN_FS_READ, POSTERN_FORM_PATH, "/");
    postern_policy_options policy_options;
    postern_context_options context_options;
    void* const access_end = pages + page - sizeof(access);
    void* const policy_end = pages + page - sizeof(policy_options);
    void* const context_end = pages + page - sizeof(context_options);
    access.struct_size = sizes[i];
    memcpy(access_end, &access, sizeof(access));
    CheckRefused(context, access_end);
    memset(&policy_options, 0, sizeof(policy_options));
    policy_options.struct_size = sizes[i];
    memcpy(policy_end, &policy_options, sizeof(policy_options));
    CHECK(postern_policy_from_text(kLeast, 10, policy_end, &none, NULL) ==
          POSTERN_INVALID_ARGUMENT);
    memset(&context_options, 0, sizeof(context_options));
    context_options.struct_size = sizes[i];
    memcpy(context_end, &context_options, sizeof(context_options));
    CHECK(postern_context_new(policy, context_end, &child, NULL, NULL) ==
          POSTERN_INVALID_ARGUMENT);
    CHECK(postern_derive(context, NULL, context_end, &child, NULL) ==
          POSTERN_INVALID_ARGUMENT);
  }
  CHECK(none == NULL && child == NULL);
  /* Any of the further bytes may be a field that says something. */
  for (size_t at = sizeof(postern_access); at < page; at += 331) {
    postern_access access = NewAccess(POSTERN_FS_READ, POSTERN_FORM_PATH, "/");
    postern_decision decision;
    memset(pages, 0, page);
    access.struct_size = page;
    memcpy(pages, &access, sizeof(access));
    CHECK(postern_check(context, (void*)pages, &decision, NULL) == POSTERN_OK);
    pages[at] = 1;
    CheckRefused(context, (void*)pages);
  }
  munmap(pages, 2 * page);
  postern_context_free(context);
  postern_policy_free(policy);
}

static int CommandAllowed(const postern_context* context, const char* program,
                          const char* arg) {
  postern_arg args[1];
  postern_access access =
      NewAccess(POSTERN_PROCESS_SPAWN, POSTERN_FORM_COMMAND, program);
  args[0].value = Text(arg);
  args[0].text = 1;
  access.args = args;
  access.arg_count = 1;
  return Allowed(context, &access);
}

static void TestBareNamesAreLookedForInFolders(void) {
  const char text[] =
      "version: 1 layers { name: \"l\" rules { allow: \"process.spawn\" "
      "pattern: \"sh **\" } }";
  postern_builder* builder = postern_builder_new();
  postern_policy* policy = NULL;
  postern_bytes folders[2];
  CHECK(postern_builder_add_bytes(builder, POSTERN_FORMAT_TEXT, text,
                                  sizeof(text) - 1, "t", 1,
                                  NULL) == POSTERN_OK);
  CHECK(postern_builder_bind(builder, NULL, NULL) == POSTERN_OK);
  CHECK(postern_builder_build(builder, &policy, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  folders[0] = Text("/nowhere");
  folders[1] = Text("/bin");
  CHECK(postern_builder_set_program_folders(NULL, folders, 2, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_builder_set_program_folders(builder, folders, 2, NULL) ==
        POSTERN_OK);
  CHECK(postern_builder_build(builder, &policy, NULL) == POSTERN_OK);
  if (policy != NULL) {
    postern_context* context = Context(policy);
    CHECK(CommandAllowed(context, "/bin/sh", "-x"));
    CHECK(!CommandAllowed(context, "/bin/ls", "-x"));
    postern_context_free(context);
  }
  postern_policy_free(policy);
  postern_builder_free(builder);
}

static void TestCommandsAreHandedOn(void) {
  const char* flags[] = {"--allow-process-spawn=/bin/du -k,/bin/ls **"};
  postern_policy* policy = Flags(flags, 1);
  postern_context* context = Context(policy);
  postern_context* taken = NULL;
  postern_context_options options = {0};
  int descriptor = 0;
  CHECK(CommandAllowed(context, "/bin/du", "-k"));
  CHECK(!CommandAllowed(context, "/bin/du", "-x"));
  CHECK(CommandAllowed(context, "/bin/ls", "-x"));
  CHECK(postern_context_take_up(NULL, &taken, NULL) == POSTERN_NOT_FOUND);
  CHECK(postern_drop(context, "process.spawn", 13, "/bin/ls **", 10, NULL) ==
        POSTERN_OK);
  CHECK(postern_context_seal(NULL, &descriptor, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(descriptor == -1);
  CHECK(postern_context_seal(context, NULL, NULL) == POSTERN_INVALID_ARGUMENT);
  CHECK(postern_context_seal(context, &descriptor, NULL) == POSTERN_OK);
  options.struct_size = sizeof(options);
  options.session = Text("s");
  CHECK(postern_context_take_up(&options, &taken, NULL) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_context_take_up(NULL, &taken, NULL) == POSTERN_OK);
  if (taken != NULL) {
    CHECK(CommandAllowed(taken, "/bin/du", "-k"));
    CHECK(!CommandAllowed(taken, "/bin/ls", "-x"));
  }
  postern_context_free(taken);
  postern_context_free(context);
  postern_policy_free(policy);
}

int main(void) {
  TestVersionAndNames();
  TestBareNamesAreLookedForInFolders();
  TestCommandsAreHandedOn();
  TestDecisions();
  TestErrors();
  TestPolicies();
  TestWarnings();
  TestOptionsThatCannotBeRead();
  TestPolicyMisuse();
  TestForms();
  TestNamedArguments();
  TestCheckMisuse();
  TestUnreadableBytes();
  TestEnforceTellsAndAsks();
  TestQuestions();
  TestAnswerMisuse();
  TestContextMisuse();
  TestDrops();
  TestDeriveAndRestrict();
  TestNarrowingKeepsItsTerms();
  TestPublish();
  TestExplain();
  TestFieldsOfAnExplanation();
  TestMadeUpDecisions();
  TestConcealment();
  TestSizesOfStructs();
  return Report();
}
