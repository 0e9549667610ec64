// Unix sockets by name: operations of GuardedFs.

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "fs/guarded_fs.h"
#include "fs/resolver.h"

namespace postern {
namespace fs {
namespace {

bool IsUnixSocket(int socket) {
  int domain = 0;
  socklen_t size = sizeof(domain);
  return getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
         domain == AF_UNIX;
}

// False if the name does not fit (unix(7): 108 bytes).
bool MakeAddress(const std::string& name, struct sockaddr_un* address) {
  *address = {};
  address->sun_family = AF_UNIX;
  if (name.size() >= sizeof(address->sun_path)) return false;
  memcpy(address->sun_path, name.data(), name.size());
  return true;
}

template <typename Call>
FsStatus WithAddress(Call call, int socket, const std::string& name) {
  struct sockaddr_un address;
  if (!MakeAddress(name, &address)) return FsStatus::Error(ENAMETOOLONG);
  return call(socket, reinterpret_cast<const struct sockaddr*>(&address),
              sizeof(address)) == 0
             ? FsStatus()
             : FsStatus::Error(errno);
}

}  // namespace

FsStatus GuardedFs::BindUnix(int socket, const At& at) const {
  if (!IsUnixSocket(socket)) {
    return FsStatus::Invalid(ENOTSOCK);
  }
  return resolver_->ActOnEntry(
      at, RowOf(Operation::kBindUnix).first.rights,
      [&](const ResolvedEntry& entry) {
        const std::string directory = kernel().MagicName(entry.directory.get());
        if (directory.empty()) {
          return FsStatus::Refused(ENOSYS, Refusal::kUnenforceable);
        }
        // bind(2) makes the entry and follows no link in its place.
        return WithAddress(bind, socket, directory + "/" + entry.last);
      });
}

FsStatus GuardedFs::ConnectUnix(int socket, const At& at) const {
  if (!IsUnixSocket(socket)) {
    return FsStatus::Invalid(ENOTSOCK);
  }
  ObjectRequest request;
  request.rights = RowOf(Operation::kConnectUnix).first.rights;
  request.flags = O_PATH;
  request.kinds = Kinds::None().And(S_IFSOCK);
  const FsResult<Handle> handle = resolver_->ResolveObject(at, request);
  if (!handle.ok()) return handle.status();
  const std::string name = kernel().MagicName(handle->fd());
  if (name.empty()) return FsStatus::Refused(ENOSYS, Refusal::kUnenforceable);
  return WithAddress(connect, socket, name);
}

}  // namespace fs
}  // namespace postern
