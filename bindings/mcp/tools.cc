#include "bindings/mcp/tools.h"

#include <utility>

#include "bindings/mcp/message.h"

namespace postern {
namespace mcp {
namespace {

using rapidjson::Value;

// Rules know no positions beyond.
constexpr size_t kMaxParameters = 64;

// The names of a JSON Schema's properties, in their order; false if there are
// too many. Without a schema, none.
bool ReadParameters(const Value& tool, std::vector<std::string>* parameters,
                    size_t* bytes) {
  if (!tool.HasMember("inputSchema")) return true;
  const Value& schema = tool["inputSchema"];
  if (!schema.IsObject()) return false;
  if (!schema.HasMember("properties")) return true;
  const Value& properties = schema["properties"];
  if (!properties.IsObject() || properties.MemberCount() > kMaxParameters) {
    return false;
  }
  for (const auto& property : properties.GetObject()) {
    parameters->emplace_back(TextOf(property.name));
    *bytes += parameters->back().size();
  }
  return true;
}

}  // namespace

void Tools::Learn(const std::string& function, const Value& tool) {
  if (declared_.count(function) != 0) return;
  Known said;
  size_t bytes = function.size();
  said.usable = ReadParameters(tool, &said.parameters, &bytes);
  const auto known = learnt_.find(function);
  if (known != learnt_.end()) {
    if (!said.usable || said.parameters != known->second.parameters) {
      known->second.usable = false;
    }
    return;
  }
  if (learnt_.size() >= kMaxTools || bytes > kMaxBytes - bytes_) return;
  bytes_ += bytes;
  learnt_.emplace(function, std::move(said));
}

const std::vector<std::string>* Tools::Find(const std::string& function) const {
  const auto declared = declared_.find(function);
  if (declared != declared_.end()) return &declared->second;
  const auto learnt = learnt_.find(function);
  return learnt != learnt_.end() && learnt->second.usable
             ? &learnt->second.parameters
             : nullptr;
}

}  // namespace mcp
}  // namespace postern
