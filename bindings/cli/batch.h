#ifndef POSTERN_BINDINGS_CLI_BATCH_H_
#define POSTERN_BINDINGS_CLI_BATCH_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/inquiry.h"
#include "bindings/cli/output.h"

namespace postern {
namespace cli {

enum class BatchDetail : uint8_t { kVerdict, kAnswers };

// The longest line, in bytes without its end, that is taken as a question.
constexpr size_t kMaxBatchLine = 64 << 10;

// Answers each line of standard input, ParseJsonQuestion()'s, with one line:
// "line", "id" if one was given, and what WriteVerdict() writes, or "error".
// A line that is no question is told of so, and the next one is read. Empty
// lines are passed over. Answers are written before more input is waited for,
// so that another program may ask one question at a time. kFailed if any line
// was wrong, else kDenied if anything was.
absl::StatusOr<ExitCode> AnswerBatch(const Inquiry& inquiry, BatchDetail detail,
                                     Output* out);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_BATCH_H_
