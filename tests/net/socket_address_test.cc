#include "net/socket_address.h"

#include <errno.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace postern {
namespace net {
namespace {

// What the kernel may have written, with `fill` wherever it wrote nothing.
std::string Told(int family, socklen_t size, absl::string_view bytes,
                 char fill) {
  SocketAddress address;
  memset(&address.storage, fill, sizeof(address.storage));
  address.storage.ss_family = static_cast<sa_family_t>(family);
  memcpy(reinterpret_cast<char*>(&address.storage) + sizeof(sa_family_t),
         bytes.data(), bytes.size());
  address.size = size;
  Endpoint endpoint;
  return ToEndpoint(address, &endpoint) ? endpoint.ToString() : "";
}

TEST(SocketAddressTest, NothingIsReadBeyondWhatTheKernelTold) {
  const std::string path = "/" + std::string(107, 'p');
  const std::string abstract = std::string(1, '\0') + std::string(107, 'a');
  const socklen_t whole = sizeof(struct sockaddr_un);
  const struct {
    int family;
    socklen_t size;
    std::string bytes;
    std::string want;
    const char* why;
  } kCases[] = {
      {AF_UNIX, 0, "", "", "nothing at all"},
      {AF_UNIX, 2, "", "", "a family alone: no name"},
      {AF_UNIX, 2, "/x", "", "what is left from before"},
      {AF_UNIX, 3, "/", "", "the root is no socket"},
      {AF_UNIX, 4, "/xy", "unix:/x", "no NUL behind it"},
      {AF_UNIX, 5, {"/x\0", 3}, "unix:/x", "a NUL"},
      {AF_UNIX, 9, {"/x\0/yz", 6}, "unix:/x", "a NUL before the end"},
      {AF_UNIX, whole, path, "unix:" + path, "no room for a NUL"},
      {AF_UNIX, whole + 1, path, "unix:" + path, "unix(7), BUGS"},
      {AF_UNIX, 128, path, "unix:" + path, "more than there is"},
      {AF_UNIX, 3, {"\0", 1}, "", "an abstract name of no bytes"},
      {AF_UNIX, 4, {"\0ab", 3}, "unix-abstract:a", "one byte of it"},
      {AF_UNIX, whole, abstract, "unix-abstract:" + abstract.substr(1), "all"},
      {AF_UNIX, 128, abstract, "unix-abstract:" + abstract.substr(1), "more"},
      {AF_INET, sizeof(struct sockaddr_in) - 1, "", "", "short"},
      {AF_INET6, sizeof(struct sockaddr_in6) - 1, "", "", "short"},
      {AF_INET6, sizeof(struct sockaddr_in), "", "", "of the other family"},
      {AF_VSOCK, sizeof(struct sockaddr_vm) - 1, "", "", "short"},
      {AF_UNSPEC, 128, "", "", "no family"},
      {AF_NETLINK, 128, "", "", "no endpoint"},
  };
  for (const auto& c : kCases) {
    for (const char fill : {'\0', 'f'}) {
      EXPECT_EQ(Told(c.family, c.size, c.bytes, fill), c.want)
          << c.family << " of " << c.size << ": " << c.why;
    }
  }
}

TEST(SocketAddressTest, DestinationsAreNeverUnspecified) {
  const struct {
    const char* endpoint;
    const char* want;
  } kCases[] = {
      {"0.0.0.0:80", "127.0.0.1:80"},
      {"[::ffff:0.0.0.0]:80", "127.0.0.1:80"},
      {"[::]:80", "[::1]:80"},
      {"0.0.0.1:80", "0.0.0.1:80"},
      {"10.0.0.1:80", "10.0.0.1:80"},
      {"[64:ff9b::]:80", "[64:ff9b::]:80"},
      {"unix-abstract:a", "unix-abstract:a"},
      {"vsock:2:80", "vsock:2:80"},
  };
  for (const auto& c : kCases) {
    Endpoint endpoint, to, at;
    SyntaxError error;
    ASSERT_TRUE(Endpoint::Parse(c.endpoint, &endpoint, &error)) << c.endpoint;
    SocketAddress destination, address;
    ASSERT_EQ(ToDestination(endpoint, &destination), 0) << c.endpoint;
    ASSERT_TRUE(ToEndpoint(destination, &to)) << c.endpoint;
    EXPECT_EQ(to.ToString(), c.want);
    ASSERT_EQ(ToSocketAddress(endpoint, &address), 0) << c.endpoint;
    ASSERT_TRUE(ToEndpoint(address, &at)) << c.endpoint;
    EXPECT_EQ(at, endpoint) << "to listen at";
  }
  Endpoint name;
  SyntaxError error;
  SocketAddress address;
  ASSERT_TRUE(Endpoint::Parse("a.example:80", &name, &error));
  EXPECT_EQ(ToDestination(name, &address), EINVAL);
}

}  // namespace
}  // namespace net
}  // namespace postern
