#include "tests/vectors/vector_run.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

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

}  // namespace

void RunVectors(absl::string_view name, absl::string_view text,
                VectorAnswerer answerer, std::ostream& out,
                VectorTotals* totals) {
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (line.empty()) continue;
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
