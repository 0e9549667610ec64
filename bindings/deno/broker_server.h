#ifndef POSTERN_BINDINGS_DENO_BROKER_SERVER_H_
#define POSTERN_BINDINGS_DENO_BROKER_SERVER_H_

#include <poll.h>

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "bindings/deno/broker.h"

namespace postern {
namespace deno {

// Serves the broker at a unix socket: Deno, and each Deno that it starts, makes
// one connection. One thread.
class BrokerServer {
 public:
  // `listener` is a listening stream socket, and not closed here; `broker` is
  // borrowed. Of `deno`, the working directory is looked up for each request.
  BrokerServer(const Broker* broker, int listener, AskingDeno deno);
  ~BrokerServer();
  BrokerServer(const BrokerServer&) = delete;
  BrokerServer& operator=(const BrokerServer&) = delete;

  // One wait, and what it brings. `others` are waited for as well, and say
  // which of them is ready.
  void Turn(absl::Span<pollfd> others);

 private:
  // More at a time are closed at once.
  static constexpr size_t kMaxConnections = 64;
  struct Connection {
    int fd = -1;
    int process = -1;
    std::string part;  // of a line
  };

  void Accept();
  bool Serve(Connection* connection);
  bool AnswerLines(Connection* connection);

  const Broker* const broker_;
  const int listener_;
  AskingDeno deno_;
  std::vector<Connection> connections_;
};

}  // namespace deno
}  // namespace postern

#endif  // POSTERN_BINDINGS_DENO_BROKER_SERVER_H_
