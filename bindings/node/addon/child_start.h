#ifndef POSTERN_BINDINGS_NODE_ADDON_CHILD_START_H_
#define POSTERN_BINDINGS_NODE_ADDON_CHILD_START_H_

#include <node_api.h>

#include <memory>
#include <string>
#include <vector>

#include "bindings/node/addon/process_state.h"
#include "postern/postern.h"

namespace postern {
namespace node {

// A program that a guest wants started, and how it went.
struct ChildStart {
  ChildStart() = default;
  ChildStart(const ChildStart&) = delete;
  ChildStart& operator=(const ChildStart&) = delete;
  ~ChildStart();

  // From (program and arguments, NAME=value, directory, pairs of descriptors:
  // ours and the program's; -1 in place of ours makes a pipe). False and
  // `*problem` if they cannot be used.
  bool Read(napi_env env, const napi_value arguments[4], std::string* problem);
  // Decides and starts, in the kernel's backstop with at most the rights that
  // the context has now. Blocks the calling thread, as fork() does.
  void Run(ProcessState* state);
  // What became of a start that failed.
  napi_value Error(napi_env env, const ProcessState& state) const;

  std::vector<std::string> argv, environment;
  std::string directory;
  std::vector<postern_descriptor> descriptors;
  // Our ends of the pipes, in their order; taken away by whoever uses them.
  std::vector<int> pipes;
  postern_status status = POSTERN_INTERNAL;
  postern_error* error = postern_error_new();
  postern_child* child = nullptr;  // freed, and so killed, unless taken away

 private:
  bool MakePipes();
  void CloseTheirs();
  std::vector<int> theirs_;
};

}  // namespace node
}  // namespace postern

#endif  // POSTERN_BINDINGS_NODE_ADDON_CHILD_START_H_
