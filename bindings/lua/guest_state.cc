#include "bindings/lua/guest_state.h"

#include <locale.h>
#include <sys/random.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bindings/lua/guest_library.h"
#include "bindings/lua/stack_room.h"

namespace postern {
namespace lua {
namespace {

// Instructions between two looks at the limits.
constexpr int kHookPeriod = 100;

void CountHook(lua_State* L, lua_Debug*) {
  Meter& meter = GuestState::Of(L)->meter();
  if (!meter.Spend(kHookPeriod) || !meter.CheckTime()) RaiseStop(L);
}

// Makes weak tables impossible. Lua marks tables with weak keys in one step
// that nothing can interrupt and that takes the square of their size if the
// guest wants it to. The interpreter knows "__mode" by one string object; with
// other bytes in it, no string that the guest can make is that object. Tables
// are then simply strong.
void ForgetWeakTables(lua_State* L) {
  char* const name = const_cast<char*>(lua_pushstring(L, "__mode"));
  unsigned char noise[6];
  if (getrandom(noise, sizeof(noise), GRND_NONBLOCK) != sizeof(noise)) {
    std::fill(noise, noise + sizeof(noise), 1);
  }
  for (int i = 0; i < 6; ++i) name[i] = static_cast<char>(noise[i] | 0x80);
  lua_pop(L, 1);
}

// What RunFile() hands to the function that Lua protects.
struct MainCall {
  GuestState* guest;
  const char* name;
  const std::vector<std::string>* args;
  GuestState::RunResult* result;
};

int RunMain(lua_State* L) {
  const MainCall* const call =
      static_cast<const MainCall*>(lua_touserdata(L, 1));
  GuestState* const guest = call->guest;
  bool missing = false;
  if (!guest->ReadSource(call->name, &missing)) {
    lua_pushlstring(L, guest->text().data(), guest->text().size());
    return lua_error(L);
  }
  lua_pushfstring(L, "@%s", call->name);
  if (luaL_loadbufferx(L, guest->source().data(), guest->source().size(),
                       lua_tostring(L, -1), "t") != LUA_OK) {
    return lua_error(L);
  }
  guest->modules()->FileLoaded(call->name);
  const int count = static_cast<int>(call->args->size());
  luaL_checkstack(L, count, "too many arguments");
  for (const std::string& arg : *call->args) {
    lua_pushlstring(L, arg.data(), arg.size());
  }
  call->result->started = true;
  lua_call(L, count, 0);
  return 0;
}

// Replaces an error object by its text, without calling code of the guest.
int ErrorText(lua_State* L) {
  bool* const denied = static_cast<bool*>(lua_touserdata(L, 2));
  lua_settop(L, 1);
  if (lua_type(L, 1) == LUA_TSTRING) return 1;
  if (lua_istable(L, 1) && lua_getmetatable(L, 1)) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, DenialMetatableKey());
    *denied = lua_rawequal(L, -1, -2) != 0;
  }
  if (lua_istable(L, 1)) {
    lua_pushliteral(L, "message");
    if (lua_rawget(L, 1) == LUA_TSTRING) return 1;
  }
  lua_pushfstring(L, "error object is a %s", luaL_typename(L, 1));
  return 1;
}

// The locale "C" for this thread while it lives. In others a comparison can
// take many times as long.
class PlainLocale {
 public:
  PlainLocale()
      : plain_(newlocale(LC_ALL_MASK, "C", nullptr)),
        before_(uselocale(plain_)) {}
  PlainLocale(const PlainLocale&) = delete;
  PlainLocale& operator=(const PlainLocale&) = delete;
  ~PlainLocale() {
    uselocale(before_);
    freelocale(plain_);
  }

 private:
  const locale_t plain_;
  const locale_t before_;
};

std::string CutOff(const char* text, size_t size) {
  constexpr size_t kMost = GuestState::kMaxMessageBytes;
  if (size <= kMost) return std::string(text, size);
  return absl::StrCat(absl::string_view(text, kMost), "... (", size - kMost,
                      " more bytes)");
}

std::string NoStack(size_t left, const Limits& limits) {
  const std::string needed = absl::StrCat(
      "a guest needs ", (StackNeeded(limits) + 1023) / 1024, " KiB of stack, ");
  return absl::StrCat(
      needed,
      left == 0 ? "and what this thread has left cannot be found out"
                : absl::StrCat("this thread has ", left / 1024, " KiB left"),
      "; run it on a thread with more (\"ulimit -s\" for the first one), or "
      "lower the limit of source_bytes");
}

}  // namespace

GuestState::GuestState(Options options)
    : options_(std::move(options)), meter_(options_.limits) {
  L_ = lua_newstate(&Meter::Allocate, &meter_);
  if (L_ == nullptr) return;
  *static_cast<GuestState**>(lua_getextraspace(L_)) = this;
  lua_pushcfunction(L_, &Initialize);
  if (lua_pcall(L_, 0, 0, 0) == LUA_OK) return;
  lua_close(L_);
  L_ = nullptr;
}

GuestState::~GuestState() {
  if (L_ != nullptr) lua_close(L_);
}

int GuestState::Initialize(lua_State* L) {
  ForgetWeakTables(L);
  OpenGuestLibrary(L);
  lua_sethook(L, &CountHook, LUA_MASKCOUNT, kHookPeriod);
  return 0;
}

GuestState::RunResult GuestState::RunFile(
    const std::string& name, const std::vector<std::string>& args) {
  RunResult result;
  if (L_ == nullptr) {
    result.message = StopMessage(StopReason::kMemory);
    return result;
  }
  const size_t left = StackLeft();
  if (left < StackNeeded(options_.limits)) {
    result.no_stack = true;
    result.message = NoStack(left, options_.limits);
    return result;
  }
  const PlainLocale locale;
  return Run(name, args);
}

GuestState::RunResult GuestState::Run(const std::string& name,
                                      const std::vector<std::string>& args) {
  RunResult result;
  MainCall call = {this, name.c_str(), &args, &result};
  lua_pushcfunction(L_, &RunMain);
  lua_pushlightuserdata(L_, &call);
  const int status = lua_pcall(L_, 1, 0, 0);
  if (status == LUA_ERRMEM) meter_.Stop(StopReason::kMemory);
  result.finished = status == LUA_OK && !meter_.stopped();
  if (meter_.stopped()) {
    result.message = StopMessage(meter_.reason());
  } else if (status != LUA_OK) {
    lua_pushcfunction(L_, &ErrorText);
    lua_insert(L_, -2);
    lua_pushlightuserdata(L_, &result.denied);
    size_t size = 0;
    const char* text = nullptr;
    if (lua_pcall(L_, 2, 1, 0) == LUA_OK) {
      text = lua_tolstring(L_, -1, &size);
    }
    result.message = text == nullptr ? "error" : CutOff(text, size);
  }
  lua_settop(L_, 0);
  return result;
}

void GuestState::Print(const char* text, size_t size) noexcept {
  const size_t room = options_.limits.output_bytes - printed_;
  if (size > room) output_truncated_ = true;
  size = std::min(size, room);
  printed_ += size;
  if (size == 0 || !options_.print) return;
  try {
    options_.print(absl::string_view(text, size));
  } catch (...) {
    output_truncated_ = true;
  }
}

bool GuestState::ReadSource(const char* name, bool* missing) noexcept {
  try {
    absl::StatusOr<std::string> read =
        options_.files == nullptr
            ? absl::NotFoundError("there is no app directory")
            : options_.files->Read(name, options_.limits.source_bytes);
    *missing = absl::IsNotFound(read.status());
    if (read.ok()) {
      source_ = *std::move(read);
    } else {
      text_ = std::string(read.status().message());
    }
    return read.ok();
  } catch (...) {
    *missing = false;
    return false;
  }
}

void Spend(lua_State* L, uint64_t work) {
  if (!GuestState::Of(L)->meter().Spend(work)) RaiseStop(L);
}

void RaiseStop(lua_State* L) {
  // Should anything catch the error, the next instruction raises it again.
  lua_sethook(L, &CountHook, LUA_MASKCOUNT, 1);
  lua_pushstring(L, StopMessage(GuestState::Of(L)->meter().reason()));
  lua_error(L);
  __builtin_unreachable();
}

void RethrowStop(lua_State* L, int status) {
  Meter& meter = GuestState::Of(L)->meter();
  // Going on without memory would make each instruction collect all garbage.
  if (status == LUA_ERRMEM) meter.Stop(StopReason::kMemory);
  if (meter.stopped()) RaiseStop(L);
}

const void* DenialMetatableKey() {
  static const char key = 0;
  return &key;
}

}  // namespace lua
}  // namespace postern
