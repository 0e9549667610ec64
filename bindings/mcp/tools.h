#ifndef POSTERN_BINDINGS_MCP_TOOLS_H_
#define POSTERN_BINDINGS_MCP_TOOLS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "rapidjson/document.h"

namespace postern {
namespace mcp {

// Names of functions' parameters in their order, by full name.
using Signatures = std::map<std::string, std::vector<std::string>>;

// In which order tools take their parameters: as the policy says or, of tools
// that it does not name, as the server says. What a server said once holds: a
// tool that is described otherwise later has no known order any more, and a
// rule about its first argument does not become one about another.
class Tools {
 public:
  explicit Tools(Signatures declared) : declared_(std::move(declared)) {}

  // Takes over what an item of "tools" says of a function.
  void Learn(const std::string& function, const rapidjson::Value& tool);

  // Null if the order is not known.
  const std::vector<std::string>* Find(const std::string& function) const;

 private:
  struct Known {
    std::vector<std::string> parameters;
    bool usable = true;
  };
  // More tools than these, or bytes of names, are not learnt.
  static constexpr size_t kMaxTools = 10000;
  static constexpr size_t kMaxBytes = 4 << 20;

  const Signatures declared_;
  std::map<std::string, Known> learnt_;
  size_t bytes_ = 0;
};

}  // namespace mcp
}  // namespace postern

#endif  // POSTERN_BINDINGS_MCP_TOOLS_H_
