#include "bindings/c/postern/csp.h"

#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "bindings/c/handles.h"
#include "bindings/c/manifests.h"
#include "net/csp/header_filter.h"
#include "net/csp/merge.h"
#include "net/csp/open_hosts.h"
#include "net/csp/policy.h"
#include "net/csp/policy_text.h"
#include "net/csp/question.h"
#include "net/csp/review.h"
#include "net/csp/url.h"
#include "permission/approval/csp_request.h"
#include "permission/text/csp_json.h"

struct postern_csp_merge {
  postern::csp::MergeInput input;
  bool assumed_self = true;
};

struct postern_csp_merged {
  postern::csp::MergeInput input;  // what it was made of
  bool assumed_self = true;
  postern::csp::MergeResult result;
  std::string all;                // header
  std::vector<std::string> apps;  // headers, in the order of the result
};

struct postern_headers {
  postern::csp::FilteredHeaders filtered;
};

namespace postern {
namespace c {
namespace {

static_assert(POSTERN_CSP_BLOCKED == static_cast<int>(csp::Verdict::kBlocked) &&
                  POSTERN_CSP_ALLOWED ==
                      static_cast<int>(csp::Verdict::kAllowed) &&
                  POSTERN_CSP_DEPENDS_ON_BROWSER ==
                      static_cast<int>(csp::Verdict::kDependsOnBrowser),
              "the numbers of the C interface are those of the library");

absl::StatusOr<csp::Origin> OriginOf(absl::string_view text) {
  if (text.empty()) return csp::AssumedOrigin();
  return csp::ParseOrigin(text);
}

absl::Status ReadFlag(int32_t flag, absl::string_view what, bool* out) {
  *out = flag == 1;
  return IsFlag(flag)
             ? absl::OkStatus()
             : absl::InvalidArgumentError(std::string(what) + ": 0 or 1");
}

absl::Status ReadQuestionText(const postern_csp_question* given,
                              csp::QuestionText* out, csp::Origin* self) {
  if (given == nullptr) return NullError("question");
  postern_csp_question read;
  absl::string_view directive, url, nonce, digest, origin;
  absl::Status status = ReadStruct(given, "question", &read);
  if (status.ok()) status = ReadBytes(read.directive, "directive", &directive);
  if (status.ok()) status = ReadBytes(read.url, "url", &url);
  if (status.ok()) status = ReadBytes(read.nonce, "nonce", &nonce);
  if (status.ok()) status = ReadBytes(read.digest, "digest", &digest);
  if (status.ok()) status = ReadBytes(read.self, "self", &origin);
  if (status.ok()) {
    status = ReadFlag(read.redirected, "redirected", &out->redirected);
  }
  if (status.ok()) status = ReadFlag(read.inserted, "inserted", &out->inserted);
  if (!status.ok()) return status;
  out->directive = std::string(directive);
  out->url = std::string(url);
  out->nonce = std::string(nonce);
  out->digest = std::string(digest);
  absl::StatusOr<csp::Origin> parsed = OriginOf(origin);
  if (!parsed.ok()) return parsed.status();
  *self = *std::move(parsed);
  return status;
}

absl::Status CheckHeader(absl::string_view header,
                         const postern_csp_question* given,
                         postern_csp_verdict* verdict, postern_buffer** json) {
  csp::QuestionText text;
  csp::Origin self;
  absl::Status status = ReadQuestionText(given, &text, &self);
  if (!status.ok()) return status;
  const absl::StatusOr<csp::Question> question = csp::ReadQuestion(text);
  if (!question.ok()) return question.status();
  const absl::StatusOr<csp::ParsedHeader> parsed = csp::ParseHeader(header);
  if (!parsed.ok()) return parsed.status();
  const csp::FullAnswer answer =
      csp::AnswerQuestion(parsed->policies, self, *question);
  if (json != nullptr) {
    *json = new postern_buffer{CspAnswerToJson(answer, /*detailed=*/true)};
  }
  *verdict = static_cast<postern_csp_verdict>(answer.verdict);
  return status;
}

absl::StatusOr<csp::PolicyText> ReadText(const char* text, size_t size,
                                         const char* name, size_t name_size) {
  absl::string_view bytes, file;
  absl::Status status = ReadBytes(text, size, "text", &bytes);
  if (status.ok()) status = ReadBytes(name, name_size, "name", &file);
  if (!status.ok()) return status;
  return csp::ParsePolicyText(file.empty() ? "policy" : file, bytes);
}

absl::Status AddAdmin(absl::string_view text, absl::string_view file,
                      csp::MergeInput* input) {
  absl::StatusOr<csp::AdminText> admin = csp::ParseAdminText(file, text);
  if (!admin.ok()) return admin.status();
  if (admin->ceiling && input->ceiling) {
    return absl::InvalidArgumentError("there is a ceiling already");
  }
  for (csp::GrantText& grant : admin->grants) {
    input->grants.push_back(csp::ToGrantInput(std::move(grant)));
  }
  if (admin->ceiling) input->ceiling = std::move(admin->ceiling);
  return absl::OkStatus();
}

absl::Status AddApproval(const postern_store& store, const Manifest& manifest,
                         csp::MergeInput* input) {
  const absl::StatusOr<ApprovalState> state = StateOf(&store, manifest.app);
  if (!state.ok()) return state.status();
  if (!state->approval) return absl::OkStatus();
  absl::StatusOr<csp::GrantInput> grant = ApprovalCspGrant(
      LimitToManifest(*state->approval, manifest), absl::Now());
  if (!grant.ok()) return grant.status();
  input->grants.push_back(*std::move(grant));
  return absl::OkStatus();
}

absl::Status Run(const postern_csp_merge& merge, postern_csp_merged** out) {
  absl::StatusOr<csp::MergeResult> result = csp::Merge(merge.input);
  if (!result.ok()) return result.status();
  auto made = std::make_unique<postern_csp_merged>();
  made->input = merge.input;
  made->assumed_self = merge.assumed_self;
  made->result = *std::move(result);
  made->all = made->result.all.policy.ToString();
  for (const csp::AppPolicy& app : made->result.apps) {
    made->apps.push_back(app.merged.policy.ToString());
  }
  *out = made.release();
  return absl::OkStatus();
}

absl::StatusOr<csp::Review> ReviewOf(const postern_csp_merged& merged) {
  const absl::StatusOr<csp::OpenHosts> hosts =
      csp::OpenHosts::Parse("open_hosts.txt", csp::OpenHosts::DefaultText());
  if (!hosts.ok()) return hosts.status();
  return csp::MakeReview(merged.input, merged.result, *hosts);
}

const std::string* HeaderOf(const postern_csp_merged& merged,
                            absl::string_view app) {
  if (app.empty()) return &merged.all;
  for (size_t i = 0; i < merged.apps.size(); ++i) {
    if (merged.result.apps[i].app == app) return &merged.apps[i];
  }
  return nullptr;
}

absl::Status ReadHeaders(const postern_header* headers, size_t count,
                         std::vector<csp::Header>* out) {
  if (!IsReadable(headers, count)) return NullError("headers");
  for (size_t i = 0; i < count; ++i) {
    absl::string_view name, value;
    absl::Status status = ReadBytes(headers[i].name, "a name", &name);
    if (status.ok()) status = ReadBytes(headers[i].value, "a value", &value);
    if (!status.ok()) return status;
    out->push_back({std::string(name), std::string(value)});
  }
  return absl::OkStatus();
}

absl::Status ReadPolicy(absl::string_view text, csp::Policy* out) {
  std::vector<csp::ParseWarning> warnings;
  absl::StatusOr<csp::Policy> policy = csp::ParsePolicy(text, &warnings);
  if (!policy.ok()) return policy.status();
  // The host's own policy: nothing of it may be lost.
  if (!warnings.empty()) {
    return absl::InvalidArgumentError("policy: " + warnings[0].message);
  }
  *out = *std::move(policy);
  return absl::OkStatus();
}

absl::Status ReadOrigins(const postern_csp_filter_options& given,
                         csp::FilterOptions* out) {
  std::vector<std::string> origins;
  absl::Status status =
      ReadStrings(given.cors_origins, given.cors_count, "an origin", &origins);
  for (const std::string& text : origins) {
    absl::StatusOr<csp::Origin> origin = csp::ParseOrigin(text);
    if (!origin.ok()) return origin.status();
    out->cors_origins.push_back(*std::move(origin));
  }
  return status;
}

absl::Status ReadFilterOptions(const postern_csp_filter_options* given,
                               csp::FilterOptions* out) {
  if (given == nullptr) return NullError("options");
  postern_csp_filter_options read;
  absl::string_view policy, self, cookie_path;
  bool narrow = false;
  absl::Status status = ReadStruct(given, "options", &read);
  if (status.ok()) status = ReadBytes(read.policy, "policy", &policy);
  if (status.ok()) status = ReadBytes(read.self, "self", &self);
  if (status.ok()) {
    status = ReadBytes(read.cookie_path, "cookie_path", &cookie_path);
  }
  if (status.ok()) status = ReadFlag(read.narrow, "narrow", &narrow);
  if (status.ok()) status = ReadPolicy(policy, &out->policy);
  if (status.ok()) status = ReadOrigins(read, out);
  if (!status.ok()) return status;
  absl::StatusOr<csp::Origin> origin = OriginOf(self);
  if (!origin.ok()) return origin.status();
  out->self = *std::move(origin);
  out->cookie_path = std::string(cookie_path);
  out->app_policy = narrow ? csp::FilterOptions::AppPolicy::kNarrow
                           : csp::FilterOptions::AppPolicy::kDrop;
  return status;
}

// Gives out what `to_text` makes of the merge.
template <typename ToText>
postern_status MergedOut(const postern_csp_merged* merged,
                         postern_buffer** text, postern_error* error,
                         ToText to_text) {
  if (text != nullptr) *text = nullptr;
  return Guard(error, [&]() -> absl::Status {
    if (merged == nullptr) return NullError("merged");
    if (text == nullptr) return NullError("text");
    return NewBuffer(to_text(*merged), text);
  });
}

// Calls `use` with the input unless it is null.
template <typename Use>
postern_status WithMerge(postern_csp_merge* merge, postern_error* error,
                         Use use) {
  return Guard(error, [&]() -> absl::Status {
    if (merge == nullptr) return NullError("merge");
    return use(&merge->input);
  });
}

const std::string* TextAt(const std::vector<std::string>& all, size_t index) {
  return index < all.size() ? &all[index] : nullptr;
}

const csp::Header* HeaderAt(const postern_headers* headers, size_t index) {
  return index < postern_headers_count(headers)
             ? &headers->filtered.headers[index]
             : nullptr;
}

}  // namespace
}  // namespace c
}  // namespace postern

using namespace postern::c;  // NOLINT: the functions below are global
namespace csp = postern::csp;

postern_status postern_csp_check(const char* header, size_t size,
                                 const postern_csp_question* question,
                                 postern_csp_verdict* verdict,
                                 postern_buffer** json, postern_error* error) {
  if (verdict != nullptr) *verdict = POSTERN_CSP_BLOCKED;
  if (json != nullptr) *json = nullptr;
  return Guard(error, [&]() -> absl::Status {
    if (verdict == nullptr) return NullError("verdict");
    absl::string_view value;
    absl::Status status = ReadBytes(header, size, "header", &value);
    if (!status.ok()) return status;
    return CheckHeader(value, question, verdict, json);
  });
}

postern_csp_merge* postern_csp_merge_new() {
  try {
    auto merge = std::make_unique<postern_csp_merge>();
    merge->input.self = csp::AssumedOrigin();
    return merge.release();
  } catch (...) {
    return nullptr;
  }
}

void postern_csp_merge_free(postern_csp_merge* merge) { delete merge; }

postern_status postern_csp_merge_set_base(postern_csp_merge* merge,
                                          const char* text, size_t size,
                                          const char* name, size_t name_size,
                                          postern_error* error) {
  return WithMerge(merge, error, [&](csp::MergeInput* input) -> absl::Status {
    absl::StatusOr<csp::PolicyText> read =
        ReadText(text, size, name, name_size);
    if (!read.ok()) return read.status();
    input->base = *std::move(read);
    return absl::OkStatus();
  });
}

postern_status postern_csp_merge_add_request(postern_csp_merge* merge,
                                             const char* app, size_t app_size,
                                             const char* text, size_t size,
                                             const char* name, size_t name_size,
                                             postern_error* error) {
  return WithMerge(merge, error, [&](csp::MergeInput* input) -> absl::Status {
    absl::string_view id;
    absl::Status status = ReadBytes(app, app_size, "app", &id);
    if (!status.ok()) return status;
    absl::StatusOr<csp::PolicyText> read =
        ReadText(text, size, name, name_size);
    if (!read.ok()) return read.status();
    input->requests.push_back({std::string(id), *std::move(read)});
    return status;
  });
}

postern_status postern_csp_merge_add_manifest(postern_csp_merge* merge,
                                              const postern_manifest* manifest,
                                              postern_error* error) {
  return WithMerge(merge, error, [&](csp::MergeInput* input) -> absl::Status {
    if (manifest == nullptr) return NullError("manifest");
    absl::StatusOr<csp::RequestInput> request =
        postern::CspRequestInput(manifest->manifest);
    if (!request.ok()) return request.status();
    input->requests.push_back(*std::move(request));
    return absl::OkStatus();
  });
}

postern_status postern_csp_merge_add_approval(postern_csp_merge* merge,
                                              const postern_store* store,
                                              const postern_manifest* manifest,
                                              postern_error* error) {
  return WithMerge(merge, error, [&](csp::MergeInput* input) -> absl::Status {
    if (store == nullptr) return NullError("store");
    if (manifest == nullptr) return NullError("manifest");
    return AddApproval(*store, manifest->manifest, input);
  });
}

postern_status postern_csp_merge_add_admin(postern_csp_merge* merge,
                                           const char* text, size_t size,
                                           const char* name, size_t name_size,
                                           postern_error* error) {
  return WithMerge(merge, error, [&](csp::MergeInput* input) -> absl::Status {
    absl::string_view bytes, file;
    absl::Status status = ReadBytes(text, size, "text", &bytes);
    if (status.ok()) status = ReadBytes(name, name_size, "name", &file);
    if (!status.ok()) return status;
    return AddAdmin(bytes, file.empty() ? "admin" : file, input);
  });
}

postern_status postern_csp_merge_set_self(postern_csp_merge* merge,
                                          const char* origin, size_t size,
                                          postern_error* error) {
  return WithMerge(merge, error, [&](csp::MergeInput* input) -> absl::Status {
    absl::string_view text;
    absl::Status status = ReadBytes(origin, size, "origin", &text);
    if (!status.ok()) return status;
    absl::StatusOr<csp::Origin> parsed = csp::ParseOrigin(text);
    if (!parsed.ok()) return parsed.status();
    input->self = *std::move(parsed);
    merge->assumed_self = false;
    return status;
  });
}

postern_status postern_csp_merge_run(const postern_csp_merge* merge,
                                     postern_csp_merged** merged,
                                     postern_error* error) {
  if (merged != nullptr) *merged = nullptr;
  return Guard(error, [&]() -> absl::Status {
    if (merge == nullptr) return NullError("merge");
    if (merged == nullptr) return NullError("merged");
    return Run(*merge, merged);
  });
}

void postern_csp_merged_free(postern_csp_merged* merged) { delete merged; }

const char* postern_csp_merged_header(const postern_csp_merged* merged,
                                      const char* app, size_t app_size,
                                      size_t* size) {
  const bool readable = merged != nullptr && IsReadable(app, app_size);
  const absl::string_view id =
      app_size == 0 ? absl::string_view("") : absl::string_view(app, app_size);
  return TextOut(readable ? HeaderOf(*merged, id) : nullptr, size);
}

postern_status postern_csp_merged_json(const postern_csp_merged* merged,
                                       postern_buffer** json,
                                       postern_error* error) {
  return MergedOut(merged, json, error, [](const postern_csp_merged& m) {
    return absl::StatusOr<std::string>(postern::CspMergeToJson(
        m.result, m.input.self.ToString(), m.assumed_self));
  });
}

postern_status postern_csp_merged_review_json(const postern_csp_merged* merged,
                                              postern_buffer** json,
                                              postern_error* error) {
  return MergedOut(
      merged, json, error,
      [](const postern_csp_merged& m) -> absl::StatusOr<std::string> {
        const absl::StatusOr<csp::Review> review = ReviewOf(m);
        if (!review.ok()) return review.status();
        return postern::CspReviewToJson(*review);
      });
}

postern_status postern_csp_merged_review_text(const postern_csp_merged* merged,
                                              postern_buffer** text,
                                              postern_error* error) {
  return MergedOut(
      merged, text, error,
      [](const postern_csp_merged& m) -> absl::StatusOr<std::string> {
        const absl::StatusOr<csp::Review> review = ReviewOf(m);
        if (!review.ok()) return review.status();
        return csp::ReviewToText(*review);
      });
}

postern_status postern_csp_filter(const postern_header* headers, size_t count,
                                  const postern_csp_filter_options* options,
                                  postern_headers** filtered,
                                  postern_error* error) {
  if (filtered != nullptr) *filtered = nullptr;
  return Guard(error, [&]() -> absl::Status {
    if (filtered == nullptr) return NullError("filtered");
    std::vector<csp::Header> given;
    csp::FilterOptions read;
    absl::Status status = ReadHeaders(headers, count, &given);
    if (status.ok()) status = ReadFilterOptions(options, &read);
    if (!status.ok()) return status;
    *filtered = new postern_headers{csp::FilterHeaders(given, read)};
    return status;
  });
}

void postern_headers_free(postern_headers* headers) { delete headers; }

size_t postern_headers_count(const postern_headers* headers) {
  return headers == nullptr ? 0 : headers->filtered.headers.size();
}

const char* postern_headers_name(const postern_headers* headers, size_t index,
                                 size_t* size) {
  const csp::Header* const header = HeaderAt(headers, index);
  return TextOut(header == nullptr ? nullptr : &header->name, size);
}

const char* postern_headers_value(const postern_headers* headers, size_t index,
                                  size_t* size) {
  const csp::Header* const header = HeaderAt(headers, index);
  return TextOut(header == nullptr ? nullptr : &header->value, size);
}

size_t postern_headers_note_count(const postern_headers* headers) {
  return headers == nullptr ? 0 : headers->filtered.notes.size();
}

const char* postern_headers_note(const postern_headers* headers, size_t index,
                                 size_t* size) {
  return TextOut(
      headers == nullptr ? nullptr : TextAt(headers->filtered.notes, index),
      size);
}
