#include "bindings/c/policy_maker.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "permission/backstop/preset.h"
#include "permission/builder.h"
#include "permission/flags.h"
#include "permission/join_specs.h"
#include "permission/proto/file_problem.h"
#include "permission/proto/form.h"
#include "permission/proto/policy_proto.h"
#include "permission/rule.h"
#include "permission/text/display.h"

namespace postern {
namespace c {
namespace {

absl::StatusOr<PolicySpec> Parse(FileForm form, absl::string_view bytes,
                                 absl::string_view name) {
  switch (form) {
    case FileForm::kText:
      return ParsePolicyText(bytes, name);
    case FileForm::kJson:
      return ParsePolicyJson(bytes, name);
    case FileForm::kBinary:
      return ParsePolicyBinary(bytes, name);
  }
  return absl::InternalError("no such form");
}

// With what the file at `path` includes. Its bytes are not too many.
absl::StatusOr<PolicySpec> ParseFile(FileForm form, absl::string_view bytes,
                                     absl::string_view path,
                                     const std::string& name) {
  PolicyReading reading =
      ReadPolicyWithProblems({form, bytes, path}, 1, Includes::kRead);
  if (!reading.problems.empty()) {
    FileProblem& problem = reading.problems[0];
    RenameSource(path, name, &problem.source);
    return absl::InvalidArgumentError(problem.ToString());
  }
  for (Layer& layer : reading.spec.layers) {
    for (Rule& rule : layer.rules) RenameSource(path, name, &rule.source);
  }
  return std::move(reading.spec);
}

}  // namespace

void RenameSource(absl::string_view path, const std::string& name,
                  RuleSource* source) {
  if (source->kind == RuleSource::Kind::kFile && source->name == path) {
    source->name = name;
  }
}

absl::StatusOr<FileForm> FormOf(postern_format format, absl::string_view name) {
  switch (format) {
    case POSTERN_FORMAT_DETECT:
      return DetectForm(name);
    case POSTERN_FORMAT_TEXT:
      return FileForm::kText;
    case POSTERN_FORMAT_JSON:
      return FileForm::kJson;
    case POSTERN_FORMAT_BINARY:
      return FileForm::kBinary;
    default:
      return absl::InvalidArgumentError("the format is unknown");
  }
}

absl::StatusOr<std::string> ReadFileOf(absl::string_view path,
                                       size_t max_bytes) {
  absl::Status status = CheckFileName(path);
  if (!status.ok()) return status;
  absl::StatusOr<std::string> bytes =
      ReadRegularFile(std::string(path), max_bytes);
  if (bytes.status().code() == absl::StatusCode::kPermissionDenied) {
    return absl::FailedPreconditionError(bytes.status().message());
  }
  return bytes;
}

absl::Status CheckFileName(absl::string_view path) {
  if (!path.empty() && path.find('\0') == absl::string_view::npos) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat(internal::QuoteForDisplay(path), " is no name of a file"));
}

absl::Status PolicyMaker::AddBytes(postern_format format,
                                   absl::string_view bytes,
                                   const std::string& name) {
  const absl::StatusOr<FileForm> form = FormOf(format, name);
  if (!form.ok()) return form.status();
  absl::StatusOr<PolicySpec> read = Parse(*form, bytes, name);
  if (!read.ok()) return read.status();
  return JoinSpec(*std::move(read), &spec);
}

absl::Status PolicyMaker::AddFile(absl::string_view path, postern_format format,
                                  const std::string& name) {
  const absl::StatusOr<FileForm> form = FormOf(format, path);
  if (!form.ok()) return form.status();
  const absl::StatusOr<std::string> bytes =
      ReadFileOf(path, ReadLimits().max_bytes);
  if (!bytes.ok()) return bytes.status();
  absl::StatusOr<PolicySpec> read =
      ParseFile(*form, *bytes, path, name.empty() ? std::string(path) : name);
  if (!read.ok()) return read.status();
  return JoinSpec(*std::move(read), &spec);
}

absl::Status PolicyMaker::AddFlags(const std::vector<std::string>& flags) {
  absl::StatusOr<FlagsResult> parsed = ParseFlags(flags);
  if (!parsed.ok()) return parsed.status();
  if (!parsed->rest.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(internal::QuoteForDisplay(parsed->rest[0]),
                     " is no permission flag, expected --allow-, "
                     "--ask- or --deny- and a permission"));
  }
  PolicySpec read;
  read.layers.push_back(std::move(parsed->layer));
  absl::Status status = JoinSpec(std::move(read), &spec);
  if (!status.ok()) return status;
  for (PolicyWarning& warning : parsed->warnings) {
    warnings.push_back(std::move(warning));
  }
  return status;
}

absl::Status PolicyMaker::AddPreset(absl::string_view name) {
  absl::StatusOr<std::vector<Rule>> rules = PresetRules(name);
  if (!rules.ok()) return rules.status();
  if (spec.layers.empty()) {
    return absl::FailedPreconditionError(
        "there is no layer that a preset could be added to");
  }
  std::vector<Rule>* const all = &spec.layers.back().rules;
  for (Rule& rule : *rules) all->push_back(std::move(rule));
  return absl::OkStatus();
}

absl::Status PolicyMaker::AddPolicy(const postern_policy& policy) {
  // Its other warnings come again when this one is built.
  return JoinSpec(policy.policy->spec(), &spec);
}

absl::Status PolicyMaker::Build(postern_policy** out) const {
  PolicyBuilder builder(spec);
  if (!base_directory.empty()) builder.SetBaseDirectory(base_directory);
  for (const auto& variable : variables) {
    builder.SetVariable(variable.first, variable.second);
  }
  for (const auto& function : functions) {
    builder.DeclareFunction(function.first, function.second);
  }
  if (binding == Binding::kPolicy) {
    PathBindingOptions options = binding_options;
    options.program_folders = program_folders;
    builder.Bind(std::move(options), previous);
  }
  if (binding == Binding::kNarrowing) builder.BindToNarrow(previous);
  absl::StatusOr<std::shared_ptr<const Policy>> policy = builder.Build();
  if (!policy.ok()) return policy.status();
  auto made = std::make_unique<postern_policy>();
  made->warnings = warnings;
  for (const PolicyWarning& warning : (*policy)->warnings()) {
    made->warnings.push_back(warning);
  }
  for (const PolicyWarning& warning : made->warnings) {
    made->warning_sources.push_back(warning.source.ToString());
  }
  made->policy = *std::move(policy);
  *out = made.release();
  return absl::OkStatus();
}

}  // namespace c
}  // namespace postern
