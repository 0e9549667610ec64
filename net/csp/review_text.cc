#include "absl/strings/str_cat.h"
#include "net/csp/review.h"

namespace postern {
namespace csp {
namespace {

std::string Froms(const std::vector<Provenance>& from) {
  std::string out;
  for (const Provenance& one : from) {
    absl::StrAppend(&out, out.empty() ? "" : "; ", one.ToString());
  }
  return out;
}

void AppendFindings(const std::vector<Finding>& findings, std::string* out) {
  for (const Finding& finding : findings) {
    absl::StrAppend(out, "  ", SeverityName(finding.severity), " ",
                    finding.code, "  ", DirectiveName(finding.directive),
                    finding.word.empty() ? "" : " ", finding.word, "\n      ",
                    finding.message, "\n");
    if (!finding.from.empty()) {
      absl::StrAppend(out, "      ", Froms(finding.from), "\n");
    }
  }
}

void AppendNotes(absl::string_view title, const std::vector<Note>& notes,
                 std::string* out) {
  if (notes.empty()) return;
  absl::StrAppend(out, title, "\n", NotesToText(notes));
}

void AppendLines(absl::string_view title, const std::vector<std::string>& lines,
                 std::string* out) {
  if (lines.empty()) return;
  absl::StrAppend(out, title, "\n");
  for (const std::string& line : lines) absl::StrAppend(out, "  ", line, "\n");
}

void AppendPolicy(const PolicyReview& review, std::string* out) {
  absl::StrAppend(
      out, review.app.empty() ? "All apps together" : "App " + review.app, "\n",
      review.added.empty() ? "Added: nothing\n" : "Added:\n");
  for (const Added& added : review.added) {
    absl::StrAppend(out, "  + ", DirectiveName(added.directive),
                    added.word.empty() ? "" : " ", added.word, "\n      ",
                    added.in_words, "\n");
    if (!added.from.empty()) {
      absl::StrAppend(out, "      ", Froms(added.from), "\n");
    }
  }
  AppendLines("Newly reachable, for example:", review.reachable, out);
  AppendLines("Stops working, for example:", review.stops, out);
  AppendNotes("Missing:", review.missing, out);
  if (!review.if_granted.empty()) {
    absl::StrAppend(out, "If what is missing were granted:\n");
  }
  AppendFindings(review.if_granted, out);
  AppendNotes("Notes:", review.notes, out);
  if (!review.findings.empty()) absl::StrAppend(out, "Findings:\n");
  AppendFindings(review.findings, out);
  if (!review.paste.empty()) {
    absl::StrAppend(out, "To grant what is missing, paste:\n", review.paste);
  }
  // Of all together it stands in any case.
  const bool again = review.is_base && !review.app.empty();
  absl::StrAppend(out, "Content-Security-Policy: ",
                  again ? "the base's" : review.header, "\n");
}

}  // namespace

std::string NotesToText(const std::vector<Note>& notes) {
  std::string out;
  for (const Note& note : notes) {
    const bool whole = note.word == DirectiveName(note.directive);
    absl::StrAppend(&out, "  ", DirectiveName(note.directive), whole ? "" : " ",
                    whole ? "" : note.word, "\n      ", note.message,
                    "\n      ", note.at.ToString(), "\n");
  }
  return out;
}

std::string ReviewToText(const Review& review) {
  std::string out;
  if (!review.base_findings.empty()) {
    absl::StrAppend(&out, "Base\nFindings:\n");
    AppendFindings(review.base_findings, &out);
    absl::StrAppend(&out, "\n");
  }
  for (const PolicyReview& app : review.apps) {
    AppendPolicy(app, &out);
    absl::StrAppend(&out, "\n");
  }
  AppendPolicy(review.all, &out);
  return out;
}

}  // namespace csp
}  // namespace postern
