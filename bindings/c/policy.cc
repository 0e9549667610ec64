#include <new>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "bindings/c/handles.h"
#include "permission/builder.h"
#include "permission/flags.h"
#include "permission/proto/policy_proto.h"

namespace postern {
namespace c {
namespace {

// postern_policy_options, read.
struct PolicyOptions {
  std::string source_name = "policy";
  std::string base_directory;
  std::vector<std::pair<std::string, std::string>> variables;
  std::vector<std::pair<std::string, std::vector<std::string>>> signatures;
};

absl::Status ReadVariables(const postern_policy_options& given,
                           PolicyOptions* out) {
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
    out->variables.emplace_back(std::string(name), std::string(value));
  }
  return absl::OkStatus();
}

absl::Status ReadSignatures(const postern_policy_options& given,
                            PolicyOptions* out) {
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
    out->signatures.emplace_back(std::string(function), std::move(parameters));
  }
  return absl::OkStatus();
}

absl::Status ReadOptions(const postern_policy_options* given,
                         PolicyOptions* out) {
  if (given == nullptr) return absl::OkStatus();
  postern_policy_options options;
  absl::string_view name, base;
  absl::Status status = ReadStruct(given, "options", &options);
  if (status.ok()) status = ReadBytes(options.source_name, "name", &name);
  if (status.ok()) status = ReadBytes(options.base_directory, "base", &base);
  if (status.ok()) status = ReadVariables(options, out);
  if (status.ok()) status = ReadSignatures(options, out);
  if (!name.empty()) out->source_name = std::string(name);
  out->base_directory = std::string(base);
  return status;
}

absl::Status BuildPolicy(PolicySpec spec, std::vector<PolicyWarning> warnings,
                         const PolicyOptions& options, postern_policy** out) {
  PolicyBuilder builder(std::move(spec));
  if (!options.base_directory.empty()) {
    builder.SetBaseDirectory(options.base_directory);
  }
  for (const auto& variable : options.variables) {
    builder.SetVariable(variable.first, variable.second);
  }
  for (const auto& signature : options.signatures) {
    builder.DeclareFunction(signature.first, signature.second);
  }
  absl::StatusOr<std::shared_ptr<const Policy>> policy = builder.Build();
  if (!policy.ok()) return policy.status();
  for (const PolicyWarning& warning : (*policy)->warnings()) {
    warnings.push_back(warning);
  }
  *out = new postern_policy{*std::move(policy), std::move(warnings)};
  return absl::OkStatus();
}

using Parse = absl::StatusOr<PolicySpec> (*)(absl::string_view,
                                             absl::string_view,
                                             const ReadLimits&);

postern_status FromFile(Parse parse, const char* text, size_t size,
                        const postern_policy_options* given,
                        postern_policy** policy, postern_error* error) {
  return Guard(error, [&]() -> absl::Status {
    if (policy == nullptr) return NullError("policy");
    *policy = nullptr;
    absl::string_view bytes;
    PolicyOptions options;
    absl::Status status = ReadBytes(text, size, "text", &bytes);
    if (status.ok()) status = ReadOptions(given, &options);
    if (!status.ok()) return status;
    absl::StatusOr<PolicySpec> spec =
        parse(bytes, options.source_name, ReadLimits());
    if (!spec.ok()) return spec.status();
    return BuildPolicy(*std::move(spec), {}, options, policy);
  });
}

absl::Status FromFlags(const std::vector<std::string>& flags,
                       const PolicyOptions& options, postern_policy** policy) {
  absl::StatusOr<FlagsResult> parsed = ParseFlags(flags);
  if (!parsed.ok()) return parsed.status();
  if (!parsed->rest.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", parsed->rest[0],
                     "\" is no permission flag, expected --allow-, "
                     "--ask- or --deny- and a permission"));
  }
  PolicySpec spec;
  spec.layers.push_back(std::move(parsed->layer));
  return BuildPolicy(std::move(spec), std::move(parsed->warnings), options,
                     policy);
}

const PolicyWarning* WarningAt(const postern_policy* policy, size_t index) {
  if (policy == nullptr || index >= policy->warnings.size()) return nullptr;
  return &policy->warnings[index];
}

}  // namespace
}  // namespace c
}  // namespace postern

using namespace postern::c;  // NOLINT: the functions below are global

postern_status postern_policy_from_text(const char* text, size_t size,
                                        const postern_policy_options* options,
                                        postern_policy** policy,
                                        postern_error* error) {
  return FromFile(&postern::ParsePolicyText, text, size, options, policy,
                  error);
}

postern_status postern_policy_from_json(const char* text, size_t size,
                                        const postern_policy_options* options,
                                        postern_policy** policy,
                                        postern_error* error) {
  return FromFile(&postern::ParsePolicyJson, text, size, options, policy,
                  error);
}

postern_status postern_policy_from_flags(const postern_bytes* flags,
                                         size_t count,
                                         const postern_policy_options* options,
                                         postern_policy** policy,
                                         postern_error* error) {
  return Guard(error, [&]() -> absl::Status {
    if (policy == nullptr) return NullError("policy");
    *policy = nullptr;
    std::vector<std::string> args;
    PolicyOptions read;
    absl::Status status = ReadStrings(flags, count, "a flag", &args);
    if (status.ok()) status = ReadOptions(options, &read);
    return status.ok() ? FromFlags(args, read, policy) : status;
  });
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
