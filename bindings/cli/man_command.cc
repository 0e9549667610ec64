#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/man_text.h"
#include "bindings/cli/suggestion.h"
#include "bindings/cli/write_file.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

absl::Status WritePages(const std::string& folder) {
  absl::Status status = WriteWholeFile(
      absl::StrCat(folder, "/", kProgramManFile), ProgramManPage());
  for (const Verb& verb : AllVerbs()) {
    if (!status.ok()) return status;
    status = WriteWholeFile(absl::StrCat(folder, "/", ManFileName(verb)),
                            ManPage(verb));
  }
  return status;
}

}  // namespace

absl::StatusOr<ExitCode> Man(const Arguments& arguments, Output* out) {
  const bool all = !arguments.into.empty();
  if (arguments.words.size() > (all ? 0u : 1u)) {
    return absl::InvalidArgumentError(
        absl::StrCat("unexpected argument ",
                     internal::QuoteForDisplay(arguments.words.back()),
                     all ? ", as --into writes every page" : "",
                     "; see \"postern man --help\""));
  }
  if (all) {
    const absl::Status status = WritePages(arguments.into);
    if (!status.ok()) return status;
    return ExitCode::kDone;
  }
  if (arguments.words.empty()) {
    out->Print(ProgramManPage());
    return ExitCode::kDone;
  }
  const std::string& name = arguments.words[0];
  const Verb* const verb = FindVerb(name);
  if (verb == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(
        "unknown command ", internal::QuoteForDisplay(name),
        Suggestion(name, VerbNames()), "; \"postern help\" lists all"));
  }
  out->Print(ManPage(*verb));
  return ExitCode::kDone;
}

}  // namespace cli
}  // namespace postern
