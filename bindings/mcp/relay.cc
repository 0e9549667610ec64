#include "bindings/mcp/relay.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace postern {
namespace mcp {
namespace {

constexpr size_t kChunk = 64 * 1024;
// Bytes that were written are given up in pieces of this size.
constexpr size_t kKept = 1 << 20;

// How much was read; 0 at the end of the input, -1 if there is nothing yet.
ssize_t ReadSome(int fd, char* bytes, size_t size) {
  const ssize_t got = read(fd, bytes, size);
  if (got >= 0) return got;
  return errno == EINTR || errno == EAGAIN ? -1 : 0;
}

pollfd Watch(int fd, bool wanted, short events) {
  return pollfd{wanted ? fd : -1, events, 0};
}

}  // namespace

void Relay::Output::Sent(size_t size) {
  sent += size;
  if (sent < bytes->size() && sent < kKept) return;
  bytes->erase(0, sent);
  sent = 0;
}

void Relay::Output::Break() {
  broken = true;
  bytes->clear();
  sent = 0;
}

Relay::Relay(Session* session, Ends ends, size_t max_message_bytes)
    : session_(session),
      ends_(ends),
      room_(max_message_bytes),
      from_client_(max_message_bytes),
      from_server_(max_message_bytes),
      to_client_{&session->to_client},
      to_server_{&session->to_server} {}

void Relay::Turn(absl::Span<pollfd> others, int timeout_ms) {
  const bool client_has_room = to_client_.left().size() <= room_;
  std::vector<pollfd> watched = {
      Watch(ends_.client_in,
            !client_ended_ && client_has_room &&
                to_server_.left().size() <= room_,
            POLLIN),
      Watch(ends_.server_out, !server_ended_ && client_has_room, POLLIN),
      Watch(ends_.client_out, !client_has_all(), POLLOUT),
      Watch(ends_.server_in, !server_has_all(), POLLOUT)};
  watched.insert(watched.end(), others.begin(), others.end());
  if (poll(watched.data(), watched.size(), timeout_ms) <= 0) return;
  std::copy(watched.begin() + 4, watched.end(), others.begin());
  if (watched[0].revents != 0) ReadClient();
  if (watched[1].revents != 0) ReadServer();
  // As much as goes into a pipe that has any room, so that this never waits
  // (pipe(7)).
  if (watched[2].revents != 0) {
    WriteTo(ends_.client_out, PIPE_BUF, &to_client_);
  }
  // That end does not block: what just came goes on without another wait.
  if (!server_has_all()) WriteTo(ends_.server_in, kChunk, &to_server_);
}

void Relay::ReadClient() {
  char bytes[kChunk];
  const ssize_t got = ReadSome(ends_.client_in, bytes, sizeof(bytes));
  if (got < 0) return;
  const auto line = [this](const std::string& text) {
    session_->FromClient(text);
  };
  const auto too_long = [this] { session_->ClientLineTooLong(); };
  if (got == 0) {
    client_ended_ = true;
    return from_client_.Finish(line, too_long);
  }
  from_client_.Take(absl::string_view(bytes, static_cast<size_t>(got)), line,
                    too_long);
  if (to_server_.broken) to_server_.Break();
}

// Whether there may be more.
bool Relay::ReadServer() {
  char bytes[kChunk];
  const ssize_t got = ReadSome(ends_.server_out, bytes, sizeof(bytes));
  if (got < 0) return false;
  const auto line = [this](const std::string& text) {
    session_->FromServer(text);
  };
  const auto too_long = [this] { session_->ServerLineTooLong(); };
  if (got > 0) {
    from_server_.Take(absl::string_view(bytes, static_cast<size_t>(got)), line,
                      too_long);
  } else {
    from_server_.Finish(line, too_long);
    server_ended_ = true;
    session_->ServerEnded();
    to_server_.Break();
  }
  if (to_client_.broken) to_client_.Break();
  return got > 0;
}

void Relay::ServerEnded() {
  // At most what a pipe holds.
  while (!server_ended_ && ReadServer()) {
  }
  if (server_ended_) return;
  server_ended_ = true;
  session_->ServerEnded();
  to_server_.Break();
}

void Relay::ServerInputClosed() {
  ends_.server_in = -1;
  to_server_.Break();
}

void Relay::WriteTo(int fd, size_t most, Output* output) {
  const absl::string_view left = output->left();
  const ssize_t wrote = write(fd, left.data(), std::min(left.size(), most));
  if (wrote >= 0) return output->Sent(static_cast<size_t>(wrote));
  if (errno == EINTR || errno == EAGAIN) return;
  output->Break();
  // Whoever does not read answers has no more questions.
  if (output == &to_client_) client_ended_ = true;
}

}  // namespace mcp
}  // namespace postern
