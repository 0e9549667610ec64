// `env`, `permission`, `print` and `console`.

#include "bindings/duktape/guest.h"

namespace postern {
namespace duktape {
namespace {

constexpr duk_uarridx_t kMostWords = 1000;

duk_ret_t GetVariable(duk_context* ctx) {
  Guest& guest = Guest::Of(ctx);
  bool is_set = false;
  TakeWord(ctx, 0, 0);
  if (!guest.GetVariable(&is_set)) ThrowFailure(ctx);
  if (!is_set) return 0;
  duk_push_lstring(ctx, guest.bytes().data(), guest.bytes().size());
  return 1;
}

duk_ret_t ListVariables(duk_context* ctx) {
  Guest& guest = Guest::Of(ctx);
  if (!guest.ListVariables()) ThrowFailure(ctx);
  duk_push_array(ctx);
  for (size_t i = 0; i < guest.word_count(); ++i) {
    duk_push_lstring(ctx, guest.word(i).data(), guest.word(i).size());
    DefineAt(ctx, static_cast<duk_uarridx_t>(i));
  }
  return 1;
}

// A permission, and perhaps a resource: a string or an array of strings. What
// the guest's code does in a getter is done before the first word is taken.
void TakeWords(duk_context* ctx) {
  Guest& guest = Guest::Of(ctx);
  duk_require_string(ctx, 0);
  if (!duk_is_array(ctx, 1)) {
    const bool whole = duk_is_undefined(ctx, 1);
    if (!whole) duk_require_string(ctx, 1);
    guest.KeepWords(whole ? 1 : 2);
    TakeWord(ctx, 0, 0);
    if (!whole) TakeWord(ctx, 1, 1);
    return;
  }
  const duk_size_t count = duk_get_length(ctx, 1);
  if (count < 1 || count > kMostWords) {
    duk_range_error(ctx, "expected 1 to 1000 strings");
  }
  duk_require_stack(ctx, static_cast<duk_idx_t>(count) + 4);
  for (duk_uarridx_t i = 0; i < count; ++i) {
    duk_get_prop_index(ctx, 1, i);
    duk_require_string(ctx, -1);
  }
  guest.KeepWords(count + 1);
  TakeWord(ctx, 0, 0);
  for (duk_uarridx_t i = 0; i < count; ++i) {
    TakeWord(ctx, static_cast<duk_idx_t>(2 + i), i + 1);
  }
}

duk_ret_t Has(duk_context* ctx) {
  TakeWords(ctx);
  duk_push_boolean(ctx, Guest::Of(ctx).Has());
  return 1;
}

duk_ret_t Drop(duk_context* ctx) {
  TakeWords(ctx);
  if (!Guest::Of(ctx).Drop()) ThrowFailure(ctx);
  return 0;
}

duk_ret_t Print(duk_context* ctx) {
  Guest& guest = Guest::Of(ctx);
  const duk_idx_t count = duk_get_top(ctx);
  for (duk_idx_t i = 0; i < count; ++i) duk_safe_to_string(ctx, i);
  for (duk_idx_t i = 0; i < count; ++i) {
    duk_size_t size = 0;
    const char* const text = duk_get_lstring(ctx, i, &size);
    if (i > 0) guest.Print(" ", 1);
    guest.Print(text, size);
  }
  guest.Print("\n", 1);
  guest.heap().CheckTime();
  return 0;
}

constexpr duk_function_list_entry kEnvironment[] = {
    {"get", &GetVariable, 1},
    {"list", &ListVariables, 0},
    {nullptr, nullptr, 0},
};
constexpr duk_function_list_entry kPermission[] = {
    {"drop", &Drop, 2},
    {"has", &Has, 2},
    {nullptr, nullptr, 0},
};
constexpr duk_function_list_entry kConsole[] = {
    {"error", &Print, DUK_VARARGS},
    {"log", &Print, DUK_VARARGS},
    {nullptr, nullptr, 0},
};

void AddObject(duk_context* ctx, const char* name,
               const duk_function_list_entry* functions) {
  duk_push_object(ctx);
  duk_put_function_list(ctx, -1, functions);
  duk_put_global_string(ctx, name);
}

}  // namespace

void AddEnvironment(duk_context* ctx) { AddObject(ctx, "env", kEnvironment); }

void AddPermission(duk_context* ctx) {
  AddObject(ctx, "permission", kPermission);
}

void AddOutput(duk_context* ctx) {
  AddObject(ctx, "console", kConsole);
  duk_push_c_function(ctx, &Print, DUK_VARARGS);
  duk_put_global_string(ctx, "print");
}

}  // namespace duktape
}  // namespace postern
