// What client and server say to the proxy: no crash, every line that comes out
// is JSON, and only what is granted reaches the server.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "bindings/mcp/session.h"
#include "rapidjson/document.h"
#include "tests/bindings/mcp/guest.h"
#include "tests/fuzz/require.h"

namespace {

constexpr char kPolicy[] = R"(
  version: 1
  signatures { function: "t.say" parameters: ["text", "to"] }
  layers {
    name: "grants"
    rules { allow: "plugin.call" call { function: "t.say" args: ["hello"] } }
    rules { allow: "plugin.call" call { function: "t.free" args: ["**"] } }
    rules { allow: "plugin.call" call { function: "t.resources.read" args: ["note:a"] } }
    rules { allow: "plugin.call" call { function: "client.roots.list" } }
  })";

bool IsGranted(const rapidjson::Value& params) {
  const std::string tool = params["name"].GetString();
  if (tool == "free") return true;
  return tool == "say" && params["arguments"].MemberCount() == 1 &&
         params["arguments"]["text"] == "hello";
}

void CheckLines(std::string* lines, bool to_server) {
  for (const std::string& line : postern::mcp::TakeLines(lines)) {
    rapidjson::Document message;
    message.Parse<rapidjson::kParseIterativeFlag |
                  rapidjson::kParseValidateEncodingFlag>(line.data(),
                                                         line.size());
    postern::Require(!message.HasParseError(), "JSON: " + line);
    if (!to_server || !message.HasMember("method") ||
        message["method"] != "tools/call") {
      continue;
    }
    postern::Require(IsGranted(message["params"]), "granted: " + line);
  }
}

}  // namespace

// Each line begins with "c" or "s", for who says it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const postern::mcp::ContextPtr* const kContext =
      new postern::mcp::ContextPtr(postern::mcp::ContextOf(kPolicy));
  postern::mcp::SessionOptions options;
  options.server = "t";
  options.signatures = {{"t.say", {"text", "to"}}};
  options.max_pending = 4;
  options.max_held_bytes = 1000;
  postern::mcp::Session session(kContext->get(), options);
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  for (const absl::string_view line : absl::StrSplit(input, '\n')) {
    if (line.empty()) continue;
    if (line[0] == 's') {
      session.FromServer(line.substr(1));
    } else {
      session.FromClient(line.substr(1));
    }
    CheckLines(&session.to_client, /*to_server=*/false);
    CheckLines(&session.to_server, /*to_server=*/true);
    postern::Require(session.pending() <= 5, "a bound of what waits");
  }
  session.ServerEnded();
  postern::Require(session.pending() == 0, "nothing waits at the end");
  CheckLines(&session.to_client, /*to_server=*/false);
  return 0;
}
