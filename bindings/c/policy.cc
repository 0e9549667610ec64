#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "bindings/c/handles.h"
#include "bindings/c/policy_maker.h"
#include "permission/proto/policy_proto.h"

namespace postern {
namespace c {
namespace {

absl::Status ReadVariables(const postern_policy_options& given,
                           PolicyMaker* out) {
  if (!IsReadable(given.variables, given.variable_count)) {
    return NullError("variables");
  }
  for (size_t i = 0; i < given.variable_count; ++i) {
    absl::string_view name, value;
    absl::Status status =
        ReadBytes(given.variables[i].name, "a variable's name", &name);
    if (status.ok()) {
      status = ReadBytes(given.variables[i].value, "a variable", &value);
    }
    if (!status.ok()) return status;
    out->variables[std::string(name)] = std::string(value);
  }
  return absl::OkStatus();
}

absl::Status ReadSignatures(const postern_policy_options& given,
                            PolicyMaker* out) {
  if (!IsReadable(given.signatures, given.signature_count)) {
    return NullError("signatures");
  }
  for (size_t i = 0; i < given.signature_count; ++i) {
    const postern_signature& signature = given.signatures[i];
    absl::string_view function;
    std::vector<std::string> parameters;
    absl::Status status = ReadBytes(signature.function, "function", &function);
    if (status.ok()) {
      status = ReadStrings(signature.parameters, signature.parameter_count,
                           "a parameter", &parameters);
    }
    if (!status.ok()) return status;
    out->functions[std::string(function)] = std::move(parameters);
  }
  return absl::OkStatus();
}

// Makes a policy of one source, which `add` adds: called with the maker and
// the name that stands in messages, or "".
postern_status FromSource(
    const postern_policy_options* options, postern_policy** policy,
    postern_error* error,
    absl::FunctionRef<absl::Status(PolicyMaker*, const std::string&)> add) {
  if (policy != nullptr) *policy = nullptr;
  return Guard(error, [&]() -> absl::Status {
    if (policy == nullptr) return NullError("policy");
    PolicyMaker maker;
    std::string name;
    absl::Status status = ReadOptions(options, &name, &maker);
    if (status.ok()) status = add(&maker, name);
    return status.ok() ? maker.Build(policy) : status;
  });
}

postern_status FromBytes(postern_format format, const char* text, size_t size,
                         const postern_policy_options* options,
                         postern_policy** policy, postern_error* error) {
  const auto add = [&](PolicyMaker* maker, const std::string& name) {
    absl::string_view bytes;
    absl::Status status = ReadBytes(text, size, "text", &bytes);
    if (!status.ok()) return status;
    return maker->AddBytes(format, bytes, name.empty() ? "policy" : name);
  };
  return FromSource(options, policy, error, add);
}

absl::StatusOr<std::string> Write(const PolicySpec& spec,
                                  postern_format format) {
  switch (format) {
    case POSTERN_FORMAT_TEXT:
      return PolicySpecToText(spec);
    case POSTERN_FORMAT_JSON:
      return PolicySpecToJson(spec);
    case POSTERN_FORMAT_BINARY:
      return PolicySpecToBinary(spec);
    default:
      return absl::InvalidArgumentError(
          "the format is unknown, expected text, JSON or binary");
  }
}

const PolicyWarning* WarningAt(const postern_policy* policy, size_t index) {
  if (policy == nullptr || index >= policy->warnings.size()) return nullptr;
  return &policy->warnings[index];
}

}  // namespace

absl::Status ReadOptions(const postern_policy_options* given,
                         std::string* source_name, PolicyMaker* out) {
  if (given == nullptr) return absl::OkStatus();
  postern_policy_options options;
  absl::string_view name, base;
  absl::Status status = ReadStruct(given, "options", &options);
  if (status.ok()) status = ReadBytes(options.source_name, "name", &name);
  if (status.ok()) status = ReadBytes(options.base_directory, "base", &base);
  if (status.ok()) status = ReadVariables(options, out);
  if (status.ok()) status = ReadSignatures(options, out);
  *source_name = std::string(name);
  out->base_directory = std::string(base);
  return status;
}

}  // namespace c
}  // namespace postern

using namespace postern::c;  // NOLINT: the functions below are global

postern_status postern_policy_from_text(const char* text, size_t size,
                                        const postern_policy_options* options,
                                        postern_policy** policy,
                                        postern_error* error) {
  return FromBytes(POSTERN_FORMAT_TEXT, text, size, options, policy, error);
}

postern_status postern_policy_from_json(const char* text, size_t size,
                                        const postern_policy_options* options,
                                        postern_policy** policy,
                                        postern_error* error) {
  return FromBytes(POSTERN_FORMAT_JSON, text, size, options, policy, error);
}

postern_status postern_policy_from_binary(const char* bytes, size_t size,
                                          const postern_policy_options* options,
                                          postern_policy** policy,
                                          postern_error* error) {
  return FromBytes(POSTERN_FORMAT_BINARY, bytes, size, options, policy, error);
}

postern_status postern_policy_from_file(const char* path, size_t size,
                                        postern_format format,
                                        const postern_policy_options* options,
                                        postern_policy** policy,
                                        postern_error* error) {
  const auto add = [&](PolicyMaker* maker, const std::string& name) {
    absl::string_view file;
    absl::Status status = ReadBytes(path, size, "path", &file);
    return status.ok() ? maker->AddFile(file, format, name) : status;
  };
  return FromSource(options, policy, error, add);
}

postern_status postern_policy_from_flags(const postern_bytes* flags,
                                         size_t count,
                                         const postern_policy_options* options,
                                         postern_policy** policy,
                                         postern_error* error) {
  const auto add = [&](PolicyMaker* maker, const std::string&) {
    std::vector<std::string> args;
    absl::Status status = ReadStrings(flags, count, "a flag", &args);
    return status.ok() ? maker->AddFlags(args) : status;
  };
  return FromSource(options, policy, error, add);
}

void postern_policy_free(postern_policy* policy) { delete policy; }

size_t postern_policy_warning_count(const postern_policy* policy) {
  return policy == nullptr ? 0 : policy->warnings.size();
}

const char* postern_policy_warning_code(const postern_policy* policy,
                                        size_t index, size_t* size) {
  const postern::PolicyWarning* const warning = WarningAt(policy, index);
  return TextOut(warning == nullptr ? nullptr : &warning->code, size);
}

const char* postern_policy_warning_message(const postern_policy* policy,
                                           size_t index, size_t* size) {
  const postern::PolicyWarning* const warning = WarningAt(policy, index);
  return TextOut(warning == nullptr ? nullptr : &warning->message, size);
}

const char* postern_policy_warning_source(const postern_policy* policy,
                                          size_t index, size_t* size) {
  const bool known = WarningAt(policy, index) != nullptr;
  return TextOut(known ? &policy->warning_sources[index] : nullptr, size);
}

postern_status postern_policy_write(const postern_policy* policy,
                                    postern_format format,
                                    postern_buffer** text,
                                    postern_error* error) {
  if (text != nullptr) *text = nullptr;
  return Guard(error, [&]() -> absl::Status {
    if (policy == nullptr) return NullError("policy");
    if (text == nullptr) return NullError("text");
    return NewBuffer(Write(policy->policy->spec(), format), text);
  });
}
