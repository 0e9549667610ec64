#ifndef POSTERN_FS_OBJECT_JUDGE_H_
#define POSTERN_FS_OBJECT_JUDGE_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "fs/asked_name.h"
#include "fs/canonical_name.h"
#include "fs/handle.h"
#include "fs/kernel.h"
#include "fs/mount_table.h"
#include "fs/options.h"
#include "fs/path_monitor.h"
#include "fs/status.h"

namespace postern {
namespace fs {

// One guarded operation, whatever number of names and tries it is decided by.
struct OneCall {
  std::unique_ptr<PathMonitor::Kept> kept;  // by the monitor
  // Nothing is asked, taken or recorded, as if nobody would say no: to see
  // what is denied already.
  bool foresees = false;
  bool acts = false;  // foreseeing, something would have been
};

// A call foresees as long as this lives.
class Foresight {
 public:
  explicit Foresight(OneCall* call) : call_(call) { call->foresees = true; }
  ~Foresight() { call_->foresees = false; }
  Foresight(const Foresight&) = delete;
  Foresight& operator=(const Foresight&) = delete;

 private:
  OneCall* const call_;
};

// What is wanted of an object.
struct ObjectRequest {
  Rights rights;
  int flags = 0;  // of open(2), none that change something; O_PATH to hold only
  bool create = false;
  bool exclusive = false;
  mode_t mode = 0;
  Kinds kinds = Kinds::RegularAndDirectory();
  bool same_mount = false;    // besides GuardedFsOptions::no_cross_mount
  bool tell_created = false;  // Findings::created has to be known
  LastLink last = LastLink::kFollow;
};

// The link itself is wanted, if there is one in the last place.
bool WantsLink(int flags);

// What a name leads to, as procfs or a walk says.
struct Proposal {
  std::string name;    // canonical
  int error = 0;       // of the kernel; then `name` is where it failed
  bool known = false;  // `info` is of the object that was proposed
  ObjectInfo info;
};

// A canonical name that is to be opened. A view of all that it is made from.
struct Target {
  absl::string_view name;   // canonical: decided
  absl::string_view bytes;  // the same for the kernel, perhaps "x/../name/."
  const AskedName& asked;   // what the guest said
  const ObjectRequest& request;
  Verdict verdict;           // Check()'s
  const Proposal* proposal;  // what it must turn out to be; or null
  const Mount* mount;        // where the table places it; or null
  bool steps_back = false;   // `bytes` do
};

// Decides whether an object may be had whose name was granted: by its kind, its
// mount, its other names (hard links), how its name is spelled, and what a
// procfs tells. It is the second half of a decision, and is made on the open
// object (TOCTOU). Keeps references to all but the table. Thread-safe.
class ObjectJudge {
 public:
  ObjectJudge(PathMonitor& monitor, const Kernel& kernel,
              const GuardedFsOptions& options, MountTable mounts)
      : monitor_(monitor),
        kernel_(kernel),
        options_(options),
        mounts_(std::move(mounts)) {}

  // What the table says of it; null if that does not matter or is not known.
  const Mount* MountOf(absl::string_view name,
                       const ObjectRequest& request) const;

  // Whether Judge() has to be asked at all.
  bool MustInspect(const Target& target) const;
  // Whether opening an object before it is known may do something to it: not
  // certain, and at a glance.
  bool MightDisturb(const Target& target) const;
  bool IsDisturbing(const Target& target) const;

  // Whether the object may be had, apart from its name.
  FsStatus Judge(const Target& target, int fd, const ObjectInfo& info,
                 Findings* findings) const;
  // Ok unless the file or directory is denied under another name, or, of an
  // entry that may not exist, its directory has a name that denies it.
  FsStatus JudgeIdentity(Rights rights, const ObjectInfo& info,
                         absl::string_view name, const OneCall& call) const;
  FsStatus JudgeEntry(Rights rights, const ObjectInfo& directory,
                      absl::string_view name, const OneCall& call) const;

  // Whether it matters what directory something is made in, and whether that
  // may be.
  bool DirectoryMatters(const Target& target) const;
  FsStatus JudgeDirectory(const Target& target, int directory) const;

  // Whether the mount of an open object, called `name`, may take names that
  // differ for one; and where it begins.
  bool MayFold(absl::string_view name, int fd, const ObjectInfo& info,
               absl::string_view* place) const;
  // Whether the name is what directories hold, byte by byte.
  bool IsSpelledRight(absl::string_view name, int fd,
                      const ObjectInfo& info) const;

 private:
  // Whether the object must lie on the mount where its name starts.
  bool StaysOnMount(const Target& target) const;
  FsStatus JudgeProcfs(const Target& target, int fd,
                       const ObjectInfo& info) const;
  // Where the procfs begins that an object lies on; and which of its
  // directories is mounted there, "" if that is not known.
  std::string PlaceOfProcfs(absl::string_view name, const ObjectInfo& info,
                            std::string* root) const;

  PathMonitor& monitor_;
  const Kernel& kernel_;
  const GuardedFsOptions& options_;
  const MountTable mounts_;
};

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_OBJECT_JUDGE_H_
