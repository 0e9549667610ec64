#ifndef POSTERN_BINDINGS_PYTHON_LIBRARY_FOLDER_H_
#define POSTERN_BINDINGS_PYTHON_LIBRARY_FOLDER_H_

namespace postern {
namespace python {

// Where Debian's CPython 3.11 has its own library, and the extension modules
// that belong to it.
constexpr char kLibraryFolder[] = "/usr/lib/python3.11";
constexpr char kModulesFolder[] = "/usr/lib/python3.11/lib-dynload";

}  // namespace python
}  // namespace postern

#endif  // POSTERN_BINDINGS_PYTHON_LIBRARY_FOLDER_H_
