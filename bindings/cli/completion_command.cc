#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/completion_text.h"

namespace postern {
namespace cli {

absl::StatusOr<ExitCode> Completion(const Arguments& arguments, Output* out) {
  const std::string shell =
      arguments.words.size() == 1 ? arguments.words[0] : "";
  if (shell == "bash") {
    out->Print(BashCompletion());
  } else if (shell == "zsh") {
    out->Print(ZshCompletion());
  } else if (shell == "fish") {
    out->Print(FishCompletion());
  } else {
    return absl::InvalidArgumentError(
        "expected one shell, bash, zsh or fish; see \"postern completion "
        "--help\"");
  }
  return ExitCode::kDone;
}

}  // namespace cli
}  // namespace postern
