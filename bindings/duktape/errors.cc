#include <string.h>

#include "bindings/duktape/guest.h"
#include "bindings/duktape/text.h"

namespace postern {
namespace duktape {
namespace {

// No script can make this key.
constexpr char kDenialMark[] = DUK_HIDDEN_SYMBOL("denial");

void SetText(duk_context* ctx, const char* field, const std::string& text) {
  duk_push_lstring(ctx, text.data(), text.size());
  Define(ctx, field);
}

void SetDetails(duk_context* ctx, const host::GuestDenial& denial) {
  SetText(ctx, "operation", denial.operation);
  SetText(ctx, "remedy", denial.remedy);
  if (denial.argument < 0) return;
  duk_push_int(ctx, denial.argument);
  Define(ctx, "argument");
  SetText(ctx, "actual", denial.actual);
  duk_push_array(ctx);
  duk_uarridx_t i = 0;
  for (const std::string& value : denial.expected) {
    duk_push_lstring(ctx, value.data(), value.size());
    DefineAt(ctx, i++);
  }
  Define(ctx, "expected");
}

}  // namespace

void Define(duk_context* ctx, const char* field) {
  duk_push_string(ctx, field);
  duk_insert(ctx, -2);
  duk_def_prop(ctx, -3, DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_SET_WEC);
}

void DefineAt(duk_context* ctx, duk_uarridx_t index) {
  duk_push_uint(ctx, index);
  duk_insert(ctx, -2);
  duk_def_prop(ctx, -3, DUK_DEFPROP_HAVE_VALUE | DUK_DEFPROP_SET_WEC);
}

void ThrowDenial(duk_context* ctx, const host::GuestDenial& denial) {
  duk_require_stack(ctx, 10);
  duk_push_error_object(ctx, DUK_ERR_ERROR, "%s", denial.message.c_str());
  SetText(ctx, "code", denial.code);
  SetText(ctx, "resource", denial.resource);
  if (!denial.permission.empty()) SetText(ctx, "permission", denial.permission);
  if (denial.full) SetDetails(ctx, denial);
  duk_push_true(ctx);
  Define(ctx, kDenialMark);
  duk_throw(ctx);
  __builtin_unreachable();
}

bool IsDenial(duk_context* ctx, duk_idx_t index) {
  if (!duk_is_error(ctx, index)) return false;
  const duk_idx_t error = duk_require_normalize_index(ctx, index);
  // Its own mark: that of its prototype is another error's.
  duk_push_string(ctx, kDenialMark);
  duk_get_prop_desc(ctx, error, 0);
  const bool is_denial = duk_is_object(ctx, -1) != 0;
  duk_pop(ctx);
  return is_denial;
}

void ThrowFailure(duk_context* ctx) {
  const host::Failure& failure = Guest::Of(ctx).failure();
  if (failure.denied) ThrowDenial(ctx, failure.denial);
  const char* const name = strerrorname_np(failure.code);
  duk_push_error_object(ctx, DUK_ERR_ERROR, "%s: %s",
                        name == nullptr ? "error" : name,
                        failure.message.c_str());
  duk_push_string(ctx, name == nullptr ? "EOTHER" : name);
  Define(ctx, "code");
  duk_push_int(ctx, failure.code);
  Define(ctx, "errno");
  duk_throw(ctx);
  __builtin_unreachable();
}

void TakeWord(duk_context* ctx, duk_idx_t index, size_t word) {
  duk_size_t size = 0;
  const char* const text = duk_require_lstring(ctx, index, &size);
  if (!Guest::Of(ctx).TakeWord(word, text, size)) ThrowFailure(ctx);
}

}  // namespace duktape
}  // namespace postern
