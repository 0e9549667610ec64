#include "bindings/python/place.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "bindings/python/denial.h"
#include "bindings/python/guest.h"
#include "bindings/python/open_flags.h"

namespace postern {
namespace python {
namespace {

// The canonical name of the folder that the file is in.
bool FolderOf(const Name& name, std::string* folder) {
  Name opened;
  opened.path = name.path.substr(0, name.path.rfind('/'));
  if (opened.path.empty()) opened.path = "/";
  opened.given = Ref::Share(name.given.get());
  const int fd = OpenGuarded(opened, O_RDONLY | O_DIRECTORY, 0);
  if (fd < 0) return false;
  const bool found = NameOfDescriptor(fd, name.given.get(), folder);
  close(fd);
  return found;
}

// A regular file, or none yet.
bool CheckKind(const std::string& path, PyObject* shown) {
  postern_file_info info = {};
  info.struct_size = sizeof(info);
  const Error error;
  const postern_status status = postern_files_info(
      TheGuest()->files, path.data(), path.size(), 0, &info, error.get());
  if (status == POSTERN_SYSTEM && postern_error_errno(error.get()) == ENOENT) {
    return true;
  }
  if (status != POSTERN_OK) {
    (void)RaiseOutcome(error.get(), "fs.read", shown);
    return false;
  }
  if (info.type == POSTERN_FILE_REGULAR) return true;
  (void)RaiseRefusal("fs.write", shown, "this is no regular file");
  return false;
}

}  // namespace

bool DecidePlace(const Name& name, const std::vector<std::string>& ends,
                 bool writes, std::string* path) {
  std::string folder;
  const std::string leaf = name.path.substr(name.path.rfind('/') + 1);
  if (leaf.empty() || leaf == "." || leaf == "..") {
    errno = EISDIR;
    PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, name.given.get());
    return false;
  }
  if (!FolderOf(name, &folder)) return false;
  *path = absl::StrCat(folder, folder == "/" ? "" : "/", leaf);
  for (const std::string& end : ends) {
    const std::string one = *path + end;
    PyObject* const shown = name.given.get();
    if (!EnforceText(POSTERN_FS_READ, POSTERN_FORM_PATH, one, shown) ||
        (writes &&
         !EnforceText(POSTERN_FS_WRITE, POSTERN_FORM_PATH, one, shown)) ||
        !CheckKind(one, shown)) {
      return false;
    }
  }
  return true;
}

}  // namespace python
}  // namespace postern
