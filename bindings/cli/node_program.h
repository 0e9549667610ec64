#ifndef POSTERN_BINDINGS_CLI_NODE_PROGRAM_H_
#define POSTERN_BINDINGS_CLI_NODE_PROGRAM_H_

#include <string>

#include "absl/status/statusor.h"

namespace postern {
namespace cli {

// A Node on this machine.
struct NodeProgram {
  std::string path;     // canonical
  std::string version;  // "v26.12.1"
  int major = 0;
};

// `given`, a path or a name along PATH; "" = "node". Starts it once, to be told
// its version. NotFound if there is none, InvalidArgument for anything that is
// not Node of version 20 or later.
absl::StatusOr<NodeProgram> FindNode(const std::string& given);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_NODE_PROGRAM_H_
