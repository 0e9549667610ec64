#ifndef POSTERN_BINDINGS_C_POSTERN_CONTEXT_HPP_
#define POSTERN_BINDINGS_C_POSTERN_CONTEXT_HPP_

// Policies and contexts for C++; policy.h, builder.h and context.h say what
// each call means, and which may be used by several threads.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "builder.h"
#include "context.h"
#include "explanation.h"
#include "policy.h"
#include "result.hpp"

namespace postern {
namespace stable {

// What is asked. A view: the text must outlive every use.
class Access {
 public:
  static Access Path(postern_permission permission, std::string_view path) {
    return Access(permission, POSTERN_FORM_PATH, path);
  }
  static Access Subtree(postern_permission permission, std::string_view path) {
    return Access(permission, POSTERN_FORM_SUBTREE, path);
  }
  static Access Name(postern_permission permission, std::string_view name) {
    return Access(permission, POSTERN_FORM_NAME, name);
  }
  static Access Endpoint(postern_permission permission, std::string_view text) {
    return Access(permission, POSTERN_FORM_ENDPOINT, text);
  }
  static Access Whole(postern_permission permission) {
    return Access(permission, POSTERN_FORM_WHOLE, "");
  }
  // Any other; borrowed.
  explicit Access(const postern_access& access) : access_(access) {}

  const postern_access* get() const { return &access_; }

 private:
  Access(postern_permission permission, postern_form form,
         std::string_view text)
      : access_(internal::Struct<postern_access>()) {
    access_.permission = permission;
    access_.form = form;
    access_.text = internal::Bytes(text);
  }

  postern_access access_;
};

// The answer to an access. There is no conversion to bool.
class [[nodiscard]] Decision {
 public:
  Decision() : decision_() {}
  explicit Decision(postern_decision decision) : decision_(decision) {}
  bool allowed() const { return postern_decision_allowed(decision_) == 1; }
  bool concealed() const { return postern_decision_concealed(decision_) == 1; }
  std::string reason() const {
    return postern_decision_reason(decision_, nullptr);
  }
  postern_decision get() const { return decision_; }

 private:
  postern_decision decision_;
};

class Policy {
 public:
  static Result<Policy> FromText(std::string_view text,
                                 std::string_view source_name = "") {
    auto options = internal::Struct<postern_policy_options>();
    options.source_name = internal::Bytes(source_name);
    return Make([&](postern_policy** out, postern_error* error) {
      return postern_policy_from_text(text.data(), text.size(), &options, out,
                                      error);
    });
  }
  static Result<Policy> FromFile(
      std::string_view path, postern_format format = POSTERN_FORMAT_DETECT) {
    return Make([&](postern_policy** out, postern_error* error) {
      return postern_policy_from_file(path.data(), path.size(), format, nullptr,
                                      out, error);
    });
  }
  const postern_policy* get() const { return policy_.get(); }

 private:
  friend class Builder;
  explicit Policy(postern_policy* policy) : policy_(policy) {}
  template <typename Call>
  static Result<Policy> Make(Call call) {
    postern_policy* made = nullptr;
    return internal::Try(
        [&](postern_error* error) { return call(&made, error); },
        [&] { return Policy(made); });
  }

  internal::Owned<postern_policy, &postern_policy_free> policy_;
};

class Builder {
 public:
  Builder() : builder_(postern_builder_new()) {}
  Status AddFile(std::string_view path,
                 postern_format format = POSTERN_FORMAT_DETECT) {
    return internal::Try([&](postern_error* error) {
      return postern_builder_add_file(builder_.get(), path.data(), path.size(),
                                      format, error);
    });
  }
  Status AddText(std::string_view text, std::string_view name = "") {
    return internal::Try([&](postern_error* error) {
      return postern_builder_add_bytes(builder_.get(), POSTERN_FORMAT_TEXT,
                                       text.data(), text.size(), name.data(),
                                       name.size(), error);
    });
  }
  Status AddFlags(const std::vector<std::string>& flags) {
    std::vector<postern_bytes> bytes;
    for (const std::string& flag : flags)
      bytes.push_back(internal::Bytes(flag));
    return internal::Try([&](postern_error* error) {
      return postern_builder_add_flags(builder_.get(), bytes.data(),
                                       bytes.size(), error);
    });
  }
  Status AddPreset(std::string_view name) {
    return internal::Try([&](postern_error* error) {
      return postern_builder_add_preset(builder_.get(), name.data(),
                                        name.size(), error);
    });
  }
  Status SetBaseDirectory(std::string_view path) {
    return internal::Try([&](postern_error* error) {
      return postern_builder_set_base_directory(builder_.get(), path.data(),
                                                path.size(), error);
    });
  }
  Status SetVariable(std::string_view name, std::string_view value) {
    return internal::Try([&](postern_error* error) {
      return postern_builder_set_variable(builder_.get(), name.data(),
                                          name.size(), value.data(),
                                          value.size(), error);
    });
  }
  // `previous` may be null; see postern_bind_options.
  Status Bind(const Policy* previous = nullptr) {
    auto options = internal::Struct<postern_bind_options>();
    options.previous = previous == nullptr ? nullptr : previous->get();
    return internal::Try([&](postern_error* error) {
      return postern_builder_bind(builder_.get(), &options, error);
    });
  }
  Result<Policy> Build() const {
    return Policy::Make([&](postern_policy** out, postern_error* error) {
      return postern_builder_build(builder_.get(), out, error);
    });
  }
  postern_builder* get() { return builder_.get(); }

 private:
  internal::Owned<postern_builder, &postern_builder_free> builder_;
};

// A principal's live permission state. May be used by any number of threads.
class Context {
 public:
  // Without an authority: nobody can replace its policy.
  static Result<Context> Create(const Policy& policy,
                                std::string_view principal = "",
                                std::string_view base_directory = "") {
    auto options = internal::Struct<postern_context_options>();
    options.principal = internal::Bytes(principal);
    options.base_directory = internal::Bytes(base_directory);
    return Make([&](postern_context** out, postern_error* error) {
      return postern_context_new(policy.get(), &options, out, nullptr, error);
    });
  }
  // With callbacks and whatever else the C interface offers.
  static Result<Context> Create(const Policy& policy,
                                const postern_context_options& options) {
    return Make([&](postern_context** out, postern_error* error) {
      return postern_context_new(policy.get(), &options, out, nullptr, error);
    });
  }
  // Takes over a handle.
  explicit Context(postern_context* context) : context_(context) {}

  // What cannot be decided is denied.
  Decision Check(const Access& access) const {
    postern_decision decision = {};
    postern_check(context_.get(), access.get(), &decision, nullptr);
    return Decision(decision);
  }
  Decision Enforce(const Access& access, int64_t deadline_unix_ns = INT64_MAX) {
    postern_decision decision = {};
    postern_enforce(context_.get(), access.get(), deadline_unix_ns, &decision,
                    nullptr);
    return Decision(decision);
  }
  // One answer on all accesses of an operation.
  Decision EnforceAll(const std::vector<Access>& accesses,
                      int64_t deadline_unix_ns = INT64_MAX,
                      size_t* index = nullptr) {
    std::vector<postern_access> all;
    for (const Access& access : accesses) all.push_back(*access.get());
    postern_decision decision = {};
    postern_enforce_all(context_.get(), all.data(), all.size(),
                        deadline_unix_ns, &decision, index, nullptr);
    return Decision(decision);
  }
  Status Drop(std::string_view permissions, std::string_view pattern = "") {
    return internal::Try([&](postern_error* error) {
      return postern_drop(context_.get(), permissions.data(),
                          permissions.size(), pattern.data(), pattern.size(),
                          error);
    });
  }
  // A child that `layers`, which may be null, narrow.
  Result<Context> Derive(const Policy* layers = nullptr) const {
    return Make([&](postern_context** out, postern_error* error) {
      return postern_derive(context_.get(),
                            layers == nullptr ? nullptr : layers->get(),
                            nullptr, out, error);
    });
  }
  // A part of the explanation, for the host.
  Result<std::string> Explain(Decision decision, const Access& access,
                              postern_field field = POSTERN_FIELD_TEXT) const {
    postern_explanation* why = nullptr;
    return internal::Try(
        [&](postern_error* error) {
          return postern_explain(context_.get(), decision.get(), access.get(),
                                 &why, error);
        },
        [&] {
          const internal::Owned<postern_explanation, &postern_explanation_free>
              owned(why);
          return internal::StringOf(&postern_explanation_get, why, field);
        });
  }
  postern_context* get() const { return context_.get(); }

 private:
  template <typename Call>
  static Result<Context> Make(Call call) {
    postern_context* made = nullptr;
    return internal::Try(
        [&](postern_error* error) { return call(&made, error); },
        [&] { return Context(made); });
  }

  internal::Owned<postern_context, &postern_context_free> context_;
};

}  // namespace stable
}  // namespace postern

#endif  // POSTERN_BINDINGS_C_POSTERN_CONTEXT_HPP_
