#ifndef POSTERN_TESTS_PROCESS_LOOPBACK_H_
#define POSTERN_TESTS_PROCESS_LOOPBACK_H_

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>

#include "fs/base/file_descriptor.h"
#include "gtest/gtest.h"
#include "tests/process/scratch.h"

namespace postern {
namespace testing {

inline sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// 0 or the errno of a connection to the port of loopback.
inline int ConnectTo(uint16_t port) {
  const fs::FileDescriptor out(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = Loopback(port);
  return ErrorOf(connect(out.get(), reinterpret_cast<const sockaddr*>(&address),
                         sizeof(address)),
                 /*close_it=*/false);
}

// Listens on a port of loopback that the kernel chooses.
inline fs::FileDescriptor ListenOnLoopback(uint16_t* port) {
  fs::FileDescriptor in(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  sockaddr* const any = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(bind(in.get(), any, size), 0);
  EXPECT_EQ(listen(in.get(), 8), 0);
  EXPECT_EQ(getsockname(in.get(), any, &size), 0);
  *port = ntohs(address.sin_port);
  return in;
}

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_TESTS_PROCESS_LOOPBACK_H_
