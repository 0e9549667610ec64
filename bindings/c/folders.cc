#include "bindings/c/postern/folders.h"

#include <dirent.h>
#include <poll.h>
#include <sys/inotify.h>

#include <utility>
#include <vector>

#include "bindings/c/file_info.h"
#include "bindings/c/guarded.h"
#include "fs/directory_reader.h"
#include "fs/watch.h"

struct postern_listing {
  postern::fs::DirectoryReader reader;
};

struct postern_watch {
  postern::fs::Watch watch;
  std::vector<postern::fs::Watch::Event> events;
  size_t next = 0;
};

using namespace postern::c;  // NOLINT: the functions below are global
namespace fs = postern::fs;

namespace {

struct EventBit {
  uint32_t ours;
  uint32_t theirs;
};
constexpr EventBit kEventBits[] = {
    {POSTERN_WATCH_ACCESS, IN_ACCESS},
    {POSTERN_WATCH_MODIFY, IN_MODIFY},
    {POSTERN_WATCH_ATTRIBUTES, IN_ATTRIB},
    {POSTERN_WATCH_CLOSE_WRITE, IN_CLOSE_WRITE},
    {POSTERN_WATCH_CLOSE_READ, IN_CLOSE_NOWRITE},
    {POSTERN_WATCH_OPEN, IN_OPEN},
    {POSTERN_WATCH_MOVED_FROM, IN_MOVED_FROM},
    {POSTERN_WATCH_MOVED_TO, IN_MOVED_TO},
    {POSTERN_WATCH_CREATE, IN_CREATE},
    {POSTERN_WATCH_DELETE, IN_DELETE},
    {POSTERN_WATCH_DELETE_SELF, IN_DELETE_SELF},
    {POSTERN_WATCH_MOVE_SELF, IN_MOVE_SELF},
    {POSTERN_WATCH_IS_DIRECTORY, IN_ISDIR},
    {POSTERN_WATCH_LOST, IN_Q_OVERFLOW},
    {POSTERN_WATCH_ENDED, IN_IGNORED | IN_UNMOUNT},
};

uint32_t ToInotify(uint32_t events) {
  uint32_t mask = 0;
  for (const EventBit& bit : kEventBits) {
    if ((events & bit.ours) != 0) mask |= bit.theirs;
  }
  return mask;
}

uint32_t FromInotify(uint32_t mask) {
  uint32_t events = 0;
  for (const EventBit& bit : kEventBits) {
    if ((mask & bit.theirs) != 0) events |= bit.ours;
  }
  return events;
}

// Reads on while what comes is all left out, so that an end means that nothing
// is there; but not for ever.
constexpr int kMaxReads = 64;

bool MayHoldEvents(int fd) {
  struct pollfd one = {fd, POLLIN, 0};
  return poll(&one, 1, 0) > 0;
}

Outcome Refill(postern_watch* watch) {
  watch->events.clear();
  watch->next = 0;
  for (int i = 0; i < kMaxReads && watch->events.empty() &&
                  MayHoldEvents(watch->watch.fd());
       ++i) {
    fs::FsResult<std::vector<fs::Watch::Event>> read = watch->watch.Read();
    if (!read.ok()) return OutcomeOf(read.status());
    watch->events = *std::move(read);
  }
  return Outcome();
}

Outcome End() {
  Outcome outcome;
  outcome.status = POSTERN_END;
  return outcome;
}

Outcome NextChange(postern_watch* watch, postern_change* out) {
  const absl::Status status = WriteStruct(postern_change{}, "change", out);
  if (!status.ok()) return OutcomeOf(status);
  if (watch->next >= watch->events.size()) {
    Outcome filled = Refill(watch);
    if (!filled.ok()) return filled;
    if (watch->events.empty()) return End();
  }
  const fs::Watch::Event& event = watch->events[watch->next++];
  postern_change change = {};
  change.name = ToBytes(event.name);
  change.events = FromInotify(event.mask);
  change.cookie = event.cookie;
  return OutcomeOf(WriteStruct(change, "change", out));
}

Outcome NextEntry(postern_listing* listing, postern_entry* out) {
  const absl::Status status = WriteStruct(postern_entry{}, "entry", out);
  if (!status.ok()) return OutcomeOf(status);
  fs::DirectoryReader::Entry entry;
  if (!listing->reader.Next(&entry)) {
    return listing->reader.status().ok() ? End()
                                         : OutcomeOf(listing->reader.status());
  }
  postern_entry next = {};
  next.name = ToBytes(entry.name);
  next.type = TypeOfMode(DTTOIF(entry.type));
  next.inode = entry.inode;
  return OutcomeOf(WriteStruct(next, "entry", out));
}

}  // namespace

postern_status postern_files_list(const postern_files* files, const char* path,
                                  size_t size, postern_listing** listing,
                                  postern_error* error) {
  if (listing != nullptr) *listing = nullptr;
  return OnPath(files, fs::Operation::kList, path, size, error,
                [&](const fs::GuardedFs& fs, const fs::At& at) {
                  if (listing == nullptr) {
                    return OutcomeOf(NullError("listing"));
                  }
                  fs::FsResult<fs::DirectoryReader> reader = fs.List(at);
                  if (!reader.ok()) return OutcomeOf(reader.status());
                  *listing = new postern_listing{*std::move(reader)};
                  return Outcome();
                });
}

void postern_listing_free(postern_listing* listing) { delete listing; }

postern_status postern_listing_next(postern_listing* listing,
                                    postern_entry* entry,
                                    postern_error* error) {
  return GuardOperation(error, [&] {
    if (listing == nullptr) return OutcomeOf(NullError("listing"));
    if (entry == nullptr) return OutcomeOf(NullError("entry"));
    return NextEntry(listing, entry);
  });
}

postern_status postern_files_watch(const postern_files* files, const char* path,
                                   size_t size, uint32_t events,
                                   postern_watch** watch,
                                   postern_error* error) {
  if (watch != nullptr) *watch = nullptr;
  return OnPath(files, fs::Operation::kWatch, path, size, error,
                [&](const fs::GuardedFs& fs, const fs::At& at) {
                  if (watch == nullptr) return OutcomeOf(NullError("watch"));
                  if (events == 0 || events > POSTERN_WATCH_ALL) {
                    return Invalid("events: none, or unknown ones");
                  }
                  fs::FsResult<fs::Watch> made =
                      fs.WatchPath(at, ToInotify(events));
                  if (!made.ok()) return OutcomeOf(made.status());
                  *watch = new postern_watch{*std::move(made), {}, 0};
                  return Outcome();
                });
}

void postern_watch_free(postern_watch* watch) { delete watch; }

int32_t postern_watch_descriptor(const postern_watch* watch) {
  return watch == nullptr ? -1 : watch->watch.fd();
}

postern_status postern_watch_next(postern_watch* watch, postern_change* change,
                                  postern_error* error) {
  return GuardOperation(error, [&] {
    if (watch == nullptr) return OutcomeOf(NullError("watch"));
    if (change == nullptr) return OutcomeOf(NullError("change"));
    return NextChange(watch, change);
  });
}
