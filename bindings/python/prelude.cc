#include "bindings/python/prelude.h"

namespace postern {
namespace python {
namespace {

// Directory entries: what os.scandir() gives, over calls that are guarded.
constexpr char kPrelude[] = R"py(
import posix

_DIRECTORY, _LINK, _REGULAR, _UNKNOWN = 2, 3, 1, 0


class DirEntry:
    """An entry of os.scandir(); what it tells is asked again when it is told."""
    __slots__ = ("name", "path", "_type", "_inode", "_fd")

    def __init__(self, name, path, type_, inode, fd):
        self.name, self.path = name, path
        self._type, self._inode, self._fd = type_, inode, fd

    def stat(self, *, follow_symlinks=True):
        if self._fd is None:
            return posix.stat(self.path, follow_symlinks=follow_symlinks)
        return posix.stat(self.name, dir_fd=self._fd,
                          follow_symlinks=follow_symlinks)

    def _is(self, mode, type_, follow_symlinks):
        if self._type not in (_UNKNOWN, _LINK):
            return self._type == type_
        if self._type == _LINK and not follow_symlinks:
            return type_ == _LINK
        try:
            info = self.stat(follow_symlinks=follow_symlinks)
        except FileNotFoundError:
            return False
        return info.st_mode & 0o170000 == mode

    def is_dir(self, *, follow_symlinks=True):
        return self._is(0o040000, _DIRECTORY, follow_symlinks)

    def is_file(self, *, follow_symlinks=True):
        return self._is(0o100000, _REGULAR, follow_symlinks)

    def is_symlink(self):
        return self._is(0o120000, _LINK, False)

    def inode(self):
        return self._inode

    def __fspath__(self):
        return self.path

    def __repr__(self):
        return f"<DirEntry {self.name!r}>"


class ScandirIterator:
    def __init__(self, entries):
        self._entries = entries

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._entries)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._entries = iter(())


def forget(name):
    import os
    os.environ._data.pop(name, None)


def scan(folder, entries):
    if isinstance(folder, int):
        made = [DirEntry(n, n, t, i, folder) for n, t, i in entries]
    else:
        slash = b"/" if isinstance(folder, bytes) else "/"
        start = folder if folder.endswith(slash) else folder + slash
        made = [DirEntry(n, start + n, t, i, None) for n, t, i in entries]
    return ScandirIterator(iter(made))
)py";

constexpr char kModule[] = "_postern_prelude";

// Of the running interpreter, made when it is first needed.
PyObject* Prelude() {
  PyObject* const modules = PyImport_GetModuleDict();
  PyObject* const known = PyDict_GetItemString(modules, kModule);
  if (known != nullptr && PyModule_Check(known) != 0) return known;
  PyObject* const module = PyImport_AddModule(kModule);
  if (module == nullptr) return nullptr;
  PyObject* const dict = PyModule_GetDict(module);
  if (PyDict_GetItemString(dict, "__builtins__") == nullptr &&
      PyDict_SetItemString(dict, "__builtins__", PyEval_GetBuiltins()) != 0) {
    return nullptr;
  }
  const Ref done(
      PyRun_StringFlags(kPrelude, Py_file_input, dict, dict, nullptr));
  return done ? module : nullptr;
}

}  // namespace

PyObject* PreludeFunction(const char* name) {
  PyObject* const module = Prelude();
  return module == nullptr ? nullptr : PyObject_GetAttrString(module, name);
}

}  // namespace python
}  // namespace postern
