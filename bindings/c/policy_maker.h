#ifndef POSTERN_BINDINGS_C_POLICY_MAKER_H_
#define POSTERN_BINDINGS_C_POLICY_MAKER_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "bindings/c/handles.h"
#include "bindings/c/postern/builder.h"
#include "permission/layer.h"
#include "permission/path_binding.h"
#include "permission/policy.h"
#include "permission/proto/form.h"
#include "permission/rule.h"

namespace postern {
namespace c {

// What a policy is made of. Calls that fail change nothing.
struct PolicyMaker {
  absl::Status AddBytes(postern_format format, absl::string_view bytes,
                        const std::string& name);
  // With what it includes; `name` in messages, or "" for the file's own.
  absl::Status AddFile(absl::string_view path, postern_format format,
                       const std::string& name);
  absl::Status AddFlags(const std::vector<std::string>& flags);
  // Into the last layer: another one would take away from it.
  absl::Status AddPreset(absl::string_view name);
  absl::Status AddPolicy(const postern_policy& policy);
  absl::Status Build(postern_policy** out) const;

  PolicySpec spec;
  std::vector<PolicyWarning> warnings;
  // In place of those in `spec`.
  std::string base_directory;
  std::map<std::string, std::string> variables;
  Signatures functions;

  enum class Binding { kNone, kPolicy, kNarrowing };
  Binding binding = Binding::kNone;
  PathBindingOptions binding_options;
  std::vector<std::string> program_folders;  // of these options
  std::shared_ptr<const Policy> previous;
};

// Reads the options of one source into `out` and its name for messages into
// `source_name`. Null: nothing.
absl::Status ReadOptions(const postern_policy_options* given,
                         std::string* source_name, PolicyMaker* out);

// Called `name` instead of `path`, which is where includes start.
void RenameSource(absl::string_view path, const std::string& name,
                  RuleSource* source);

// What the format says, or the name if that is POSTERN_FORMAT_DETECT.
absl::StatusOr<FileForm> FormOf(postern_format format, absl::string_view name);
// A regular file's bytes; FailedPrecondition where it may not be read, since
// PermissionDenied is a word about authorities here.
absl::StatusOr<std::string> ReadFileOf(absl::string_view path,
                                       size_t max_bytes);
// InvalidArgument for a name that holds NUL, which the system would cut.
absl::Status CheckFileName(absl::string_view path);

}  // namespace c
}  // namespace postern

struct postern_builder {
  postern::c::PolicyMaker maker;
};

#endif  // POSTERN_BINDINGS_C_POLICY_MAKER_H_
