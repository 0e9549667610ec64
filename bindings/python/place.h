#ifndef POSTERN_BINDINGS_PYTHON_PLACE_H_
#define POSTERN_BINDINGS_PYTHON_PLACE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "bindings/python/names.h"

namespace postern {
namespace python {

// Files that a C library opens by name, as SQLite and readline do: their folder
// is opened as a guarded one, and they are decided under its canonical name,
// each with every one of `ends` behind. Links are refused. `*path` is the name
// to use. What is put in their place afterwards is the kernel's to hold
// (TOCTOU): docs/python.md says which modules these are. False with the error
// set.
bool DecidePlace(const Name& name, const std::vector<std::string>& ends,
                 bool writes, std::string* path);

}  // namespace python
}  // namespace postern

#endif  // POSTERN_BINDINGS_PYTHON_PLACE_H_
