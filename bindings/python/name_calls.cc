#include <string>

#include "bindings/python/denial.h"
#include "bindings/python/guest.h"
#include "bindings/python/names.h"
#include "bindings/python/operations.h"

namespace postern {
namespace python {
namespace {

constexpr Parameters kOne = {{"path", "dir_fd"}, 1, 1};
constexpr Parameters kWithMode = {{"path", "mode", "dir_fd"}, 2, 1};

PyObject* ChangeOne(const Call& call, FileOperation operation) {
  Bound bound;
  Name name;
  if (!Bind(call, kOne, &bound) ||
      !ReadName(bound[0], Takes::kPath, bound[1], &name)) {
    return nullptr;
  }
  return Change(name, operation);
}

bool ReadWithMode(const Call& call, Name* name, uint32_t* mode) {
  Bound bound;
  if (!Bind(call, kWithMode, &bound) ||
      (bound[1] != nullptr && !ReadUint32(bound[1], mode))) {
    return false;
  }
  return ReadName(bound[0], Takes::kPath, bound[2], name);
}

}  // namespace

PyObject* Remove(const Call& call) {
  return ChangeOne(call, &postern_files_remove);
}

PyObject* RemoveDirectory(const Call& call) {
  return ChangeOne(call, &postern_files_remove_directory);
}

PyObject* MakeDirectory(const Call& call) {
  Name name;
  uint32_t mode = 0777;
  if (!ReadWithMode(call, &name, &mode)) return nullptr;
  return Change(name, [&](const postern_files* files, const char* path,
                          size_t size, postern_error* error) {
    return postern_files_make_directory(files, path, size, mode & 07777, error);
  });
}

PyObject* MakeFifo(const Call& call) {
  Name name;
  uint32_t mode = 0666;
  if (!ReadWithMode(call, &name, &mode)) return nullptr;
  return Change(name, [&](const postern_files* files, const char* path,
                          size_t size, postern_error* error) {
    return postern_files_make_node(files, path, size, POSTERN_KIND_FIFO,
                                   mode & 07777, 0, error);
  });
}

namespace {

// By the type bits of a mode (mknod(2)); false for what is no node.
bool KindOf(uint32_t mode, uint32_t* kind) {
  switch (mode & 0170000) {
    case 0:
    case 0100000:
      *kind = 0;
      return true;
    case 0010000:
      *kind = POSTERN_KIND_FIFO;
      return true;
    case 0140000:
      *kind = POSTERN_KIND_SOCKET;
      return true;
    case 0020000:
      *kind = POSTERN_KIND_CHARACTER_DEVICE;
      return true;
    case 0060000:
      *kind = POSTERN_KIND_BLOCK_DEVICE;
      return true;
    default:
      return false;
  }
}

}  // namespace

PyObject* MakeNode(const Call& call) {
  static constexpr Parameters kMknod = {
      {"path", "mode", "device", "dir_fd"}, 3, 1};
  Bound bound;
  Name name;
  uint32_t mode = 0600, kind = 0;
  unsigned long long device = 0;
  if (!Bind(call, kMknod, &bound) ||
      (bound[1] != nullptr && !ReadUint32(bound[1], &mode))) {
    return nullptr;
  }
  if (bound[2] != nullptr) {
    const Ref number(PyNumber_Index(bound[2]));
    if (number) device = PyLong_AsUnsignedLongLong(number.get());
    if (PyErr_Occurred() != nullptr) return nullptr;
  }
  if (!ReadName(bound[0], Takes::kPath, bound[3], &name)) return nullptr;
  if (!KindOf(mode, &kind)) {
    return RaiseRefusal("fs.write", name.given.get(), "no kind of file");
  }
  return Change(name, [&](const postern_files* files, const char* path,
                          size_t size, postern_error* error) {
    return postern_files_make_node(files, path, size, kind, mode & 07777,
                                   device, error);
  });
}

PyObject* Rename(const Call& call) {
  static constexpr Parameters kRename = {
      {"src", "dst", "src_dir_fd", "dst_dir_fd"}, 2, 2};
  Bound bound;
  Name from, to;
  if (!Bind(call, kRename, &bound) ||
      !ReadName(bound[0], Takes::kPath, bound[2], &from) ||
      !ReadName(bound[1], Takes::kPath, bound[3], &to)) {
    return nullptr;
  }
  return Act(
      "fs.write", from.given.get(), to.given.get(), [&](postern_error* error) {
        return postern_files_move(TheGuest()->files, from.path.data(),
                                  from.path.size(), nullptr, to.path.data(),
                                  to.path.size(), POSTERN_MOVE_REPLACE, error);
      });
}

PyObject* Link(const Call& call) {
  static constexpr Parameters kLink = {
      {"src", "dst", "src_dir_fd", "dst_dir_fd", "follow_symlinks"}, 2, 2};
  Bound bound;
  Name from, to;
  if (!Bind(call, kLink, &bound) ||
      !ReadName(bound[0], Takes::kPath, bound[2], &from) ||
      !ReadName(bound[1], Takes::kPath, bound[3], &to)) {
    return nullptr;
  }
  return Act("fs.write", from.given.get(), to.given.get(),
             [&](postern_error* error) {
               return postern_files_link(TheGuest()->files, from.path.data(),
                                         from.path.size(), nullptr,
                                         to.path.data(), to.path.size(), error);
             });
}

PyObject* Symlink(const Call& call) {
  static constexpr Parameters kSymlink = {
      {"src", "dst", "target_is_directory", "dir_fd"}, 3, 2};
  Bound bound;
  Name name;
  PyObject* text = nullptr;
  if (!Bind(call, kSymlink, &bound) ||
      PyUnicode_FSConverter(bound[0], &text) == 0) {
    return nullptr;
  }
  const Ref target(text);
  if (!ReadName(bound[1], Takes::kPath, bound[3], &name)) return nullptr;
  return Act("fs.write", target.get(), name.given.get(),
             [&](postern_error* error) {
               return postern_files_symlink(
                   TheGuest()->files, PyBytes_AS_STRING(text),
                   static_cast<size_t>(PyBytes_GET_SIZE(text)),
                   name.path.data(), name.path.size(), error);
             });
}

}  // namespace python
}  // namespace postern
