#include "bindings/c/postern/approval.h"

#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/types/optional.h"
#include "bindings/c/handles.h"
#include "bindings/c/manifests.h"
#include "bindings/c/policy_maker.h"
#include "permission/approval/approval.h"
#include "permission/approval/manifest.h"
#include "permission/approval/manifest_proto.h"
#include "permission/approval/review.h"
#include "permission/approval/review_json.h"
#include "permission/approval/review_text.h"
#include "permission/approval/sqlite_store.h"
#include "permission/approval/store.h"
#include "permission/approval/store_json.h"
#include "permission/join_specs.h"
#include "permission/proto/form.h"
#include "permission/text/display.h"

struct postern_review {
  postern::Review review;
};

namespace postern {
namespace c {
namespace {

absl::StatusOr<Manifest> Parse(FileForm form, absl::string_view bytes,
                               absl::string_view name) {
  switch (form) {
    case FileForm::kText:
      return ParseManifestText(bytes, name);
    case FileForm::kJson:
      return ParseManifestJson(bytes, name);
    case FileForm::kBinary:
      return ParseManifestBinary(bytes, name);
  }
  return absl::InternalError("no such form");
}

absl::Status NewManifest(postern_format format, absl::string_view bytes,
                         absl::string_view name, postern_manifest** out) {
  const absl::StatusOr<FileForm> form = FormOf(format, name);
  if (!form.ok()) return form.status();
  absl::StatusOr<Manifest> read = Parse(*form, bytes, name);
  if (!read.ok()) return read.status();
  auto made = std::make_unique<postern_manifest>();
  made->app = read->app.id();
  made->manifest = *std::move(read);
  *out = made.release();
  return absl::OkStatus();
}

absl::StatusOr<std::string> Write(const Manifest& manifest,
                                  postern_format format) {
  switch (format) {
    case POSTERN_FORMAT_TEXT:
      return ManifestToText(manifest);
    case POSTERN_FORMAT_JSON:
      return ManifestToJson(manifest);
    case POSTERN_FORMAT_BINARY:
      return ManifestToBinary(manifest);
    default:
      return absl::InvalidArgumentError(
          "the format is unknown, expected text, JSON or binary");
  }
}

bool IsInForce(const ApprovalState& state) {
  return state.approval &&
         (!state.approval->expires || *state.approval->expires > absl::Now());
}

postern_approval_state StateToC(const ApprovalState& state) {
  postern_approval_state out = {};
  out.revision = state.revision;
  if (!state.approval) return out;
  out.approved = 1;
  out.in_force = IsInForce(state) ? 1 : 0;
  out.approved_at_unix_ns = absl::ToUnixNanos(state.approval->approved_at);
  out.expires_unix_ns = state.approval->expires
                            ? absl::ToUnixNanos(*state.approval->expires)
                            : std::numeric_limits<int64_t>::max();
  return out;
}

// Parts of a consent, read.
struct Consent {
  absl::string_view digest, who, note, place;
  std::vector<size_t> items;
  absl::optional<absl::Time> expires;
};

absl::Status ReadConsent(const postern_consent* given, const Review& review,
                         Consent* out) {
  if (given == nullptr) return NullError("consent");
  postern_consent read;
  absl::Status status = ReadStruct(given, "consent", &read);
  if (status.ok()) status = ReadBytes(read.digest, "digest", &out->digest);
  if (status.ok()) status = ReadBytes(read.who, "who", &out->who);
  if (status.ok()) status = ReadBytes(read.note, "note", &out->note);
  if (status.ok()) status = ReadBytes(read.place, "place", &out->place);
  if (!status.ok()) return status;
  if (!IsReadable(read.items, read.item_count)) return NullError("items");
  if (read.items == nullptr) {
    out->items = EverythingRequested(review);
  } else {
    for (size_t i = 0; i < read.item_count; ++i) {
      if (read.items[i] == 0) {
        return absl::InvalidArgumentError("items: they are numbered from 1");
      }
      out->items.push_back(read.items[i] - 1);
    }
  }
  if (read.expires_unix_ns != 0 &&
      read.expires_unix_ns != std::numeric_limits<int64_t>::max()) {
    out->expires = absl::FromUnixNanos(read.expires_unix_ns);
  }
  return status;
}

absl::Status ApproveIn(ApprovalStore* store, const Review& review,
                       const postern_consent* given, int64_t* revision) {
  Consent consent;
  absl::Status status = ReadConsent(given, review, &consent);
  if (!status.ok()) return status;
  Signature signature;
  signature.who = std::string(consent.who);
  signature.when = absl::Now();
  signature.expires = consent.expires;
  absl::StatusOr<Approval> approval =
      Approve(review, consent.digest, consent.items, signature);
  if (!approval.ok()) return approval.status();
  approval->place = std::string(consent.place);
  const absl::StatusOr<int64_t> written = store->CompareAndSet(
      review.app.IdWithoutVersion(), review.current.revision, *approval,
      ChangeInfo{signature.who, signature.when, std::string(consent.note)});
  if (!written.ok()) return written.status();
  if (revision != nullptr) *revision = *written;
  return absl::OkStatus();
}

absl::Status RevokeIn(ApprovalStore* store, absl::string_view app,
                      int64_t expected, absl::string_view who,
                      absl::string_view note, int64_t* revision) {
  const absl::StatusOr<ApprovalState> state = store->Get(app);
  if (!state.ok()) return state.status();
  const absl::StatusOr<int64_t> written = store->CompareAndSet(
      app, expected == 0 ? state->revision : expected, absl::nullopt,
      ChangeInfo{std::string(who), absl::Now(), std::string(note)});
  if (!written.ok()) return written.status();
  if (revision != nullptr) *revision = *written;
  return absl::OkStatus();
}

absl::Status AddApproval(const postern_store* store, const Manifest& manifest,
                         absl::string_view place, PolicyMaker* maker) {
  const absl::StatusOr<ApprovalState> state = StateOf(store, manifest.app);
  if (!state.ok()) return state.status();
  PolicySpec spec;
  spec.layers.emplace_back();
  spec.layers[0].name = "grants";
  if (state->approval) {
    const Approval& approval = *state->approval;
    if (!approval.place.empty() && approval.place != place) {
      return absl::FailedPreconditionError(absl::StrCat(
          "the approval of ", internal::QuoteForDisplay(approval.app),
          " is for ", internal::QuoteForDisplay(approval.place), ", not for ",
          internal::QuoteForDisplay(place)));
    }
    // What the manifest no longer asks for has ended.
    spec.layers[0].rules = ApprovalRules(LimitToManifest(approval, manifest));
  }
  return JoinSpec(std::move(spec), &maker->spec);
}

// Opens as `how` says.
absl::Status OpenStore(absl::string_view path, int32_t how,
                       postern_store** out) {
  absl::Status status = CheckFileName(path);
  if (!status.ok()) return status;
  if (how != POSTERN_STORE_CREATE && how != POSTERN_STORE_READ) {
    return absl::InvalidArgumentError("how: unknown");
  }
  absl::StatusOr<std::unique_ptr<SqliteApprovalStore>> store =
      how == POSTERN_STORE_READ ? SqliteApprovalStore::OpenForReading(path)
                                : SqliteApprovalStore::Open(path);
  if (!store.ok()) return store.status();
  *out = new postern_store{*std::move(store)};
  return absl::OkStatus();
}

// Gives out what `read` makes of the store, a StatusOr, by `to_json`.
template <typename Read, typename ToJson>
postern_status JsonOf(const postern_store* store, postern_buffer** json,
                      postern_error* error, Read read, ToJson to_json) {
  if (json != nullptr) *json = nullptr;
  return Guard(error, [&]() -> absl::Status {
    if (store == nullptr) return NullError("store");
    if (json == nullptr) return NullError("json");
    const auto entries = read(*store->store);
    if (!entries.ok()) return entries.status();
    return NewBuffer(to_json(*entries), json);
  });
}

// Gives out what `to_text` makes of the review.
postern_status TextOf(const postern_review* review, postern_buffer** text,
                      postern_error* error,
                      std::string (*to_text)(const Review&)) {
  if (text != nullptr) *text = nullptr;
  return Guard(error, [&]() -> absl::Status {
    if (review == nullptr) return NullError("review");
    if (text == nullptr) return NullError("text");
    return NewBuffer(to_text(review->review), text);
  });
}

}  // namespace

absl::StatusOr<ApprovalState> StateOf(const postern_store* store,
                                      const Principal& app) {
  if (store == nullptr) return ApprovalState();
  return store->store->Get(app.IdWithoutVersion());
}

}  // namespace c
}  // namespace postern

using namespace postern::c;  // NOLINT: the functions below are global
using postern::SqliteApprovalStore;

postern_status postern_manifest_from_bytes(postern_format format,
                                           const char* bytes, size_t size,
                                           const char* name, size_t name_size,
                                           postern_manifest** manifest,
                                           postern_error* error) {
  if (manifest != nullptr) *manifest = nullptr;
  return Guard(error, [&]() -> absl::Status {
    if (manifest == nullptr) return NullError("manifest");
    absl::string_view text, shown;
    absl::Status status = ReadBytes(bytes, size, "bytes", &text);
    if (status.ok()) status = ReadBytes(name, name_size, "name", &shown);
    if (!status.ok()) return status;
    return NewManifest(format, text, shown.empty() ? "manifest" : shown,
                       manifest);
  });
}

postern_status postern_manifest_from_file(const char* path, size_t size,
                                          postern_format format,
                                          postern_manifest** manifest,
                                          postern_error* error) {
  if (manifest != nullptr) *manifest = nullptr;
  return Guard(error, [&]() -> absl::Status {
    if (manifest == nullptr) return NullError("manifest");
    absl::string_view file;
    absl::Status status = ReadBytes(path, size, "path", &file);
    if (!status.ok()) return status;
    const absl::StatusOr<std::string> bytes =
        ReadFileOf(file, postern::ManifestReadLimits().max_bytes);
    if (!bytes.ok()) return bytes.status();
    return NewManifest(format, *bytes, file, manifest);
  });
}

void postern_manifest_free(postern_manifest* manifest) { delete manifest; }

const char* postern_manifest_app(const postern_manifest* manifest,
                                 size_t* size) {
  return TextOut(manifest == nullptr ? nullptr : &manifest->app, size);
}

const char* postern_manifest_title(const postern_manifest* manifest,
                                   size_t* size) {
  return TextOut(manifest == nullptr ? nullptr : &manifest->manifest.title,
                 size);
}

postern_status postern_manifest_write(const postern_manifest* manifest,
                                      postern_format format,
                                      postern_buffer** text,
                                      postern_error* error) {
  if (text != nullptr) *text = nullptr;
  return Guard(error, [&]() -> absl::Status {
    if (manifest == nullptr) return NullError("manifest");
    if (text == nullptr) return NullError("text");
    return NewBuffer(Write(manifest->manifest, format), text);
  });
}

postern_status postern_store_open(const char* path, size_t size, int32_t how,
                                  postern_store** store, postern_error* error) {
  if (store != nullptr) *store = nullptr;
  return Guard(error, [&]() -> absl::Status {
    if (store == nullptr) return NullError("store");
    absl::string_view file;
    absl::Status status = ReadBytes(path, size, "path", &file);
    return status.ok() ? OpenStore(file, how, store) : status;
  });
}

void postern_store_free(postern_store* store) { delete store; }

postern_status postern_store_get(const postern_store* store, const char* app,
                                 size_t size, postern_approval_state* state,
                                 postern_error* error) {
  return Guard(error, [&]() -> absl::Status {
    if (store == nullptr) return NullError("store");
    if (state == nullptr) return NullError("state");
    absl::string_view id;
    absl::Status status = WriteStruct(postern_approval_state{}, "state", state);
    if (status.ok()) status = ReadBytes(app, size, "app", &id);
    if (!status.ok()) return status;
    const absl::StatusOr<postern::ApprovalState> known = store->store->Get(id);
    if (!known.ok()) return known.status();
    return WriteStruct(StateToC(*known), "state", state);
  });
}

postern_status postern_store_list_json(const postern_store* store,
                                       postern_buffer** json,
                                       postern_error* error) {
  return JsonOf(
      store, json, error, [](const SqliteApprovalStore& s) { return s.List(); },
      &postern::ApprovalsToJson);
}

postern_status postern_store_history_json(const postern_store* store,
                                          const char* app, size_t size,
                                          postern_buffer** json,
                                          postern_error* error) {
  using Events = absl::StatusOr<std::vector<postern::ApprovalEvent>>;
  return JsonOf(
      store, json, error,
      [&](const SqliteApprovalStore& s) -> Events {
        absl::string_view id;
        absl::Status status = ReadBytes(app, size, "app", &id);
        if (!status.ok()) return status;
        return s.History(id);
      },
      &postern::EventsToJson);
}

postern_status postern_store_changes_json(const postern_store* store,
                                          int64_t from_revision, int32_t most,
                                          postern_buffer** json,
                                          postern_error* error) {
  return JsonOf(
      store, json, error,
      [&](const SqliteApprovalStore& s) {
        return s.Watch(from_revision, most);
      },
      &postern::EventsToJson);
}

postern_status postern_store_verify(const postern_store* store,
                                    postern_error* error) {
  return Guard(error, [&]() -> absl::Status {
    if (store == nullptr) return NullError("store");
    return store->store->Verify();
  });
}

postern_status postern_review_new(const postern_manifest* manifest,
                                  const postern_store* store,
                                  postern_review** review,
                                  postern_error* error) {
  if (review != nullptr) *review = nullptr;
  return Guard(error, [&]() -> absl::Status {
    if (manifest == nullptr) return NullError("manifest");
    if (review == nullptr) return NullError("review");
    const absl::StatusOr<postern::ApprovalState> state =
        StateOf(store, manifest->manifest.app);
    if (!state.ok()) return state.status();
    absl::StatusOr<postern::Review> made =
        postern::MakeReview(manifest->manifest, *state, absl::Now());
    if (!made.ok()) return made.status();
    *review = new postern_review{*std::move(made)};
    return absl::OkStatus();
  });
}

void postern_review_free(postern_review* review) { delete review; }

const char* postern_review_digest(const postern_review* review, size_t* size) {
  return TextOut(review == nullptr ? nullptr : &review->review.digest, size);
}

int postern_review_needs_approval(const postern_review* review) {
  // What nobody knows needs somebody.
  return review == nullptr || review->review.NeedsApproval() ? 1 : 0;
}

postern_status postern_review_text(const postern_review* review,
                                   postern_buffer** text,
                                   postern_error* error) {
  return TextOf(review, text, error, &postern::ReviewToText);
}

postern_status postern_review_json(const postern_review* review,
                                   postern_buffer** json,
                                   postern_error* error) {
  return TextOf(review, json, error, &postern::ReviewToJson);
}

postern_status postern_approve(postern_store* store,
                               const postern_review* review,
                               const postern_consent* consent,
                               int64_t* revision, postern_error* error) {
  if (revision != nullptr) *revision = 0;
  return Guard(error, [&]() -> absl::Status {
    if (store == nullptr) return NullError("store");
    if (review == nullptr) return NullError("review");
    return ApproveIn(store->store.get(), review->review, consent, revision);
  });
}

postern_status postern_revoke(postern_store* store, const char* app,
                              size_t size, int64_t expected_revision,
                              const char* who, size_t who_size,
                              const char* note, size_t note_size,
                              int64_t* revision, postern_error* error) {
  if (revision != nullptr) *revision = 0;
  return Guard(error, [&]() -> absl::Status {
    if (store == nullptr) return NullError("store");
    absl::string_view id, person, words;
    absl::Status status = ReadBytes(app, size, "app", &id);
    if (status.ok()) status = ReadBytes(who, who_size, "who", &person);
    if (status.ok()) status = ReadBytes(note, note_size, "note", &words);
    if (!status.ok()) return status;
    return RevokeIn(store->store.get(), id, expected_revision, person, words,
                    revision);
  });
}

postern_status postern_builder_add_approval(postern_builder* builder,
                                            const postern_store* store,
                                            const postern_manifest* manifest,
                                            const char* place,
                                            size_t place_size,
                                            postern_error* error) {
  return Guard(error, [&]() -> absl::Status {
    if (builder == nullptr) return NullError("builder");
    if (store == nullptr) return NullError("store");
    if (manifest == nullptr) return NullError("manifest");
    absl::string_view where;
    absl::Status status = ReadBytes(place, place_size, "place", &where);
    if (!status.ok()) return status;
    return AddApproval(store, manifest->manifest, where, &builder->maker);
  });
}
