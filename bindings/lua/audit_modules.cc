#include "bindings/lua/audit_modules.h"

#include <errno.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "bindings/lua/audit_report.h"
#include "bindings/lua/audit_stub.h"
#include "bindings/lua/audit_wire.h"

namespace postern {
namespace lua {
namespace {

// Kept free for the last record.
constexpr size_t kRoomForEnd = 4096;

bool WriteAll(int fd, const std::string& bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t wrote = write(fd, bytes.data() + done, bytes.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    done += wrote;
  }
  return true;
}

WantedArg ArgAt(lua_State* L, int index) {
  WantedArg arg;
  if (lua_type(L, index) == LUA_TSTRING) {
    size_t size = 0;
    const char* const text = lua_tolstring(L, index, &size);
    arg.text = std::string(text, size);
  } else if (IsUnknown(L, index)) {
    arg.kind = WantedArg::Kind::kUnknown;
  } else {
    arg.kind = WantedArg::Kind::kNotText;
  }
  return arg;
}

// Arguments by name, if the one argument is a table with nothing but text
// keys; false if it is anything else. `index` is that of the argument.
bool NamedArgs(lua_State* L, int index, std::vector<WantedArg>* args) {
  if (lua_gettop(L) != index || !lua_istable(L, index)) return false;
  lua_pushnil(L);
  while (lua_next(L, index) != 0) {
    if (lua_type(L, -2) != LUA_TSTRING || args->size() >= 100) {
      lua_pop(L, 2);
      args->clear();
      return false;
    }
    args->push_back(ArgAt(L, lua_gettop(L)));
    args->back().name = ArgAt(L, lua_gettop(L) - 1).text;
    lua_pop(L, 1);
  }
  std::sort(
      args->begin(), args->end(),
      [](const WantedArg& a, const WantedArg& b) { return a.name < b.name; });
  return !args->empty();
}

}  // namespace

bool AuditModules::Record(const std::string& record) {
  if (written_ + record.size() > kMaxReportBytes - kRoomForEnd) return false;
  if (!seen_.insert(record).second) return true;
  written_ += record.size();
  return WriteAll(fd_, record);
}

bool AuditModules::RecordModule(const char* name) noexcept {
  try {
    return Record(EncodeModule(name));
  } catch (const std::exception&) {
    return false;
  }
}

bool AuditModules::RecordCall(lua_State* L, const char* function) noexcept {
  try {
    WantedCall call;
    call.function = function;
    // The stand-in itself is at 1.
    const int count = lua_gettop(L);
    if (count > 1000 || !lua_checkstack(L, 8)) return false;
    if (!NamedArgs(L, 2, &call.args)) {
      for (int i = 2; i <= count; ++i) call.args.push_back(ArgAt(L, i));
    }
    return Record(EncodeCall(call));
  } catch (const std::exception&) {
    return false;
  }
}

void AuditModules::FileLoaded(const char* name) noexcept {
  try {
    Record(EncodeFile(name));
  } catch (const std::exception&) {
    return;
  }
}

void AuditModules::End(const std::string& error) noexcept {
  try {
    WriteAll(fd_, EncodeEnd(error.substr(0, kRoomForEnd - 16)));
  } catch (const std::exception&) {
    return;
  }
}

void AuditModules::OnCall(lua_State* L, const char* function) {
  GuestState* const guest = GuestState::Of(L);
  Spend(L, 200);
  if (static_cast<AuditModules*>(guest->modules())->RecordCall(L, function)) {
    return;
  }
  guest->meter().Stop(StopReason::kReport);
  RaiseStop(L);
}

void AuditModules::Push(lua_State* L, const char* name) {
  if (!RecordModule(name)) {
    GuestState::Of(L)->meter().Stop(StopReason::kReport);
    RaiseStop(L);
  }
  PushPluginStub(L, name, &OnCall);
}

}  // namespace lua
}  // namespace postern
