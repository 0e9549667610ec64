#ifndef POSTERN_PERMISSION_PROTO_READ_MESSAGE_H_
#define POSTERN_PERMISSION_PROTO_READ_MESSAGE_H_

#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "permission/proto/file_problem.h"
#include "permission/proto/message_filler.h"
#include "permission/rule.h"

namespace postern {

// Names places of one input as file, line and column, both in bytes from 1.
// Linear over all calls if the places ascend. The binary form has no lines.
class SourceFinder {
 public:
  explicit SourceFinder(const FileInput& input) : input_(input) {}
  RuleSource Find(size_t offset);

 private:
  const FileInput input_;
  size_t offset_ = 0;
  size_t line_begin_ = 0;
  int line_ = 1;
};

// Reads `input` into `root` and tells `visitor` of its parts. InvalidArgument
// "FILE:LINE:COLUMN: ..., expected ..." on one line ("FILE: byte N: ..." for
// the binary form, N from 0), ResourceExhausted beyond `max_bytes`.
absl::Status ReadMessage(const FileInput& input, size_t max_bytes,
                         google::protobuf::Message* root,
                         MessageVisitor* visitor);

// ReadMessage() that goes on after what is wrong with one value, to tell of up
// to `max_problems`, at least one, in the order of the file. False if the rest
// of the file was not read. With problems, `root` is of no use.
bool ReadMessageWithProblems(const FileInput& input, size_t max_bytes,
                             size_t max_problems,
                             google::protobuf::Message* root,
                             MessageVisitor* visitor,
                             std::vector<FileProblem>* problems);

}  // namespace postern

#endif  // POSTERN_PERMISSION_PROTO_READ_MESSAGE_H_
