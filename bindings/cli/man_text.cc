#include "bindings/cli/man_text.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "bindings/cli/concepts.h"
#include "bindings/cli/help_text.h"

namespace postern {
namespace cli {
namespace {

// As text: no character of it is an instruction.
std::string Roff(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"\\", "\\e"},
                                    {"-", "\\-"},
                                    {"'", "\\(aq"},
                                    {"`", "\\(ga"},
                                    {"^", "\\(ha"},
                                    {"~", "\\(ti"}});
}

// Lines as they stand.
std::string Verbatim(absl::string_view lines) {
  std::string out = ".nf\n";
  for (absl::string_view line :
       absl::StrSplit(absl::StripSuffix(lines, "\n"), '\n')) {
    // A line that begins with a dot would be an instruction.
    absl::StrAppend(&out, "\\&", Roff(line), "\n");
  }
  return absl::StrCat(out, ".fi\n");
}

std::string Header(absl::string_view title, absl::string_view name,
                   absl::string_view summary) {
  const std::string version(absl::StripSuffix(kVersion, "\n"));
  return absl::StrCat(".TH ", Roff(absl::AsciiStrToUpper(title)), " 1 \"\" \"",
                      version, "\" \"Postern\"\n.SH NAME\n", Roff(name),
                      " \\- ", Roff(absl::StripSuffix(summary, ".")), "\n");
}

std::string Options(const Verb& verb) {
  std::string out =
      ".SH OPTIONS\n.TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\n"
      "Print this help\n";
  for (const Option& option : verb.options) {
    absl::StrAppend(&out, ".TP\n\\fB", Roff(option.name), "\\fR");
    if (*option.value != '\0') {
      absl::StrAppend(&out, " \\fI", Roff(option.value), "\\fR");
    }
    absl::StrAppend(&out, "\n", Roff(option.summary), "\n");
  }
  return out;
}

}  // namespace

std::string ManFileName(const Verb& verb) {
  return absl::StrCat("postern-", verb.name, ".1");
}

std::string ManPage(const Verb& verb) {
  const std::string name = absl::StrCat("postern-", verb.name);
  return absl::StrCat(
      Header(name, name, verb.summary), ".SH SYNOPSIS\n",
      Verbatim(absl::StrCat("postern ", verb.name, " ", verb.usage)),
      ".SH DESCRIPTION\n", Roff(verb.summary), "\n",
      verb.takes_rules ? "Rules are told of by \\fBpostern help rules\\fR.\n"
                       : "",
      Options(verb), ".SH EXAMPLES\n", Verbatim(verb.examples),
      ".SH EXIT STATUS\n", Roff(ExitCodesText(verb)),
      StoreText(verb).empty() ? "" : ".SH FILES\n", Roff(StoreText(verb)),
      ".SH SEE ALSO\n.BR postern (1)\n");
}

std::string ProgramManPage() {
  std::string out = absl::StrCat(
      Header("postern", "postern", kSummary),
      ".SH SYNOPSIS\n\\fBpostern\\fR \\fICOMMAND\\fR ...\n.SH DESCRIPTION\n",
      Roff(kSummary), "\n.SH COMMANDS\n");
  for (const Verb& verb : AllVerbs()) {
    absl::StrAppend(&out, ".TP\n.BR postern\\-", verb.name, " (1)\n",
                    Roff(verb.summary), "\n");
  }
  absl::StrAppend(&out, ".SH CONCEPTS\n");
  for (const Concept& one : AllConcepts()) {
    absl::StrAppend(&out, ".SS ", Roff(one.name), ": ", Roff(one.summary), "\n",
                    Verbatim(one.text));
  }
  return out;
}

}  // namespace cli
}  // namespace postern
