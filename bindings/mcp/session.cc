#include "bindings/mcp/session.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "permission/text/display.h"

namespace postern {
namespace mcp {
namespace {

using internal::QuoteForDisplay;
using rapidjson::Value;

// Of the other side's text in a note.
constexpr size_t kNotedBytes = 100;

std::string Shown(absl::string_view text) {
  return QuoteForDisplay(text.substr(0, kNotedBytes));
}

// A carriage return is white space in JSON, and a line's end to readers with
// universal newlines (Python's): they would read what lies between two of them
// as a message of its own.
std::string WithoutReturns(absl::string_view line) {
  std::string text(line);
  std::replace(text.begin(), text.end(), '\r', ' ');
  return text;
}

bool IsBlank(const std::string& line) {
  return line.find_first_not_of(" \t") == line.npos;
}

// The id that a notification is about, as JSON; "" if there is none.
std::string RequestId(const Message& message) {
  const Value* const params = message.Params();
  if (params == nullptr) return "";
  const auto it = params->FindMember("requestId");
  return it == params->MemberEnd() ? "" : IdToJson(it->value);
}

}  // namespace

Session::Session(postern_context* context, SessionOptions options)
    : options_(std::move(options)),
      gate_(context, options_.answer_time),
      tools_(options_.signatures) {}

void Session::FromClient(absl::string_view text) {
  const std::string clean = WithoutReturns(text);
  if (IsBlank(clean)) return;
  const Line line = ReadLine(clean, Author::kClient);
  if (line.code != 0) return ReplyError("", 0, line.code, line.problem);
  if (line.batch) return ClientBatch(line);
  ClientMessage(ReadMessage(line.messages[0], Author::kClient), 0);
}

void Session::ClientBatch(const Line& line) {
  if (version_ != kBatchVersion) {
    return ReplyError("", 0, kInvalidRequest,
                      absl::StrCat("only revision ", kBatchVersion,
                                   " of the protocol has batches"));
  }
  const uint64_t batch = next_batch_++;
  batches_[batch].open = 1;  // until all of it was read
  for (const absl::string_view text : line.messages) {
    ClientMessage(ReadMessage(text, Author::kClient), batch);
  }
  EndOne(batch);
}

void Session::ClientMessage(const Message& message, uint64_t batch) {
  switch (message.kind) {
    case MessageKind::kInvalid:
      BeginOne(batch);
      // An error with the id of a request that waits would end that one.
      return ReplyError(by_client_.count(message.id) != 0 ? "" : message.id,
                        batch, message.code, message.problem);
    case MessageKind::kRequest:
      BeginOne(batch);
      return ClientRequest(message, batch);
    case MessageKind::kNotification:
      return ClientNotification(message);
    case MessageKind::kResult:
    case MessageKind::kError:
      return ClientResponse(message);
  }
}

void Session::ClientRequest(const Message& message, uint64_t batch) {
  if (by_client_.count(message.id) != 0) {
    return ReplyError("", batch, kInvalidRequest,
                      absl::StrCat("a request with the id ", message.id,
                                   " waits for its answer already"));
  }
  if (ended_) {
    return ReplyError(message.id, batch, kServerEnded, "the server ended");
  }
  if (by_client_.size() >= options_.max_pending) {
    return ReplyError(message.id, batch, kTooMany,
                      "too many requests wait for an answer");
  }
  const ClientMethod method = ClientMethodOf(message.method);
  switch (method) {
    case ClientMethod::kUnknown:
      return ReplyError(
          message.id, batch, kMethodNotFound,
          absl::StrCat("no method ", Shown(message.method), " passes here"));
    case ClientMethod::kInitialize:
      return Initialize(message, batch);
    case ClientMethod::kCallTool:
      return CallTool(message, batch);
    case ClientMethod::kReadResource:
      return ReadResource(message, batch);
    case ClientMethod::kGetPrompt:
      return GetPrompt(message, batch);
    case ClientMethod::kComplete:
      return Complete(message, batch);
    case ClientMethod::kPass:
    case ClientMethod::kListTools:
    case ClientMethod::kListResources:
    case ClientMethod::kListTemplates:
    case ClientMethod::kListPrompts:
      return Forward(message, method, batch, message.params);
  }
}

void Session::ClientNotification(const Message& message) {
  switch (ClientNotice(message.method)) {
    case Notice::kPass:
      return NotifyServer(message.method, message.params);
    case Notice::kCancelled:
      return Cancel(message);
    case Notice::kRootsChanged: {
      Call call;
      call.function = FindServerMethod("roots/list")->function;
      if (gate_.MayCall(call)) NotifyServer(message.method, message.params);
      return;
    }
    case Notice::kUnknown:
    case Notice::kToolsChanged:
    case Notice::kResourceUpdated:
      return Note(absl::StrCat("the client's notification ",
                               Shown(message.method), " was dropped"));
  }
}

// Whoever cancels expects no answer: one that comes yet finds nobody.
void Session::Cancel(const Message& message) {
  const auto it = by_client_.find(RequestId(message));
  if (it == by_client_.end()) return;
  const uint64_t id = it->second;
  if (id == 0) return DropHeld(it->first);
  const Pending pending = pending_[id];
  // "MUST NOT be cancelled by clients", and its answer says what follows.
  if (pending.method == ClientMethod::kInitialize) return;
  by_client_.erase(it);
  pending_.erase(id);
  rapidjson::Document params;
  params.CopyFrom(*message.Params(), params.GetAllocator());
  params["requestId"].SetUint64(id);
  NotifyServer(message.method, ToJson(params));
  EndOne(pending.batch);
}

void Session::DropHeld(const std::string& id) {
  const auto it = std::find_if(held_.begin(), held_.end(),
                               [&](const Held& held) { return held.id == id; });
  if (it == held_.end()) return;
  const uint64_t batch = it->batch;
  held_bytes_ -= it->text.size();
  held_.erase(it);
  by_client_.erase(id);
  EndOne(batch);
}

void Session::ClientResponse(const Message& message) {
  if (server_requests_.erase(message.id) == 0) {
    return Note(absl::StrCat("the client's answer to ", Shown(message.id),
                             ", which nobody asked, was dropped"));
  }
  absl::StrAppend(&to_server, ResponseText(message), "\n");
}

void Session::FromServer(absl::string_view text) {
  const std::string clean = WithoutReturns(text);
  if (IsBlank(clean)) return;
  const Line line = ReadLine(clean, Author::kServer);
  if (line.code != 0) {
    return Note(
        absl::StrCat("a line of the server was dropped: ", line.problem));
  }
  for (const absl::string_view one : line.messages) {
    ServerMessage(ReadMessage(one, Author::kServer));
  }
}

void Session::ServerMessage(const Message& message) {
  switch (message.kind) {
    case MessageKind::kInvalid:
      return ServerBroke(message);
    case MessageKind::kRequest:
      return ServerRequest(message);
    case MessageKind::kNotification:
      return ServerNotification(message);
    case MessageKind::kResult:
    case MessageKind::kError:
      return ServerResponse(message);
  }
}

// Takes the request that a message of the server answers.
absl::optional<Session::Pending> Session::TakePending(const std::string& id) {
  uint64_t number = 0;
  // An id of ours is digits as we write them.
  if (!absl::SimpleAtoi(id, &number) || absl::StrCat(number) != id) {
    return absl::nullopt;
  }
  const auto it = pending_.find(number);
  if (it == pending_.end()) return absl::nullopt;
  const Pending pending = it->second;
  pending_.erase(it);
  if (!pending.own) by_client_.erase(pending.id);
  return pending;
}

void Session::ServerBroke(const Message& message) {
  Note(absl::StrCat("a message of the server was dropped: ", message.problem));
  // A request of the server may have the number of one of ours.
  if (message.document.IsObject() && message.document.HasMember("method")) {
    return;
  }
  const absl::optional<Pending> pending = TakePending(message.id);
  if (!pending) return;
  if (pending->own) return ToolsAnswered(message);
  ReplyError(pending->id, pending->batch, kInternalError,
             absl::StrCat("the server's answer is broken: ", message.problem));
}

void Session::ServerRequest(const Message& message) {
  if (server_requests_.count(message.id) != 0) {
    return ErrorToServer("", kInvalidRequest, "an id that waits already");
  }
  if (server_requests_.size() >= options_.max_pending) {
    return ErrorToServer(message.id, kTooMany, "too many requests wait");
  }
  const ServerMethod* const row = FindServerMethod(message.method);
  Call call;
  if (row != nullptr) call.function = row->function;
  if (message.method != "ping" && (row == nullptr || !Enforce(call).granted)) {
    return ErrorToServer(message.id, kMethodNotFound, "no such method");
  }
  server_requests_.insert(message.id);
  absl::StrAppend(&to_client,
                  CallText(message.method, message.id, message.params), "\n");
}

void Session::ServerNotification(const Message& message) {
  bool passes = false;
  switch (ServerNotice(message.method)) {
    case Notice::kPass:
      passes = true;
      break;
    case Notice::kCancelled:
      passes = server_requests_.erase(RequestId(message)) != 0;
      break;
    case Notice::kToolsChanged:
      if (learning_ == Learning::kDone) learning_ = Learning::kNotYet;
      passes = true;
      break;
    case Notice::kResourceUpdated:
      passes = message.Params() != nullptr &&
               IsListed(ClientMethod::kListResources, *message.Params());
      break;
    case Notice::kUnknown:
    case Notice::kRootsChanged:
      Note(absl::StrCat("the server's notification ", Shown(message.method),
                        " was dropped"));
      break;
  }
  if (!passes) return;
  absl::StrAppend(&to_client, CallText(message.method, "", message.params),
                  "\n");
}

void Session::ServerResponse(const Message& message) {
  const absl::optional<Pending> pending = TakePending(message.id);
  if (!pending) {
    return Note(absl::StrCat("the server's answer to ", Shown(message.id),
                             ", which nobody waits for, was dropped"));
  }
  if (pending->own) return ToolsAnswered(message);
  std::string problem;
  const std::string result = message.kind == MessageKind::kResult
                                 ? Result(pending->method, message, &problem)
                                 : "";
  if (!problem.empty()) {
    return ReplyError(pending->id, pending->batch, kInternalError, problem);
  }
  const bool error = message.kind == MessageKind::kError;
  Reply(pending->id, pending->batch, error ? "error" : "result",
        error ? message.body : absl::string_view(result));
}

void Session::ClientLineTooLong() {
  ReplyError("", 0, kInvalidRequest, "the message is longer than is taken");
}

void Session::ServerLineTooLong() {
  Note("a message of the server was dropped: it is longer than is taken");
}

void Session::ServerEnded() {
  ended_ = true;
  std::map<uint64_t, Pending> pending;
  pending.swap(pending_);
  std::deque<Held> held;
  held.swap(held_);
  held_bytes_ = 0;
  by_client_.clear();
  for (const auto& one : pending) {
    if (one.second.own) continue;
    ReplyError(one.second.id, one.second.batch, kServerEnded,
               "the server ended");
  }
  for (const Held& one : held) {
    ReplyError(one.id, one.batch, kServerEnded, "the server ended");
  }
}

}  // namespace mcp
}  // namespace postern
