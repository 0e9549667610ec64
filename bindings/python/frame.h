#ifndef POSTERN_BINDINGS_PYTHON_FRAME_H_
#define POSTERN_BINDINGS_PYTHON_FRAME_H_

namespace postern {
namespace python {

// Whether the running code may make code of text (code.eval): code of the
// interpreter's own library may, as collections.namedtuple() and imports do,
// for others the policy says. False with the error set.
bool MayEvaluate();

}  // namespace python
}  // namespace postern

#endif  // POSTERN_BINDINGS_PYTHON_FRAME_H_
