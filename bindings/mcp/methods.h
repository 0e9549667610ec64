#ifndef POSTERN_BINDINGS_MCP_METHODS_H_
#define POSTERN_BINDINGS_MCP_METHODS_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace postern {
namespace mcp {

// What the protocol offers, and what the proxy does with it. A method without a
// row is refused. Revisions 2024-11-05 to 2025-11-25 of the specification
// (modelcontextprotocol.io).

// A request of a client.
enum class ClientMethod : uint8_t {
  kUnknown,  // refused
  kInitialize,
  kPass,
  kListTools,
  kListResources,
  kListTemplates,
  kListPrompts,
  kCallTool,
  kReadResource,  // or subscribe to it
  kGetPrompt,
  kComplete,
};
ClientMethod ClientMethodOf(absl::string_view method);

// The function that stands for a request of a server in rules, "" if there is
// none: such a request is refused. "ping" is answered by the client.
struct ServerMethod {
  const char* method;      // "roots/list"
  const char* capability;  // of the client: "roots"
  const char* function;    // "client.roots.list"
};
absl::Span<const ServerMethod> ServerMethods();
const ServerMethod* FindServerMethod(absl::string_view method);

// What becomes of a notification.
enum class Notice : uint8_t {
  kUnknown,  // dropped
  kPass,
  kCancelled,
  kRootsChanged,     // of a client: passes with its capability
  kToolsChanged,     // of a server
  kResourceUpdated,  // of a server: passes if the resource may be read
};
Notice ClientNotice(absl::string_view method);
Notice ServerNotice(absl::string_view method);

// What a server may say that it has.
bool IsServerCapability(absl::string_view name);
bool IsKnownVersion(absl::string_view version);
// The one revision that has batches.
extern const char kBatchVersion[];

}  // namespace mcp
}  // namespace postern

#endif  // POSTERN_BINDINGS_MCP_METHODS_H_
