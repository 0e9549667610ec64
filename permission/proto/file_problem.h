#ifndef POSTERN_PERMISSION_PROTO_FILE_PROBLEM_H_
#define POSTERN_PERMISSION_PROTO_FILE_PROBLEM_H_

#include <string>

#include "absl/strings/string_view.h"
#include "permission/proto/form.h"
#include "permission/rule.h"

namespace postern {

// A file's bytes with what they are called in messages. A view.
struct FileInput {
  FileForm form;
  absl::string_view bytes;
  absl::string_view name;
};

// Something wrong with a file. The source of one in the binary form has no
// line, and the message then begins "byte N: ".
struct FileProblem {
  RuleSource source;
  std::string message;  // one line, "..., expected ..."

  // "FILE:LINE:COLUMN: ..., expected ...".
  std::string ToString() const;
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_PROTO_FILE_PROBLEM_H_
