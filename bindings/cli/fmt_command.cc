#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/input.h"
#include "bindings/cli/policies.h"
#include "bindings/cli/write_file.h"
#include "permission/proto/form.h"
#include "permission/proto/format_policy.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

// A file, and how it should be.
struct Formatted {
  Input input;
  std::string bytes;
  bool changes() const { return bytes != input.bytes; }
};

absl::StatusOr<Formatted> Format(const std::string& path) {
  const absl::StatusOr<FileForm> form =
      path == "-" ? absl::StatusOr<FileForm>(FileForm::kText)
                  : DetectForm(path);
  if (!form.ok()) return form.status();
  if (*form != FileForm::kText) {
    return absl::InvalidArgumentError(absl::StrCat(
        internal::EscapeForDisplay(path),
        ": is not in the text form, expected a name that ends in .textproto, "
        ".txtpb or .policy; \"postern convert --to text\" makes one"));
  }
  absl::StatusOr<Input> input = ReadInput(path, ReadLimits().max_bytes);
  if (!input.ok()) return input.status();
  absl::StatusOr<std::string> bytes =
      FormatPolicyText(input->bytes, input->name);
  if (bytes.ok()) return Formatted{*std::move(input), *std::move(bytes)};
  const std::vector<Problem> problems =
      ReadPolicyBytes(FileForm::kText, *input).problems;
  return problems.empty() ? bytes.status() : ProblemsStatus(problems);
}

absl::Status Put(const Formatted& file, bool check, Output* out) {
  if (file.input.is_standard && !check) {
    out->Print(file.bytes);
    return absl::OkStatus();
  }
  if (!file.changes()) return absl::OkStatus();
  const std::string name = internal::EscapeForDisplay(file.input.name);
  const absl::Status status =
      check ? absl::OkStatus() : WriteWholeFile(file.input.name, file.bytes);
  if (!status.ok()) return status;
  out->Print(
      absl::StrCat(check ? "not formatted: " : "formatted: ", name, "\n"));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ExitCode> Fmt(const Arguments& arguments, Output* out) {
  if (arguments.words.empty()) {
    return absl::InvalidArgumentError(
        "FILE is missing; see \"postern fmt --help\"");
  }
  const absl::Status once = CheckStandardInputOnce(arguments.words);
  if (!once.ok()) return once;
  // All are read before one is written.
  std::vector<Formatted> files;
  bool changes = false;
  for (const std::string& path : arguments.words) {
    absl::StatusOr<Formatted> file = Format(path);
    if (!file.ok()) return file.status();
    changes = changes || file->changes();
    files.push_back(*std::move(file));
  }
  for (const Formatted& file : files) {
    const absl::Status status = Put(file, arguments.check, out);
    if (!status.ok()) return status;
  }
  return arguments.check && changes ? ExitCode::kDenied : ExitCode::kDone;
}

}  // namespace cli
}  // namespace postern
