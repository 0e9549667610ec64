#ifndef POSTERN_BINDINGS_PYTHON_FRAME_H_
#define POSTERN_BINDINGS_PYTHON_FRAME_H_

#include "absl/strings/string_view.h"
#include "bindings/python/python.h"

namespace postern {
namespace python {

// Whether the running code may make code of text (code.eval): code of the
// interpreter's own library may, as collections.namedtuple() and imports do,
// for others the policy says. False with the error set.
bool MayEvaluate();
// The same for code made of parts (code.__new__), which can be bytecode that
// the interpreter was not made for: types.coroutine() alone may.
bool MayMakeCode();
// code.eval as it would be decided now.
bool HasEvaluation();

// Whether a code's file is of the interpreter's library, by its name.
bool IsOwnFile(absl::string_view name);
// A local variable of the running code; none without an error.
Ref LocalOfCaller(const char* name);
// Remembers what of the library is known by itself, before a guest runs. False
// with the error set.
bool RememberOwnCode();

}  // namespace python
}  // namespace postern

#endif  // POSTERN_BINDINGS_PYTHON_FRAME_H_
