#ifndef POSTERN_BINDINGS_LUA_AUDIT_REPORT_H_
#define POSTERN_BINDINGS_LUA_AUDIT_REPORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace postern {
namespace lua {

// An argument of a call that an audit saw.
struct WantedArg {
  enum class Kind : uint8_t {
    kText = 0,
    kNotText = 1,  // a list, a number, nothing
    kUnknown = 2,  // made from the result of another call
  };
  Kind kind = Kind::kText;
  std::string name;  // "" if given by position
  std::string text;  // kText only

  friend bool operator==(const WantedArg& a, const WantedArg& b) {
    return a.kind == b.kind && a.name == b.name && a.text == b.text;
  }
};

// A call of a plugin's function that the app would have made.
struct WantedCall {
  std::string function;  // "exec.in.run"
  std::vector<WantedArg> args;

  friend bool operator==(const WantedCall& a, const WantedCall& b) {
    return a.function == b.function && a.args == b.args;
  }
};

// What the top level of an app asked for. Everything in it was chosen by the
// app: escape it before a person sees it.
struct AuditReport {
  std::vector<std::string> modules;  // plugins, in the order of loading
  std::vector<std::string> files;    // Lua files of the app that were loaded
  std::vector<WantedCall> calls;     // distinct, in the order of calling
  // Why the audit ended before the top level did, "" if it did not. What was
  // seen until then is above.
  std::string error;

  bool complete() const { return error.empty(); }
  // One JSON object on one line: {"complete":true,"modules":["exec.in"],
  // "files":["main.lua"],"calls":[{"function":"exec.in.run","args":["du"]}]}.
  // An argument without text is {"kind":"not_text"} or {"kind":"unknown"}; one
  // given by name is in "named":{"program":"du"} instead of "args". With
  // "encoding":"latin1" all strings hold bytes as \u0000 to \u00ff.
  std::string ToJson() const;
};

}  // namespace lua
}  // namespace postern

#endif  // POSTERN_BINDINGS_LUA_AUDIT_REPORT_H_
