// `require`: the plugins that the guest's context grants, as objects.

#include "bindings/duktape/guest.h"

namespace postern {
namespace duktape {
namespace {

using Verdict = host::PluginCalls::Verdict;

// What a function of a plugin keeps; no script can make these keys.
constexpr char kPlugin[] = DUK_HIDDEN_SYMBOL("plugin");
constexpr char kFunction[] = DUK_HIDDEN_SYMBOL("function");

const void* Kept(duk_context* ctx, const char* key) {
  duk_get_prop_string(ctx, -1, key);
  const void* const kept = duk_get_pointer(ctx, -1);
  duk_pop(ctx);
  return kept;
}

// Pushes the arguments, which are all that is on the stack, as JSON. Code of
// the guest may run, and nothing is decided yet.
void PushJson(duk_context* ctx) {
  const duk_idx_t count = duk_get_top(ctx);
  duk_push_array(ctx);
  for (duk_idx_t i = 0; i < count; ++i) {
    if (duk_is_function(ctx, i) || duk_is_symbol(ctx, i)) {
      duk_type_error(ctx, "an argument of a plugin is data");
    }
    duk_dup(ctx, i);
    DefineAt(ctx, static_cast<duk_uarridx_t>(i));
  }
  duk_json_encode(ctx, count);
}

[[noreturn]] void ThrowProblem(duk_context* ctx, const host::Plugin& plugin,
                               const host::PluginFunction& function) {
  const std::string& problem = Guest::Of(ctx).calls().problem();
  duk_error(ctx, DUK_ERR_ERROR, "%s.%s: %s", plugin.id.c_str(),
            function.name.c_str(),
            problem.empty() ? "plugin failed" : problem.c_str());
  __builtin_unreachable();
}

duk_ret_t CallFunction(duk_context* ctx) {
  Guest& guest = Guest::Of(ctx);
  guest.heap().CheckTime();
  PushJson(ctx);
  duk_size_t size = 0;
  const char* const json = duk_require_lstring(ctx, -1, &size);
  duk_push_current_function(ctx);
  const auto& plugin = *static_cast<const host::Plugin*>(Kept(ctx, kPlugin));
  const auto& function =
      *static_cast<const host::PluginFunction*>(Kept(ctx, kFunction));
  if (!guest.TakeArguments(json, size)) ThrowProblem(ctx, plugin, function);
  const Verdict verdict = guest.calls().Decide(plugin, function);
  if (verdict == Verdict::kDenied) ThrowDenial(ctx, guest.calls().denial());
  const bool done = verdict == Verdict::kGranted &&
                    guest.calls().Run(function) && guest.ResultToJson();
  guest.heap().CheckTime();
  if (!done) ThrowProblem(ctx, plugin, function);
  duk_push_lstring(ctx, guest.bytes().data(), guest.bytes().size());
  duk_json_decode(ctx, -1);
  return 1;
}

void PushFunction(duk_context* ctx, const host::Plugin& plugin,
                  const host::PluginFunction& function) {
  duk_push_c_function(ctx, &CallFunction, DUK_VARARGS);
  duk_push_pointer(ctx, const_cast<host::Plugin*>(&plugin));
  Define(ctx, kPlugin);
  duk_push_pointer(ctx, const_cast<host::PluginFunction*>(&function));
  Define(ctx, kFunction);
}

duk_ret_t Require(duk_context* ctx) {
  Guest& guest = Guest::Of(ctx);
  TakeWord(ctx, 0, 0);
  // A NUL would cut the name off.
  const std::string& name = guest.word(0);
  if (name.find('\0') != std::string::npos) {
    duk_type_error(ctx, "no name of a plugin");
  }
  const Verdict verdict = guest.calls().Load(name.c_str());
  if (verdict == Verdict::kDenied) ThrowDenial(ctx, guest.calls().denial());
  if (verdict == Verdict::kError) {
    duk_error(ctx, DUK_ERR_ERROR, "the plugin cannot be loaded");
  }
  const host::Plugin& plugin = *guest.calls().plugin();
  duk_push_object(ctx);
  for (const host::PluginFunction& function : plugin.functions) {
    PushFunction(ctx, plugin, function);
    Define(ctx, function.name.c_str());
  }
  return 1;
}

}  // namespace

void AddPlugins(duk_context* ctx) {
  duk_push_c_function(ctx, &Require, 1);
  duk_put_global_string(ctx, "require");
}

}  // namespace duktape
}  // namespace postern
