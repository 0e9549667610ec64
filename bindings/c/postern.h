#ifndef POSTERN_BINDINGS_C_POSTERN_H_
#define POSTERN_BINDINGS_C_POSTERN_H_

/* The C interface of Postern, for every language but C++.
 *
 * - Text is a pointer and a length, never NUL-terminated; a null pointer is
 *   fine where the length is 0. What goes in is copied unless said otherwise.
 *   What comes out is borrowed: it lives as long as the object it came from.
 *   It happens to be NUL-terminated too, but may hold NUL bytes before.
 * - A function that can fail returns a postern_status: whether the *call*
 *   worked. Whether an *access* is granted is a postern_decision and nothing
 *   else. On every status but POSTERN_OK a decision written is a denial, and
 *   an object written is null.
 * - The last parameter, `error`, may be null. Otherwise it is made to hold the
 *   status and a message, or nothing after a success.
 * - No function throws, aborts or keeps a lock while it calls back. A null
 *   handle is POSTERN_INVALID_ARGUMENT; null to a ..._free() does nothing.
 * - Structs that begin with `struct_size` may grow: set it to sizeof of the
 *   struct you were compiled with and zero the rest. A longer struct whose
 *   further bytes are not all zero is refused, since it says more than this
 *   library understands, and so is one of more than 4096 bytes.
 * - Threads: policies, contexts and explanations may be used by any number of
 *   threads at once; errors and answers by one at a time. Freeing an object
 *   ends its use by every thread.
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Versions ---- */

/* Grows with every incompatible change. Compare with what
 * postern_abi_version() of the loaded library says. */
#define POSTERN_ABI_VERSION 1
uint32_t postern_abi_version(void);

/* ---- Plain values ---- */

typedef struct postern_bytes {
  const char* data;
  size_t size;
} postern_bytes;

typedef int32_t postern_status;
enum {
  POSTERN_OK = 0,
  POSTERN_INVALID_ARGUMENT = 1,    /* null, or text that cannot be read */
  POSTERN_FAILED_PRECONDITION = 2, /* as a decision on an older snapshot */
  POSTERN_WRONG_AUTHORITY = 3,     /* or a sealed context */
  POSTERN_RESOURCE_EXHAUSTED = 4,  /* a bound was reached, or no memory */
  POSTERN_INTERNAL = 5
};

/* A kind of access; the values are never reused. */
typedef uint32_t postern_permission;
enum {
  POSTERN_UNKNOWN = 0, /* always denied */
  POSTERN_FS_READ = 1,
  POSTERN_FS_WRITE = 2,
  POSTERN_NET_CONNECT = 3,
  POSTERN_NET_LISTEN = 4,
  POSTERN_NET_RESOLVE = 5,
  POSTERN_PROCESS_SPAWN = 6,
  POSTERN_PROCESS_SIGNAL = 7,
  POSTERN_ENV_READ = 8,
  POSTERN_ENV_WRITE = 9,
  POSTERN_SYS_INFO = 10,
  POSTERN_CODE_LOAD = 11,
  POSTERN_CODE_IMPORT = 12,
  POSTERN_CODE_EVAL = 13,
  POSTERN_THREAD_CREATE = 14,
  POSTERN_DEBUG_ATTACH = 15,
  POSTERN_PLUGIN_LOAD = 16,
  POSTERN_PLUGIN_CALL = 17,
  POSTERN_SECRET_USE = 18,
  POSTERN_SECRET_REVEAL = 19,
  POSTERN_DEVICE_USE = 20
};
/* The permission with exactly this dotted name ("fs.read"), or
 * POSTERN_UNKNOWN; groups ("fs") are no permission. */
postern_permission postern_permission_parse(const char* name, size_t size);
/* The dotted name, "unknown" for anything else; static. `size` may be null,
 * as in every function that returns text. */
const char* postern_permission_name(postern_permission p, size_t* size);

typedef int32_t postern_effect;
enum { POSTERN_DENY = 0, POSTERN_ASK = 1, POSTERN_ALLOW = 2 };

/* ---- Errors ---- */

/* Holds the status and message of the last call that it was given to. */
typedef struct postern_error postern_error;
/* Null without memory, which every function accepts as "no error wanted". */
postern_error* postern_error_new(void);
void postern_error_free(postern_error* error);
postern_status postern_error_status(const postern_error* error);
/* For people, one line, without a final line break; "" after a success. */
const char* postern_error_message(const postern_error* error, size_t* size);

/* ---- Decisions ---- */

/* The answer to an access. All-zero is a denial. Its bytes are private: ask
 * the functions below. */
typedef struct postern_decision {
  uint8_t effect;
  uint8_t bits;
  uint16_t generation;
  uint32_t where;
} postern_decision;

/* 1 if the access is granted, else 0. The only test there is. */
int postern_decision_allowed(postern_decision decision);
/* POSTERN_ASK comes from postern_check() alone; it is not granted. */
postern_effect postern_decision_effect(postern_decision decision);
/* "rule", "default", "dropped", ...: a stable code; static. */
const char* postern_decision_reason(postern_decision decision, size_t* size);
/* 1 if the guest must be told "does not exist" instead of "denied". */
int postern_decision_concealed(postern_decision decision);
/* 1 if a layer in audit mode would have denied. */
int postern_decision_would_deny(postern_decision decision);

/* ---- Policies ---- */

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

/* Reads the text form (docs/policy_reference.md), the JSON form, or
 * command-line flags such as "--allow-fs-read=/srv", which must all be ours.
 * INVALID_ARGUMENT names file, line and what was expected. The policy is
 * yours to free; contexts keep what they need of it. */
postern_status postern_policy_from_text(const char* text, size_t size,
                                        const postern_policy_options* options,
                                        postern_policy** policy,
                                        postern_error* error);
postern_status postern_policy_from_json(const char* text, size_t size,
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

/* ---- Accesses ---- */

/* An argument of a call. What is no text (a list, a number) has text = 0 and
 * is known to match only "*". */
typedef struct postern_arg {
  postern_bytes value;
  int32_t text; /* 1 or 0 */
} postern_arg;

typedef struct postern_named_arg {
  postern_bytes name;
  postern_arg arg;
} postern_named_arg;

typedef int32_t postern_form;
enum {
  POSTERN_FORM_NONE = 0, /* nothing is asked: refused */
  POSTERN_FORM_WHOLE,    /* the permission for every resource */
  POSTERN_FORM_PATH,     /* one file system object: text */
  POSTERN_FORM_SUBTREE,  /* that object and all beneath it: text */
  POSTERN_FORM_NAME,     /* variable, kind of fact, module: text */
  POSTERN_FORM_CALL,     /* plugin.call: text = function, args, named */
  POSTERN_FORM_SECRET,   /* parts */
  /* Host and port, or a host to look up: text. With one part, an address that
   * the host was resolved to, and what it adds to a name that was granted. */
  POSTERN_FORM_ENDPOINT
};

/* What is asked. Only read during the call it is given to. */
typedef struct postern_access {
  size_t struct_size;
  postern_permission permission;
  postern_form form;
  postern_bytes text;
  const postern_arg* args;
  size_t arg_count;
  const postern_named_arg* named;
  size_t named_count;
  const postern_bytes* parts;
  size_t part_count;
} postern_access;

/* ---- Contexts ---- */

/* A principal's live permission state. */
typedef struct postern_context postern_context;
/* The right to publish a new policy to the root context it came with. Whoever
 * holds it is the host; free it to give that right up. */
typedef struct postern_authority postern_authority;

/* One enforced access. Valid only during the callback. */
typedef struct postern_audit_event {
  size_t struct_size;
  int64_t time_unix_ns;
  postern_bytes principal;
  postern_permission permission;
  postern_decision decision;
  postern_bytes asked;     /* the guest's bytes */
  postern_bytes canonical; /* what the rules saw */
  postern_bytes layer;     /* deciding; "" if none */
  postern_bytes rule;      /* deciding, with its source; "" if none */
} postern_audit_event;

/* Called on the thread of the access, by many threads at once. Must not call
 * back into the context. */
typedef void (*postern_audit_fn)(void* user_data,
                                 const postern_audit_event* event);

/* A rule that asks. */
typedef struct postern_question_rule {
  postern_bytes pattern;
  postern_bytes reason;
  postern_bytes source;
} postern_question_rule;

/* What a person is shown. Valid only during the callback. */
typedef struct postern_question {
  size_t struct_size;
  postern_bytes principal;
  const postern_access* access;
  const postern_question_rule* rules;
  size_t rule_count;
  int64_t deadline_unix_ns; /* INT64_MAX = none */
} postern_question;

typedef int32_t postern_lifetime;
enum {
  POSTERN_SINGLE = 0,   /* this access, once */
  POSTERN_TIMESPAN = 1, /* until expires_unix_ns */
  POSTERN_SESSION = 2,  /* while the context lives */
  POSTERN_FOREVER = 3   /* until the rules change */
};

/* To be filled in by the callback; untouched it is no answer, which denies. */
typedef struct postern_answer postern_answer;
/* `effect` is POSTERN_ALLOW or POSTERN_DENY. `expires_unix_ns` counts for
 * POSTERN_TIMESPAN only. A value out of range leaves no answer. */
postern_status postern_answer_set(postern_answer* answer, postern_effect effect,
                                  postern_lifetime lifetime,
                                  int64_t expires_unix_ns);
/* What the person chose instead of exactly this access: a pattern that the
 * access must match. Of text for paths and names; else a list. */
postern_status postern_answer_set_scope(postern_answer* answer,
                                        const char* pattern, size_t size);
postern_status postern_answer_set_call_scope(postern_answer* answer,
                                             const char* function, size_t size,
                                             const postern_bytes* args,
                                             size_t count);
postern_status postern_answer_set_secret_scope(postern_answer* answer,
                                               const postern_bytes* parts,
                                               size_t count);

/* Asks a person. Called outside of any lock, by many threads at once; may
 * block until the deadline. May use the context, but not free it: the call that
 * asks goes on with it. An access that the callback enforces and that asks
 * again calls it again, on the same stack. */
typedef void (*postern_ask_fn)(void* user_data,
                               const postern_question* question,
                               postern_answer* answer);

typedef struct postern_context_options {
  size_t struct_size;
  postern_bytes principal;      /* app id; "" = nobody */
  postern_bytes base_directory; /* absolute; "" = the policy's own */
  postern_bytes session;
  postern_audit_fn audit; /* null = not told */
  postern_ask_fn ask;     /* null = every ask is a denial */
  void* user_data;        /* for both */
  /* Called once with `user_data` when neither callback can run any more: not
   * before the last context made from this one is freed. Null = not told. Not
   * called if the context could not be made. */
  void (*release)(void* user_data);
} postern_context_options;

/* A new root context and the one authority over it, both yours to free.
 * `authority` may be null: then nobody can replace the policy. */
postern_status postern_context_new(const postern_policy* policy,
                                   const postern_context_options* options,
                                   postern_context** context,
                                   postern_authority** authority,
                                   postern_error* error);
void postern_context_free(postern_context* context);
void postern_authority_free(postern_authority* authority);

/* Would the access be granted now? Pure: asks nobody, uses nothing up, is not
 * audited. Advisory for paths: names are taken lexically. */
postern_status postern_check(const postern_context* context,
                             const postern_access* access,
                             postern_decision* decision, postern_error* error);

/* Decides an access that is about to happen: checks, asks, uses up, audits.
 * Never answers POSTERN_ASK. May block in the ask callback until
 * `deadline_unix_ns`; INT64_MAX = without a deadline. */
postern_status postern_enforce(postern_context* context,
                               const postern_access* access,
                               int64_t deadline_unix_ns,
                               postern_decision* decision,
                               postern_error* error);

/* Gives up, for ever. `permissions` is a dotted name, a group ("fs") or "all";
 * `pattern` a path or name, and empty the permissions whole. What cannot be
 * read gives up the permissions whole, or all of them, and the status says
 * so. */
postern_status postern_drop(postern_context* context, const char* permissions,
                            size_t permissions_size, const char* pattern,
                            size_t pattern_size, postern_error* error);
/* The same for calls of one function; no args and count 0 = without any. */
postern_status postern_drop_call(postern_context* context, const char* function,
                                 size_t size, const postern_bytes* args,
                                 size_t count, postern_error* error);
/* The same for a secret; `permissions` as in postern_drop(). Count 0 is no
 * secret, and so drops the permissions whole. */
postern_status postern_drop_secret(postern_context* context,
                                   const char* permissions, size_t size,
                                   const postern_bytes* parts, size_t count,
                                   postern_error* error);

/* A child with at most the rights of `parent`, whose later changes reach it.
 * The layers of `layers`, which may be null, narrow it further: read with its
 * own variables and from its own base directory. A `layers` that declares a
 * function otherwise than the root's policy does is an error. */
postern_status postern_derive(const postern_context* parent,
                              const postern_policy* layers,
                              const postern_context_options* options,
                              postern_context** child, postern_error* error);

/* Adds layers, which can only narrow, read as postern_derive() reads them. On
 * error nothing changed. */
postern_status postern_restrict(postern_context* context,
                                const postern_policy* layers,
                                postern_error* error);

/* Replaces the policy of a root. WRONG_AUTHORITY for another's authority or a
 * sealed context, RESOURCE_EXHAUSTED if too many snapshots wait for
 * postern_quiesce(); either changes nothing. */
postern_status postern_publish(postern_context* context,
                               const postern_authority* authority,
                               const postern_policy* policy,
                               postern_error* error);
/* Ends postern_publish() for ever. */
postern_status postern_seal(postern_context* context, postern_error* error);
/* Frees retired snapshots. You promise that no other thread is inside a call
 * on this context or one derived from it. */
postern_status postern_quiesce(postern_context* context, postern_error* error);

/* ---- Explanations: for the host, not for the guest ---- */

typedef struct postern_explanation postern_explanation;

/* The decision in words; yours to free. FAILED_PRECONDITION if the rules
 * changed since: decide again. */
postern_status postern_explain(const postern_context* context,
                               postern_decision decision,
                               const postern_access* access,
                               postern_explanation** explanation,
                               postern_error* error);
void postern_explanation_free(postern_explanation* explanation);

/* A part of an explanation. */
typedef int32_t postern_field;
enum {
  POSTERN_FIELD_PRINCIPAL = 1,
  POSTERN_FIELD_OPERATION = 2, /* permission, or the called function */
  POSTERN_FIELD_RESOURCE = 3,  /* as asked, control bytes escaped */
  POSTERN_FIELD_ACTUAL = 4,    /* value of the argument that failed */
  POSTERN_FIELD_LAYER = 5,     /* deciding; "" if none */
  POSTERN_FIELD_RULE = 6,
  POSTERN_FIELD_SOURCE = 7,
  POSTERN_FIELD_REMEDY = 8, /* one sentence: what would allow it */
  POSTERN_FIELD_TEXT = 9,   /* all of it in lines, for people */
  POSTERN_FIELD_JSON = 10,  /* all of it as one JSON object on one line */
  /* What the guest may be told. "Does not exist" if concealed. */
  POSTERN_FIELD_GUEST_PLAIN = 11,
  POSTERN_FIELD_GUEST_FULL = 12
};
/* "" if there is none; null for a null handle or an unknown field. */
const char* postern_explanation_get(const postern_explanation* explanation,
                                    postern_field field, size_t* size);
/* Index from 0 of the argument that failed, -1 if it was none. */
int32_t postern_explanation_argument(const postern_explanation* explanation);
/* The values that would have passed there. */
size_t postern_explanation_expected_count(
    const postern_explanation* explanation);
const char* postern_explanation_expected(const postern_explanation* explanation,
                                         size_t index, size_t* size);
/* Argument `index`, from 0, of a granted call as the absolute name that a rule
 * judged it by ("path:..."); null if none did. Who acts in another directory
 * than the context's base uses it instead of what was asked. */
const char* postern_explanation_path(const postern_explanation* explanation,
                                     size_t index, size_t* size);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* POSTERN_BINDINGS_C_POSTERN_H_ */
