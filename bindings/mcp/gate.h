#ifndef POSTERN_BINDINGS_MCP_GATE_H_
#define POSTERN_BINDINGS_MCP_GATE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bindings/c/postern.h"
#include "bindings/host/catalog.h"

namespace postern {
namespace mcp {

// A call as rules see it.
struct Call {
  std::string function;  // "files.read_file"
  std::vector<host::Value> args;
  std::vector<host::NamedValue> named;  // that have no known position
  // The parameters as JSON, as they would pass. Borrowed.
  absl::string_view json;
};

// What became of a call.
struct Verdict {
  bool granted = false;
  // The client is told that there is no such thing.
  bool concealed = false;
  // For the client: what was denied, and what would allow it.
  std::string message;
  // Of a granted call: arguments that a rule judged as paths, with the absolute
  // names that it judged; by position.
  std::vector<std::pair<size_t, std::string>> paths;
};

// Asks a context about calls. One thread at a time.
class Gate {
 public:
  // `context` is borrowed. A person who is asked has `answer_time`.
  Gate(postern_context* context, absl::Duration answer_time)
      : context_(context), answer_time_(answer_time) {}

  // Of a call that is about to happen: asks, takes uses, audits.
  Verdict Enforce(const Call& call) const;
  // Whether the call would be granted, perhaps by a person. Without effects.
  bool MayCall(const Call& call) const;
  // Whether any call of the function would, whatever its arguments.
  bool MayCallSomehow(const std::string& function) const;

 private:
  postern_context* const context_;
  const absl::Duration answer_time_;
};

}  // namespace mcp
}  // namespace postern

#endif  // POSTERN_BINDINGS_MCP_GATE_H_
