/* The C interface: Content-Security-Policy. */

#include "tests/bindings/c/check.h"

static postern_csp_question Ask(const char* directive, const char* url) {
  postern_csp_question question;
  memset(&question, 0, sizeof(question));
  question.struct_size = sizeof(question);
  question.directive = Text(directive);
  question.url = Text(url);
  question.self = Text("https://cloud.example.org");
  return question;
}

static postern_csp_verdict Check(const char* header,
                                 const postern_csp_question* question) {
  postern_error* const error = postern_error_new();
  postern_csp_verdict verdict = -1;
  CHECK_OK(postern_csp_check(header, strlen(header), question, &verdict, NULL,
                             error),
           error);
  postern_error_free(error);
  return verdict;
}

static void TestChecks(void) {
  static const char kHeader[] = "default-src 'self'; img-src https://a.test";
  postern_error* const error = postern_error_new();
  postern_csp_question question = Ask("img-src", "https://a.test/x.png");
  postern_csp_verdict verdict = POSTERN_CSP_ALLOWED;
  postern_buffer* json = NULL;
  CHECK(Check(kHeader, &question) == POSTERN_CSP_ALLOWED);
  question = Ask("img-src", "https://b.test/x.png");
  CHECK(Check(kHeader, &question) == POSTERN_CSP_BLOCKED);
  question = Ask("script-src", "https://cloud.example.org/x.js");
  CHECK(Check(kHeader, &question) == POSTERN_CSP_ALLOWED);
  question = Ask("script-src", "inline");
  CHECK(Check(kHeader, &question) == POSTERN_CSP_BLOCKED);
  CHECK(Check("script-src 'nonce-abc'", &question) == POSTERN_CSP_BLOCKED);
  question.nonce = Text("abc");
  CHECK(Check("script-src 'nonce-abc'", &question) == POSTERN_CSP_ALLOWED);
  CHECK(Check("", &question) == POSTERN_CSP_ALLOWED);
  question = Ask("connect-src", "https://b.test/");
  CHECK_OK(postern_csp_check(kHeader, strlen(kHeader), &question, &verdict,
                             &json, error),
           error);
  CHECK(verdict == POSTERN_CSP_BLOCKED);
  CHECK(Contains(postern_buffer_data(json, NULL),
                 "\"remedy\": \"connect-src https://b.test\""));
  postern_buffer_free(json);
  verdict = POSTERN_CSP_ALLOWED;
  question = Ask("nope-src", "https://b.test/");
  CHECK(postern_csp_check(kHeader, strlen(kHeader), &question, &verdict, &json,
                          error) == POSTERN_INVALID_ARGUMENT);
  CHECK(verdict == POSTERN_CSP_BLOCKED && json == NULL);
  question = Ask("img-src", "no url");
  CHECK(postern_csp_check(kHeader, strlen(kHeader), &question, &verdict, &json,
                          error) == POSTERN_INVALID_ARGUMENT);
  question = Ask("img-src", "https://b.test/");
  question.redirected = 2;
  CHECK(postern_csp_check(kHeader, strlen(kHeader), &question, &verdict, &json,
                          error) == POSTERN_INVALID_ARGUMENT);
  postern_error_free(error);
}

static void TestMerging(void) {
  static const char kBase[] = "default-src 'self'\n";
  static const char kAsked[] =
      "img-src https://maps.test\nconnect-src https://live.test\n";
  static const char kAdmin[] =
      "[grant maps]\nimg-src https://maps.test\n[ceiling]\n"
      "default-src 'self' https:\n";
  postern_error* const error = postern_error_new();
  postern_csp_merge* const merge = postern_csp_merge_new();
  postern_csp_merged* merged = NULL;
  postern_buffer* text = NULL;
  CHECK_OK(postern_csp_merge_set_base(merge, kBase, strlen(kBase), "base.csp",
                                      8, error),
           error);
  CHECK_OK(postern_csp_merge_add_request(merge, "maps", 4, kAsked,
                                         strlen(kAsked), NULL, 0, error),
           error);
  CHECK_OK(postern_csp_merge_add_admin(merge, kAdmin, strlen(kAdmin), NULL, 0,
                                       error),
           error);
  CHECK(postern_csp_merge_add_admin(merge, "[ceiling]\nimg-src *\n", 20, NULL,
                                    0, error) == POSTERN_INVALID_ARGUMENT);
  CHECK(postern_csp_merge_set_base(merge, "\nimg-src nope nope;\n", 20,
                                   "base.csp", 8,
                                   error) == POSTERN_INVALID_ARGUMENT);
  CHECK(Contains(postern_error_message(error, NULL), "base.csp:2:"));
  CHECK_OK(
      postern_csp_merge_set_self(merge, "https://cloud.example.org", 25, error),
      error);
  CHECK_OK(postern_csp_merge_run(merge, &merged, error), error);
  postern_csp_merge_free(merge);
  CHECK(Is(postern_csp_merged_header(merged, NULL, 0, NULL),
           "default-src 'self'; img-src 'self' https://maps.test"));
  CHECK(Is(postern_csp_merged_header(merged, "maps", 4, NULL),
           "default-src 'self'; img-src 'self' https://maps.test"));
  CHECK(postern_csp_merged_header(merged, "none", 4, NULL) == NULL);
  CHECK(postern_csp_merged_header(merged, NULL, 4, NULL) == NULL);
  CHECK(postern_csp_merged_header(NULL, NULL, 0, NULL) == NULL);
  CHECK_OK(postern_csp_merged_json(merged, &text, error), error);
  CHECK(Contains(postern_buffer_data(text, NULL), "\"not_granted\""));
  CHECK(Contains(postern_buffer_data(text, NULL), "\"assumed_self\": false"));
  postern_buffer_free(text);
  CHECK_OK(postern_csp_merged_review_json(merged, &text, error), error);
  CHECK(Contains(postern_buffer_data(text, NULL), "\"missing\""));
  postern_buffer_free(text);
  CHECK_OK(postern_csp_merged_review_text(merged, &text, error), error);
  CHECK(Contains(postern_buffer_data(text, NULL), "https://live.test"));
  postern_buffer_free(text);
  postern_csp_merged_free(merged);
  postern_error_free(error);
}

static void TestManifestsAsRequests(void) {
  static const char kManifest[] =
      "version: 1 app: 'maps.acme' csp { directive: 'img-src'"
      " sources: 'https://maps.test' reason: 'tiles' }";
  postern_error* const error = postern_error_new();
  postern_manifest* manifest = NULL;
  postern_csp_merge* const merge = postern_csp_merge_new();
  postern_csp_merged* merged = NULL;
  if (postern_manifest_from_bytes(POSTERN_FORMAT_TEXT, kManifest,
                                  strlen(kManifest), NULL, 0, &manifest,
                                  error) == POSTERN_OK) {
    CHECK_OK(postern_csp_merge_add_manifest(merge, manifest, error), error);
    CHECK_OK(postern_csp_merge_set_base(merge, "img-src 'self'\n", 15, NULL, 0,
                                        error),
             error);
    CHECK_OK(postern_csp_merge_run(merge, &merged, error), error);
    /* Asked for, and nobody granted it. */
    CHECK(Is(postern_csp_merged_header(merged, "maps.acme", 9, NULL),
             "img-src 'self'"));
  } else {
    fprintf(stderr, "%s\n", postern_error_message(error, NULL));
    ++failures;
  }
  postern_csp_merged_free(merged);
  postern_csp_merge_free(merge);
  postern_manifest_free(manifest);
  postern_error_free(error);
}

static const char* ValueOf(const postern_headers* headers, const char* name) {
  size_t i;
  for (i = 0; i < postern_headers_count(headers); ++i) {
    if (strcmp(postern_headers_name(headers, i, NULL), name) == 0) {
      return postern_headers_value(headers, i, NULL);
    }
  }
  return NULL;
}

static void TestHeaders(void) {
  postern_error* const error = postern_error_new();
  postern_header given[3];
  postern_csp_filter_options options;
  postern_headers* headers = NULL;
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.policy = Text("default-src 'self'; frame-ancestors 'none'");
  given[0].name = Text("Content-Security-Policy");
  given[0].value = Text("default-src *");
  given[1].name = Text("Set-Cookie");
  given[1].value = Text("a=b");
  given[2].name = Text("Content-Type");
  given[2].value = Text("text/html");
  CHECK_OK(postern_csp_filter(given, 3, &options, &headers, error), error);
  CHECK(Is(ValueOf(headers, "Content-Security-Policy"),
           "default-src 'self'; frame-ancestors 'none'"));
  CHECK(ValueOf(headers, "Set-Cookie") == NULL);
  CHECK(Is(ValueOf(headers, "Content-Type"), "text/html"));
  CHECK(postern_headers_note_count(headers) >= 1);
  CHECK(postern_headers_note(headers, 0, NULL) != NULL);
  CHECK(postern_headers_note(headers, 1000, NULL) == NULL);
  CHECK(postern_headers_name(headers, 1000, NULL) == NULL);
  CHECK(postern_headers_value(headers, 1000, NULL) == NULL);
  postern_headers_free(headers);
  /* A mistake in the host's own policy is not passed over. */
  options.policy = Text("default-scr 'self'");
  CHECK(postern_csp_filter(given, 3, &options, &headers, error) ==
        POSTERN_INVALID_ARGUMENT);
  options.policy = Text("default-src 'self'");
  options.narrow = 7;
  CHECK(postern_csp_filter(given, 3, &options, &headers, error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(headers == NULL);
  postern_error_free(error);
}

static void TestMisuse(void) {
  const postern_status bad = POSTERN_INVALID_ARGUMENT;
  postern_csp_question question = Ask("img-src", "https://a.test");
  postern_csp_verdict verdict;
  postern_csp_merge* const merge = postern_csp_merge_new();
  postern_csp_merged* merged = NULL;
  postern_headers* headers = NULL;
  postern_buffer* text = NULL;
  CHECK(postern_csp_check(NULL, 1, &question, &verdict, NULL, NULL) == bad);
  CHECK(postern_csp_check("", 0, NULL, &verdict, NULL, NULL) == bad);
  CHECK(postern_csp_check("", 0, &question, NULL, NULL, NULL) == bad);
  CHECK(postern_csp_merge_set_base(NULL, "", 0, "", 0, NULL) == bad);
  CHECK(postern_csp_merge_set_base(merge, NULL, 1, "", 0, NULL) == bad);
  CHECK(postern_csp_merge_add_request(merge, NULL, 1, "", 0, "", 0, NULL) ==
        bad);
  CHECK(postern_csp_merge_add_request(NULL, "a", 1, "", 0, "", 0, NULL) == bad);
  CHECK(postern_csp_merge_add_manifest(merge, NULL, NULL) == bad);
  CHECK(postern_csp_merge_add_approval(merge, NULL, NULL, NULL) == bad);
  CHECK(postern_csp_merge_add_admin(merge, NULL, 1, "", 0, NULL) == bad);
  CHECK(postern_csp_merge_set_self(merge, "nope", 4, NULL) == bad);
  CHECK(postern_csp_merge_run(NULL, &merged, NULL) == bad);
  CHECK(postern_csp_merge_run(merge, NULL, NULL) == bad);
  CHECK(postern_csp_merged_json(NULL, &text, NULL) == bad);
  CHECK(postern_csp_merged_review_json(NULL, &text, NULL) == bad);
  CHECK(postern_csp_merged_review_text(NULL, &text, NULL) == bad);
  CHECK(postern_csp_filter(NULL, 1, NULL, &headers, NULL) == bad);
  CHECK(postern_csp_filter(NULL, 0, NULL, &headers, NULL) == bad);
  CHECK(postern_headers_count(NULL) == 0);
  CHECK(postern_headers_note_count(NULL) == 0);
  CHECK(postern_headers_name(NULL, 0, NULL) == NULL);
  CHECK(postern_headers_note(NULL, 0, NULL) == NULL);
  CHECK(merged == NULL && headers == NULL && text == NULL);
  postern_csp_merge_free(merge);
  postern_csp_merge_free(NULL);
  postern_csp_merged_free(NULL);
  postern_headers_free(NULL);
}

int main(void) {
  TestChecks();
  TestMerging();
  TestManifestsAsRequests();
  TestHeaders();
  TestMisuse();
  return Report();
}
