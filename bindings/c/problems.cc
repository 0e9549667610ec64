#include "bindings/c/postern/problems.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "bindings/c/handles.h"
#include "bindings/c/policy_maker.h"
#include "permission/analysis/rule_problems.h"
#include "permission/proto/file_problem.h"
#include "permission/proto/policy_proto.h"

struct postern_problems {
  std::vector<postern::FileProblem> list;
};

namespace postern {
namespace c {
namespace {

constexpr size_t kMaxProblems = 20;

// What the options say takes the place of what the file says.
void ApplyOptions(const PolicyMaker& options, PolicySpec* spec) {
  if (!options.base_directory.empty()) {
    spec->base_directory = options.base_directory;
  }
  for (const auto& variable : options.variables) {
    spec->variables[variable.first] = variable.second;
  }
  for (const auto& function : options.functions) {
    spec->signatures[function.first] = function.second;
  }
}

postern_problems* Find(const FileInput& input, Includes includes,
                       const std::string& name, const PolicyMaker& options) {
  PolicyReading reading = ReadPolicyWithProblems(input, kMaxProblems, includes);
  auto made = std::make_unique<postern_problems>();
  made->list = std::move(reading.problems);
  if (reading.complete) {
    ApplyOptions(options, &reading.spec);
    AddRuleProblems(reading.spec, kMaxProblems, &made->list);
  }
  SortByPlace(&made->list);
  for (FileProblem& problem : made->list) {
    if (!name.empty()) RenameSource(input.name, name, &problem.source);
  }
  return made.release();
}

// Looks at `given`, which is the name of a file or its bytes: calls
// `find(given, options, name)`, with the name that stands in messages or "".
postern_status FindWith(
    const char* given, size_t size, const postern_policy_options* options,
    postern_problems** problems, postern_error* error,
    absl::FunctionRef<absl::StatusOr<postern_problems*>(
        absl::string_view, const PolicyMaker&, const std::string&)>
        find) {
  if (problems != nullptr) *problems = nullptr;
  return Guard(error, [&]() -> absl::Status {
    if (problems == nullptr) return NullError("problems");
    PolicyMaker maker;
    std::string name;
    absl::string_view read;
    absl::Status status = ReadOptions(options, &name, &maker);
    if (status.ok()) status = ReadBytes(given, size, "what to look at", &read);
    if (!status.ok()) return status;
    const absl::StatusOr<postern_problems*> found = find(read, maker, name);
    if (!found.ok()) return found.status();
    *problems = *found;
    return absl::OkStatus();
  });
}

}  // namespace
}  // namespace c
}  // namespace postern

using namespace postern::c;  // NOLINT: the functions below are global

postern_status postern_problems_of_file(const char* path, size_t size,
                                        postern_format format,
                                        const postern_policy_options* options,
                                        postern_problems** problems,
                                        postern_error* error) {
  return FindWith(
      path, size, options, problems, error,
      [format](absl::string_view file, const PolicyMaker& maker,
               const std::string& name) -> absl::StatusOr<postern_problems*> {
        const absl::StatusOr<postern::FileForm> form = FormOf(format, file);
        if (!form.ok()) return form.status();
        const absl::StatusOr<std::string> bytes =
            ReadFileOf(file, postern::ReadLimits().max_bytes);
        if (!bytes.ok()) return bytes.status();
        return Find({*form, *bytes, file}, postern::Includes::kRead, name,
                    maker);
      });
}

postern_status postern_problems_of_bytes(const char* bytes, size_t size,
                                         postern_format format,
                                         const postern_policy_options* options,
                                         postern_problems** problems,
                                         postern_error* error) {
  return FindWith(
      bytes, size, options, problems, error,
      [format](absl::string_view text, const PolicyMaker& maker,
               const std::string& name) -> absl::StatusOr<postern_problems*> {
        const absl::StatusOr<postern::FileForm> form = FormOf(format, name);
        if (!form.ok()) return form.status();
        return Find({*form, text, name.empty() ? "policy" : name},
                    postern::Includes::kRefused, "", maker);
      });
}

void postern_problems_free(postern_problems* problems) { delete problems; }

size_t postern_problems_count(const postern_problems* problems) {
  return problems == nullptr ? 0 : problems->list.size();
}

postern_status postern_problems_get(const postern_problems* problems,
                                    size_t index, postern_problem* problem,
                                    postern_error* error) {
  return Guard(error, [&]() -> absl::Status {
    if (problem == nullptr) return NullError("problem");
    if (index >= postern_problems_count(problems)) {
      return absl::InvalidArgumentError("index: there is no such problem");
    }
    const postern::FileProblem& found = problems->list[index];
    postern_problem out = {};
    out.file = ToBytes(found.source.name);
    out.message = ToBytes(found.message);
    out.line = found.source.line;
    out.column = found.source.column;
    return WriteStruct(out, "problem", problem);
  });
}
