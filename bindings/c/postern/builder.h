#ifndef POSTERN_BINDINGS_C_POSTERN_BUILDER_H_
#define POSTERN_BINDINGS_C_POSTERN_BUILDER_H_

/* Policies from several sources, and policies that are bound to the file
 * system. One thread at a time may use a builder. */

#include "buffer.h"
#include "error.h"
#include "policy.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Collects layers. A call that fails changes nothing. */
typedef struct postern_builder postern_builder;
/* Null without memory. */
postern_builder* postern_builder_new(void);
void postern_builder_free(postern_builder* builder);

/* Adds the layers of a file and of what it includes: after those that are
 * there, each with its own name and mode. Its base directory, variables and
 * functions hold for all layers; two sources that say different things of one
 * of them are INVALID_ARGUMENT. */
postern_status postern_builder_add_file(postern_builder* builder,
                                        const char* path, size_t size,
                                        postern_format format,
                                        postern_error* error);
/* Adds the layers of a file's bytes. `name` stands in messages; its end tells
 * the format if that is POSTERN_FORMAT_DETECT. */
postern_status postern_builder_add_bytes(postern_builder* builder,
                                         postern_format format,
                                         const char* bytes, size_t size,
                                         const char* name, size_t name_size,
                                         postern_error* error);
/* One layer "flags" of permission flags, which must all be ours. */
postern_status postern_builder_add_flags(postern_builder* builder,
                                         const postern_bytes* flags,
                                         size_t count, postern_error* error);
/* What nearly every program needs, into the layer that was added last:
 * "runtime" grants the loader, libraries, locales and certificates that are
 * here, and no one's files. FAILED_PRECONDITION if there is no layer. */
postern_status postern_builder_add_preset(postern_builder* builder,
                                          const char* name, size_t size,
                                          postern_error* error);
/* The layers of a policy. */
postern_status postern_builder_add_policy(postern_builder* builder,
                                          const postern_policy* policy,
                                          postern_error* error);

/* What these three set takes the place of what sources said. */
postern_status postern_builder_set_base_directory(postern_builder* builder,
                                                  const char* path, size_t size,
                                                  postern_error* error);
postern_status postern_builder_set_variable(postern_builder* builder,
                                            const char* name, size_t name_size,
                                            const char* value,
                                            size_t value_size,
                                            postern_error* error);
postern_status postern_builder_declare_function(
    postern_builder* builder, const char* function, size_t size,
    const postern_bytes* parameters, size_t count, postern_error* error);

/* May be null: all zero. */
typedef struct postern_bind_options {
  size_t struct_size;
  /* The bound policy that was approved: what leads elsewhere now is denied
   * under both names and allowed under neither. Null: all that is found counts
   * as approved. */
  const postern_policy* previous;
  /* Names that nobody may take away or replace, whatever the rules say. */
  const postern_bytes* protected_paths;
  size_t protected_count;
  uint64_t max_guarded_files; /* 0 = 10000 */
  uint64_t max_guard_entries; /* 0 = 100000 */
  /* 1: the layers will narrow a bound policy (postern_derive(),
   * postern_restrict()), and their denials cover the written names as well. The
   * fields above except `previous` must be 0 then. */
  int32_t to_narrow;
  int32_t reserved; /* 0 */
} postern_bind_options;
/* Binds the policy to the file system as it is while it is built: patterns hold
 * for what the names in them lead to (docs/policy_reference.md#binding).
 * Guarded files need a bound policy. */
postern_status postern_builder_bind(postern_builder* builder,
                                    const postern_bind_options* options,
                                    postern_error* error);

/* For binding: where programs that rules name without a "/" are looked for, in
 * order, as your PATH has it: absolute names of folders. The last call counts.
 */
postern_status postern_builder_set_program_folders(postern_builder* builder,
                                                   const postern_bytes* folders,
                                                   size_t count,
                                                   postern_error* error);

/* A policy of what was collected, as often as you like. INVALID_ARGUMENT names
 * file, line and column of the rule and what was expected. */
postern_status postern_builder_build(const postern_builder* builder,
                                     postern_policy** policy,
                                     postern_error* error);

/* What binding found. */
typedef struct postern_binding {
  size_t struct_size;
  int32_t bound;            /* 0: the policy is not, and all else is 0 */
  int32_t guard_incomplete; /* 1: a bound was reached, or a directory unread */
  uint64_t drift_count;     /* names that lead elsewhere than approved */
  uint64_t pending_count;   /* names of which only a part is there yet */
  uint64_t guarded_files;   /* known by identity */
} postern_binding;
postern_status postern_policy_binding(const postern_policy* policy,
                                      postern_binding* binding,
                                      postern_error* error);
/* All of it as one JSON object: "prefixes", "drifts", "pending" and
 * "protected", with names as they were written and as they are.
 * FAILED_PRECONDITION if the policy is not bound. */
postern_status postern_policy_binding_json(const postern_policy* policy,
                                           postern_buffer** json,
                                           postern_error* error);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* POSTERN_BINDINGS_C_POSTERN_BUILDER_H_ */
