#include "tests/vectors/vector_run.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/vectors/csp_vectors.h"

namespace postern {
namespace testing {
namespace {

// "" if the case passes, else what is wrong.
std::string Complaint(const VectorCase& c, VectorAnswerer answerer) {
  absl::StatusOr<VectorAnswer> answer = answerer(c);
  if (!answer.ok()) return std::string(answer.status().message());
  if (answer->effect != c.expect) {
    return absl::StrCat("expected ", EffectName(c.expect), ", got ",
                        EffectName(answer->effect));
  }
  if (c.would_deny && *c.would_deny != answer->would_deny) {
    return absl::StrCat("would_deny is ",
                        answer->would_deny ? "true" : "false");
  }
  return "";
}

// Counts a line about Content-Security-Policy; false if it is about something
// else.
bool CountCsp(absl::string_view line, const std::string& place,
              std::ostream& out, VectorTotals* totals) {
  const absl::StatusOr<CspOutcome> outcome = RunCspVector(line);
  if (absl::IsNotFound(outcome.status())) return false;
  if (!outcome.ok()) {
    ++totals->failed;
    out << place << "malformed: " << outcome.status().message() << "\n";
    return true;
  }
  switch (outcome->kind) {
    case CspOutcome::Kind::kPassed:
      ++totals->passed;
      break;
    case CspOutcome::Kind::kInformation:
      ++totals->information;
      break;
    case CspOutcome::Kind::kDivergence:
      ++totals->divergences;
      out << place << "diverges: " << outcome->message << "\n";
      break;
    case CspOutcome::Kind::kFailed:
      ++totals->failed;
      out << place << outcome->message << "\n";
      break;
  }
  return true;
}

}  // namespace

void RunVectors(absl::string_view name, absl::string_view text,
                VectorAnswerer answerer, std::ostream& out,
                VectorTotals* totals) {
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (line.empty()) continue;
    if (CountCsp(line, absl::StrCat(name, ":", number, ": "), out, totals)) {
      continue;
    }
    absl::StatusOr<VectorCase> c = ReadVectorCase(line);
    if (absl::IsUnimplemented(c.status())) {
      ++totals->unsupported;
      continue;
    }
    const std::string complaint =
        c.ok() ? Complaint(*c, answerer) : std::string(c.status().message());
    if (complaint.empty()) {
      ++totals->passed;
      continue;
    }
    ++totals->failed;
    out << name << ":" << number << ": " << (c.ok() ? c->id : "malformed")
        << ": " << complaint << "\n";
  }
}

}  // namespace testing
}  // namespace postern
