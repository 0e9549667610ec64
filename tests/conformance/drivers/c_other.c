#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance/drivers/c_host.h"

extern char** environ;

static int decided_name(trial* t, postern_permission permission) {
  return enforced(t, permission, POSTERN_FORM_NAME, t->attempt->name);
}

static void read_variable(trial* t) {
  if (!decided_name(t, POSTERN_ENV_READ)) return;
  const char* value = getenv(t->attempt->name.data);
  t->answer->verdict = value == NULL ? DENIED : GRANTED;
  if (value != NULL) tell(t, value, strlen(value));
}
static void write_variable(trial* t) {
  if (!decided_name(t, POSTERN_ENV_WRITE)) return;
  answered_call(t, setenv(t->attempt->name.data, t->attempt->value.data, 1));
}
static void delete_variable(trial* t) {
  if (!decided_name(t, POSTERN_ENV_WRITE)) return;
  answered_call(t, unsetenv(t->attempt->name.data));
}
static void list_variables(trial* t) {
  size_t size = 0;
  char told[4000];
  for (char** one = environ; *one != NULL; ++one) {
    const postern_bytes name = {*one, strcspn(*one, "=")};
    if (!enforced(t, POSTERN_ENV_READ, POSTERN_FORM_NAME, name)) continue;
    if (size + name.size + 1 > sizeof told) break;
    memcpy(told + size, name.data, name.size);
    told[size + name.size] = '\n';
    size += name.size + 1;
  }
  t->answer->verdict = GRANTED;
  t->answer->size = 0;
  tell(t, told, size);
}

static void fact(trial* t) {
  enforced(t, POSTERN_SYS_INFO, POSTERN_FORM_NAME, t->attempt->fact);
}

/* Decides the name that the file has, and loads that very file. */
static void load_file(trial* t, const postern_open_file* file) {
  char name[64];
  postern_bytes real = {0};
  real.data = postern_open_file_name(file, &real.size);
  if (!enforced(t, POSTERN_CODE_LOAD, POSTERN_FORM_PATH, real)) return;
  snprintf(name, sizeof name, "/proc/self/fd/%d",
           postern_open_file_descriptor(file));
  void* const library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  t->answer->verdict = library == NULL ? FAILED : GRANTED;
  if (library != NULL) dlclose(library);
}

static void load(trial* t) {
  const postern_bytes path = t->attempt->path;
  postern_open_file* file = NULL;
  /* What the loader would look for is no file that could be decided. */
  if (memchr(path.data, '/', path.size) == NULL) {
    enforced(t, POSTERN_CODE_LOAD, POSTERN_FORM_PATH, path);
    return;
  }
  if (answered(t, postern_files_open_file(t->files, path.data, path.size,
                                          POSTERN_OPEN_READ, 0, &file,
                                          t->host->error))) {
    load_file(t, file);
  }
  postern_open_file_free(file);
}

static void evaluate(trial* t) {
  enforced(t, POSTERN_CODE_EVAL, POSTERN_FORM_WHOLE, bytes_of(""));
}
static void make_thread(trial* t) {
  enforced(t, POSTERN_THREAD_CREATE, POSTERN_FORM_WHOLE, bytes_of(""));
}
static void call(trial* t) {
  enforced(t, POSTERN_PLUGIN_CALL, POSTERN_FORM_CALL, t->attempt->function);
}

static postern_form form_of(postern_permission permission) {
  switch (permission) {
    case POSTERN_FS_READ:
    case POSTERN_FS_WRITE:
    case POSTERN_CODE_LOAD:
    case POSTERN_DEVICE_USE:
      return POSTERN_FORM_PATH;
    case POSTERN_NET_CONNECT:
    case POSTERN_NET_LISTEN:
    case POSTERN_NET_RESOLVE:
      return POSTERN_FORM_ENDPOINT;
    case POSTERN_SECRET_USE:
    case POSTERN_SECRET_REVEAL:
      return POSTERN_FORM_SECRET;
    default:
      return POSTERN_FORM_NAME;
  }
}

/* "db/password" as its two parts. */
static size_t split(postern_bytes text, postern_bytes parts[2]) {
  const char* slash = memchr(text.data, '/', text.size);
  parts[0] = text;
  if (slash == NULL) return 1;
  parts[0].size = (size_t)(slash - text.data);
  parts[1].data = slash + 1;
  parts[1].size = text.size - parts[0].size - 1;
  return 2;
}

static void has(trial* t) {
  const attempt* a = t->attempt;
  postern_bytes parts[2];
  postern_access access = {.struct_size = sizeof access,
                           .form = POSTERN_FORM_WHOLE,
                           .permission = postern_permission_parse(
                               a->permission.data, a->permission.size)};
  if (a->has_resource) access.form = form_of(access.permission);
  if (access.form == POSTERN_FORM_SECRET) {
    access.parts = parts;
    access.part_count = split(a->resource, parts);
  } else if (a->has_resource) {
    access.text = a->resource;
  }
  postern_decision decision;
  const postern_status status =
      postern_check(t->host->context, &access, &decision, t->host->error);
  if (answered(t, status) && !postern_decision_allowed(decision)) {
    t->answer->verdict = DENIED;
  }
}

const named_operation kOtherOperations[] = {{"env.read", read_variable},
                                            {"env.write", write_variable},
                                            {"env.delete", delete_variable},
                                            {"env.list", list_variables},
                                            {"sys.info", fact},
                                            {"code.load", load},
                                            {"code.eval", evaluate},
                                            {"thread.create", make_thread},
                                            {"plugin.call", call},
                                            {"has", has},
                                            {NULL, NULL}};
