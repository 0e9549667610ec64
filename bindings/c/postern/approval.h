#ifndef POSTERN_BINDINGS_C_POSTERN_APPROVAL_H_
#define POSTERN_BINDINGS_C_POSTERN_APPROVAL_H_

/* What apps ask for, what people approve of it, and where that is kept. Any
 * number of threads may use a manifest, a review or a store at once; several
 * processes may share a store's file. Not to be used in a child of fork(). */

#include "buffer.h"
#include "builder.h"
#include "error.h"
#include "policy.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Manifests: what an app asks for; grants nothing ---- */

typedef struct postern_manifest postern_manifest;
/* As strict as policies: INVALID_ARGUMENT names file, line and column. At most
 * 1 MiB. `name` stands in messages. */
postern_status postern_manifest_from_bytes(postern_format format,
                                           const char* bytes, size_t size,
                                           const char* name, size_t name_size,
                                           postern_manifest** manifest,
                                           postern_error* error);
postern_status postern_manifest_from_file(const char* path, size_t size,
                                          postern_format format,
                                          postern_manifest** manifest,
                                          postern_error* error);
void postern_manifest_free(postern_manifest* manifest);
/* The app's id, with its version if it has one, and its title; null for null.
 */
const char* postern_manifest_app(const postern_manifest* manifest,
                                 size_t* size);
const char* postern_manifest_title(const postern_manifest* manifest,
                                   size_t* size);
/* Written down, section by section: the form that an audit shows. */
postern_status postern_manifest_write(const postern_manifest* manifest,
                                      postern_format format,
                                      postern_buffer** text,
                                      postern_error* error);

/* ---- Stores ---- */

typedef struct postern_store postern_store;
enum {
  POSTERN_STORE_CREATE = 0, /* opened, or made with mode 0600 */
  POSTERN_STORE_READ = 1    /* what is there; needs no right to write */
};
/* A file of SQLite on a local disk. Whoever can write it can approve:
 * FAILED_PRECONDITION, and the file unchanged, if it is no store, a link, of
 * another owner, or writable by others. */
postern_status postern_store_open(const char* path, size_t size, int32_t how,
                                  postern_store** store, postern_error* error);
void postern_store_free(postern_store* store);

/* What is approved for one app, by its id without version. */
typedef struct postern_approval_state {
  size_t struct_size;
  int64_t revision; /* of the app's last change; 0 = none yet */
  int32_t approved; /* 1: something is, even if it has expired */
  int32_t in_force; /* 1: and it has not expired */
  int64_t approved_at_unix_ns;
  int64_t expires_unix_ns; /* INT64_MAX = until changed */
} postern_approval_state;
postern_status postern_store_get(const postern_store* store, const char* app,
                                 size_t size, postern_approval_state* state,
                                 postern_error* error);
/* All that is approved, every change of one app, and all changes from a
 * revision on (at most `most`, up to 1000): one JSON object each. */
postern_status postern_store_list_json(const postern_store* store,
                                       postern_buffer** json,
                                       postern_error* error);
postern_status postern_store_history_json(const postern_store* store,
                                          const char* app, size_t size,
                                          postern_buffer** json,
                                          postern_error* error);
postern_status postern_store_changes_json(const postern_store* store,
                                          int64_t from_revision, int32_t most,
                                          postern_buffer** json,
                                          postern_error* error);
/* Reads everything; DATA_LOSS with the first thing that is wrong. */
postern_status postern_store_verify(const postern_store* store,
                                    postern_error* error);

/* ---- Reviews: a manifest beside what is approved ---- */

typedef struct postern_review postern_review;
/* `store` may be null: nothing is approved. */
postern_status postern_review_new(const postern_manifest* manifest,
                                  const postern_store* store,
                                  postern_review** review,
                                  postern_error* error);
void postern_review_free(postern_review* review);
/* 64 hexadecimal digits over all that is shown; null for null. */
const char* postern_review_digest(const postern_review* review, size_t* size);
/* 0 if everything asked for is approved: the update needs nobody. */
int postern_review_needs_approval(const postern_review* review);
/* For a terminal, and for programs that show it. Whatever the app says is
 * escaped. Items are numbered from 1. */
postern_status postern_review_text(const postern_review* review,
                                   postern_buffer** text, postern_error* error);
postern_status postern_review_json(const postern_review* review,
                                   postern_buffer** json, postern_error* error);

/* ---- Decisions of people ---- */

/* Who approves what, for how long. */
typedef struct postern_consent {
  size_t struct_size;
  postern_bytes digest; /* of the review that was shown */
  postern_bytes who;    /* a person or a system; not "" */
  postern_bytes note;
  postern_bytes place; /* the app's one place: a folder, a digest; "" = any */
  int64_t expires_unix_ns; /* 0 or INT64_MAX = until changed */
  /* The numbers of the items that were chosen, from 1; null: all that is asked
   * for. */
  const size_t* items;
  size_t item_count;
} postern_consent;
/* Approves what was shown and chosen, and nothing else: what was approved and
 * is not among it ends. FAILED_PRECONDITION for another digest, ABORTED if
 * somebody else changed the approval since: review again. `revision`, which may
 * be null, becomes that of the change, once it is on the disk. */
postern_status postern_approve(postern_store* store,
                               const postern_review* review,
                               const postern_consent* consent,
                               int64_t* revision, postern_error* error);
/* Ends what is approved for an app; NOT_FOUND if nothing is. With an
 * `expected_revision` of 0 whatever it is, else ABORTED if that is not the last
 * change. */
postern_status postern_revoke(postern_store* store, const char* app,
                              size_t size, int64_t expected_revision,
                              const char* who, size_t who_size,
                              const char* note, size_t note_size,
                              int64_t* revision, postern_error* error);

/* One layer "grants" of what is approved for the manifest's app and still asked
 * for; nothing approved is a layer without rules. FAILED_PRECONDITION if it was
 * approved for another place than `place`: an id is only what an author wrote.
 * Rules end with the approval. */
postern_status postern_builder_add_approval(postern_builder* builder,
                                            const postern_store* store,
                                            const postern_manifest* manifest,
                                            const char* place,
                                            size_t place_size,
                                            postern_error* error);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* POSTERN_BINDINGS_C_POSTERN_APPROVAL_H_ */
