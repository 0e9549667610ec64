#include "bindings/python/frame.h"

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
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
  return absl::StartsWith(name, "<frozen ") ||
         absl::StartsWith(name, OwnLibrary());
}

}  // namespace

bool MayEvaluate() {
  PyFrameObject* const frame = PyEval_GetFrame();
  // None: the host itself runs the guest's program.
  if (frame == nullptr || IsOwn(frame)) return true;
  return EnforceWhole(POSTERN_CODE_EVAL);
}

}  // namespace python
}  // namespace postern
