#ifndef POSTERN_NET_PURPOSE_H_
#define POSTERN_NET_PURPOSE_H_

#include <cstdint>

namespace postern {
namespace net {

// What an endpoint is wanted for.
enum class Purpose : uint8_t {
  kConnect,
  // 0.0.0.0 and "::" stand for every own address, the context id 2^32 - 1 for
  // every own one.
  kListen,
};

}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_PURPOSE_H_
