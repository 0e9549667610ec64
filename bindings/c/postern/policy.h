#ifndef POSTERN_BINDINGS_C_POSTERN_POLICY_H_
#define POSTERN_BINDINGS_C_POSTERN_POLICY_H_

/* Sets of rules. Any number of threads may use a policy at once. */

#include "buffer.h"
#include "error.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An immutable set of compiled rules. */
typedef struct postern_policy postern_policy;

/* What ${name} stands for in path patterns. */
typedef struct postern_variable {
  postern_bytes name;
  postern_bytes value;
} postern_variable;

/* The parameters of a plugin's function, so that arguments by name are
 * judged like those by position; a last name "*rest" takes what is left. */
typedef struct postern_signature {
  postern_bytes function;
  const postern_bytes* parameters;
  size_t parameter_count;
} postern_signature;

/* May be null: all zero. */
typedef struct postern_policy_options {
  size_t struct_size;
  postern_bytes source_name;    /* of the text, for messages; "" = "policy" */
  postern_bytes base_directory; /* absolute; "" = what the text says */
  const postern_variable* variables;
  size_t variable_count;
  const postern_signature* signatures;
  size_t signature_count;
} postern_policy_options;

/* How a policy is written down. */
typedef int32_t postern_format;
enum {
  /* By the end of the name: ".textproto", ".txtpb" and ".policy" are text,
   * ".json" JSON, ".binpb" binary; anything else is an error. */
  POSTERN_FORMAT_DETECT = 0,
  POSTERN_FORMAT_TEXT = 1,
  POSTERN_FORMAT_JSON = 2,
  POSTERN_FORMAT_BINARY = 3
};

/* Reads the text form (docs/policy_reference.md), the JSON form, the binary
 * form, a file in any of them, or command-line flags such as
 * "--allow-fs-read=/srv", which must all be ours. INVALID_ARGUMENT names file,
 * line and column and what was expected. The policy is yours to free; contexts
 * keep what they need of it. builder.h makes one of several sources, and binds
 * it. "include" is for files: INVALID_ARGUMENT in what is given as bytes. */
postern_status postern_policy_from_text(const char* text, size_t size,
                                        const postern_policy_options* options,
                                        postern_policy** policy,
                                        postern_error* error);
postern_status postern_policy_from_json(const char* text, size_t size,
                                        const postern_policy_options* options,
                                        postern_policy** policy,
                                        postern_error* error);
postern_status postern_policy_from_binary(const char* bytes, size_t size,
                                          const postern_policy_options* options,
                                          postern_policy** policy,
                                          postern_error* error);
/* A regular file of at most 64 MiB with all that it includes, links followed.
 * FAILED_PRECONDITION for anything else, unopened; NOT_FOUND if there is none.
 * An included file that cannot be read is INVALID_ARGUMENT with the place of
 * its "include". The file's own name stands in messages, unless the options
 * name another; includes start in the folder of `path` either way. */
postern_status postern_policy_from_file(const char* path, size_t size,
                                        postern_format format,
                                        const postern_policy_options* options,
                                        postern_policy** policy,
                                        postern_error* error);
postern_status postern_policy_from_flags(const postern_bytes* flags,
                                         size_t count,
                                         const postern_policy_options* options,
                                         postern_policy** policy,
                                         postern_error* error);
void postern_policy_free(postern_policy* policy);

/* What is legal in the policy and its author should know. */
size_t postern_policy_warning_count(const postern_policy* policy);
/* A stable code, and a line for people; null beyond the count. */
const char* postern_policy_warning_code(const postern_policy* policy,
                                        size_t index, size_t* size);
const char* postern_policy_warning_message(const postern_policy* policy,
                                           size_t index, size_t* size);
/* Where it stands: "app.textproto:3:9"; "" if nowhere. */
const char* postern_policy_warning_source(const postern_policy* policy,
                                          size_t index, size_t* size);

/* Writes the policy down, without its rules' places and its binding, and with
 * the uses that are left. The format must be given. INVALID_ARGUMENT for what
 * the form cannot say. */
postern_status postern_policy_write(const postern_policy* policy,
                                    postern_format format,
                                    postern_buffer** text,
                                    postern_error* error);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* POSTERN_BINDINGS_C_POSTERN_POLICY_H_ */
