#ifndef POSTERN_BINDINGS_MCP_SESSION_H_
#define POSTERN_BINDINGS_MCP_SESSION_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "bindings/c/postern.h"
#include "bindings/mcp/gate.h"
#include "bindings/mcp/message.h"
#include "bindings/mcp/methods.h"
#include "bindings/mcp/tools.h"

namespace postern {
namespace mcp {

struct SessionOptions {
  std::string server;     // what rules call it: "files" of "files.read_file"
  Signatures signatures;  // that the policy declares
  absl::Duration answer_time = absl::Minutes(1);  // for a person who is asked
  // Of requests that wait for an answer, each way. More are refused.
  size_t max_pending = 1000;
  // Of calls that wait until the parameters of tools are known.
  size_t max_held_bytes = 16 << 20;
  // Of what waits to be written to the server. Answers to its own requests
  // beyond are dropped: it sends them, and does not read.
  size_t max_unread_bytes = 64 << 20;
  // False once what is decided cannot be written down any more: nothing is
  // granted then. Null = it always can.
  std::function<bool()> recorded;
  // Hears of what was dropped, a line each with the other side's text escaped.
  std::function<void(const std::string&)> note;
};

// The proxy between one client and one server, without input and output: takes
// their lines, and says what is to be written to whom. The server sees ids that
// are ours, so that no answer of it can be about something else, and those
// messages only that were decided. See docs/mcp.md for what becomes of each.
// One thread at a time.
class Session {
 public:
  // `context` is borrowed.
  Session(postern_context* context, SessionOptions options);

  // One line, without its end, whatever it holds. An empty one is nothing.
  void FromClient(absl::string_view line);
  void FromServer(absl::string_view line);
  // A line that was longer than its reader takes.
  void ClientLineTooLong();
  void ServerLineTooLong();
  // Nothing more comes from the server: what waits for it is answered.
  void ServerEnded();

  // Lines to be written, each with its end; whoever writes takes them.
  std::string to_client;
  std::string to_server;

  size_t pending() const { return pending_.size(); }
  // Calls wait until the tools are known.
  bool holds_calls() const { return !held_.empty(); }
  // While a person is asked: the parameters of what is asked for, as JSON, just
  // as they would pass; "" = it has none.
  absl::string_view deciding() const { return deciding_; }

 private:
  struct Pending {
    ClientMethod method = ClientMethod::kUnknown;
    std::string id;      // the client's
    uint64_t batch = 0;  // 0 = none
    bool own = false;    // the proxy's own question for tools
  };
  struct Batch {
    size_t open = 0;  // requests without an answer
    std::string replies;
  };
  // A call that waits.
  struct Held {
    std::string text;  // the message
    std::string id;
    uint64_t batch;
  };
  enum class Learning : uint8_t { kNotYet, kAsked, kDone };

  // session.cc: what becomes of messages.
  void ClientMessage(const Message& message, uint64_t batch);
  void ClientBatch(const Line& line);
  void ClientRequest(const Message& message, uint64_t batch);
  void ClientNotification(const Message& message);
  void ClientResponse(const Message& message);
  void Cancel(const Message& message);
  void DropHeld(const std::string& id);
  void ServerMessage(const Message& message);
  void ServerRequest(const Message& message);
  void ServerNotification(const Message& message);
  void ServerResponse(const Message& message);
  void ServerBroke(const Message& message);
  absl::optional<Pending> TakePending(const std::string& id);

  // session_calls.cc: what is decided.
  void Initialize(const Message& message, uint64_t batch);
  void CallTool(const Message& message, uint64_t batch);
  void Hold(const Message& message, uint64_t batch);
  void DecideTool(const Message& message, uint64_t batch);
  Verdict Enforce(const Call& call);
  Call MakeToolCall(const std::string& function,
                    const rapidjson::Value* arguments) const;
  std::string WithPaths(const Message& message, const Verdict& verdict,
                        const std::string& function) const;
  void Decide(const Message& message, uint64_t batch, const char* function,
              std::vector<host::Value> args);
  void ReadResource(const Message& message, uint64_t batch);
  void GetPrompt(const Message& message, uint64_t batch);
  void Complete(const Message& message, uint64_t batch);
  std::string Result(ClientMethod method, const Message& message,
                     std::string* problem);
  std::string InitializeResult(const Message& message, std::string* problem);
  std::string Filtered(ClientMethod method, const Message& message,
                       std::string* problem);
  bool IsListed(ClientMethod method, const rapidjson::Value& item);
  void LearnTools(const rapidjson::Value& result);
  void AskForTools(absl::string_view cursor);
  void ToolsAnswered(const Message& message);
  void ReleaseHeld();
  std::string FunctionOf(absl::string_view name) const;
  std::string ToolOf(absl::string_view name) const;

  // session_output.cc: what is written.
  void Forward(const Message& message, ClientMethod method, uint64_t batch,
               absl::string_view params);
  void Reply(const std::string& id, uint64_t batch, absl::string_view member,
             absl::string_view body);
  void ReplyError(const std::string& id, uint64_t batch, int code,
                  absl::string_view text);
  void SendToClient(const std::string& json, uint64_t batch);
  void BeginOne(uint64_t batch);
  void EndOne(uint64_t batch);
  void ErrorToServer(const std::string& id, int code, absl::string_view text);
  void NotifyServer(const std::string& method, absl::string_view params);
  void Note(const std::string& text) const;

  const SessionOptions options_;
  const Gate gate_;
  absl::string_view deciding_;
  Tools tools_;
  std::string version_;  // that was agreed on; "" = not yet
  bool initialized_ = false;
  bool ended_ = false;
  Learning learning_ = Learning::kNotYet;
  size_t pages_ = 0;  // of tools, of the question that is open
  uint64_t next_id_ = 1;
  std::map<uint64_t, Pending> pending_;        // by the id that the server sees
  std::map<std::string, uint64_t> by_client_;  // 0 = held
  std::map<uint64_t, Batch> batches_;
  uint64_t next_batch_ = 1;
  std::deque<Held> held_;
  size_t held_bytes_ = 0;
  std::set<std::string> server_requests_;
};

// An answer as it came.
std::string ResponseText(const Message& message);
// A request, or with `id` "" a notification. `id` and `params` are JSON; "" =
// no params. The method is one that has a row.
std::string CallText(const std::string& method, absl::string_view id,
                     absl::string_view params);

}  // namespace mcp
}  // namespace postern

#endif  // POSTERN_BINDINGS_MCP_SESSION_H_
