#include "bindings/cli/batch.h"

#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "bindings/cli/input.h"
#include "bindings/cli/json.h"
#include "bindings/cli/question_json.h"

namespace postern {
namespace cli {
namespace {

// Cuts standard input into lines. Keeps no more than kMaxBatchLine of one.
class Lines {
 public:
  // The next line; false at the end. `too_long` says that it was cut.
  // `before_waiting` runs before each read(2).
  absl::StatusOr<bool> Next(absl::FunctionRef<absl::Status()> before_waiting) {
    line.clear();
    too_long = false;
    for (;;) {
      const absl::string_view ready(buffer_ + at_, size_ - at_);
      const size_t end = ready.find('\n');
      Append(ready.substr(0, end));
      at_ += end == ready.npos ? ready.size() : end + 1;
      if (end != ready.npos) return true;
      const absl::Status status = Fill(before_waiting);
      if (!status.ok()) return status;
      if (size_ == 0) return !line.empty() || too_long;
    }
  }

  std::string line;
  bool too_long = false;

 private:
  void Append(absl::string_view piece) {
    too_long = too_long || line.size() + piece.size() > kMaxBatchLine;
    if (!too_long) line.append(piece.data(), piece.size());
  }

  absl::Status Fill(absl::FunctionRef<absl::Status()> before_waiting) {
    const absl::Status status = before_waiting();
    if (!status.ok()) return status;
    const absl::StatusOr<size_t> got =
        ReadStandardInput(buffer_, sizeof(buffer_));
    if (!got.ok()) return got.status();
    at_ = 0;
    size_ = *got;
    return absl::OkStatus();
  }

  char buffer_[1 << 16];
  size_t at_ = 0;
  size_t size_ = 0;
};

absl::StatusOr<Verdict> Answer(const Inquiry& inquiry, const Lines& lines,
                               std::string* id) {
  if (lines.too_long) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "the line is too long, expected at most ", kMaxBatchLine, " bytes"));
  }
  const absl::StatusOr<Question> question = ParseJsonQuestion(lines.line, id);
  if (!question.ok()) return question.status();
  return inquiry.Answer(*question);
}

std::string ToJson(int64_t number, const std::string& id,
                   const absl::StatusOr<Verdict>& verdict, BatchDetail detail) {
  return absl::StrCat(WriteJsonObject([&](JsonWriter& json) {
                        json.Key("line").Integer(number);
                        if (!id.empty()) json.Key("id").Raw(id);
                        if (!verdict.ok()) {
                          json.Key("error").String(
                              EscapeAllBut("\\", verdict.status().message()));
                          return;
                        }
                        WriteVerdict(*verdict, &json);
                        if (detail == BatchDetail::kAnswers)
                          WriteAnswers(*verdict, &json);
                      }),
                      "\n");
}

}  // namespace

absl::StatusOr<ExitCode> AnswerBatch(const Inquiry& inquiry, BatchDetail detail,
                                     Output* out) {
  const auto lines = std::make_unique<Lines>();
  ExitCode code = ExitCode::kDone;
  for (int64_t number = 1;; ++number) {
    const absl::StatusOr<bool> more =
        lines->Next([out] { return out->Flush(); });
    if (!more.ok()) return more.status();
    if (!*more) return code;
    if (absl::StripAsciiWhitespace(lines->line).empty() && !lines->too_long) {
      continue;
    }
    std::string id;
    const absl::StatusOr<Verdict> verdict = Answer(inquiry, *lines, &id);
    out->Print(ToJson(number, id, verdict, detail));
    if (!verdict.ok()) {
      code = ExitCode::kFailed;
    } else if (!verdict->granted() && code == ExitCode::kDone) {
      code = ExitCode::kDenied;
    }
  }
}

}  // namespace cli
}  // namespace postern
