#ifndef POSTERN_BINDINGS_C_POSTERN_CSP_H_
#define POSTERN_BINDINGS_C_POSTERN_CSP_H_

/* Content-Security-Policy: what pages of web apps may load (docs/csp.md).
 * Browsers enforce it; this merges what administrators grant, answers questions
 * and filters the headers of apps. */

#include "approval.h"
#include "buffer.h"
#include "error.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- A question about a page ---- */

typedef int32_t postern_csp_verdict;
enum {
  POSTERN_CSP_BLOCKED = 0,
  POSTERN_CSP_ALLOWED = 1,
  POSTERN_CSP_DEPENDS_ON_BROWSER = 2
};

typedef struct postern_csp_question {
  size_t struct_size;
  postern_bytes directive; /* "img-src" */
  /* What is loaded; or code: "inline", "javascript:", "eval", "wasm". */
  postern_bytes url;
  postern_bytes nonce;  /* of the element; "" = none */
  postern_bytes digest; /* "sha256-..."; "" = none */
  postern_bytes self;   /* origin of the page; "" = one that is nobody's */
  int32_t redirected;   /* 1: `url` was reached by a redirect */
  int32_t inserted;     /* 1: a script inserted the element */
} postern_csp_question;
/* What the header's value says, of all its policies. On any status but OK the
 * verdict is POSTERN_CSP_BLOCKED. `json`, which may be null, becomes the whole
 * answer, with what governs it and what would allow it. Thread-safe. */
postern_status postern_csp_check(const char* header, size_t size,
                                 const postern_csp_question* question,
                                 postern_csp_verdict* verdict,
                                 postern_buffer** json, postern_error* error);

/* ---- Merging: the host's base, what apps ask for, what is granted ---- */

/* One thread at a time. A call that fails changes nothing. Texts hold one
 * directive a line; errors name `name`, line and column. */
typedef struct postern_csp_merge postern_csp_merge;
/* Null without memory. */
postern_csp_merge* postern_csp_merge_new(void);
void postern_csp_merge_free(postern_csp_merge* merge);
postern_status postern_csp_merge_set_base(postern_csp_merge* merge,
                                          const char* text, size_t size,
                                          const char* name, size_t name_size,
                                          postern_error* error);
/* Changes nothing by itself: a request is no grant. At most one an app. */
postern_status postern_csp_merge_add_request(postern_csp_merge* merge,
                                             const char* app, size_t app_size,
                                             const char* text, size_t size,
                                             const char* name, size_t name_size,
                                             postern_error* error);
/* What the manifest's app asks for, by its id without version. */
postern_status postern_csp_merge_add_manifest(postern_csp_merge* merge,
                                              const postern_manifest* manifest,
                                              postern_error* error);
/* What is approved for the manifest's app, as a grant. */
postern_status postern_csp_merge_add_approval(postern_csp_merge* merge,
                                              const postern_store* store,
                                              const postern_manifest* manifest,
                                              postern_error* error);
/* Grants of apps and the ceiling, as an administrator writes them. */
postern_status postern_csp_merge_add_admin(postern_csp_merge* merge,
                                           const char* text, size_t size,
                                           const char* name, size_t name_size,
                                           postern_error* error);
/* The origin of the pages, which 'self' stands for. */
postern_status postern_csp_merge_set_self(postern_csp_merge* merge,
                                          const char* origin, size_t size,
                                          postern_error* error);

/* Merges what was given. Any number of threads may read the result. */
typedef struct postern_csp_merged postern_csp_merged;
postern_status postern_csp_merge_run(const postern_csp_merge* merge,
                                     postern_csp_merged** merged,
                                     postern_error* error);
void postern_csp_merged_free(postern_csp_merged* merged);
/* The header's value for the pages of one app; "" for all apps together. Null
 * for an app that neither asks nor is granted anything. */
const char* postern_csp_merged_header(const postern_csp_merged* merged,
                                      const char* app, size_t app_size,
                                      size_t* size);
/* Where each word comes from and what was left out; and what an administrator
 * should know before granting it. */
postern_status postern_csp_merged_json(const postern_csp_merged* merged,
                                       postern_buffer** json,
                                       postern_error* error);
postern_status postern_csp_merged_review_json(const postern_csp_merged* merged,
                                              postern_buffer** json,
                                              postern_error* error);
postern_status postern_csp_merged_review_text(const postern_csp_merged* merged,
                                              postern_buffer** text,
                                              postern_error* error);

/* ---- Headers of an app's responses ---- */

typedef struct postern_header {
  postern_bytes name;
  postern_bytes value;
} postern_header;

typedef struct postern_csp_filter_options {
  size_t struct_size;
  postern_bytes policy; /* one header's value, in force whatever the app says */
  postern_bytes self;   /* origin of the pages; "" = one that is nobody's */
  /* Origins that the app may open its responses to (CORS). */
  const postern_bytes* cors_origins;
  size_t cors_count;
  postern_bytes cookie_path; /* that cookies are kept to; "" = none are set */
  /* 1: the app's own policy narrows the host's; 0: it is left out. */
  int32_t narrow;
  int32_t reserved; /* 0 */
} postern_csp_filter_options;
/* The headers to answer with in place of the app's, so that it cannot widen its
 * pages' policy, steal cookies or steer the server in front; see docs/csp.md.
 * `options` must not be null. Thread-safe. */
typedef struct postern_headers postern_headers;
postern_status postern_csp_filter(const postern_header* headers, size_t count,
                                  const postern_csp_filter_options* options,
                                  postern_headers** filtered,
                                  postern_error* error);
void postern_headers_free(postern_headers* headers);
size_t postern_headers_count(const postern_headers* headers);
/* Null beyond the count. */
const char* postern_headers_name(const postern_headers* headers, size_t index,
                                 size_t* size);
const char* postern_headers_value(const postern_headers* headers, size_t index,
                                  size_t* size);
/* What was left out or changed, for the host's log. */
size_t postern_headers_note_count(const postern_headers* headers);
const char* postern_headers_note(const postern_headers* headers, size_t index,
                                 size_t* size);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* POSTERN_BINDINGS_C_POSTERN_CSP_H_ */
