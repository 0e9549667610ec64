#ifndef POSTERN_BINDINGS_MCP_MESSAGE_H_
#define POSTERN_BINDINGS_MCP_MESSAGE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "rapidjson/document.h"

namespace postern {
namespace mcp {

// JSON-RPC 2.0 as the Model Context Protocol narrows it: requests have an id
// that is a string or an integer, "params" and "result" are objects.
enum class MessageKind : uint8_t {
  kInvalid,  // `problem` says why, `code` is JSON-RPC's
  kRequest,
  kNotification,
  kResult,
  kError,
};

// Error codes of JSON-RPC 2.0, section 5.1, and ours from its free range.
constexpr int kParseError = -32700;
constexpr int kInvalidRequest = -32600;
constexpr int kMethodNotFound = -32601;
constexpr int kInvalidParams = -32602;
constexpr int kInternalError = -32603;
constexpr int kServerEnded = -32000;
constexpr int kDenied = -32001;
constexpr int kResourceNotFound = -32002;  // the protocol's own
constexpr int kTooMany = -32003;

// Who wrote a message. Of a client's, names are also compared as readers do
// that take "Name" for "name" (Go's encoding/json), down to those of arguments:
// two that differ in case only are one name twice.
enum class Author : uint8_t { kClient, kServer };

// One message, read. Values in `document` and the texts, which are parts of the
// line, live as long as the line and this do.
struct Message {
  MessageKind kind = MessageKind::kInvalid;
  int code = 0;
  std::string problem;
  std::string id;  // as JSON: "7" or "\"a\""; "" = none, or unreadable
  std::string method;
  absl::string_view params;  // as JSON; "" = none
  absl::string_view body;    // of kResult and kError, as JSON
  rapidjson::Document document;

  // Members of the envelope; null if there is none.
  const rapidjson::Value* Params() const;
  const rapidjson::Value* Result() const;
};

// What one line holds.
struct Line {
  bool batch = false;
  // kParseError: the line is no JSON, or has a name twice, and nothing of it
  // counts.
  int code = 0;
  std::string problem;
  // The message, or those of a batch, as JSON; parts of the line.
  std::vector<absl::string_view> messages;
};

// Bounds of a message, whatever its size: values in it, nesting, and messages
// of a batch.
constexpr size_t kMaxValues = 1000000;
constexpr size_t kMaxNesting = 100;
constexpr size_t kMaxBatch = 100;
constexpr size_t kMaxNameBytes = 256;  // of ids and methods

// Reads RFC 8259 in UTF-8. Linear but for sorting names.
Line ReadLine(absl::string_view line, Author author);
Message ReadMessage(absl::string_view text, Author author);

// The value as JSON on one line.
std::string ToJson(const rapidjson::Value& value);
// An id as JSON, "" if it is none that a request may have.
std::string IdToJson(const rapidjson::Value& value);
// The member if it is a string, else null.
const rapidjson::Value* FindString(const rapidjson::Value& object,
                                   absl::string_view name);
absl::string_view TextOf(const rapidjson::Value& string);

}  // namespace mcp
}  // namespace postern

#endif  // POSTERN_BINDINGS_MCP_MESSAGE_H_
