#ifndef POSTERN_PERMISSION_PROTO_READ_MESSAGE_H_
#define POSTERN_PERMISSION_PROTO_READ_MESSAGE_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "permission/proto/form.h"
#include "permission/proto/message_filler.h"
#include "permission/rule.h"

namespace postern {

// A file's bytes with what they are called in messages. A view.
struct FileInput {
  FileForm form;
  absl::string_view bytes;
  absl::string_view name;
};

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

}  // namespace postern

#endif  // POSTERN_PERMISSION_PROTO_READ_MESSAGE_H_
