#ifndef POSTERN_BINDINGS_PYTHON_SQLITE_OBJECT_H_
#define POSTERN_BINDINGS_PYTHON_SQLITE_OBJECT_H_

#include "bindings/python/python.h"

namespace postern {
namespace python {

// SQLITE_LIMIT_ATTACHED (sqlite3.h), which is 0 in a guest: ATTACH and VACUUM
// INTO name further files in the text of a statement.
constexpr long kSqliteLimitAttached = 7;

// _sqlite3.Connection: in place of its constructor, one that has the names of
// the database decided: the file, its journal, and those of write-ahead logs.
bool GuardConnections(PyTypeObject* connection);

}  // namespace python
}  // namespace postern

#endif  // POSTERN_BINDINGS_PYTHON_SQLITE_OBJECT_H_
