#ifndef POSTERN_BINDINGS_DUKTAPE_GLOBALS_H_
#define POSTERN_BINDINGS_DUKTAPE_GLOBALS_H_

#include <duktape.h>

namespace postern {
namespace duktape {

// Takes from a new heap's global object what has no row in the table, and lets
// `eval` and `Function` ask for code.eval. To be done before any script runs.
void GuardGlobals(duk_context* ctx);

}  // namespace duktape
}  // namespace postern

#endif  // POSTERN_BINDINGS_DUKTAPE_GLOBALS_H_
