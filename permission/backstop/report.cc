#include "permission/backstop/report.h"

#include "absl/strings/str_cat.h"
#include "permission/backstop/report_text.h"

namespace postern {
namespace {

struct ReasonWords {
  EnforcementReason reason;
  const char* code;
  const char* text;
};

using R = EnforcementReason;

// In the order of the enum.
constexpr ReasonWords kReasons[] = {
    {R::kExact, "exact", "as the policy says"},
    {R::kLibraryOnly, "library-only",
     "kernels do not know such things: only code that asks the library is "
     "held"},
    {R::kNotMediated, "not-mediated",
     "nothing that is in use looks at these calls"},
    {R::kNoFacility, "no-facility", "this kernel cannot do it"},
    {R::kSwitchedOff, "switched-off", "the options leave it out"},
    {R::kNotProbed, "not-probed", "planned, and not tried"},
    {R::kProbeFailed, "probe-failed", "tried, and the kernel let it pass"},
    {R::kAuditMode, "audit-mode", "the layer only reports"},
    {R::kNobodyIsAsked, "nobody-is-asked",
     "the kernel asks nobody: what a person would be asked about is denied"},
    {R::kTakenAsAnswered, "taken-as-answered",
     "the kernel asks nobody: what a person would be asked about is allowed"},
    {R::kLimitNotGranted, "limit-not-granted",
     "the kernel cannot end a grant: what is granted with limits is denied"},
    {R::kLimitNotHeld, "limit-not-held",
     "the kernel cannot end a grant: it is allowed for good"},
    {R::kPathMissing, "path-missing", "there is no such file"},
    {R::kPassesLink, "passes-link",
     "the name leads through a link, and the policy is not bound"},
    {R::kLinkReplaced, "link-replaced",
     "what the link leads to is held; the link itself can be removed, and "
     "something else made in its place"},
    {R::kNewNames, "new-names",
     "what is made later beside something denied cannot be opened"},
    {R::kDirectoryRights, "directory-rights",
     "contents are held; names beside and beneath what is denied can be listed "
     "or changed"},
    {R::kEntriesWithheld, "entries-withheld",
     "directories with something denied in them cannot be listed or changed"},
    {R::kEntryOfParent, "entry-of-parent",
     "the granted name itself cannot be made, renamed or removed"},
    {R::kTooManyEntries, "too-many-entries",
     "there are more files than may be listed: the others are denied"},
    {R::kCannotList, "cannot-list",
     "a directory cannot be listed: what it holds is denied"},
    {R::kProcfsToo, "procfs-too",
     "procfs is granted with what is above it; the library wants it to be "
     "named"},
    {R::kOtherNames, "other-names",
     "the file has other names (hard links, mounts), by which it may be "
     "reached"},
    {R::kNamesUnknown, "names-unknown",
     "not all files beneath could be looked at: one that has another name "
     "(hard link) may be reached by it"},
    {R::kMasked, "masked", "hidden behind a mount"},
    {R::kPortOnly, "port-only",
     "kernels hold ports, not hosts: the port is open to every host"},
    {R::kHostNotGranted, "host-not-granted",
     "kernels hold ports, not hosts: it is denied"},
    {R::kPortsNotGranted, "ports-not-granted",
     "these are more ports than can be listed: it is denied"},
    {R::kAnyPort, "any-port", "every port of every host is open"},
    {R::kSocketKind, "socket-kind",
     "only the kind of socket is held: every address can be reached by it"},
    {R::kArgumentsNotHeld, "arguments-not-held",
     "kernels hold programs by path, not arguments nor bare names: only the "
     "launcher starts it"},
    {R::kLoaderRunsAny, "loader-runs-any",
     "programs that can be read can be run through their loader"},
    {R::kProgramsRead, "programs-read",
     "programs that may be started can be read, as their start takes that"},
    {R::kFirstProgram, "first-program",
     "of the program that is started; it may hand on other variables to those "
     "that it starts"},
    {R::kOwnProcesses, "own-processes",
     "processes that are confined together can signal each other"},
    {R::kRefusedToAll, "refused-to-all",
     "the call is refused, whatever it is about"},
    {R::kEachProcess, "each-process",
     "each process by itself can use as much, and not all together"},
    {R::kAllOfUser, "all-of-user",
     "all that the same user runs counts together, also what runs elsewhere"},
    {R::kMeasured, "measured",
     "it is measured every few hundredths of a second: what is fast gets that "
     "much further"},
    {R::kKeeperInReach, "keeper-in-reach",
     "the program can stop the process that measures, as it can signal others "
     "of its user"},
    {R::kProgramWritten, "program-written",
     "the rule names a file that is granted to be written: whoever writes it "
     "chooses what runs"},
    {R::kUnboundSockets, "unbound-sockets",
     "a socket that nobody has bound gets a port or a name that the kernel "
     "picks, when it listens or sends"},
    {R::kSocketPairs, "socket-pairs",
     "pairs of sockets can always be made, and each of a pair can be bound to "
     "a name"},
    {R::kSharedMemory, "shared-memory",
     "vfork(2) has to stay: two processes in one memory can run on beside "
     "each other if the one between them is ended"},
    {R::kProgramsUnread, "programs-unread",
     "programs that cannot be read cannot be started, as their start takes "
     "that"},
    {R::kSteering, "steering",
     "variables that make programs load or run something else are not handed "
     "on"},
};
static_assert(sizeof(kReasons) / sizeof(kReasons[0]) == kEnforcementReasonLimit,
              "a row for each");

const ReasonWords& WordsOf(EnforcementReason reason) {
  return kReasons[static_cast<size_t>(reason)];
}

bool IsInside(Permission permission) {
  switch (ResourceKindOf(permission)) {
    case ResourceKind::kModule:
    case ResourceKind::kCall:
    case ResourceKind::kSecret:
    case ResourceKind::kFact:
      return true;
    case ResourceKind::kNone:
      return permission == Permission::kCodeEval;
    case ResourceKind::kPath:
      return permission == Permission::kCodeLoad;
    case ResourceKind::kEndpoint:
    case ResourceKind::kHostName:
    case ResourceKind::kCommand:
    case ResourceKind::kProcess:
    case ResourceKind::kName:
      return false;
  }
  return false;
}

bool IsRequired(const EnforcementRow& row, RequireScope scope) {
  if (scope == RequireScope::kEverything) return true;
  if (row.reason == EnforcementReason::kAuditMode) return false;
  return row.operation != GuardedOperation::kListing &&
         row.operation != GuardedOperation::kMetadata &&
         !IsInside(row.permission);
}

}  // namespace

absl::string_view LevelName(EnforcementLevel level) {
  switch (level) {
    case EnforcementLevel::kNone:
      return "none";
    case EnforcementLevel::kPartial:
      return "partial";
    case EnforcementLevel::kFull:
      return "full";
  }
  return "none";
}

absl::string_view EnforcerName(Enforcer enforcer) {
  switch (enforcer) {
    case Enforcer::kNothing:
      return "nothing";
    case Enforcer::kLibrary:
      return "library";
    case Enforcer::kLauncher:
      return "launcher";
    case Enforcer::kLandlock:
      return "landlock";
    case Enforcer::kSeccomp:
      return "seccomp";
    case Enforcer::kNamespace:
      return "namespace";
    case Enforcer::kCgroup:
      return "cgroup";
    case Enforcer::kRlimit:
      return "rlimit";
  }
  return "nothing";
}

absl::string_view OperationName(GuardedOperation operation) {
  switch (operation) {
    case GuardedOperation::kAll:
      return "all";
    case GuardedOperation::kContents:
      return "contents";
    case GuardedOperation::kListing:
      return "listing";
    case GuardedOperation::kEntries:
      return "entries";
    case GuardedOperation::kMetadata:
      return "metadata";
    case GuardedOperation::kStream:
      return "tcp";
    case GuardedOperation::kDatagram:
      return "udp";
    case GuardedOperation::kUnix:
      return "unix";
    case GuardedOperation::kProgram:
      return "program";
    case GuardedOperation::kArguments:
      return "arguments";
  }
  return "all";
}

absl::string_view EnforcementReasonCode(EnforcementReason reason) {
  return WordsOf(reason).code;
}

absl::string_view EnforcementReasonText(EnforcementReason reason) {
  return WordsOf(reason).text;
}

absl::Status Require(EnforcementLevel level, const EnforcementReport& report,
                     RequireScope scope) {
  constexpr int kNamed = 5;
  std::string lacking;
  int count = 0;
  for (const EnforcementRow& row : report.rows) {
    if (!IsRequired(row, scope) || row.level >= level) continue;
    if (++count > kNamed) continue;
    absl::StrAppend(&lacking, "\n  ", LevelName(row.level), " ", RowWords(row));
  }
  for (const LimitRow& row : report.limits) {
    if (row.level >= level) continue;
    if (++count > kNamed) continue;
    absl::StrAppend(&lacking, "\n  ", LevelName(row.level), " ",
                    LimitWords(row));
  }
  if (count == 0) return absl::OkStatus();
  if (count > kNamed) {
    absl::StrAppend(&lacking, "\n  and ", count - kNamed, " more");
  }
  return absl::FailedPreconditionError(
      absl::StrCat("not everything is enforced as required (", LevelName(level),
                   "):", lacking));
}

}  // namespace postern
