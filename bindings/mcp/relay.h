#ifndef POSTERN_BINDINGS_MCP_RELAY_H_
#define POSTERN_BINDINGS_MCP_RELAY_H_

#include <poll.h>

#include <cstddef>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "bindings/mcp/session.h"

namespace postern {
namespace mcp {

// The four ends that lines come from and go to. Those of the server must not
// block (O_NONBLOCK); those of the client may be anybody's too.
struct Ends {
  int client_in = -1;
  int client_out = -1;
  int server_in = -1;   // what it reads
  int server_out = -1;  // what it writes
};

// Parts a stream into lines. A line beyond the limit is told of, and not kept.
class LineSplitter {
 public:
  explicit LineSplitter(size_t max_bytes) : max_bytes_(max_bytes) {}

  // Calls `line(text)` for each line that `bytes` ends, or `too_long()`.
  template <typename Line, typename TooLong>
  void Take(absl::string_view bytes, Line line, TooLong too_long) {
    for (size_t end; (end = bytes.find('\n')) != bytes.npos;
         bytes.remove_prefix(end + 1)) {
      Add(bytes.substr(0, end));
      Finish(line, too_long);
    }
    Add(bytes);
  }
  // The same for what stands behind the last end of a line.
  template <typename Line, typename TooLong>
  void Finish(Line line, TooLong too_long) {
    const std::string text = std::move(part_);
    const bool fits = !too_long_;
    part_.clear();
    too_long_ = false;
    fits ? line(text) : too_long();
  }

 private:
  void Add(absl::string_view bytes) {
    too_long_ = too_long_ || bytes.size() > max_bytes_ - part_.size();
    if (too_long_) {
      part_.clear();
    } else {
      part_.append(bytes.data(), bytes.size());
    }
  }

  const size_t max_bytes_;
  std::string part_;
  bool too_long_ = false;
};

// Moves lines between a client, a session and a server. Keeps about two
// messages of the longest kind for either side: who does not read is not read
// either. Borrows all it is given. One thread.
class Relay {
 public:
  Relay(Session* session, Ends ends, size_t max_message_bytes);

  // One wait, at most so long (-1 = without end), and what it brings. `others`
  // are waited for as well, and say which of them is ready.
  void Turn(absl::Span<pollfd> others, int timeout_ms);

  // The server and all that it started are gone: takes what they left in the
  // pipe, which others may hold open.
  void ServerEnded();

  // The client says nothing more.
  bool client_ended() const { return client_ended_; }
  // And the server has all of it: whoever owns `server_in` closes it.
  bool client_done() const {
    return client_ended_ && server_has_all() && !session_->holds_calls();
  }
  // `server_in` is closed, and its number may be something else soon.
  void ServerInputClosed();
  // Nothing more comes from the server, and the client has all that it will
  // take.
  bool server_done() const { return server_ended_ && client_has_all(); }

 private:
  // A buffer of a session, and how much of it was written.
  struct Output {
    std::string* bytes;
    size_t sent = 0;
    bool broken = false;  // nobody reads any more

    absl::string_view left() const {
      return absl::string_view(*bytes).substr(sent);
    }
    void Sent(size_t size);
    void Break();
  };

  bool server_has_all() const { return to_server_.left().empty(); }
  bool client_has_all() const { return to_client_.left().empty(); }
  void ReadClient();
  bool ReadServer();
  void WriteTo(int fd, size_t most, Output* output);

  Session* const session_;
  Ends ends_;
  const size_t room_;
  LineSplitter from_client_;
  LineSplitter from_server_;
  Output to_client_;
  Output to_server_;
  bool client_ended_ = false;
  bool server_ended_ = false;
};

}  // namespace mcp
}  // namespace postern

#endif  // POSTERN_BINDINGS_MCP_RELAY_H_
