#ifndef POSTERN_NET_THREADED_RESOLVER_H_
#define POSTERN_NET_THREADED_RESOLVER_H_

#include <functional>
#include <memory>

#include "net/host_name.h"
#include "net/resolver.h"

namespace postern {
namespace net {

// A look-up that blocks as long as it takes. Thread-safe.
using BlockingLookUp = std::function<LookUpResult(const HostName& name)>;

// Does look-ups in threads of its own, at most kMaxLookUpThreads at a time; the
// others wait for their turn. Who waits is gone at its deadline or when it is
// cancelled: a look-up that had begun goes on and is thrown away, another one
// is forgotten. Destroying the resolver waits for those that go on.
// EAGAIN where the system has no thread for it.
constexpr int kMaxLookUpThreads = 20;
std::shared_ptr<Resolver> MakeThreadedResolver(BlockingLookUp look_up);

}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_THREADED_RESOLVER_H_
