#include "bindings/python/prelude.h"

#include "bindings/python/guest.h"

namespace postern {
namespace python {
namespace {

// Directory entries: what os.scandir() gives, over calls that are guarded.
constexpr char kPrelude[] = R"py(
from os import environ as _environ
from posix import stat as _stat

_variables = _environ._data
_DIRECTORY, _LINK, _REGULAR, _UNKNOWN = 2, 3, 1, 0


class DirEntry:
    """An entry of os.scandir(); what it tells is asked again when it is told."""
    __slots__ = ("name", "path", "_type", "_inode", "_fd")

    def __init__(self, name, path, type_, inode, fd):
        self.name, self.path = name, path
        self._type, self._inode, self._fd = type_, inode, fd

    def stat(self, *, follow_symlinks=True):
        if self._fd is None:
            return _stat(self.path, follow_symlinks=follow_symlinks)
        return _stat(self.name, dir_fd=self._fd,
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
    _variables.pop(name, None)


def scan(folder, entries):
    if isinstance(folder, int):
        made = [DirEntry(n, n, t, i, folder) for n, t, i in entries]
    else:
        slash = b"/" if isinstance(folder, bytes) else "/"
        start = folder if folder.endswith(slash) else folder + slash
        made = [DirEntry(n, start + n, t, i, None) for n, t, i in entries]
    return ScandirIterator(iter(made))
)py";

// Its globals, with built-ins of their own: a guest may overwrite the others.
Ref Globals() {
  const Ref builtins(PyDict_Copy(PyEval_GetBuiltins()));
  return Ref(builtins ? Py_BuildValue("{sssO}", "__name__", "_postern_prelude",
                                      "__builtins__", builtins.get())
                      : nullptr);
}

}  // namespace

bool MakePrelude() {
  Ref globals = Globals();
  const Ref done(globals
                     ? PyRun_StringFlags(kPrelude, Py_file_input, globals.get(),
                                         globals.get(), nullptr)
                     : nullptr);
  if (!done) return false;
  TheGuest()->prelude = globals.Release();  // until the process ends
  return true;
}

PyObject* PreludeFunction(const char* name) {
  PyObject* const function =
      PyDict_GetItemString(static_cast<PyObject*>(TheGuest()->prelude), name);
  return Ref::Share(function).Release();
}

}  // namespace python
}  // namespace postern
