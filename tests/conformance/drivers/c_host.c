#include "tests/conformance/drivers/c_host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int same(postern_bytes text, const char* other) {
  return text.size == strlen(other) && memcmp(text.data, other, text.size) == 0;
}

postern_bytes bytes_of(const char* text) {
  const postern_bytes bytes = {text, strlen(text)};
  return bytes;
}

void tell(trial* t, const char* text, size_t size) {
  answer* to = t->answer;
  const size_t room = sizeof to->detail - to->size;
  if (size > room) size = room;
  if (size > 0) memcpy(to->detail + to->size, text, size);
  to->size += size;
}

/* The guest is told the code; a concealed thing does not exist for it. */
int answered(trial* t, postern_status status) {
  const postern_error* error = t->host->error;
  const postern_code code = postern_error_code(error);
  const int refused =
      status == POSTERN_DENIED && code != POSTERN_E_NOENT &&
      !same(bytes_of(postern_error_refusal(error, NULL)), "invalid");
  size_t size = 0;
  const char* name = postern_code_name(code, &size);
  t->answer->size = 0;
  t->answer->verdict = status == POSTERN_OK ? GRANTED
                       : refused            ? DENIED
                                            : FAILED;
  if (status == POSTERN_OK) return 1;
  tell(t, name, size);
  tell(t, " ", 1);
  name = postern_error_message(error, &size);
  tell(t, name, size);
  return 0;
}

int answered_call(trial* t, long result) {
  if (result >= 0) {
    t->answer->verdict = GRANTED;
    return 1;
  }
  t->answer->verdict = errno == EACCES || errno == EPERM ? DENIED : FAILED;
  const char* text = strerrorname_np(errno);
  tell(t, text, strlen(text));
  return 0;
}

int enforced(trial* t, postern_permission permission, postern_form form,
             postern_bytes text) {
  const attempt* from = t->attempt;
  const postern_access access = {
      .struct_size = sizeof access,
      .permission = permission,
      .form = form,
      .text = text,
      .args = form == POSTERN_FORM_CALL ? from->args : NULL,
      .arg_count = form == POSTERN_FORM_CALL ? from->arg_count : 0,
      .named = form == POSTERN_FORM_CALL ? from->named : NULL,
      .named_count = form == POSTERN_FORM_CALL ? from->named_count : 0};
  postern_decision decision;
  const postern_status status = postern_enforce(
      t->host->context, &access, INT64_MAX, &decision, t->host->error);
  if (!answered(t, status)) return 0;
  if (postern_decision_allowed(decision)) return 1;
  t->answer->verdict = DENIED;
  return 0;
}

void drop(trial* t) {
  const attempt* from = t->attempt;
  postern_drop(t->host->context, from->drop_permission.data,
               from->drop_permission.size, from->drop_resource.data,
               from->drop_resource.size, NULL);
}

static postern_code look_up(void* user_data, const char* name, size_t size,
                            int64_t deadline, postern_addresses* addresses) {
  const postern_bytes text = {name, size};
  (void)user_data;
  (void)deadline;
  /* The second is a name server that lures guests inside (DNS rebinding). */
  if (!same(text, "localhost") && !same(text, "rebind.postern.test")) {
    return POSTERN_E_NOENT;
  }
  postern_addresses_add(addresses, "127.0.0.1", 9, 0);
  return POSTERN_E_NONE;
}

/* Files and network of the context that the host has already. */
static int equip(host* made) {
  const postern_files_options files = {
      .struct_size = sizeof files, .base_directory = bytes_of(made->folder)};
  if (postern_files_new(made->context, &files, &made->files, made->error)) {
    return 0;
  }
  const postern_network_options network = {
      .struct_size = sizeof network, .files = made->files, .look_up = &look_up};
  return postern_network_new(made->context, &network, &made->network,
                             made->error) == POSTERN_OK;
}

static void strip(host* made) {
  postern_network_free(made->network);
  postern_files_free(made->files);
  postern_context_free(made->context);
}

static int build(host* made, const char* file, postern_builder* builder) {
  const postern_bytes folders[] = {{"/usr/bin", 8}, {"/bin", 4}};
  postern_error* const error = made->error;
  postern_policy* policy = NULL;
  const postern_context_options options = {
      .struct_size = sizeof options, .base_directory = bytes_of(made->folder)};
  const int failed =
      postern_builder_add_file(builder, file, strlen(file),
                               POSTERN_FORMAT_DETECT, error) ||
      postern_builder_add_preset(builder, "runtime", 7, error) ||
      postern_builder_set_program_folders(builder, folders, 2, error) ||
      postern_builder_bind(builder, NULL, error) ||
      postern_builder_build(builder, &policy, error) ||
      postern_context_new(policy, &options, &made->context, NULL, error);
  postern_policy_free(policy);
  return !failed && equip(made);
}

host* host_new(const char* policy, const char* folder) {
  host* made = calloc(1, sizeof *made);
  if (made == NULL) return NULL;
  made->folder = folder;
  made->error = postern_error_new();
  postern_builder* builder = postern_builder_new();
  const int built = build(made, policy, builder);
  postern_builder_free(builder);
  if (built) return made;
  fprintf(stderr, "%s\n", postern_error_message(made->error, NULL));
  host_free(made);
  return NULL;
}

void host_free(host* made) {
  strip(made);
  postern_error_free(made->error);
  free(made);
}

static operation find(postern_bytes name) {
  const named_operation* const tables[] = {
      kFileOperations, kHandleOperations, kNetworkOperations,
      kProcessOperations, kOtherOperations};
  for (size_t i = 0; i < sizeof tables / sizeof *tables; ++i) {
    for (const named_operation* row = tables[i]; row->name != NULL; ++row) {
      if (same(name, row->name)) return row->run;
    }
  }
  return NULL;
}

static void run_in_folder(trial* t, operation run) {
  const postern_bytes folder = t->attempt->directory;
  if (!answered(t, postern_files_in(t->host->files, folder.data, folder.size,
                                    &t->files, t->host->error))) {
    return;
  }
  t->answer->verdict = DENIED;
  run(t);
  postern_files_free(t->files);
}

/* In C the place of a worker is a context that was derived. */
static void run_in_worker(trial* t, operation run) {
  host worker = {.folder = t->host->folder, .error = t->host->error};
  if (answered(t, postern_derive(t->host->context, NULL, NULL, &worker.context,
                                 worker.error)) &&
      equip(&worker)) {
    t->host = &worker;
    t->files = worker.files;
    t->answer->verdict = DENIED;
    run(t);
  }
  strip(&worker);
}

void host_try(host* by, const attempt* what, answer* to) {
  trial t = {by, by->files, what, to};
  const operation run = find(what->op);
  to->verdict = DENIED;
  to->size = 0;
  if (what->drop_permission.size > 0 && !what->drop_when_opened) drop(&t);
  if (run == NULL || same(what->form, "url")) {
    to->verdict = UNSEEN;
  } else if (what->directory.size > 0) {
    run_in_folder(&t, run);
  } else if (what->in_worker) {
    run_in_worker(&t, run);
  } else {
    run(&t);
  }
}
