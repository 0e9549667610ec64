#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "bindings/python/denial.h"
#include "bindings/python/frame.h"
#include "bindings/python/guest.h"
#include "bindings/python/open_flags.h"
#include "bindings/python/operations.h"

// Bytecode of somebody's making is as native code is: the interpreter believes
// it. So it takes code.eval, whoever calls. Without it there is the bytecode of
// the interpreter's own library alone, known by its contents.

namespace postern {
namespace python {
namespace {

constexpr size_t kHeader = 16;  // of a .pyc (importlib, _classify_pyc)

PyObject* RefuseBytecode(PyObject* shown) {
  return RaiseRefusal("code.eval", shown, "bytecode that is not Python's own");
}

// Whether a file of the interpreter's library holds just these bytes. Nothing
// else of the file is told.
bool HoldsBytecode(const char* path, absl::string_view bytes) {
  if (!IsOwnFile(path) || absl::StrContains(path, "/..")) return false;
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return false;
  std::string text;
  const bool read = ReadAll(fd, kHeader + bytes.size(), &text);
  close(fd);
  return read && text.size() >= kHeader &&
         absl::string_view(text).substr(kHeader) == bytes;
}

// The name that importlib has for what it reads: a hint, and no more.
bool IsOwnBytecode(absl::string_view bytes) {
  const Ref path(LocalOfCaller("bytecode_path"));
  const char* const text = path && PyUnicode_Check(path.get())
                               ? PyUnicode_AsUTF8(path.get())
                               : nullptr;
  const bool own = text != nullptr && HoldsBytecode(text, bytes);
  PyErr_Clear();
  return own;
}

}  // namespace

PyObject* LoadBytecode(const Call& call) {
  if (call.count != 1) return call.Original();  // a TypeError
  // What is compared is what is read: memory can be shared.
  const Ref bytes(PyBytes_FromObject(call.args[0]));
  if (!bytes) return nullptr;
  const absl::string_view text(
      PyBytes_AS_STRING(bytes.get()),
      static_cast<size_t>(PyBytes_GET_SIZE(bytes.get())));
  if (!IsOwnBytecode(text) && !EnforceWhole(POSTERN_CODE_EVAL)) return nullptr;
  return call.OriginalWith({bytes.get()});
}

PyObject* MakeFrozen(const Call& call) {
  const bool has_bytes = call.count > 1 && call.args[1] != Py_None;
  if (has_bytes && !EnforceWhole(POSTERN_CODE_EVAL)) return nullptr;
  return call.Original();
}

// Code is the interpreter's own by this name, so that no other gets it.
PyObject* NameCode(const Call& call) {
  if (call.count != 2 || PyCode_Check(call.args[0]) == 0 ||
      PyUnicode_Check(call.args[1]) == 0) {
    return call.Original();  // a TypeError
  }
  auto* const code = reinterpret_cast<PyCodeObject*>(call.args[0]);
  const char* const name = PyUnicode_AsUTF8(call.args[1]);
  if (name == nullptr) return nullptr;
  const bool same = PyUnicode_Compare(code->co_filename, call.args[1]) == 0;
  if (!same && IsOwnFile(name) && !EnforceWhole(POSTERN_CODE_EVAL)) {
    return nullptr;
  }
  return call.Original();
}

// importlib takes a module's source where its bytecode cannot be opened.
PyObject* OpenCode(const Call& call) {
  static constexpr Parameters kOpenCode = {{"path"}, 1, 1};
  Bound bound;
  if (!Bind(call, kOpenCode, &bound)) return nullptr;
  if (PyUnicode_Check(bound[0]) == 0) return call.Original();  // a TypeError
  const Ref path(PyUnicode_FromObject(bound[0]));
  const char* const name = path ? PyUnicode_AsUTF8(path.get()) : nullptr;
  if (name == nullptr) return nullptr;
  if (absl::EndsWith(name, ".pyc") && !IsOwnFile(name) && !HasEvaluation()) {
    return RefuseBytecode(path.get());
  }
  return call.OriginalWith({path.get()});
}

}  // namespace python
}  // namespace postern
