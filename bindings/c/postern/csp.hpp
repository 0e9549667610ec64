#ifndef POSTERN_BINDINGS_C_POSTERN_CSP_HPP_
#define POSTERN_BINDINGS_C_POSTERN_CSP_HPP_

// Content-Security-Policy for C++; csp.h says what each call means.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "approval.hpp"
#include "csp.h"
#include "result.hpp"

namespace postern {
namespace stable {

// What a page asks. A view: the texts must outlive every use.
struct CspQuestion {
  std::string_view directive;  // "img-src"
  // What is loaded; or code: "inline", "javascript:", "eval", "wasm".
  std::string_view url;
  std::string_view nonce = {};
  std::string_view digest = {};  // "sha256-..."
  std::string_view self = {};    // origin; "" = one that is nobody's
  bool redirected = false;
  bool inserted = false;
};

// There is no conversion to bool.
struct [[nodiscard]] CspAnswer {
  postern_csp_verdict verdict = POSTERN_CSP_BLOCKED;
  std::string json;  // with what governs it and what would allow it

  // Not if it depends on the browser.
  bool allowed() const { return verdict == POSTERN_CSP_ALLOWED; }
};

// What a header's value says, of all its policies. Thread-safe.
inline Result<CspAnswer> CheckCsp(std::string_view header,
                                  const CspQuestion& question) {
  auto asked = internal::Struct<postern_csp_question>();
  asked.directive = internal::Bytes(question.directive);
  asked.url = internal::Bytes(question.url);
  asked.nonce = internal::Bytes(question.nonce);
  asked.digest = internal::Bytes(question.digest);
  asked.self = internal::Bytes(question.self);
  asked.redirected = question.redirected ? 1 : 0;
  asked.inserted = question.inserted ? 1 : 0;
  CspAnswer answer;
  postern_buffer* json = nullptr;
  return internal::Try(
      [&](postern_error* error) {
        return postern_csp_check(header.data(), header.size(), &asked,
                                 &answer.verdict, &json, error);
      },
      [&] {
        answer.json = internal::StringOf(&postern_buffer_data,
                                         internal::OwnedBuffer(json).get());
        return answer;
      });
}

// What a merge made. May be used by any number of threads.
class CspMerged {
 public:
  // The value for the pages of one app; "" for all apps together. Nothing for
  // an app that neither asks nor is granted anything.
  std::optional<std::string> Header(std::string_view app = "") const {
    size_t size = 0;
    const char* const value =
        postern_csp_merged_header(merged_.get(), app.data(), app.size(), &size);
    if (value == nullptr) return std::nullopt;
    return std::string(value, size);
  }
  Result<std::string> Json() const { return Text(&postern_csp_merged_json); }
  Result<std::string> ReviewJson() const {
    return Text(&postern_csp_merged_review_json);
  }
  Result<std::string> ReviewText() const {
    return Text(&postern_csp_merged_review_text);
  }
  const postern_csp_merged* get() const { return merged_.get(); }

 private:
  friend class CspMerge;
  explicit CspMerged(postern_csp_merged* merged) : merged_(merged) {}
  template <typename Call>
  Result<std::string> Text(Call call) const {
    return internal::TryBuffer([&](postern_buffer** out, postern_error* error) {
      return call(merged_.get(), out, error);
    });
  }

  internal::Owned<postern_csp_merged, &postern_csp_merged_free> merged_;
};

// The host's base, what apps ask for, what is granted. One thread at a time.
class CspMerge {
 public:
  CspMerge() : merge_(postern_csp_merge_new()) {}
  Status SetBase(std::string_view text, std::string_view name = "") {
    return internal::Try([&](postern_error* error) {
      return postern_csp_merge_set_base(merge_.get(), text.data(), text.size(),
                                        name.data(), name.size(), error);
    });
  }
  Status AddRequest(std::string_view app, std::string_view text,
                    std::string_view name = "") {
    return internal::Try([&](postern_error* error) {
      return postern_csp_merge_add_request(merge_.get(), app.data(), app.size(),
                                           text.data(), text.size(),
                                           name.data(), name.size(), error);
    });
  }
  Status AddManifest(const Manifest& manifest) {
    return internal::Try([&](postern_error* error) {
      return postern_csp_merge_add_manifest(merge_.get(), manifest.get(),
                                            error);
    });
  }
  Status AddApproval(const Store& store, const Manifest& manifest) {
    return internal::Try([&](postern_error* error) {
      return postern_csp_merge_add_approval(merge_.get(), store.get(),
                                            manifest.get(), error);
    });
  }
  Status AddAdmin(std::string_view text, std::string_view name = "") {
    return internal::Try([&](postern_error* error) {
      return postern_csp_merge_add_admin(merge_.get(), text.data(), text.size(),
                                         name.data(), name.size(), error);
    });
  }
  Status SetSelf(std::string_view origin) {
    return internal::Try([&](postern_error* error) {
      return postern_csp_merge_set_self(merge_.get(), origin.data(),
                                        origin.size(), error);
    });
  }
  Result<CspMerged> Run() const {
    postern_csp_merged* made = nullptr;
    return internal::Try(
        [&](postern_error* error) {
          return postern_csp_merge_run(merge_.get(), &made, error);
        },
        [&] { return CspMerged(made); });
  }
  postern_csp_merge* get() const { return merge_.get(); }

 private:
  internal::Owned<postern_csp_merge, &postern_csp_merge_free> merge_;
};

struct Header {
  std::string name;
  std::string value;
};

// How headers are filtered. A view: the texts must outlive every use.
struct CspFilterOptions {
  std::string_view policy;     // in force whatever the app says
  std::string_view self = {};  // origin; "" = one that is nobody's
  std::vector<std::string_view> cors_origins = {};
  std::string_view cookie_path = {};  // "" = no cookies are set
  bool narrow = false;                // the app's own policy narrows the host's
};

struct CspFiltered {
  std::vector<Header> headers;     // to answer with, in place of the app's
  std::vector<std::string> notes;  // what was left out or changed
};

// Thread-safe.
inline Result<CspFiltered> FilterHeaders(const std::vector<Header>& headers,
                                         const CspFilterOptions& options) {
  std::vector<postern_header> given;
  for (const Header& header : headers) {
    given.push_back(
        {internal::Bytes(header.name), internal::Bytes(header.value)});
  }
  std::vector<postern_bytes> origins;
  for (const std::string_view origin : options.cors_origins) {
    origins.push_back(internal::Bytes(origin));
  }
  auto how = internal::Struct<postern_csp_filter_options>();
  how.policy = internal::Bytes(options.policy);
  how.self = internal::Bytes(options.self);
  how.cors_origins = origins.data();
  how.cors_count = origins.size();
  how.cookie_path = internal::Bytes(options.cookie_path);
  how.narrow = options.narrow ? 1 : 0;
  postern_headers* made = nullptr;
  return internal::Try(
      [&](postern_error* error) {
        return postern_csp_filter(given.data(), given.size(), &how, &made,
                                  error);
      },
      [&] {
        const internal::Owned<postern_headers, &postern_headers_free> all(made);
        CspFiltered filtered;
        for (size_t i = 0; i < postern_headers_count(made); ++i) {
          filtered.headers.push_back(
              {internal::StringOf(&postern_headers_name, made, i),
               internal::StringOf(&postern_headers_value, made, i)});
        }
        for (size_t i = 0; i < postern_headers_note_count(made); ++i) {
          filtered.notes.push_back(
              internal::StringOf(&postern_headers_note, made, i));
        }
        return filtered;
      });
}

}  // namespace stable
}  // namespace postern

#endif  // POSTERN_BINDINGS_C_POSTERN_CSP_HPP_
