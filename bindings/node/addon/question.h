#ifndef POSTERN_BINDINGS_NODE_ADDON_QUESTION_H_
#define POSTERN_BINDINGS_NODE_ADDON_QUESTION_H_

#include <node_api.h>

#include <cstddef>
#include <string>
#include <vector>

#include "bindings/node/addon/values.h"
#include "postern/postern.h"

namespace postern {
namespace node {

// What permission.has(scope, reference) asks: Node's scopes
// (nodejs.org/api/permissions.html) and our dotted names. One scope may be
// several accesses, which must all be granted.
//
// The reference is a name or endpoint, or for programs an array of program and
// arguments. For net.connect an array of two, endpoint and address, asks
// whether the name may lead to the address. Without it, the scope is asked for
// whole.
class Question {
 public:
  Question() = default;
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;

  // False and `*problem` for what is no question.
  bool Read(napi_env env, napi_value scope, napi_value reference,
            std::string* problem);

  const postern_access* accesses() const { return accesses_; }
  size_t count() const { return count_; }
  // As it was asked, for errors.
  const std::string& resource() const {
    return relative_.empty() ? text_ : relative_;
  }

 private:
  static constexpr size_t kMaxAccesses = 3;
  struct Scope;
  static const Scope* FindScope(const std::string& name);
  void Add(postern_permission permission, postern_form form);
  bool ReadParts(napi_env env, napi_value reference, std::string* problem);

  std::string text_;
  std::string relative_;  // what text_ was before, if that was a relative name
  std::vector<std::string> parts_;
  std::vector<postern_arg> args_;
  postern_bytes address_ = {};
  postern_access accesses_[kMaxAccesses];  // the first count_ of them
  size_t count_ = 0;
};

// The dotted name or group that a scope stands for, as drop() takes it:
// "process.spawn" for "child".
TextProblem ReadScope(napi_env env, napi_value scope, std::string* out);

}  // namespace node
}  // namespace postern

#endif  // POSTERN_BINDINGS_NODE_ADDON_QUESTION_H_
