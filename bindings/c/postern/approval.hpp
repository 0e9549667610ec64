#ifndef POSTERN_BINDINGS_C_POSTERN_APPROVAL_HPP_
#define POSTERN_BINDINGS_C_POSTERN_APPROVAL_HPP_

// What apps ask for and what people approve of it, for C++; approval.h says
// what each call means. What is not here is called with get().

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "approval.h"
#include "context.hpp"
#include "result.hpp"

namespace postern {
namespace stable {

// What an app asks for; grants nothing. May be used by any number of threads.
class Manifest {
 public:
  static Result<Manifest> FromText(std::string_view text,
                                   std::string_view name = "") {
    return FromBytes(POSTERN_FORMAT_TEXT, text, name);
  }
  static Result<Manifest> FromBytes(postern_format format,
                                    std::string_view bytes,
                                    std::string_view name = "") {
    return Make([&](postern_manifest** out, postern_error* error) {
      return postern_manifest_from_bytes(format, bytes.data(), bytes.size(),
                                         name.data(), name.size(), out, error);
    });
  }
  static Result<Manifest> FromFile(
      std::string_view path, postern_format format = POSTERN_FORMAT_DETECT) {
    return Make([&](postern_manifest** out, postern_error* error) {
      return postern_manifest_from_file(path.data(), path.size(), format, out,
                                        error);
    });
  }
  std::string app() const {
    return internal::StringOf(&postern_manifest_app, manifest_.get());
  }
  std::string title() const {
    return internal::StringOf(&postern_manifest_title, manifest_.get());
  }
  Result<std::string> Write(postern_format format) const {
    return internal::TryBuffer([&](postern_buffer** out, postern_error* error) {
      return postern_manifest_write(manifest_.get(), format, out, error);
    });
  }
  const postern_manifest* get() const { return manifest_.get(); }

 private:
  explicit Manifest(postern_manifest* manifest) : manifest_(manifest) {}
  template <typename Call>
  static Result<Manifest> Make(Call call) {
    postern_manifest* made = nullptr;
    return internal::Try(
        [&](postern_error* error) { return call(&made, error); },
        [&] { return Manifest(made); });
  }

  internal::Owned<postern_manifest, &postern_manifest_free> manifest_;
};

// Who approves what, for how long.
struct Consent {
  std::string digest;  // of the review that was shown
  std::string who;     // a person or a system; not ""
  std::string note;
  std::string place;            // the app's one place; "" = any
  int64_t expires_unix_ns = 0;  // 0 = until changed
  // The numbers of the items that were chosen, from 1; without a value all that
  // is asked for.
  std::optional<std::vector<size_t>> items;
};

class Review;

// Where approvals are kept. May be used by any number of threads.
class Store {
 public:
  // `how` of POSTERN_STORE_...
  static Result<Store> Open(std::string_view path,
                            int32_t how = POSTERN_STORE_CREATE) {
    postern_store* made = nullptr;
    return internal::Try(
        [&](postern_error* error) {
          return postern_store_open(path.data(), path.size(), how, &made,
                                    error);
        },
        [&] { return Store(made); });
  }
  // `app` is always an id without version.
  Result<postern_approval_state> Get(std::string_view app) const {
    auto state = internal::Struct<postern_approval_state>();
    return internal::Try(
        [&](postern_error* error) {
          return postern_store_get(store_.get(), app.data(), app.size(), &state,
                                   error);
        },
        [&] { return state; });
  }
  // All that is approved, every change of one app, and all changes from a
  // revision on: JSON.
  Result<std::string> List() const {
    return internal::TryBuffer([&](postern_buffer** out, postern_error* error) {
      return postern_store_list_json(store_.get(), out, error);
    });
  }
  Result<std::string> History(std::string_view app) const {
    return internal::TryBuffer([&](postern_buffer** out, postern_error* error) {
      return postern_store_history_json(store_.get(), app.data(), app.size(),
                                        out, error);
    });
  }
  Result<std::string> Changes(int64_t from_revision,
                              int32_t most = 1000) const {
    return internal::TryBuffer([&](postern_buffer** out, postern_error* error) {
      return postern_store_changes_json(store_.get(), from_revision, most, out,
                                        error);
    });
  }
  Status Verify() const {
    return internal::Try([&](postern_error* error) {
      return postern_store_verify(store_.get(), error);
    });
  }
  // Give the revision of the change.
  Result<int64_t> Approve(const Review& review, const Consent& consent);
  Result<int64_t> Revoke(std::string_view app, std::string_view who,
                         std::string_view note = "",
                         int64_t expected_revision = 0) {
    int64_t revision = 0;
    return internal::Try(
        [&](postern_error* error) {
          return postern_revoke(store_.get(), app.data(), app.size(),
                                expected_revision, who.data(), who.size(),
                                note.data(), note.size(), &revision, error);
        },
        [&] { return revision; });
  }
  // Adds a layer of what is approved for the manifest's app.
  Status AddTo(Builder* builder, const Manifest& manifest,
               std::string_view place = "") const {
    return internal::Try([&](postern_error* error) {
      return postern_builder_add_approval(builder->get(), store_.get(),
                                          manifest.get(), place.data(),
                                          place.size(), error);
    });
  }
  postern_store* get() const { return store_.get(); }

 private:
  explicit Store(postern_store* store) : store_(store) {}

  internal::Owned<postern_store, &postern_store_free> store_;
};

// A manifest beside what is approved. May be used by any number of threads.
class Review {
 public:
  // Without a store nothing is approved.
  static Result<Review> Create(const Manifest& manifest,
                               const Store* store = nullptr) {
    postern_review* made = nullptr;
    return internal::Try(
        [&](postern_error* error) {
          return postern_review_new(manifest.get(),
                                    store == nullptr ? nullptr : store->get(),
                                    &made, error);
        },
        [&] { return Review(made); });
  }
  // Over all that is shown: belongs into a consent.
  std::string digest() const {
    return internal::StringOf(&postern_review_digest, review_.get());
  }
  bool needs_approval() const {
    return postern_review_needs_approval(review_.get()) != 0;
  }
  Result<std::string> Text() const {
    return internal::TryBuffer([&](postern_buffer** out, postern_error* error) {
      return postern_review_text(review_.get(), out, error);
    });
  }
  Result<std::string> Json() const {
    return internal::TryBuffer([&](postern_buffer** out, postern_error* error) {
      return postern_review_json(review_.get(), out, error);
    });
  }
  const postern_review* get() const { return review_.get(); }

 private:
  explicit Review(postern_review* review) : review_(review) {}

  internal::Owned<postern_review, &postern_review_free> review_;
};

inline Result<int64_t> Store::Approve(const Review& review,
                                      const Consent& consent) {
  // Null would mean all items, and is what an empty vector may hold.
  static constexpr size_t kNone = 0;
  auto given = internal::Struct<postern_consent>();
  given.digest = internal::Bytes(consent.digest);
  given.who = internal::Bytes(consent.who);
  given.note = internal::Bytes(consent.note);
  given.place = internal::Bytes(consent.place);
  given.expires_unix_ns = consent.expires_unix_ns;
  if (consent.items) {
    given.items = consent.items->empty() ? &kNone : consent.items->data();
    given.item_count = consent.items->size();
  }
  int64_t revision = 0;
  return internal::Try(
      [&](postern_error* error) {
        return postern_approve(store_.get(), review.get(), &given, &revision,
                               error);
      },
      [&] { return revision; });
}

}  // namespace stable
}  // namespace postern

#endif  // POSTERN_BINDINGS_C_POSTERN_APPROVAL_HPP_
