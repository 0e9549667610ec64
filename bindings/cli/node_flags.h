#ifndef POSTERN_BINDINGS_CLI_NODE_FLAGS_H_
#define POSTERN_BINDINGS_CLI_NODE_FLAGS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace postern {
namespace cli {

// Node's own permission model (nodejs.org/api/permissions.html) as a second
// fence around Node's loader and what the adapter might have missed. It knows
// folders and no patterns, and neither hosts nor programs: so what it says is
// wider than the policy, never narrower where Node itself has to act. Writing
// and starting programs are not opened at all, as the adapter does them.
struct NodeFence {
  int major = 0;  // of Node
  std::vector<std::string> readable;
  bool network = false;
  bool children = false;
  bool workers = false;
  bool inspector = false;
  bool files_for_wasi = false;
  bool text_as_code = false;
};

std::vector<std::string> NodeFlags(const NodeFence& fence);

// The folder or file that Node may read for a pattern of paths: the pattern, or
// what stands before its first wildcard. Relative ones start at `base`; "/" for
// no pattern.
std::string ReadableFolder(absl::string_view pattern, absl::string_view base);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_NODE_FLAGS_H_
