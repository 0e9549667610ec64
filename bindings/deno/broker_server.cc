#include "bindings/deno/broker_server.h"

#include <errno.h>
#include <limits.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "bindings/deno/broker_message.h"

namespace postern {
namespace deno {
namespace {

// The working directory of a process; "" if it is not known or was removed.
std::string DirectoryOf(int process) {
  char name[PATH_MAX];
  const ssize_t size = readlink(absl::StrCat("/proc/", process, "/cwd").c_str(),
                                name, sizeof(name));
  if (size <= 0 || size == static_cast<ssize_t>(sizeof(name))) return "";
  const std::string directory(name, static_cast<size_t>(size));
  return absl::StartsWith(directory, "/") &&
                 !absl::EndsWith(directory, " (deleted)")
             ? directory
             : "";
}

// Deno waits for each answer, so that there is room for it.
bool Write(int fd, const std::string& text) {
  return send(fd, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
         static_cast<ssize_t>(text.size());
}

}  // namespace

BrokerServer::BrokerServer(const Broker* broker, int listener, AskingDeno deno)
    : broker_(broker), listener_(listener), deno_(std::move(deno)) {}

BrokerServer::~BrokerServer() {
  for (const Connection& connection : connections_) close(connection.fd);
}

void BrokerServer::Turn(absl::Span<pollfd> others) {
  std::vector<pollfd> watched = {{listener_, POLLIN, 0}};
  for (const Connection& connection : connections_) {
    watched.push_back({connection.fd, POLLIN, 0});
  }
  const size_t own = watched.size();
  watched.insert(watched.end(), others.begin(), others.end());
  if (poll(watched.data(), watched.size(), -1) <= 0) return;
  std::copy(watched.begin() + static_cast<ptrdiff_t>(own), watched.end(),
            others.begin());
  std::vector<Connection> kept;
  for (size_t i = 0; i < connections_.size(); ++i) {
    if (watched[i + 1].revents == 0 || Serve(&connections_[i])) {
      kept.push_back(std::move(connections_[i]));
    } else {
      close(connections_[i].fd);
    }
  }
  connections_ = std::move(kept);
  if (watched[0].revents != 0) Accept();
}

void BrokerServer::Accept() {
  const int fd =
      accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return;
  ucred peer = {};
  socklen_t size = sizeof(peer);
  if (connections_.size() >= kMaxConnections ||
      getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    close(fd);
    return;
  }
  connections_.push_back(Connection{fd, peer.pid, ""});
}

// False if the connection is over.
bool BrokerServer::Serve(Connection* connection) {
  char bytes[16 * 1024];
  const ssize_t got = recv(connection->fd, bytes, sizeof(bytes), 0);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) return false;
  connection->part.append(bytes, static_cast<size_t>(got));
  return AnswerLines(connection) && connection->part.size() <= kMaxRequestBytes;
}

bool BrokerServer::AnswerLines(Connection* connection) {
  std::string& part = connection->part;
  size_t begin = 0;
  for (size_t end; (end = part.find('\n', begin)) != part.npos;
       begin = end + 1) {
    deno_.directory = DirectoryOf(connection->process);
    const absl::optional<std::string> answer = broker_->Answer(
        absl::string_view(part).substr(begin, end - begin), deno_);
    if (!answer || !Write(connection->fd, *answer)) return false;
  }
  part.erase(0, begin);
  return true;
}

}  // namespace deno
}  // namespace postern
