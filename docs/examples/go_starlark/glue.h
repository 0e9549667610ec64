#ifndef POSTERN_DOCS_EXAMPLES_GO_STARLARK_GLUE_H_
#define POSTERN_DOCS_EXAMPLES_GO_STARLARK_GLUE_H_

/* What cgo cannot say: structs that point to arrays. Memory of C, so that no
 * pointer to Go's memory is kept anywhere. */

#include <postern/postern.h>
#include <stdlib.h>
#include <string.h>

static inline postern_bytes copied(const void* data, size_t size) {
  char* copy = malloc(size + 1);
  if (copy == NULL) abort();
  if (size > 0) memcpy(copy, data, size);
  copy[size] = '\0';
  const postern_bytes bytes = {copy, size};
  return bytes;
}
static inline void free_bytes(postern_bytes bytes) {
  free((void*)(uintptr_t)bytes.data);
}

/* A question about a call, which owns its bytes. */
typedef struct question {
  postern_access access;
  postern_arg* args;
  postern_named_arg* named;
} question;

static inline question* new_question(postern_permission permission,
                                     postern_form form, const void* text,
                                     size_t size, size_t args, size_t named) {
  question* q = calloc(1, sizeof *q);
  if (q == NULL) abort();
  q->args = calloc(args + 1, sizeof *q->args);
  q->named = calloc(named + 1, sizeof *q->named);
  if (q->args == NULL || q->named == NULL) abort();
  q->access.struct_size = sizeof q->access;
  q->access.permission = permission;
  q->access.form = form;
  q->access.text = copied(text, size);
  q->access.args = q->args;
  q->access.arg_count = args;
  q->access.named = q->named;
  q->access.named_count = named;
  return q;
}
static inline void set_arg(question* q, size_t i, const void* data, size_t size,
                           int32_t text) {
  q->args[i].value = copied(data, size);
  q->args[i].text = text;
}
static inline void set_named(question* q, size_t i, const void* name,
                             size_t name_size, const void* data, size_t size,
                             int32_t text) {
  q->named[i].name = copied(name, name_size);
  q->named[i].arg.value = copied(data, size);
  q->named[i].arg.text = text;
}
static inline void free_question(question* q) {
  for (size_t i = 0; i < q->access.arg_count; ++i) free_bytes(q->args[i].value);
  for (size_t i = 0; i < q->access.named_count; ++i) {
    free_bytes(q->named[i].name);
    free_bytes(q->named[i].arg.value);
  }
  free_bytes(q->access.text);
  free(q->args);
  free(q->named);
  free(q);
}

/* exec.in.run(program, *args): so that "rm" by name is judged as by position.
 */
static inline postern_status declare_run(postern_builder* builder,
                                         postern_error* error) {
  const postern_bytes names[] = {{"program", 7}, {"*args", 5}};
  return postern_builder_declare_function(builder, "exec.in.run", 11, names, 2,
                                          error);
}

static inline postern_status use_system_folders(postern_builder* builder,
                                                postern_error* error) {
  const postern_bytes folders[] = {{"/usr/bin", 8}, {"/bin", 4}};
  return postern_builder_set_program_folders(builder, folders, 2, error);
}

static inline postern_status approve_all(postern_store* store,
                                         const postern_review* review,
                                         const char* digest, size_t digest_size,
                                         const char* who, size_t who_size,
                                         const char* place, size_t place_size,
                                         postern_error* error) {
  const postern_consent consent = {.struct_size = sizeof consent,
                                   .digest = {digest, digest_size},
                                   .who = {who, who_size},
                                   .place = {place, place_size}};
  return postern_approve(store, review, &consent, NULL, error);
}

/* Starts the program of `q`, whose arguments are those of the call, with
 * `output` as its output and error output. */
static inline postern_status start_program(postern_context* context,
                                           const question* q, int output,
                                           postern_child** child,
                                           postern_error* error) {
  const postern_bytes folders[] = {{"/usr/bin", 8}, {"/bin", 4}};
  const postern_limits limits = {.struct_size = sizeof limits,
                                 .processes = 16,
                                 .wall_time_ns = 10000000000};
  const postern_launcher_options options = {.struct_size = sizeof options,
                                            .program_folders = folders,
                                            .program_folder_count = 2,
                                            .base_directory = {"/", 1},
                                            .limits = &limits,
                                            .no_probe = 1};
  const postern_descriptor descriptors[] = {{output, 1}, {output, 2}};
  postern_launcher* launcher = NULL;
  postern_bytes* words = calloc(q->access.arg_count + 1, sizeof *words);
  if (words == NULL) abort();
  for (size_t i = 0; i < q->access.arg_count; ++i) words[i] = q->args[i].value;
  const postern_start start = {.struct_size = sizeof start,
                               .argv = words,
                               .argc = q->access.arg_count,
                               .descriptors = descriptors,
                               .descriptor_count = 2};
  postern_status status =
      postern_launcher_new(context, &options, &launcher, error);
  if (status == POSTERN_OK) {
    status = postern_launcher_start(launcher, &start, INT64_MAX, child, error);
  }
  postern_launcher_free(launcher);
  free(words);
  return status;
}

static inline postern_status wait_for_program(postern_child* child,
                                              int32_t* exit_status,
                                              postern_error* error) {
  postern_child_event end = {.struct_size = sizeof end};
  const postern_status status =
      postern_child_wait(child, INT64_MAX, &end, error);
  *exit_status = end.exit_status;
  return status;
}

#endif /* POSTERN_DOCS_EXAMPLES_GO_STARLARK_GLUE_H_ */
