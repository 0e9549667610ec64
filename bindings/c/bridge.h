#ifndef POSTERN_BINDINGS_C_BRIDGE_H_
#define POSTERN_BINDINGS_C_BRIDGE_H_

#include <memory>

#include "bindings/c/postern/callbacks.h"
#include "bindings/c/postern/context.h"
#include "permission/ask.h"
#include "permission/context.h"

namespace postern {
namespace c {

// For hosts in C++ that are built with Postern's sources and hand a context to
// something that takes the C interface's, as lua::RunApp(): both are the same
// context, so that a Drop() in one is one in the other. No part of the C
// interface, and not to be found in libpostern.so.

// A handle of `context`, which must not be null; for postern_context_free().
// What the context's options point to has to outlive both.
postern_context* NewHandle(std::shared_ptr<PermissionContext> context);

// Asks such a callback as contexts made in C do.
std::unique_ptr<AskHandler> NewAskHandler(postern_ask_fn callback,
                                          void* user_data);

// The context of a handle, which may be freed before; null for null. It keeps
// the callbacks of a context that was made in C.
std::shared_ptr<PermissionContext> ContextOf(const postern_context* handle);

}  // namespace c
}  // namespace postern

#endif  // POSTERN_BINDINGS_C_BRIDGE_H_
