#ifndef POSTERN_BINDINGS_HOST_QUESTION_H_
#define POSTERN_BINDINGS_HOST_QUESTION_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "bindings/c/postern.h"

namespace postern {
namespace host {

// What guests may ask and give up, as they write it: a permission ("fs.read"),
// a group ("fs") or "all", and a resource: nothing for the permission whole,
// one text, or several: a program or a function with its arguments, or the
// parts of a secret. For every thread; they throw what the standard library
// throws.

// What a resource of one text is, by permission: POSTERN_FORM_NAME where
// nothing else is said, POSTERN_FORM_NONE for POSTERN_UNKNOWN.
postern_form FormOf(postern_permission permission);

// A question, put together from such words. Borrows them.
class Question {
 public:
  Question(postern_permission permission,
           const std::vector<std::string>& resource);
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;

  const postern_access& access() const { return access_; }

 private:
  std::vector<postern_arg> args_;
  std::vector<postern_bytes> parts_;
  postern_access access_;
};

// Would this be granted now (postern_check())? Of a group, would each? False
// for null, and for what is not understood.
bool HasPermission(const postern_context* context, absl::string_view permission,
                   const std::vector<std::string>& resource);

// postern_drop() and its relatives: `resource` is a pattern, or the patterns of
// a call or a secret. INVALID_ARGUMENT, and the permissions are given up whole,
// for a resource that says nothing of that kind.
postern_status DropPermission(postern_context* context,
                              absl::string_view permission,
                              const std::vector<std::string>& resource,
                              postern_error* error);

}  // namespace host
}  // namespace postern

#endif  // POSTERN_BINDINGS_HOST_QUESTION_H_
