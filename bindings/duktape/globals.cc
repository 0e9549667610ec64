#include "bindings/duktape/globals.h"

#include <string.h>

#include "bindings/duktape/guest.h"

namespace postern {
namespace duktape {
namespace {

// Of Duktape's globals: those that touch nothing outside the heap.
// tests/bindings/duktape/reachable.golden has what can be reached from them.
constexpr const char* kPure[] = {
    "Array",
    "ArrayBuffer",
    "Boolean",
    "CBOR",
    "DataView",
    "Date",
    "Error",
    "EvalError",
    "Float32Array",
    "Float64Array",
    "Infinity",
    "Int16Array",
    "Int32Array",
    "Int8Array",
    "JSON",
    "Math",
    "NaN",
    "Number",
    "Object",
    "Proxy",
    "RangeError",
    "Reflect",
    "ReferenceError",
    "RegExp",
    "String",
    "Symbol",
    "SyntaxError",
    "TextDecoder",
    "TextEncoder",
    "TypeError",
    "URIError",
    "Uint16Array",
    "Uint32Array",
    "Uint8Array",
    "Uint8ClampedArray",
    "decodeURI",
    "escape",
    "decodeURIComponent",
    "encodeURI",
    "globalThis",
    "encodeURIComponent",
    "isFinite",
    "isNaN",
    "parseFloat",
    "parseInt",
    "performance",
    "undefined",
    "unescape",
};

// Where the originals are kept: a stash that no script reaches.
constexpr char kEval[] = "eval";
constexpr char kFunction[] = "Function";

bool IsPure(const char* name) {
  for (const char* pure : kPure) {
    if (strcmp(pure, name) == 0) return true;
  }
  return false;
}

// Deletes what has no row. `Duktape` (finalizers, addresses, the call stack)
// and `Buffer` have none; `eval` and `Function` are guarded below.
void RemoveWhatHasNoRow(duk_context* ctx) {
  duk_push_global_object(ctx);
  const duk_idx_t global = duk_get_top_index(ctx);
  duk_enum(ctx, global,
           DUK_ENUM_OWN_PROPERTIES_ONLY | DUK_ENUM_INCLUDE_NONENUMERABLE |
               DUK_ENUM_INCLUDE_SYMBOLS | DUK_ENUM_INCLUDE_HIDDEN);
  while (duk_next(ctx, -1, 0) != 0) {
    if (duk_is_symbol(ctx, -1) || !IsPure(duk_get_string(ctx, -1))) {
      duk_dup(ctx, -1);
      duk_del_prop(ctx, global);
    }
    duk_pop(ctx);
  }
  duk_pop_2(ctx);
}

void CheckEval(duk_context* ctx) {
  Guest& guest = Guest::Of(ctx);
  if (!guest.EnforceWhole(POSTERN_CODE_EVAL)) ThrowFailure(ctx);
}

void PushOriginal(duk_context* ctx, const char* name) {
  duk_push_heap_stash(ctx);
  duk_get_prop_string(ctx, -1, name);
  duk_remove(ctx, -2);
}

// Always the global eval: the code sees no variables of its caller.
duk_ret_t GuardedEval(duk_context* ctx) {
  if (!duk_is_string(ctx, 0)) return duk_dup(ctx, 0), 1;
  CheckEval(ctx);
  PushOriginal(ctx, kEval);
  duk_dup(ctx, 0);
  duk_call(ctx, 1);
  return 1;
}

duk_ret_t GuardedFunction(duk_context* ctx) {
  const duk_idx_t count = duk_get_top(ctx);
  // Code of the guest may run here, before anything is decided.
  for (duk_idx_t i = 0; i < count; ++i) duk_to_string(ctx, i);
  CheckEval(ctx);
  PushOriginal(ctx, kFunction);
  duk_insert(ctx, 0);
  duk_new(ctx, count);
  return 1;
}

void Keep(duk_context* ctx, const char* name) {
  duk_push_heap_stash(ctx);
  duk_get_global_string(ctx, name);
  duk_put_prop_string(ctx, -2, name);
  duk_pop(ctx);
}

// Every function leads to `Function` by its prototype's `constructor`.
void AddFunction(duk_context* ctx) {
  duk_push_c_function(ctx, &GuardedFunction, DUK_VARARGS);
  PushOriginal(ctx, kFunction);
  duk_get_prop_string(ctx, -1, "prototype");
  duk_remove(ctx, -2);
  duk_dup(ctx, -2);
  duk_put_prop_string(ctx, -2, "constructor");
  duk_push_string(ctx, "prototype");
  duk_insert(ctx, -2);
  duk_def_prop(ctx, -3,
               DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_CLEAR_WRITABLE |
                   DUK_DEFPROP_CLEAR_ENUMERABLE |
                   DUK_DEFPROP_CLEAR_CONFIGURABLE | DUK_DEFPROP_FORCE);
  duk_put_global_string(ctx, kFunction);
}

}  // namespace

void GuardGlobals(duk_context* ctx) {
  Keep(ctx, kEval);
  Keep(ctx, kFunction);
  RemoveWhatHasNoRow(ctx);
  duk_push_c_function(ctx, &GuardedEval, 1);
  duk_put_global_string(ctx, kEval);
  AddFunction(ctx);
}

}  // namespace duktape
}  // namespace postern
