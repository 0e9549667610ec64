#include "fs/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fs/kernel.h"

namespace postern {
namespace fs {

bool Watch::IsStillNamed() const {
  const Opened named = kernel_->Open(watched_.name(), O_PATH);
  ObjectInfo now, then;
  return named.error == 0 && Inspect(named.fd.get(), &now) == 0 &&
         Inspect(watched_.fd(), &then) == 0 && now.SameAs(then);
}

FsResult<std::vector<Watch::Event>> Watch::Read() {
  alignas(struct inotify_event) char buffer[16384];
  std::vector<Event> events;
  const ssize_t size = read(inotify_.get(), buffer, sizeof(buffer));
  if (size < 0) {
    if (errno == EAGAIN || errno == EINTR) return events;
    return FsStatus::Error(errno);
  }
  const bool still_named = IsStillNamed();
  for (size_t next = 0; next < static_cast<size_t>(size);) {
    struct inotify_event event;
    memcpy(&event, buffer + next, sizeof(event));
    const char* name = buffer + next + sizeof(event);
    next += sizeof(event) + event.len;
    moved_ = moved_ || (event.mask & (IN_MOVE_SELF | IN_Q_OVERFLOW)) != 0;
    if ((event.mask & unasked_) != 0) continue;
    Event seen = {event.mask, event.cookie,
                  event.len == 0 ? std::string()
                                 : std::string(name, strnlen(name, event.len))};
    if (seen.name.empty() ||
        (still_named && !moved_ && filter_.Shows(seen.name))) {
      events.push_back(std::move(seen));
    }
  }
  return events;
}

}  // namespace fs
}  // namespace postern
