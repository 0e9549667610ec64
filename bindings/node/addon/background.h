#ifndef POSTERN_BINDINGS_NODE_ADDON_BACKGROUND_H_
#define POSTERN_BINDINGS_NODE_ADDON_BACKGROUND_H_

#include <node_api.h>

#include <memory>

namespace postern {
namespace node {

// Work that waits for disks, look-ups or people, and so is done by a thread of
// Node's pool (napi_create_async_work). It is called and destroyed on the
// environment's thread but for Run().
class Background {
 public:
  virtual ~Background() = default;
  // On a thread of the pool; no JavaScript.
  virtual void Run() = 0;
  // The arguments of the callback: an error or null, and the result. On the
  // environment's thread.
  virtual void Finish(napi_env env, napi_value arguments[2]) = 0;
};

// Runs `work`, and then calls `callback`. What the callback throws is an
// uncaught exception, as of any callback.
void StartBackground(napi_env env, std::unique_ptr<Background> work,
                     napi_value callback);

}  // namespace node
}  // namespace postern

#endif  // POSTERN_BINDINGS_NODE_ADDON_BACKGROUND_H_
