// Names that pass links: what they lead to is proposed, then decided and opened
// by its own name.

#include <errno.h>
#include <fcntl.h>

#include <string>
#include <utility>

#include "fs/path_pattern.h"
#include "fs/resolver.h"

namespace postern {
namespace fs {

bool Resolver::CanWalk() const {
  return kernel_->has_openat2() || kernel_->HasSpareDescriptors();
}

FsStatus Resolver::JudgeLinks(absl::string_view name, LastLink last,
                              Rights rights) const {
  if (!monitor_->Conceals()) return FsStatus();
  if (!CanWalk()) return FsStatus::Error(EMFILE);
  const CanonicalName found = FindCanonicalName(*kernel_, name, last);
  if (IsShortage(found.error)) return FsStatus::Error(found.error);
  for (const PassedLink& link : found.links) {
    const Verdict verdict = monitor_->CheckLink(rights, link.location);
    if (!verdict.allowed) return FsStatus::Denied(verdict, link.location);
  }
  return FsStatus();
}

FsStatus Resolver::ProposeByWalk(absl::string_view name, LastLink last,
                                 int error, Proposal* proposal) const {
  if (!CanWalk()) return FsStatus::Error(EMFILE);
  CanonicalName found = FindCanonicalName(*kernel_, name, last);
  if (IsShortage(found.error)) return FsStatus::Error(found.error);
  proposal->name = std::move(found.path);
  proposal->known = false;
  // Where both differ somebody is at work, or the kernel knows a reason more.
  proposal->error = found.error != 0 ? found.error : error;
  return FsStatus();
}

FsStatus Resolver::Propose(absl::string_view name, int flags, LastLink last,
                           Proposal* proposal) const {
  proposal->error = 0;
  Opened opened = kernel_->has_procfs()
                      ? kernel_->OpenFollowing(name, LookFlags(flags, last))
                      : Opened::Error(ENOSYS);
  if (opened.error != 0) {
    // EAGAIN: renames anywhere on the machine keep disturbing the "..".
    const bool no_answer = opened.error == ENOSYS || opened.error == EPERM ||
                           opened.error == EAGAIN || IsShortage(opened.error);
    return ProposeByWalk(name, last, no_answer ? 0 : opened.error, proposal);
  }
  // One that was removed may still have a name, as a mount's directory.
  if (kernel_->Inspect(opened.fd.get(), &proposal->info) != 0 ||
      proposal->info.raw.stx_nlink == 0 ||
      kernel_->ProposeName(opened.fd.get(), &proposal->name) != 0) {
    // The walk may need the last descriptor there is.
    opened.fd = FileDescriptor();
    return ProposeByWalk(name, last, 0, proposal);
  }
  if (proposal->name.empty() || proposal->name[0] != '/') {
    return FsStatus::Refused(EACCES, Refusal::kUnenforceable);
  }
  proposal->known = true;
  return FsStatus();
}

Target Resolver::TargetBy(absl::string_view name, const AskedName& asked,
                          const ObjectRequest& request,
                          const Proposal* proposal) const {
  return {name,
          name,
          asked,
          request,
          Check(request.rights, name, *asked.call),
          proposal,
          judge_.MountOf(name, request)};
}

// What is decided is the very name that is opened, as with any proposal; and it
// is opened only if the link led to the object just now, by links that a
// proposal would have followed: else a link of procfs would tell whether some
// process has the object open.
bool Resolver::OpenRemembered(const AskedName& asked,
                              const ObjectRequest& request, KnownNames::Key key,
                              FsResult<Handle>* result) const {
  Proposal proposal;
  if (!link_targets_.Knows(key) ||
      kernel_->InspectFollowing(asked.name, &proposal.info) != 0 ||
      !link_targets_.Find(key, proposal.info, &proposal.name)) {
    return false;
  }
  proposal.known = true;
  const Target target = TargetBy(proposal.name, asked, request, &proposal);
  if (!target.verdict.allowed || target.verdict.acts) return false;
  if (OpenTarget(target, result) == Attempt::kDone && result->ok()) return true;
  *result = FsStatus();
  return false;
}

Attempt Resolver::OpenByProposal(const AskedName& asked,
                                 const ObjectRequest& request,
                                 FsResult<Handle>* result) const {
  Proposal proposal;
  FsStatus status = JudgeLinks(asked.name, request.last, request.rights);
  if (!status.ok()) return Done(std::move(status), result);
  KnownNames::Key key = 0;
  if (!request.create && request.last == LastLink::kFollow) {
    key = KeyOf(asked.name);
    if (OpenRemembered(asked, request, key, result)) return Attempt::kDone;
  }
  status = Propose(asked.name, request.flags, request.last, &proposal);
  if (!status.ok()) return Done(std::move(status), result);
  if (request.create &&
      (proposal.error == ENOENT || EndsInSlashes(asked.name))) {
    return CreateByProposal(asked, request, proposal.name, result);
  }
  if (proposal.error != 0) {
    return Done(
        LeadsNowhere(asked, request.rights, proposal.name, proposal.error),
        result);
  }
  ObjectRequest existing = request;
  existing.create = existing.exclusive = false;
  const Target target = TargetBy(proposal.name, asked, existing, &proposal);
  if (!target.verdict.allowed && !target.verdict.acts) {
    return Done(FsStatus::Denied(target.verdict, proposal.name), result);
  }
  if (request.exclusive) {
    return Done(LeadsNowhere(asked, request.rights, proposal.name, EEXIST),
                result);
  }
  const bool is_link = proposal.known && S_ISLNK(proposal.info.mode());
  if (is_link && !WantsLink(request.flags)) {
    return Done(LeadsNowhere(asked, request.rights, proposal.name, ELOOP),
                result);
  }
  const Attempt attempt = OpenTarget(target, result);
  if (attempt == Attempt::kDone && result->ok() && proposal.known) {
    link_targets_.Note(key, proposal.info, proposal.name);
  }
  if (attempt != Attempt::kLinkOnWay) return attempt;
  // A link where none was: somebody put it there, or no link may end a name,
  // which only those who are granted the link may hear.
  return request.last == LastLink::kFollow
             ? Attempt::kRaced
             : Done(LeadsNowhere(asked, request.rights, proposal.name, ELOOP),
                    result);
}

Attempt Resolver::CreateByProposal(const AskedName& asked,
                                   const ObjectRequest& request,
                                   absl::string_view missing,
                                   FsResult<Handle>* result) const {
  const Cut cut = CutLast(asked.name);
  Proposal parent;
  FsStatus status =
      Propose(cut.directory, O_DIRECTORY, LastLink::kFollow, &parent);
  if (!status.ok()) return Done(std::move(status), result);
  if (parent.error != 0) {
    return Done(LeadsNowhere(asked, request.rights, missing, parent.error),
                result);
  }
  if (cut.entry == "." || cut.entry == "..") {
    return Attempt::kRaced;  // it was missing a moment ago
  }
  const std::string name = Join(parent.name, cut.entry);
  if (name.size() > kMaxPathBytes)
    return Done(FsStatus::Invalid(ENAMETOOLONG), result);
  if (!cut.slashes.empty()) {
    // EISDIR, or that the directory may not be searched.
    const Opened none = kernel_->Open(
        name + "/", O_WRONLY | O_CREAT | O_NOFOLLOW, request.mode);
    return Done(LeadsNowhere(asked, request.rights, name, none.error), result);
  }
  const Target target = TargetBy(name, asked, request, nullptr);
  if (!target.verdict.allowed && !target.verdict.acts) {
    return Done(FsStatus::Denied(target.verdict, name), result);
  }
  const Attempt attempt = OpenTarget(target, result);
  if (attempt != Attempt::kLinkOnWay) return attempt;
  // A link to nothing. Only those who are granted both the link, as above, and
  // what it leads to may hear that nothing is there.
  status = LeadsNowhere(asked, request.rights, name, ELOOP);
  if (!status.denied() && name != missing) {
    status = LeadsNowhere(asked, request.rights, missing, ELOOP);
  }
  return Done(std::move(status), result);
}

}  // namespace fs
}  // namespace postern
