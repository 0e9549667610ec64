#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/concepts.h"
#include "bindings/cli/help_text.h"
#include "bindings/cli/suggestion.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {

absl::StatusOr<ExitCode> Help(const Arguments& arguments, Output* out) {
  if (arguments.words.size() > 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "unexpected argument ", internal::QuoteForDisplay(arguments.words[1]),
        "; see \"postern help --help\""));
  }
  if (arguments.words.empty()) {
    out->Print(ProgramHelpText());
    return ExitCode::kDone;
  }
  const std::string& name = arguments.words[0];
  if (const Verb* const verb = FindVerb(name)) {
    out->Print(HelpText(*verb));
    return ExitCode::kDone;
  }
  if (const Concept* const found = FindConcept(name)) {
    out->Print(
        absl::StrCat(found->name, ": ", found->summary, "\n\n", found->text));
    return ExitCode::kDone;
  }
  std::vector<std::string> known = VerbNames();
  for (std::string& one : ConceptNames()) known.push_back(std::move(one));
  return absl::InvalidArgumentError(absl::StrCat(
      "there is no help on ", internal::QuoteForDisplay(name),
      Suggestion(name, known), "; \"postern help\" lists what there is"));
}

}  // namespace cli
}  // namespace postern
