// Entries of directories, which are made, moved and removed by name.

#include <errno.h>
#include <fcntl.h>

#include <string>
#include <utility>

#include "fs/path_components.h"
#include "fs/path_pattern.h"
#include "fs/resolver.h"
#include "fs/spelled_name.h"

namespace postern {
namespace fs {

Attempt Resolver::EntryByName(const AskedName& asked, Rights rights,
                              FsResult<ResolvedEntry>* result) const {
  const Cut cut = CutLast(asked.name);
  if (cut.entry == "." || asked.shape.steps_back) return Attempt::kLinkOnWay;
  const Verdict verdict = Check(rights, asked.decided(), *asked.call);
  if (!verdict.allowed && !verdict.acts) {
    return PassesNoLink(asked, cut.directory, O_DIRECTORY)
               ? Done(FsStatus::Denied(verdict, asked.decided()), result)
               : Attempt::kLinkOnWay;
  }
  Opened opened = kernel_->Open(cut.directory, O_PATH | O_DIRECTORY);
  if (opened.error == ELOOP) return Attempt::kLinkOnWay;
  FsStatus status =
      Decide(rights, asked.decided(), asked.given, verdict, asked.call);
  if (!status.ok()) return Done(std::move(status), result);
  if (opened.error != 0) return Done(FsStatus::Error(opened.error), result);
  return Done(
      MakeEntry(asked, rights, std::move(opened.fd),
                NormalPath("", cut.directory), std::string(asked.decided())),
      result);
}

Attempt Resolver::EntryByProposal(const AskedName& asked, Rights rights,
                                  FsResult<ResolvedEntry>* result) const {
  const Cut cut = CutLast(asked.name);
  Proposal parent;
  FsStatus status = JudgeLinks(cut.directory, LastLink::kFollow, rights);
  if (!status.ok()) return Done(std::move(status), result);
  status = Propose(cut.directory, O_DIRECTORY, LastLink::kFollow, &parent);
  if (!status.ok()) return Done(std::move(status), result);
  if (parent.error != 0 && (cut.entry == "." || cut.entry == "..")) {
    return Done(LeadsNowhere(asked, rights, parent.name, parent.error), result);
  }
  std::string canonical = NormalPath(parent.name, cut.entry);
  if (canonical.empty() || canonical.size() > kMaxPathBytes) {
    return Done(FsStatus::Invalid(ENAMETOOLONG), result);
  }
  status = Decide(rights, canonical, asked.given, asked.call);
  if (!status.ok()) return Done(std::move(status), result);
  if (parent.error != 0) return Done(FsStatus::Error(parent.error), result);
  Opened opened = kernel_->Open(parent.name, O_PATH | O_DIRECTORY);
  ObjectInfo info;
  if (opened.error != 0 || kernel_->Inspect(opened.fd.get(), &info) != 0 ||
      (parent.known && !info.SameAs(parent.info))) {
    return Attempt::kRaced;
  }
  return Done(MakeEntry(asked, rights, std::move(opened.fd),
                        std::move(parent.name), std::move(canonical)),
              result);
}

FsResult<ResolvedEntry> Resolver::MakeEntry(const AskedName& asked,
                                            Rights rights,
                                            FileDescriptor directory,
                                            std::string directory_name,
                                            std::string canonical) const {
  const Cut cut = CutLast(asked.name);
  ObjectInfo info;
  const int error = kernel_->Inspect(directory.get(), &info);
  if (error != 0) return FsStatus::Error(error);
  if (options_.no_cross_mount && info.mount_id() != asked.start_mount) {
    return FsStatus::Refused(EXDEV, Refusal::kMount);
  }
  FsStatus status = judge_.JudgeEntry(rights, info, canonical, *asked.call);
  if (!status.ok()) return status;
  absl::string_view place;
  if (judge_.MayFold(canonical, directory.get(), info, &place)) {
    const Opened object = kernel_->Open(canonical, O_PATH | O_NOFOLLOW);
    const absl::string_view stored =
        object.error == 0 ? canonical : CutLast(canonical).directory;
    if (!IsSpelledAsStored(*kernel_, stored, place)) {
      return FsStatus::Error(ENOENT);
    }
  }
  return ResolvedEntry{std::move(directory), std::move(directory_name), info,
                       std::string(cut.entry) + std::string(cut.slashes),
                       std::move(canonical)};
}

bool Resolver::IsStillNamed(const ResolvedEntry& entry) const {
  const Opened opened =
      kernel_->Open(entry.directory_name, O_PATH | O_DIRECTORY);
  ObjectInfo info;
  return opened.error == 0 && kernel_->Inspect(opened.fd.get(), &info) == 0 &&
         info.SameAs(entry.directory_info);
}

FsResult<ResolvedEntry> Resolver::ResolveParent(const At& at, Rights rights,
                                                OneCall* call) const {
  FsResult<ResolvedEntry> result((FsStatus()));
  AskedName asked;
  asked.call = call;
  FsStatus status = MakeAbsolute(at, rights, &asked);
  if (!status.ok()) return status;
  for (int i = 0; i < kMaxChanges; ++i) {
    Attempt attempt = EntryByName(asked, rights, &result);
    if (attempt == Attempt::kLinkOnWay) {
      attempt = EntryByProposal(asked, rights, &result);
    }
    if (attempt == Attempt::kDone) return result;
  }
  return FsStatus::Refused(EAGAIN, Refusal::kChanged);
}

}  // namespace fs
}  // namespace postern
