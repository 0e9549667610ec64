#include "bindings/c/postern/builder.h"

#include <new>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "bindings/c/handles.h"
#include "bindings/c/policy_maker.h"
#include "permission/path_binding.h"
#include "permission/rule.h"
#include "permission/text/display.h"
#include "permission/text/json_writer.h"

namespace postern {
namespace c {
namespace {

// Calls `use` with the maker unless it is null.
template <typename Use>
postern_status WithMaker(postern_builder* builder, postern_error* error,
                         Use use) {
  return Guard(error, [&]() -> absl::Status {
    if (builder == nullptr) return NullError("builder");
    return use(&builder->maker);
  });
}

absl::Status ReadLimits(const postern_bind_options& given,
                        PathBindingOptions* out) {
  absl::Status status =
      ReadStrings(given.protected_paths, given.protected_count,
                  "a protected path", &out->protected_paths);
  if (given.max_guarded_files != 0) {
    out->max_guarded_files = given.max_guarded_files;
  }
  if (given.max_guard_entries != 0) {
    out->max_guard_entries = given.max_guard_entries;
  }
  return status;
}

absl::Status BindMaker(const postern_bind_options* given, PolicyMaker* maker) {
  postern_bind_options read = {};
  PathBindingOptions options;
  absl::Status status;
  if (given != nullptr) status = ReadStruct(given, "options", &read);
  if (status.ok()) status = ReadLimits(read, &options);
  if (!status.ok()) return status;
  const bool narrow = read.to_narrow == 1;
  if ((!narrow && read.to_narrow != 0) || read.reserved != 0 ||
      (narrow && (read.protected_count != 0 || read.max_guarded_files != 0 ||
                  read.max_guard_entries != 0))) {
    return absl::InvalidArgumentError(
        "options: to_narrow is 0 or 1, and goes with previous alone");
  }
  maker->binding =
      narrow ? PolicyMaker::Binding::kNarrowing : PolicyMaker::Binding::kPolicy;
  maker->binding_options = std::move(options);
  maker->previous = read.previous == nullptr ? nullptr : read.previous->policy;
  return absl::OkStatus();
}

void WritePrefix(const PathBinding::Prefix& prefix, JsonWriter* json) {
  using internal::EscapeForDisplay;
  json->Key("written").String(EscapeForDisplay(prefix.written));
  json->Key("canonical").String(EscapeForDisplay(prefix.canonical));
  json->Key("source").String(EscapeForDisplay(prefix.source.ToString()));
  json->Key("effect").String(EffectName(prefix.effect));
}

// A list of objects, each of which begins with a prefix.
template <typename T, typename Members>
void WritePrefixes(const char* key, const std::vector<T>& all, JsonWriter* json,
                   Members members) {
  json->Key(key).Array([&] {
    for (const T& one : all) json->Object([&] { members(one); });
  });
}

std::string BindingToJson(const PathBinding& binding) {
  using internal::EscapeForDisplay;
  return WriteJsonObject([&](JsonWriter& json) {
    WritePrefixes("prefixes", binding.prefixes(), &json,
                  [&](const auto& one) { WritePrefix(one, &json); });
    WritePrefixes("drifts", binding.drifts(), &json, [&](const auto& one) {
      WritePrefix(one.now, &json);
      json.Key("before").String(EscapeForDisplay(one.before));
    });
    WritePrefixes("pending", binding.pending(), &json, [&](const auto& one) {
      WritePrefix(one.prefix, &json);
      json.Key("existing").String(EscapeForDisplay(one.existing));
    });
    json.Key("protected").Array([&] {
      for (const std::string& name : binding.protected_names()) {
        json.String(EscapeForDisplay(name));
      }
    });
  });
}

postern_binding Summary(const PathBinding* binding) {
  postern_binding out = {};
  if (binding == nullptr) return out;
  out.bound = 1;
  out.guard_incomplete = binding->guard_incomplete() ? 1 : 0;
  out.drift_count = binding->drifts().size();
  out.pending_count = binding->pending().size();
  out.guarded_files = binding->guarded_files();
  return out;
}

}  // namespace
}  // namespace c
}  // namespace postern

using namespace postern::c;  // NOLINT: the functions below are global

postern_builder* postern_builder_new() {
  try {
    return new (std::nothrow) postern_builder;
  } catch (...) {
    return nullptr;
  }
}

void postern_builder_free(postern_builder* builder) { delete builder; }

postern_status postern_builder_add_file(postern_builder* builder,
                                        const char* path, size_t size,
                                        postern_format format,
                                        postern_error* error) {
  return WithMaker(builder, error, [&](PolicyMaker* maker) {
    absl::string_view file;
    absl::Status status = ReadBytes(path, size, "path", &file);
    return status.ok() ? maker->AddFile(file, format, "") : status;
  });
}

postern_status postern_builder_add_bytes(postern_builder* builder,
                                         postern_format format,
                                         const char* bytes, size_t size,
                                         const char* name, size_t name_size,
                                         postern_error* error) {
  return WithMaker(builder, error, [&](PolicyMaker* maker) {
    absl::string_view text, shown;
    absl::Status status = ReadBytes(bytes, size, "bytes", &text);
    if (status.ok()) status = ReadBytes(name, name_size, "name", &shown);
    if (!status.ok()) return status;
    return maker->AddBytes(format, text,
                           shown.empty() ? "policy" : std::string(shown));
  });
}

postern_status postern_builder_add_flags(postern_builder* builder,
                                         const postern_bytes* flags,
                                         size_t count, postern_error* error) {
  return WithMaker(builder, error, [&](PolicyMaker* maker) {
    std::vector<std::string> args;
    absl::Status status = ReadStrings(flags, count, "a flag", &args);
    return status.ok() ? maker->AddFlags(args) : status;
  });
}

postern_status postern_builder_add_preset(postern_builder* builder,
                                          const char* name, size_t size,
                                          postern_error* error) {
  return WithMaker(builder, error, [&](PolicyMaker* maker) {
    absl::string_view text;
    absl::Status status = ReadBytes(name, size, "name", &text);
    return status.ok() ? maker->AddPreset(text) : status;
  });
}

postern_status postern_builder_add_policy(postern_builder* builder,
                                          const postern_policy* policy,
                                          postern_error* error) {
  return WithMaker(builder, error, [&](PolicyMaker* maker) {
    return policy == nullptr ? NullError("policy") : maker->AddPolicy(*policy);
  });
}

postern_status postern_builder_set_base_directory(postern_builder* builder,
                                                  const char* path, size_t size,
                                                  postern_error* error) {
  return WithMaker(builder, error, [&](PolicyMaker* maker) {
    absl::string_view base;
    absl::Status status = ReadBytes(path, size, "path", &base);
    if (!status.ok()) return status;
    if (base.empty() || base[0] != '/') {
      return absl::InvalidArgumentError("path: expected an absolute one");
    }
    maker->base_directory = std::string(base);
    return status;
  });
}

postern_status postern_builder_set_program_folders(postern_builder* builder,
                                                   const postern_bytes* folders,
                                                   size_t count,
                                                   postern_error* error) {
  return WithMaker(builder, error, [&](PolicyMaker* maker) {
    std::vector<std::string> read;
    absl::Status status = ReadStrings(folders, count, "a folder", &read);
    if (status.ok()) maker->program_folders = std::move(read);
    return status;
  });
}

postern_status postern_builder_set_variable(postern_builder* builder,
                                            const char* name, size_t name_size,
                                            const char* value,
                                            size_t value_size,
                                            postern_error* error) {
  return WithMaker(builder, error, [&](PolicyMaker* maker) {
    absl::string_view key, text;
    absl::Status status = ReadBytes(name, name_size, "name", &key);
    if (status.ok()) status = ReadBytes(value, value_size, "value", &text);
    if (status.ok()) maker->variables[std::string(key)] = std::string(text);
    return status;
  });
}

postern_status postern_builder_declare_function(
    postern_builder* builder, const char* function, size_t size,
    const postern_bytes* parameters, size_t count, postern_error* error) {
  return WithMaker(builder, error, [&](PolicyMaker* maker) {
    absl::string_view name;
    std::vector<std::string> names;
    absl::Status status = ReadBytes(function, size, "function", &name);
    if (status.ok()) {
      status = ReadStrings(parameters, count, "a parameter", &names);
    }
    if (status.ok()) maker->functions[std::string(name)] = std::move(names);
    return status;
  });
}

postern_status postern_builder_bind(postern_builder* builder,
                                    const postern_bind_options* options,
                                    postern_error* error) {
  return WithMaker(builder, error, [&](PolicyMaker* maker) {
    return BindMaker(options, maker);
  });
}

postern_status postern_builder_build(const postern_builder* builder,
                                     postern_policy** policy,
                                     postern_error* error) {
  if (policy != nullptr) *policy = nullptr;
  return Guard(error, [&]() -> absl::Status {
    if (builder == nullptr) return NullError("builder");
    if (policy == nullptr) return NullError("policy");
    return builder->maker.Build(policy);
  });
}

postern_status postern_policy_binding(const postern_policy* policy,
                                      postern_binding* binding,
                                      postern_error* error) {
  return Guard(error, [&]() -> absl::Status {
    if (policy == nullptr) return NullError("policy");
    if (binding == nullptr) return NullError("binding");
    return WriteStruct(Summary(policy->policy->binding()), "binding", binding);
  });
}

postern_status postern_policy_binding_json(const postern_policy* policy,
                                           postern_buffer** json,
                                           postern_error* error) {
  if (json != nullptr) *json = nullptr;
  return Guard(error, [&]() -> absl::Status {
    if (policy == nullptr) return NullError("policy");
    if (json == nullptr) return NullError("json");
    const postern::PathBinding* const binding = policy->policy->binding();
    if (binding == nullptr) {
      return absl::FailedPreconditionError("the policy is not bound");
    }
    return NewBuffer(BindingToJson(*binding), json);
  });
}
