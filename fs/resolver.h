#ifndef POSTERN_FS_RESOLVER_H_
#define POSTERN_FS_RESOLVER_H_

#include <errno.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "fs/asked_name.h"
#include "fs/attempt.h"
#include "fs/canonical_name.h"
#include "fs/fork_mutex.h"
#include "fs/handle.h"
#include "fs/kernel.h"
#include "fs/known_names.h"
#include "fs/link_targets.h"
#include "fs/mount_table.h"
#include "fs/object_judge.h"
#include "fs/options.h"
#include "fs/path_monitor.h"
#include "fs/status.h"

namespace postern {
namespace fs {

// A directory and the name of an entry in it. The name was decided, and is not
// looked up yet.
struct ResolvedEntry {
  FileDescriptor directory;
  std::string directory_name;  // canonical, when it was found
  ObjectInfo directory_info;
  // The entry's name with the slashes that were behind it; "." or ".." where
  // the name ended so. System calls that make, move or remove a name follow no
  // link in the last place, whatever slashes there are; linkat(2) does.
  std::string last;
  std::string canonical;  // of the entry, where it stood when it was decided

  // `last` without slashes.
  std::string name() const { return last.substr(0, last.find('/')); }
  bool has_slashes() const { return last.find('/') != last.npos; }
};

// The two ways in which guarded operations reach the file system. Both decide
// a canonical name and open that very name without following any link. So what
// was decided is what is opened, whatever guests rename meanwhile: no symlink
// race, no gap between check and use (TOCTOU), no path traversal by "..".
//  - the name as it was asked, or what is left of it once its ".." have stepped
//    back, if no link proves to be on its way;
//  - else a name that the kernel (procfs) or a walk proposes for what the name
//    leads to, which is decided and opened in the same manner, and must turn
//    out to be the object that was proposed.
// A name that leads nowhere is decided as the name at which it failed.
// Thread-safe.
class Resolver {
 public:
  // An error if descriptors or memory are too short to look at the mounts.
  static absl::StatusOr<std::unique_ptr<const Resolver>> Create(
      std::shared_ptr<PathMonitor> monitor,
      std::unique_ptr<const Kernel> kernel, GuardedFsOptions options);
  ~Resolver();
  // How often a name may lead elsewhere before an operation gives up.
  static constexpr int kMaxChanges = 64;

  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Opens what a name leads to, as a part of `call`.
  FsResult<Handle> ResolveObject(const At& at, const ObjectRequest& request,
                                 OneCall* call) const;
  // Opens what a name leads to, as an operation of its own.
  FsResult<Handle> ResolveObject(const At& at,
                                 const ObjectRequest& request) const {
    OneCall call;
    return ResolveObject(at, request, &call);
  }
  // Opens the directory that holds, or would hold, the entry of this name. The
  // rights are needed on the entry.
  FsResult<ResolvedEntry> ResolveParent(const At& at, Rights rights,
                                        OneCall* call) const;

  // What the monitor says before anything happens; see PathMonitor.
  Verdict Check(Rights rights, absl::string_view name,
                const OneCall& call) const {
    return monitor_->CheckIn(call.kept.get(), rights, name);
  }
  // Ok if the rights are granted on this canonical name to an access that is
  // about to happen; asks where rules say so. `asked`: see PathMonitor.
  FsStatus Decide(Rights rights, absl::string_view name,
                  absl::string_view asked, OneCall* call) const;
  // Whether the entry's directory still has the name that was decided. While
  // naming() is held no guarded operation changes that.
  bool IsStillNamed(const ResolvedEntry& entry) const;
  // Resolves an entry and, as soon as naming() is held and its directory still
  // has its name, calls `act(entry)` for an FsStatus.
  template <typename Act>
  FsStatus ActOnEntry(const At& at, Rights rights, Act act) const {
    OneCall call;
    return ActOnEntry(at, rights, &call, act);
  }
  template <typename Act>
  FsStatus ActOnEntry(const At& at, Rights rights, OneCall* call,
                      Act act) const {
    for (int i = 0; i < kMaxChanges; ++i) {
      FsResult<ResolvedEntry> entry = ResolveParent(at, rights, call);
      if (!entry.ok()) return entry.status();
      std::lock_guard<ForkMutex> lock(naming());
      if (IsStillNamed(*entry)) return act(*entry);
    }
    return FsStatus::Refused(EAGAIN, Refusal::kChanged);
  }
  // Held while a name is made, moved or removed.
  ForkMutex& naming() const { return *naming_; }

  const ObjectJudge& judge() const { return judge_; }
  PathMonitor& monitor() const { return *monitor_; }
  const std::shared_ptr<PathMonitor>& shared_monitor() const {
    return monitor_;
  }
  const Kernel& kernel() const { return *kernel_; }
  const std::shared_ptr<const Kernel>& shared_kernel() const { return kernel_; }
  const GuardedFsOptions& options() const { return options_; }

 private:
  Resolver(std::shared_ptr<PathMonitor> monitor,
           std::unique_ptr<const Kernel> kernel, GuardedFsOptions options,
           MountTable mounts);
  // Of the directories where names start. An errno if one cannot be told.
  int FindStartMounts();

  FsStatus MakeAbsolute(const At& at, Rights rights, AskedName* asked) const;
  FsStatus NameOfBase(const Handle& base, AskedName* asked) const;
  FsStatus Propose(absl::string_view name, int flags, LastLink last,
                   Proposal* proposal) const;
  FsStatus ProposeByWalk(absl::string_view name, LastLink last, int error,
                         Proposal* proposal) const;
  // Ok if the links on the way of the name may lead on.
  FsStatus JudgeLinks(absl::string_view name, LastLink last,
                      Rights rights) const;
  // Whether FindCanonicalName() tells what is missing as long as there is a
  // descriptor that would have opened what is there: else a denial would tell
  // which of both it is.
  bool CanWalk() const;
  // Whether `name`, as asked or its directory, leads to what it is spelled as,
  // there or not, so that a denial of it is the last word; false if that is
  // not known. `flags` of open(2), O_PATH besides.
  bool PassesNoLink(const AskedName& asked, absl::string_view name,
                    int flags) const;
  // The denial of a name that leads nowhere, or the kernel's error if somebody
  // who is granted that name may hear it.
  FsStatus LeadsNowhere(const AskedName& asked, Rights rights,
                        absl::string_view name, int error) const;
  // Ok if `checked` stands and Enforce(), where it acts, grants as well.
  FsStatus Decide(Rights rights, absl::string_view name,
                  absl::string_view asked, const Verdict& checked,
                  OneCall* call) const;

  // What each open passes is inline in the one file that calls it: behind a
  // system call each function that is returned from is a branch foretold wrong.
  inline Attempt OpenAsAsked(const AskedName& asked,
                             const ObjectRequest& request,
                             FsResult<Handle>* result) const;
  Attempt OpenTarget(const Target& target, FsResult<Handle>* result) const;
  // What is found is noted under `key`, if there is one.
  Attempt OpenAtOnce(const Target& target, KnownNames::Key key,
                     FsResult<Handle>* result) const;
  // Like OpenAtOnce(), where a plain object was known by the name. If the open
  // fails, perhaps in a device's driver, the name is looked at. If somebody has
  // put something there that must not be opened, all names are looked at from
  // then on.
  Attempt OpenKnownAsPlain(const Target& target, KnownNames::Key key,
                           FsResult<Handle>* result) const;
  // By the target's bytes.
  inline Opened OpenBytes(const Target& target, int flags) const;
  Attempt LookThenOpen(const Target& target, FsResult<Handle>* result) const;
  Attempt OpenSame(const Target& target, int seen, const ObjectInfo& info,
                   Opened* opened) const;
  Attempt CreateNew(const Target& target, FsResult<Handle>* result) const;
  // Opens what may have to be made; `flags` of open(2) besides the request's.
  // A denial, or else what came of it.
  FsStatus OpenToCreate(const Target& target, int flags, Opened* opened) const;
  // Whether it matters in what directory something is made.
  bool DirectoryMatters(const Target& target) const;
  // What is opened by a canonical name in place of the one that was asked;
  // `proposal` is what it must turn out to be, or null.
  inline Target TargetBy(absl::string_view name, const AskedName& asked,
                         const ObjectRequest& request,
                         const Proposal* proposal) const;
  Attempt OpenByProposal(const AskedName& asked, const ObjectRequest& request,
                         FsResult<Handle>* result) const;
  // By the name that was proposed for what the name leads to before: whether
  // that led to a result that stands. Nothing is done, or asked, in vain.
  bool OpenRemembered(const AskedName& asked, const ObjectRequest& request,
                      KnownNames::Key key, FsResult<Handle>* result) const;
  // `missing`: the name at which the look-up failed.
  Attempt CreateByProposal(const AskedName& asked, const ObjectRequest& request,
                           absl::string_view missing,
                           FsResult<Handle>* result) const;
  Attempt EntryByName(const AskedName& asked, Rights rights,
                      FsResult<ResolvedEntry>* result) const;
  Attempt EntryByProposal(const AskedName& asked, Rights rights,
                          FsResult<ResolvedEntry>* result) const;

  FsResult<ResolvedEntry> MakeEntry(const AskedName& asked, Rights rights,
                                    FileDescriptor directory,
                                    std::string directory_name,
                                    std::string canonical) const;
  // Whether an object has the name by which it was found. Directories that were
  // moved while it was looked up can have lent it one that it never had.
  inline bool HasName(const Target& target, const Opened& opened) const;

  inline bool MustLookFirst(const Target& target) const;
  KnownNames::Key KeyOf(absl::string_view name) const;
  // Keeps a descriptor that must not be closed, as closing it would drop locks
  // of this process (fcntl(2)); from then on every object is looked at before
  // it is opened.
  void Park(FileDescriptor fd) const;

  const std::shared_ptr<PathMonitor> monitor_;
  const std::shared_ptr<const Kernel> kernel_;
  const GuardedFsOptions options_;
  const std::shared_ptr<ForkMutex> naming_;
  const ObjectJudge judge_;
  uint64_t root_mount_ = 0;  // ids; 0 = not known
  uint64_t base_mount_ = 0;
  mutable KnownNames known_names_;
  mutable LinkTargets link_targets_;
  mutable std::atomic<bool> look_first_{false};
  mutable ForkMutex mutex_;
  mutable std::vector<FileDescriptor> parked_;  // under mutex_; few
};

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_RESOLVER_H_
