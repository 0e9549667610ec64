#include <utility>

#include "absl/strings/str_cat.h"
#include "bindings/mcp/session.h"
#include "permission/text/json_writer.h"

namespace postern {
namespace mcp {
namespace {

std::string ErrorBody(int code, absl::string_view text) {
  return WriteJsonObject([&](JsonWriter& json) {
    json.Key("code").Integer(code);
    json.Key("message").String(text);
  });
}

std::string Response(const std::string& id, absl::string_view member,
                     absl::string_view body) {
  return absl::StrCat("{\"jsonrpc\":\"2.0\",\"id\":", id.empty() ? "null" : id,
                      ",\"", member, "\":", body, "}");
}

}  // namespace

std::string ResponseText(const Message& message) {
  return Response(message.id,
                  message.kind == MessageKind::kError ? "error" : "result",
                  message.body);
}

std::string CallText(const std::string& method, absl::string_view id,
                     absl::string_view params) {
  std::string text = "{\"jsonrpc\":\"2.0\"";
  if (!id.empty()) absl::StrAppend(&text, ",\"id\":", id);
  absl::StrAppend(&text, ",\"method\":", "\"", method, "\"");
  if (!params.empty()) absl::StrAppend(&text, ",\"params\":", params);
  absl::StrAppend(&text, "}");
  return text;
}

void Session::Forward(const Message& message, ClientMethod method,
                      uint64_t batch, absl::string_view params) {
  const uint64_t id = next_id_++;
  pending_[id] = Pending{method, message.id, batch, /*own=*/false};
  by_client_[message.id] = id;
  absl::StrAppend(&to_server,
                  CallText(message.method, absl::StrCat(id), params), "\n");
}

void Session::Reply(const std::string& id, uint64_t batch,
                    absl::string_view member, absl::string_view body) {
  SendToClient(Response(id, member, body), batch);
  EndOne(batch);
}

void Session::ReplyError(const std::string& id, uint64_t batch, int code,
                         absl::string_view text) {
  Reply(id, batch, "error", ErrorBody(code, text));
}

void Session::SendToClient(const std::string& json, uint64_t batch) {
  const auto it = batches_.find(batch);
  if (it == batches_.end()) {
    absl::StrAppend(&to_client, json, "\n");
    return;
  }
  absl::StrAppend(&it->second.replies, it->second.replies.empty() ? "" : ",",
                  json);
}

void Session::BeginOne(uint64_t batch) {
  const auto it = batches_.find(batch);
  if (it != batches_.end()) ++it->second.open;
}

// A request of a batch has its answer, or needs none any more. After the last
// of them the client gets the answers as one list.
void Session::EndOne(uint64_t batch) {
  const auto it = batches_.find(batch);
  if (it == batches_.end() || --it->second.open > 0) return;
  if (!it->second.replies.empty()) {
    absl::StrAppend(&to_client, "[", it->second.replies, "]\n");
  }
  batches_.erase(it);
}

void Session::ErrorToServer(const std::string& id, int code,
                            absl::string_view text) {
  if (to_server.size() > options_.max_unread_bytes) return;
  absl::StrAppend(&to_server, Response(id, "error", ErrorBody(code, text)),
                  "\n");
}

void Session::NotifyServer(const std::string& method,
                           absl::string_view params) {
  absl::StrAppend(&to_server, CallText(method, "", params), "\n");
}

void Session::Note(const std::string& text) const {
  if (options_.note) options_.note(text);
}

}  // namespace mcp
}  // namespace postern
