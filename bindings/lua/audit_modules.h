#ifndef POSTERN_BINDINGS_LUA_AUDIT_MODULES_H_
#define POSTERN_BINDINGS_LUA_AUDIT_MODULES_H_

#include <set>
#include <string>

#include "bindings/lua/guest_state.h"

namespace postern {
namespace lua {

// Gives a guest stand-ins for every plugin it names, and writes down what it
// loads and calls, each thing once. Knows no catalog and no handler: there is
// nothing that could run.
class AuditModules : public Modules {
 public:
  // Records are appended to `fd` (audit_wire.h), at most kMaxReportBytes.
  explicit AuditModules(int fd) : fd_(fd) {}

  void Push(lua_State* L, const char* name) override;
  void FileLoaded(const char* name) noexcept override;
  // Writes the last record.
  void End(const std::string& error) noexcept;

 private:
  static void OnCall(lua_State* L, const char* function);
  bool Record(const std::string& record);
  bool RecordModule(const char* name) noexcept;
  bool RecordCall(lua_State* L, const char* function) noexcept;

  const int fd_;
  size_t written_ = 0;
  std::set<std::string> seen_;
};

}  // namespace lua
}  // namespace postern

#endif  // POSTERN_BINDINGS_LUA_AUDIT_MODULES_H_
