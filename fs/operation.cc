#include "fs/operation.h"

namespace postern {
namespace fs {
namespace {

constexpr Rights kRead = Right::kRead;
constexpr Rights kWrite = Right::kWrite;
constexpr Rights kBoth = Right::kRead | Right::kWrite;

constexpr OperationEnd kNone = {};
constexpr OperationEnd Object(Rights rights) {
  return {Primitive::kObject, rights};
}
constexpr OperationEnd Link(Rights rights) {
  return {Primitive::kLink, rights};
}
constexpr OperationEnd Entry(Rights rights) {
  return {Primitive::kEntry, rights};
}

// A link's text is data of the link, so that making one needs nothing of its
// target: what it leads to is decided whenever it is used.
constexpr OperationRow kTable[] = {
    {Operation::kOpenRead, "open-read", Object(kRead), kNone},
    {Operation::kOpenWrite, "open-write", Object(kWrite), kNone},
    {Operation::kOpenReadWrite, "open-read-write", Object(kBoth), kNone},
    {Operation::kCreate, "create", Object(kWrite), kNone},
    {Operation::kCreateReadWrite, "create-read-write", Object(kBoth), kNone},
    {Operation::kOpenExec, "open-exec", Object(kRead), kNone},
    {Operation::kStat, "stat", Object(kRead), kNone},
    {Operation::kLstat, "lstat", Link(kRead), kNone},
    {Operation::kAccess, "access", Object(kRead), kNone},
    {Operation::kList, "list", Object(kRead), kNone},
    {Operation::kReadlink, "readlink", Link(kRead), kNone},
    {Operation::kWatch, "watch", Object(kRead), kNone},
    {Operation::kGetXattr, "get-xattr", Object(kRead), kNone},
    {Operation::kChdir, "chdir", Object(kRead), kNone},
    {Operation::kMkdir, "mkdir", Entry(kWrite), kNone},
    {Operation::kMknod, "mknod", Entry(kWrite), kNone},
    {Operation::kSymlink, "symlink", Entry(kWrite), kNone},
    {Operation::kLink, "link", Entry(kWrite), Entry(kWrite)},
    {Operation::kRename, "rename", Entry(kWrite), Entry(kWrite)},
    {Operation::kExchange, "exchange", Entry(kWrite), Entry(kWrite)},
    {Operation::kUnlink, "unlink", Entry(kWrite), kNone},
    {Operation::kRmdir, "rmdir", Entry(kWrite), kNone},
    {Operation::kRemoveAll, "remove-all", Entry(kWrite), kNone},
    {Operation::kChmod, "chmod", Object(kWrite), kNone},
    {Operation::kChown, "chown", Object(kWrite), kNone},
    {Operation::kLchown, "lchown", Link(kWrite), kNone},
    {Operation::kSetTimes, "set-times", Object(kWrite), kNone},
    {Operation::kSetLinkTimes, "set-link-times", Link(kWrite), kNone},
    {Operation::kSetXattr, "set-xattr", Object(kWrite), kNone},
    {Operation::kTruncate, "truncate", Object(kWrite), kNone},
    {Operation::kCopy, "copy", Object(kRead), Object(kWrite)},
    {Operation::kCreateTemp, "create-temp", Object(kBoth), kNone},
    {Operation::kBindUnix, "bind-unix", Entry(kWrite), kNone},
    {Operation::kConnectUnix, "connect-unix", Object(kBoth), kNone},
};
static_assert(sizeof(kTable) / sizeof(kTable[0]) == kOperationCount,
              "every operation has a row");

constexpr bool InOrder() {
  for (int i = 0; i < kOperationCount; ++i) {
    if (static_cast<int>(kTable[i].operation) != i) return false;
  }
  return true;
}
static_assert(InOrder(), "rows stand in the order of the enum");

}  // namespace

absl::Span<const OperationRow> OperationTable() { return kTable; }

const OperationRow& RowOf(Operation operation) {
  return kTable[static_cast<size_t>(operation)];
}

}  // namespace fs
}  // namespace postern
