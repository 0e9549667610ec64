#include "bindings/lua/plugin_modules.h"

#include <exception>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "bindings/lua/plugin_value.h"
#include "permission/text/json_writer.h"

namespace postern {
namespace lua {
namespace {

using host::ExplanationPtr;
using host::NamedValue;
using host::NewAccess;
using host::Value;

constexpr size_t kMostDenials = 100;

postern_bytes Bytes(absl::string_view text) {
  return postern_bytes{text.data(), text.size()};
}

postern_arg ToArg(const Value& value) {
  postern_arg arg = {};
  if (value.text() == nullptr) return arg;
  arg.value = Bytes(*value.text());
  arg.text = 1;
  return arg;
}

// The texts of a denial that is not explained.
void NotExplained(const postern_access& access, size_t bytes, Denial* denial) {
  const std::string why =
      bytes > kMaxExplainedBytes
          ? absl::StrCat("not explained: its arguments have ", bytes, " bytes")
          : "not explained";
  const char* const permission =
      postern_permission_name(access.permission, nullptr);
  denial->explanation =
      absl::StrCat("deny ", permission, " ", denial->operation, " (", why, ")");
  denial->explanation_json = WriteJsonObject([&](JsonWriter& json) {
    json.Key("permission").String(permission);
    json.Key("operation").String(denial->operation);
    json.Key("allowed").Bool(false);
    json.Key("effect").String("deny");
    json.Key("note").String(why);
  });
}

// The one argument is a table with nothing but text keys, and not empty.
bool IsNamedCall(lua_State* L) {
  if (lua_gettop(L) != 1 || !lua_istable(L, 1) || !lua_checkstack(L, 4)) {
    return false;
  }
  int keys = 0;
  lua_pushnil(L);
  while (lua_next(L, 1) != 0) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING || ++keys > 100) {
      lua_pop(L, 1);
      return false;
    }
  }
  return keys > 0;
}

}  // namespace

bool PluginModules::CopyArguments(lua_State* L) {
  CopyBudget budget;
  const char* problem = nullptr;
  Value value;
  if (IsNamedCall(L)) {
    problem = CopyFromLua(L, 1, &budget, &value);
    if (problem == nullptr) {
      for (const auto& field : absl::get<Value::Record>(value.data())) {
        call_.named.push_back(NamedValue{field.first, field.second});
      }
    }
  } else {
    const int count = lua_gettop(L);
    if (count > 1000) problem = "too many arguments";
    for (int i = 1; i <= count && problem == nullptr; ++i) {
      problem = CopyFromLua(L, i, &budget, &value);
      call_.copied.args.push_back(std::move(value));
    }
  }
  call_.bytes = CopyBudget().bytes - budget.bytes;
  if (problem != nullptr) call_.problem = problem;
  return problem == nullptr;
}

bool PluginModules::Enforce(const postern_access& access,
                            postern_decision* decision) {
  *decision = {};
  postern_enforce(options_.context, &access, deadline_ns_, decision, nullptr);
  if (postern_decision_allowed(*decision)) return true;
  NoteDenial(access, *decision);
  return false;
}

// Puts the names that were judged in place of the arguments that were given.
// False if it cannot be known which these are.
bool PluginModules::UseDecidedPaths(const postern_access& access,
                                    postern_decision decision) {
  const ExplanationPtr why =
      host::ExplainDecision(options_.context, decision, access);
  if (why == nullptr) {
    call_.problem = "the decision cannot be explained";
    return false;
  }
  for (size_t i = 0; i < call_.copied.args.size(); ++i) {
    size_t size = 0;
    const char* const path = postern_explanation_path(why.get(), i, &size);
    if (path == nullptr) continue;
    call_.copied.args[i] = Value::Bytes(std::string(path, size));
    call_.copied.paths.push_back(i);
  }
  return true;
}

void PluginModules::NoteDenial(const postern_access& access,
                               postern_decision decision) {
  ExplanationPtr explanation;
  if (call_.bytes <= kMaxExplainedBytes) {
    explanation = host::ExplainDecision(options_.context, decision, access);
  }
  call_.denial = host::DescribeDenial(access, decision, explanation.get(),
                                      options_.detail);
  KeepDenial(access, explanation.get());
}

void PluginModules::KeepDenial(const postern_access& access,
                               const postern_explanation* explanation) {
  if (denials_.size() >= kMostDenials) return;
  Denial denial;
  denial.operation = std::string(access.text.data, access.text.size);
  if (explanation != nullptr) {
    denial.explanation = host::TextOf(*explanation, POSTERN_FIELD_TEXT);
    denial.explanation_json = host::TextOf(*explanation, POSTERN_FIELD_JSON);
  } else {
    NotExplained(access, call_.bytes, &denial);
  }
  const size_t size =
      denial.explanation.size() + denial.explanation_json.size();
  if (size > kMaxDenialBytes - denial_bytes_) return;
  denial_bytes_ += size;
  denials_.push_back(std::move(denial));
}

PluginModules::Verdict PluginModules::DecideCall(const std::string& function) {
  std::vector<postern_arg> args;
  for (const Value& value : call_.copied.args) args.push_back(ToArg(value));
  std::vector<postern_named_arg> named;
  for (const NamedValue& arg : call_.named) {
    named.push_back(postern_named_arg{Bytes(arg.name), ToArg(arg.value)});
  }
  postern_access access =
      NewAccess(POSTERN_PLUGIN_CALL, POSTERN_FORM_CALL, function);
  access.args = args.data();
  access.arg_count = args.size();
  access.named = named.data();
  access.named_count = named.size();
  postern_decision decision;
  if (!Enforce(access, &decision)) return Verdict::kDenied;
  return UseDecidedPaths(access, decision) ? Verdict::kGranted
                                           : Verdict::kError;
}

PluginModules::Verdict PluginModules::Prepare(
    lua_State* L, const host::Plugin& plugin,
    const host::PluginFunction& function) noexcept {
  try {
    call_ = Call();
    if (!CopyArguments(L)) return Verdict::kError;
    if (host::BindByName(function.parameters, call_.named,
                         &call_.copied.args)) {
      call_.named.clear();
    }
    const Verdict verdict =
        DecideCall(absl::StrCat(plugin.id, ".", function.name));
    if (verdict == Verdict::kGranted && !call_.named.empty()) {
      call_.problem = "unknown or repeated argument name";
      return Verdict::kError;
    }
    return verdict;
  } catch (const std::exception&) {
    return Verdict::kError;
  }
}

bool PluginModules::Run(const host::PluginFunction& function,
                        absl::Time deadline) noexcept {
  try {
    call_.copied.context = options_.context;
    call_.copied.directory = options_.directory;
    call_.copied.deadline = deadline;
    absl::StatusOr<Value> result = function.handler(call_.copied);
    if (result.ok()) {
      call_.result = *std::move(result);
      return true;
    }
    call_.problem = std::string(result.status().message());
  } catch (...) {
    call_.problem.clear();
  }
  return false;
}

// Upvalues: this object, the plugin, the function.
int PluginModules::CallFunction(lua_State* L) {
  auto* const self =
      static_cast<PluginModules*>(lua_touserdata(L, lua_upvalueindex(1)));
  const auto& plugin =
      *static_cast<const host::Plugin*>(lua_touserdata(L, lua_upvalueindex(2)));
  const auto& function = *static_cast<const host::PluginFunction*>(
      lua_touserdata(L, lua_upvalueindex(3)));
  Meter& meter = GuestState::Of(L)->meter();
  Spend(L, 500);
  if (!meter.CheckTime()) RaiseStop(L);
  self->deadline_ns_ = absl::ToUnixNanos(meter.deadline());
  const Verdict verdict = self->Prepare(L, plugin, function);
  Spend(L, self->call_.bytes / 4);
  if (verdict == Verdict::kDenied) RaiseDenial(L, self->call_.denial);
  const bool done =
      verdict == Verdict::kGranted && self->Run(function, meter.deadline());
  if (!meter.CheckTime()) RaiseStop(L);
  if (!done) {
    const char* const problem = self->call_.problem.c_str();
    return luaL_error(L, "%s.%s: %s", plugin.id.c_str(), function.name.c_str(),
                      *problem == '\0' ? "plugin failed" : problem);
  }
  PushToLua(L, self->call_.result);
  return 1;
}

// Whether a call without arguments is granted, or would be with others.
bool PluginModules::SomeCallIsGranted(const host::Plugin& plugin) {
  for (const host::PluginFunction& function : plugin.functions) {
    const std::string name = absl::StrCat(plugin.id, ".", function.name);
    const postern_access access =
        NewAccess(POSTERN_PLUGIN_CALL, POSTERN_FORM_CALL, name);
    postern_decision decision = {};
    if (postern_check(options_.context, &access, &decision, nullptr) !=
        POSTERN_OK) {
      continue;
    }
    if (postern_decision_effect(decision) != POSTERN_DENY) return true;
    const ExplanationPtr why =
        host::ExplainDecision(options_.context, decision, access);
    if (postern_explanation_expected_count(why.get()) > 0) return true;
  }
  return false;
}

PluginModules::Verdict PluginModules::DecideLoad(const char* name) noexcept {
  try {
    call_ = Call();
    const postern_access access =
        NewAccess(POSTERN_PLUGIN_LOAD, POSTERN_FORM_NAME, name);
    postern_decision decision = {};
    postern_check(options_.context, &access, &decision, nullptr);
    const host::Plugin* const plugin = options_.catalog->Find(name);
    loading_ = plugin;
    if (plugin != nullptr && !postern_decision_allowed(decision) &&
        absl::string_view(postern_decision_reason(decision, nullptr)) ==
            "default" &&
        SomeCallIsGranted(*plugin)) {
      return Verdict::kGranted;
    }
    if (!Enforce(access, &decision)) return Verdict::kDenied;
    if (plugin != nullptr) return Verdict::kGranted;
    call_.denial = host::BriefDenial(access, /*concealed=*/true);
    return Verdict::kDenied;
  } catch (const std::exception&) {
    return Verdict::kError;
  }
}

void PluginModules::Push(lua_State* L, const char* name) {
  deadline_ns_ = absl::ToUnixNanos(GuestState::Of(L)->meter().deadline());
  const Verdict verdict = DecideLoad(name);
  if (verdict == Verdict::kDenied) RaiseDenial(L, call_.denial);
  if (verdict == Verdict::kError) luaL_error(L, "cannot load '%s'", name);
  const host::Plugin& plugin = *loading_;
  lua_newtable(L);
  for (const host::PluginFunction& function : plugin.functions) {
    lua_pushlightuserdata(L, this);
    lua_pushlightuserdata(L, const_cast<host::Plugin*>(&plugin));
    lua_pushlightuserdata(L, const_cast<host::PluginFunction*>(&function));
    lua_pushcclosure(L, &CallFunction, 3);
    lua_setfield(L, -2, function.name.c_str());
  }
}

}  // namespace lua
}  // namespace postern
