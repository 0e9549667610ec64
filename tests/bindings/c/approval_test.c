/* The C interface: manifests, reviews, approvals and their store. */

#define _XOPEN_SOURCE 700

#include <sys/stat.h>
#include <time.h>

#include "tests/bindings/c/check.h"
#include "tests/bindings/c/folder.h"

static const char kManifest[] =
    "version: 1\n"
    "app: 'notes.acme'\n"
    "title: 'Notes'\n"
    "fs { path: '/srv/notes' access: READ reason: 'to read' }\n"
    "fs { path: '/srv/notes' access: WRITE reason: 'to save' }\n";

typedef struct Stage {
  const char* path;
  postern_error* error;
  postern_store* store;
  postern_manifest* manifest;
} Stage;

static Stage NewStage(void) {
  Stage stage;
  static char path[PATH_MAX];
  snprintf(path, sizeof(path), "%s", In(NewFolder(), "approvals.db"));
  stage.path = path;
  stage.error = postern_error_new();
  stage.store = NULL;
  stage.manifest = NULL;
  CHECK_OK(postern_store_open(path, strlen(path), POSTERN_STORE_CREATE,
                              &stage.store, stage.error),
           stage.error);
  CHECK_OK(postern_manifest_from_bytes(POSTERN_FORMAT_TEXT, kManifest,
                                       strlen(kManifest), NULL, 0,
                                       &stage.manifest, stage.error),
           stage.error);
  return stage;
}

static void FreeStage(Stage* stage) {
  postern_store_free(stage->store);
  postern_manifest_free(stage->manifest);
  postern_error_free(stage->error);
}

static postern_review* Review(Stage* stage) {
  postern_review* review = NULL;
  CHECK_OK(
      postern_review_new(stage->manifest, stage->store, &review, stage->error),
      stage->error);
  return review;
}

static postern_consent Consent(const postern_review* review) {
  postern_consent consent;
  memset(&consent, 0, sizeof(consent));
  consent.struct_size = sizeof(consent);
  consent.digest = Text(postern_review_digest(review, NULL));
  consent.who = Text("ada");
  return consent;
}

static postern_approval_state State(Stage* stage) {
  postern_approval_state state;
  memset(&state, 0xFF, sizeof(state));
  state.struct_size = sizeof(state);
  CHECK_OK(
      postern_store_get(stage->store, "notes.acme", 10, &state, stage->error),
      stage->error);
  return state;
}

/* What the approval grants on /srv/notes: 4 to read, 2 to write. */
static int Granted(Stage* stage, const char* place) {
  postern_builder* const builder = postern_builder_new();
  postern_policy* policy = NULL;
  postern_context* context = NULL;
  postern_decision decision;
  postern_access access =
      NewAccess(POSTERN_FS_READ, POSTERN_FORM_PATH, "/srv/notes/a");
  int granted = -1;
  if (postern_builder_add_approval(builder, stage->store, stage->manifest,
                                   place, strlen(place),
                                   stage->error) == POSTERN_OK) {
    CHECK_OK(postern_builder_build(builder, &policy, stage->error),
             stage->error);
    CHECK_OK(postern_context_new(policy, NULL, &context, NULL, stage->error),
             stage->error);
    CHECK(postern_check(context, &access, &decision, NULL) == POSTERN_OK);
    granted = postern_decision_allowed(decision) * 4;
    access.permission = POSTERN_FS_WRITE;
    CHECK(postern_check(context, &access, &decision, NULL) == POSTERN_OK);
    granted += postern_decision_allowed(decision) * 2;
  }
  postern_context_free(context);
  postern_policy_free(policy);
  postern_builder_free(builder);
  return granted;
}

static void TestManifests(void) {
  Stage stage = NewStage();
  const char* const path = In(NewFolder(), "manifest.json");
  postern_buffer* text = NULL;
  postern_manifest* again = NULL;
  size_t size = 0;
  CHECK(Is(postern_manifest_app(stage.manifest, NULL), "notes.acme"));
  CHECK(Is(postern_manifest_title(stage.manifest, NULL), "Notes"));
  CHECK_OK(postern_manifest_write(stage.manifest, POSTERN_FORMAT_JSON, &text,
                                  stage.error),
           stage.error);
  CHECK(Contains(postern_buffer_data(text, &size), "/srv/notes"));
  WriteTo(path, postern_buffer_data(text, NULL), size);
  postern_buffer_free(text);
  CHECK_OK(postern_manifest_from_file(path, strlen(path), POSTERN_FORMAT_DETECT,
                                      &again, stage.error),
           stage.error);
  CHECK(Is(postern_manifest_app(again, NULL), "notes.acme"));
  postern_manifest_free(again);
  CHECK(postern_manifest_from_bytes(POSTERN_FORMAT_TEXT, "version: 1\nnope: 2",
                                    18, "m.textproto", 11, &again,
                                    stage.error) == POSTERN_INVALID_ARGUMENT);
  CHECK(Contains(postern_error_message(stage.error, NULL), "m.textproto:2:"));
  CHECK(again == NULL);
  FreeStage(&stage);
}

static void TestTheLifeOfAnApproval(void) {
  Stage stage = NewStage();
  postern_review* review = Review(&stage);
  postern_buffer* text = NULL;
  postern_consent consent = Consent(review);
  const size_t first = 1;
  int64_t revision = -1;
  CHECK(State(&stage).revision == 0 && State(&stage).approved == 0);
  CHECK(Granted(&stage, "/app") == 0);
  CHECK(postern_review_needs_approval(review) == 1);
  CHECK(strlen(postern_review_digest(review, NULL)) == 64);
  CHECK_OK(postern_review_text(review, &text, stage.error), stage.error);
  CHECK(Contains(postern_buffer_data(text, NULL), "ADDED"));
  postern_buffer_free(text);
  CHECK_OK(postern_review_json(review, &text, stage.error), stage.error);
  CHECK(Contains(postern_buffer_data(text, NULL), "\"to save\""));
  postern_buffer_free(text);

  /* Another digest than what was shown, and no items of that number. */
  consent.digest = Text("0");
  CHECK(postern_approve(stage.store, review, &consent, &revision,
                        stage.error) == POSTERN_FAILED_PRECONDITION);
  consent = Consent(review);
  consent.items = &first;
  consent.item_count = 1;
  consent.place = Text("/app");
  consent.note = Text("reading only");
  CHECK_OK(
      postern_approve(stage.store, review, &consent, &revision, stage.error),
      stage.error);
  CHECK(revision == 1);
  CHECK(State(&stage).in_force == 1 && State(&stage).revision == 1);
  CHECK(State(&stage).expires_unix_ns == INT64_MAX);
  CHECK(Granted(&stage, "/app") == 4);
  CHECK(Granted(&stage, "/other") == -1);
  CHECK(postern_error_status(stage.error) == POSTERN_FAILED_PRECONDITION);
  /* The same review once more is about what was there before. */
  CHECK(postern_approve(stage.store, review, &consent, NULL, stage.error) ==
        POSTERN_ABORTED);
  postern_review_free(review);

  review = Review(&stage);
  consent = Consent(review);
  consent.place = Text("/app");
  CHECK(postern_review_needs_approval(review) == 1);
  CHECK_OK(postern_approve(stage.store, review, &consent, NULL, stage.error),
           stage.error);
  postern_review_free(review);
  CHECK(Granted(&stage, "/app") == 6);
  review = Review(&stage);
  CHECK(postern_review_needs_approval(review) == 0);
  postern_review_free(review);

  CHECK_OK(postern_store_list_json(stage.store, &text, stage.error),
           stage.error);
  CHECK(Contains(postern_buffer_data(text, NULL), "\"approved_by\": \"ada\""));
  postern_buffer_free(text);
  CHECK(postern_revoke(stage.store, "notes.acme", 10, 1, "ada", 3, "", 0, NULL,
                       stage.error) == POSTERN_ABORTED);
  CHECK_OK(postern_revoke(stage.store, "notes.acme", 10, 0, "bob", 3, "gone", 4,
                          &revision, stage.error),
           stage.error);
  CHECK(revision == 3 && State(&stage).approved == 0);
  CHECK(Granted(&stage, "/app") == 0);
  CHECK(postern_revoke(stage.store, "notes.acme", 10, 0, "bob", 3, "", 0, NULL,
                       stage.error) == POSTERN_NOT_FOUND);
  CHECK_OK(postern_store_history_json(stage.store, "notes.acme", 10, &text,
                                      stage.error),
           stage.error);
  CHECK(
      Contains(postern_buffer_data(text, NULL), "\"note\": \"reading only\""));
  CHECK(Contains(postern_buffer_data(text, NULL), "\"approval\": null"));
  postern_buffer_free(text);
  CHECK_OK(postern_store_changes_json(stage.store, 3, 10, &text, stage.error),
           stage.error);
  CHECK(Contains(postern_buffer_data(text, NULL), "\"who\": \"bob\""));
  postern_buffer_free(text);
  CHECK(postern_store_changes_json(stage.store, 0, 10, &text, stage.error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK_OK(postern_store_verify(stage.store, stage.error), stage.error);
  FreeStage(&stage);
}

static void TestExpiry(void) {
  Stage stage = NewStage();
  postern_review* const review = Review(&stage);
  postern_consent consent = Consent(review);
  consent.expires_unix_ns = 1;
  CHECK(postern_approve(stage.store, review, &consent, NULL, stage.error) ==
        POSTERN_INVALID_ARGUMENT);
  consent.expires_unix_ns = ((int64_t)time(NULL) + 3600) * 1000000000;
  CHECK_OK(postern_approve(stage.store, review, &consent, NULL, stage.error),
           stage.error);
  CHECK(State(&stage).expires_unix_ns == consent.expires_unix_ns);
  CHECK(Granted(&stage, "") == 6);
  postern_review_free(review);
  FreeStage(&stage);
}

static void TestStores(void) {
  Stage stage = NewStage();
  postern_store* other = NULL;
  const char* const none = In(NewFolder(), "none.db");
  CHECK(postern_store_open(none, strlen(none), POSTERN_STORE_READ, &other,
                           stage.error) != POSTERN_OK);
  CHECK(other == NULL && access(none, F_OK) != 0);
  CHECK_OK(postern_store_open(stage.path, strlen(stage.path),
                              POSTERN_STORE_READ, &other, stage.error),
           stage.error);
  postern_store_free(other);
  /* Whoever can write it can approve. */
  CHECK(chmod(stage.path, 0666) == 0);
  CHECK(postern_store_open(stage.path, strlen(stage.path), POSTERN_STORE_CREATE,
                           &other, stage.error) == POSTERN_FAILED_PRECONDITION);
  CHECK(postern_store_open("/tmp/a\0b", 8, POSTERN_STORE_CREATE, &other,
                           stage.error) == POSTERN_INVALID_ARGUMENT);
  CHECK(postern_store_open(stage.path, strlen(stage.path), 2, &other,
                           stage.error) == POSTERN_INVALID_ARGUMENT);
  CHECK(other == NULL);
  FreeStage(&stage);
}

static void TestMisuse(void) {
  const postern_status bad = POSTERN_INVALID_ARGUMENT;
  Stage stage = NewStage();
  postern_review* const review = Review(&stage);
  postern_review* unbacked = NULL;
  postern_consent consent = Consent(review);
  postern_approval_state state;
  postern_manifest* manifest = NULL;
  postern_store* store = NULL;
  postern_buffer* text = NULL;
  postern_builder* const builder = postern_builder_new();
  const size_t zero = 0;
  state.struct_size = 1;
  CHECK(postern_manifest_from_bytes(1, NULL, 1, "", 0, &manifest, NULL) == bad);
  CHECK(postern_manifest_from_bytes(1, "", 0, NULL, 1, &manifest, NULL) == bad);
  CHECK(postern_manifest_from_bytes(9, "", 0, "", 0, &manifest, NULL) == bad);
  CHECK(postern_manifest_from_bytes(1, "", 0, "", 0, NULL, NULL) == bad);
  CHECK(postern_manifest_from_file(NULL, 1, 1, &manifest, NULL) == bad);
  CHECK(postern_manifest_from_file("a", 1, 1, NULL, NULL) == bad);
  CHECK(postern_manifest_write(NULL, 1, &text, NULL) == bad);
  CHECK(postern_manifest_write(stage.manifest, 0, &text, NULL) == bad);
  CHECK(postern_manifest_write(stage.manifest, 1, NULL, NULL) == bad);
  CHECK(postern_manifest_app(NULL, NULL) == NULL);
  CHECK(postern_manifest_title(NULL, NULL) == NULL);
  CHECK(postern_store_open(NULL, 1, 0, &store, NULL) == bad);
  CHECK(postern_store_open("", 0, 0, &store, NULL) == bad);
  CHECK(postern_store_open("a", 1, 0, NULL, NULL) == bad);
  CHECK(postern_store_get(NULL, "a", 1, &state, NULL) == bad);
  CHECK(postern_store_get(stage.store, "a", 1, &state, NULL) == bad);
  CHECK(postern_store_get(stage.store, "a", 1, NULL, NULL) == bad);
  CHECK(postern_store_list_json(NULL, &text, NULL) == bad);
  CHECK(postern_store_list_json(stage.store, NULL, NULL) == bad);
  CHECK(postern_store_history_json(stage.store, NULL, 1, &text, NULL) == bad);
  CHECK(postern_store_changes_json(NULL, 1, 1, &text, NULL) == bad);
  CHECK(postern_store_verify(NULL, NULL) == bad);
  CHECK(postern_review_new(NULL, NULL, &unbacked, NULL) == bad);
  CHECK(postern_review_new(stage.manifest, NULL, NULL, NULL) == bad);
  CHECK(postern_review_text(NULL, &text, NULL) == bad);
  CHECK(postern_review_json(review, NULL, NULL) == bad);
  CHECK(postern_review_digest(NULL, NULL) == NULL);
  CHECK(postern_review_needs_approval(NULL) == 1);
  CHECK(postern_approve(NULL, review, &consent, NULL, NULL) == bad);
  CHECK(postern_approve(stage.store, NULL, &consent, NULL, NULL) == bad);
  CHECK(postern_approve(stage.store, review, NULL, NULL, NULL) == bad);
  consent.items = &zero;
  consent.item_count = 1;
  CHECK(postern_approve(stage.store, review, &consent, NULL, NULL) == bad);
  consent.items = NULL;
  CHECK(postern_approve(stage.store, review, &consent, NULL, NULL) == bad);
  consent.item_count = 0;
  consent.who = Text("");
  CHECK(postern_approve(stage.store, review, &consent, NULL, NULL) == bad);
  CHECK(postern_revoke(NULL, "a", 1, 0, "a", 1, "", 0, NULL, NULL) == bad);
  CHECK(postern_revoke(stage.store, "a", 1, 0, NULL, 1, "", 0, NULL, NULL) ==
        bad);
  CHECK(postern_builder_add_approval(NULL, stage.store, stage.manifest, "", 0,
                                     NULL) == bad);
  CHECK(postern_builder_add_approval(builder, NULL, stage.manifest, "", 0,
                                     NULL) == bad);
  CHECK(postern_builder_add_approval(builder, stage.store, NULL, "", 0, NULL) ==
        bad);
  /* Without a store nothing is approved. */
  CHECK(postern_review_new(stage.manifest, NULL, &unbacked, NULL) ==
        POSTERN_OK);
  CHECK(postern_review_needs_approval(unbacked) == 1);
  CHECK(State(&stage).revision == 0);
  CHECK(manifest == NULL && store == NULL && text == NULL);
  postern_review_free(unbacked);
  postern_review_free(review);
  postern_review_free(NULL);
  postern_manifest_free(NULL);
  postern_store_free(NULL);
  postern_builder_free(builder);
  FreeStage(&stage);
}

int main(void) {
  TestManifests();
  TestTheLifeOfAnApproval();
  TestExpiry();
  TestStores();
  TestMisuse();
  return Report();
}
