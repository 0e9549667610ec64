#include "bindings/c/codes.h"

#include <errno.h>

#include "bindings/c/handles.h"

namespace postern {
namespace c {
namespace {

struct CodeRow {
  postern_code code;
  int error_number;
  const char* name;
};

constexpr CodeRow kCodes[] = {
    {POSTERN_E_ACCES, EACCES, "EACCES"},
    {POSTERN_E_ADDRINUSE, EADDRINUSE, "EADDRINUSE"},
    {POSTERN_E_ADDRNOTAVAIL, EADDRNOTAVAIL, "EADDRNOTAVAIL"},
    {POSTERN_E_AFNOSUPPORT, EAFNOSUPPORT, "EAFNOSUPPORT"},
    {POSTERN_E_AGAIN, EAGAIN, "EAGAIN"},
    {POSTERN_E_ALREADY, EALREADY, "EALREADY"},
    {POSTERN_E_BADF, EBADF, "EBADF"},
    {POSTERN_E_BUSY, EBUSY, "EBUSY"},
    {POSTERN_E_CANCELED, ECANCELED, "ECANCELED"},
    {POSTERN_E_CONNABORTED, ECONNABORTED, "ECONNABORTED"},
    {POSTERN_E_CONNREFUSED, ECONNREFUSED, "ECONNREFUSED"},
    {POSTERN_E_CONNRESET, ECONNRESET, "ECONNRESET"},
    {POSTERN_E_DESTADDRREQ, EDESTADDRREQ, "EDESTADDRREQ"},
    {POSTERN_E_DQUOT, EDQUOT, "EDQUOT"},
    {POSTERN_E_EXIST, EEXIST, "EEXIST"},
    {POSTERN_E_FBIG, EFBIG, "EFBIG"},
    {POSTERN_E_HOSTUNREACH, EHOSTUNREACH, "EHOSTUNREACH"},
    {POSTERN_E_INTR, EINTR, "EINTR"},
    {POSTERN_E_INVAL, EINVAL, "EINVAL"},
    {POSTERN_E_IO, EIO, "EIO"},
    {POSTERN_E_ISCONN, EISCONN, "EISCONN"},
    {POSTERN_E_ISDIR, EISDIR, "EISDIR"},
    {POSTERN_E_LOOP, ELOOP, "ELOOP"},
    {POSTERN_E_MFILE, EMFILE, "EMFILE"},
    {POSTERN_E_MLINK, EMLINK, "EMLINK"},
    {POSTERN_E_MSGSIZE, EMSGSIZE, "EMSGSIZE"},
    {POSTERN_E_NAMETOOLONG, ENAMETOOLONG, "ENAMETOOLONG"},
    {POSTERN_E_NETUNREACH, ENETUNREACH, "ENETUNREACH"},
    {POSTERN_E_NFILE, ENFILE, "ENFILE"},
    {POSTERN_E_NODATA, ENODATA, "ENODATA"},
    {POSTERN_E_NODEV, ENODEV, "ENODEV"},
    {POSTERN_E_NOENT, ENOENT, "ENOENT"},
    {POSTERN_E_NOMEM, ENOMEM, "ENOMEM"},
    {POSTERN_E_NOSPC, ENOSPC, "ENOSPC"},
    {POSTERN_E_NOSYS, ENOSYS, "ENOSYS"},
    {POSTERN_E_NOTCONN, ENOTCONN, "ENOTCONN"},
    {POSTERN_E_NOTDIR, ENOTDIR, "ENOTDIR"},
    {POSTERN_E_NOTEMPTY, ENOTEMPTY, "ENOTEMPTY"},
    {POSTERN_E_NOTSUP, ENOTSUP, "ENOTSUP"},
    {POSTERN_E_NXIO, ENXIO, "ENXIO"},
    {POSTERN_E_OVERFLOW, EOVERFLOW, "EOVERFLOW"},
    {POSTERN_E_PERM, EPERM, "EPERM"},
    {POSTERN_E_PIPE, EPIPE, "EPIPE"},
    {POSTERN_E_RANGE, ERANGE, "ERANGE"},
    {POSTERN_E_ROFS, EROFS, "EROFS"},
    {POSTERN_E_STALE, ESTALE, "ESTALE"},
    {POSTERN_E_TIMEDOUT, ETIMEDOUT, "ETIMEDOUT"},
    {POSTERN_E_TXTBSY, ETXTBSY, "ETXTBSY"},
    {POSTERN_E_XDEV, EXDEV, "EXDEV"},
};

}  // namespace

postern_code CodeOfErrno(int error_number) {
  if (error_number == 0) return POSTERN_E_NONE;
  // Where a system has two names for one number, the first row is it.
  for (const CodeRow& row : kCodes) {
    if (row.error_number == error_number) return row.code;
  }
  return POSTERN_E_OTHER;
}

int ErrnoOfCode(postern_code code) {
  for (const CodeRow& row : kCodes) {
    if (row.code == code) return row.error_number;
  }
  return EAGAIN;
}

}  // namespace c
}  // namespace postern

const char* postern_code_name(postern_code code, size_t* size) {
  using postern::c::StaticTextOut;
  if (code == POSTERN_E_NONE) return StaticTextOut("", size);
  for (const auto& row : postern::c::kCodes) {
    if (row.code == code) return StaticTextOut(row.name, size);
  }
  return StaticTextOut("EOTHER", size);
}
