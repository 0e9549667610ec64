#ifndef POSTERN_NET_THREADED_RESOLVER_H_
#define POSTERN_NET_THREADED_RESOLVER_H_

#include <functional>
#include <memory>

#include "net/host_name.h"
#include "net/resolver.h"

namespace postern {
namespace net {

// A look-up that knows no deadline: it blocks until it is done. Thread-safe.
using BlockingLookUp = std::function<LookUpResult(const HostName& name)>;

// Does look-ups in threads of its own, at most kMaxLookUpThreads at a time;
// further ones wait for their turn. A caller returns at its deadline or when it
// is cancelled. If its look-up has begun by then, it goes on and its result is
// thrown away; otherwise it is never begun. Destroying the resolver waits for
// those that go on. EAGAIN if the system has no thread to give.
constexpr int kMaxLookUpThreads = 20;
std::shared_ptr<Resolver> MakeThreadedResolver(BlockingLookUp look_up);

}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_THREADED_RESOLVER_H_
