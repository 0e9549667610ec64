#include "bindings/host/policy_files.h"

namespace postern {
namespace host {
namespace {

postern_status BuildPolicy(const std::vector<std::string>& files,
                           postern_builder* builder, postern_policy** policy,
                           postern_error* error) {
  for (const std::string& file : files) {
    const postern_status status = postern_builder_add_file(
        builder, file.data(), file.size(), POSTERN_FORMAT_DETECT, error);
    if (status != POSTERN_OK) return status;
  }
  const postern_status status = postern_builder_bind(builder, nullptr, error);
  return status == POSTERN_OK ? postern_builder_build(builder, policy, error)
                              : status;
}

}  // namespace

postern_status ContextOfFiles(const std::vector<std::string>& files,
                              postern_context** context, postern_error* error) {
  postern_builder* const builder = postern_builder_new();
  postern_policy* policy = nullptr;
  postern_status status = BuildPolicy(files, builder, &policy, error);
  if (status == POSTERN_OK) {
    status = postern_context_new(policy, nullptr, context, nullptr, error);
  }
  postern_policy_free(policy);
  postern_builder_free(builder);
  return status;
}

}  // namespace host
}  // namespace postern
