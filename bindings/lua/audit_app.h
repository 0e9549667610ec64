#ifndef POSTERN_BINDINGS_LUA_AUDIT_APP_H_
#define POSTERN_BINDINGS_LUA_AUDIT_APP_H_

#include <string>
#include <vector>

#include "bindings/lua/audit_report.h"
#include "bindings/lua/limits.h"

namespace postern {
namespace lua {

struct AuditOptions {
  // Holds main.lua and the other Lua files of the app.
  std::string directory;
  std::vector<std::string> args;  // what `...` is in main.lua
  // At most 64 MiB and 4 seconds of these.
  Limits limits;
};

// Runs the top level of the app with stand-ins for all plugins and tells what
// it wanted. No plugin is known here, so no plugin code can run. Takes place
// in a child process (limited_child.h) that has one second of processor time,
// bounded memory and no descriptors but the app's directory and a pipe: what
// the app does to the interpreter stays there. The child is a fork that goes
// on using malloc, which glibc allows in a program with threads.
AuditReport AuditApp(const AuditOptions& options);

}  // namespace lua
}  // namespace postern

#endif  // POSTERN_BINDINGS_LUA_AUDIT_APP_H_
