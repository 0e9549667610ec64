#include "bindings/python/frame.h"

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "bindings/host/question.h"
#include "bindings/python/denial.h"
#include "bindings/python/guest.h"
#include "bindings/python/python.h"

namespace postern {
namespace python {
namespace {

// "/usr/lib/python3.11/" of "/usr/lib/python3.11/lib-dynload/".
absl::string_view OwnLibrary() {
  absl::string_view folder = TheGuest()->own_modules;
  folder.remove_suffix(1);
  return folder.substr(0, folder.rfind('/') + 1);
}

// By the name that its code was compiled with, which only code that was made of
// text or of parts can choose: and that is what this decides.
bool IsOwn(PyFrameObject* frame) {
  PyCodeObject* const code = PyFrame_GetCode(frame);
  const Ref owned(reinterpret_cast<PyObject*>(code));
  const char* const name = PyUnicode_AsUTF8(code->co_filename);
  if (name == nullptr) {
    PyErr_Clear();
    return false;
  }
  return IsOwnFile(name);
}

bool MakesCoroutine(PyFrameObject* frame) {
  PyCodeObject* const running = PyFrame_GetCode(frame);
  const Ref owned(reinterpret_cast<PyObject*>(running));
  if (running != TheGuest()->coroutine_maker) return false;
  // Objects of these very types call nothing else than what is written there.
  const Ref function = LocalOfCaller("func");
  const Ref code = LocalOfCaller("co");
  return function && code && Py_IS_TYPE(code.get(), &PyCode_Type) &&
         Py_IS_TYPE(function.get(), &PyFunction_Type) &&
         PyFunction_GET_CODE(function.get()) == code.get();
}

}  // namespace

bool IsOwnFile(absl::string_view name) {
  return absl::StartsWith(name, "<frozen ") ||
         absl::StartsWith(name, OwnLibrary());
}

Ref LocalOfCaller(const char* name) {
  PyFrameObject* const frame = PyEval_GetFrame();
  const Ref locals(frame == nullptr ? nullptr : PyFrame_GetLocals(frame));
  PyObject* const value = locals && PyDict_CheckExact(locals.get()) != 0
                              ? PyDict_GetItemString(locals.get(), name)
                              : nullptr;
  PyErr_Clear();
  return value == nullptr ? Ref() : Ref::Share(value);
}

bool RememberOwnCode() {
  const Ref types(PyImport_ImportModule("types"));
  const Ref maker(types ? PyObject_GetAttrString(types.get(), "coroutine")
                        : nullptr);
  if (!maker || PyFunction_Check(maker.get()) == 0) return false;
  Ref code = Ref::Share(PyFunction_GET_CODE(maker.get()));
  TheGuest()->coroutine_maker = code.Release();  // until the process ends
  return true;
}

bool HasEvaluation() {
  return host::HasPermission(TheGuest()->context, "code.eval", {});
}

bool MayMakeCode() {
  PyFrameObject* const frame = PyEval_GetFrame();
  if (frame != nullptr && MakesCoroutine(frame)) return true;
  return EnforceWhole(POSTERN_CODE_EVAL);
}

bool MayEvaluate() {
  PyFrameObject* const frame = PyEval_GetFrame();
  // None: the host itself runs the guest's program.
  if (frame == nullptr || IsOwn(frame)) return true;
  return EnforceWhole(POSTERN_CODE_EVAL);
}

}  // namespace python
}  // namespace postern
