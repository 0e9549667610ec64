#ifndef POSTERN_FS_OPERATION_H_
#define POSTERN_FS_OPERATION_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "fs/path_monitor.h"

namespace postern {
namespace fs {

// Everything that can be done to a file by its name. The set is closed, so that
// no operation escapes the monitor: what an adapter offers is one of these.
enum class Operation : uint8_t {
  kOpenRead,
  kOpenWrite,  // also append, truncate
  kOpenReadWrite,
  kCreate,  // open that may create, for writing
  kCreateReadWrite,
  kOpenExec,
  kStat,
  kLstat,
  kAccess,
  kList,
  kReadlink,
  kWatch,
  kGetXattr,
  kChdir,
  kMkdir,
  kMknod,
  kSymlink,
  kLink,
  kRename,
  kExchange,
  kUnlink,
  kRmdir,
  kRemoveAll,
  kChmod,
  kChown,
  kLchown,
  kSetTimes,
  kSetLinkTimes,
  kSetXattr,
  kTruncate,
  kCopy,
  kCreateTemp,  // a file; a temporary directory is made as by kMkdir
  kBindUnix,
  kConnectUnix,
};
constexpr int kOperationCount = static_cast<int>(Operation::kConnectUnix) + 1;

// How a name is resolved.
enum class Primitive : uint8_t {
  kNone,    // there is no such name
  kObject,  // ResolveObject: what the name leads to
  kLink,    // ResolveObject, but a link in the last place is itself the object
  kEntry,   // ResolveParent: the directory entry of that name
};

// What an operation needs at one of its names.
struct OperationEnd {
  Primitive primitive = Primitive::kNone;
  Rights rights;
};

struct OperationRow {
  Operation operation;
  absl::string_view name;  // stable, for reports: "rename"
  OperationEnd first;
  OperationEnd second;
};

// One row for each operation, in the order of the enum.
absl::Span<const OperationRow> OperationTable();
const OperationRow& RowOf(Operation operation);

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_OPERATION_H_
