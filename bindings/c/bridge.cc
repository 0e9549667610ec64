#include "bindings/c/bridge.h"

#include <memory>
#include <utility>

#include "bindings/c/callbacks.h"
#include "bindings/c/guarded.h"
#include "bindings/c/handles.h"

namespace postern {
namespace c {

postern_context* NewHandle(std::shared_ptr<PermissionContext> context) {
  auto holder = std::make_shared<ContextHolder>(postern_context_options{});
  holder->context = std::move(context);
  return new postern_context{std::move(holder)};
}

std::unique_ptr<AskHandler> NewAskHandler(postern_ask_fn callback,
                                          void* user_data) {
  return std::make_unique<CallbackAskHandler>(callback, user_data);
}

std::shared_ptr<PermissionContext> ContextOf(const postern_context* handle) {
  return handle == nullptr ? nullptr : SharedContext(*handle);
}

}  // namespace c
}  // namespace postern
