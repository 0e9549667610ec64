#ifndef POSTERN_PERMISSION_BACKSTOP_REPORT_H_
#define POSTERN_PERMISSION_BACKSTOP_REPORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "permission/permission.h"
#include "permission/rule.h"

namespace postern {

// How much of what a policy denies is denied to code that does not ask the
// library. Zero is nothing.
enum class EnforcementLevel : uint8_t {
  kNone = 0,     // it passes
  kPartial = 1,  // some of it passes; the reason says what
  kFull = 2,     // none of it passes, and a probe has shown it
};

// Who holds it.
enum class Enforcer : uint8_t {
  kNothing = 0,
  kLibrary,   // only code that asks
  kLauncher,  // what it hands over at the start, such as the environment
  kLandlock,
  kSeccomp,
  kNamespace,
  kCgroup,
  kRlimit,
};

// What a permission covers, as far as kernels tell the parts apart.
enum class GuardedOperation : uint8_t {
  kAll = 0,   // there are no parts
  kContents,  // fs: opening a file for reading, for writing
  kListing,   // fs.read: names in a directory
  kEntries,   // fs.write: making, renaming, removing
  kMetadata,  // fs: stat, links, attributes, modes, owners, times
  kStream,    // net: TCP
  kDatagram,  // net: UDP
  kUnix,      // net: unix sockets
  kProgram,   // process.spawn: which program
  kArguments  // process.spawn: with which arguments
};

// Why a level is as it is. Stable codes; EnforcementReasonText() has the words.
enum class EnforcementReason : uint8_t {
  kExact = 0,         // nothing to add
  kLibraryOnly,       // kernels do not know this kind of thing
  kNotMediated,       // this facility does not look at such calls
  kNoFacility,        // this kernel does not have it
  kSwitchedOff,       // the options leave it out
  kNotProbed,         // planned, and not tried yet
  kProbeFailed,       // planned, and the kernel let it pass
  kAuditMode,         // the layer only reports
  kNobodyIsAsked,     // denied, where the library would ask a person
  kTakenAsAnswered,   // allowed, where the library would ask a person
  kLimitNotGranted,   // denied, as the kernel cannot end a grant
  kLimitNotHeld,      // allowed for good, though the rule ends
  kPathMissing,       // there is no such file
  kPassesLink,        // the policy is not bound: the name leads elsewhere
  kLinkReplaced,      // what a link leads to is held, not the link's own name
  kNewNames,          // files made later beside denied ones are denied
  kDirectoryRights,   // names beside and beneath denied ones, not contents
  kEntriesWithheld,   // directories that hold something denied stay as they are
  kEntryOfParent,     // the granted name itself cannot be made or removed
  kTooManyEntries,    // the tree is larger than what may be listed
  kCannotList,        // a directory could not be read
  kProcfsToo,         // granted with "/", which the library wants to be named
  kOtherNames,        // it has other names (hard links, mounts), not held
  kNamesUnknown,      // there may be such files: not all could be looked at
  kMasked,            // hidden by a mount
  kPortOnly,          // the port, for every host
  kHostNotGranted,    // denied, as kernels hold ports and no hosts
  kPortsNotGranted,   // denied, as there are too many ports to list
  kAnyPort,           // every port
  kSocketKind,        // the kind of socket, for every address
  kArgumentsNotHeld,  // denied, as kernels hold programs and no arguments
  kLoaderRunsAny,     // the loader runs what can be read
  kProgramsRead,      // programs that may be started can be read
  kFirstProgram,      // what it starts gets what it likes
  kOwnProcesses,      // those of this plan may always be signalled
  kRefusedToAll,      // the filter refuses the call, whatever it is about
  kEachProcess,       // of a limit: each process has all of it
  kAllOfUser,         // what else the user runs counts, too
  kMeasured,          // measured now and then: a fast program gets further
  kKeeperInReach,     // the program can stop who holds it by a signal
  kProgramWritten,    // a program that may be started may be written, too
  kUnboundSockets,    // the kernel binds a socket that nobody has bound
  kSocketPairs,       // sockets of a pair can be made, and bound
  kSharedMemory,      // vfork(2) shares memory, and its parent may run on
  kProgramsUnread,    // programs start where they can be read, and not all can
  kSteering,          // variables that steer programs are not handed on
};
constexpr int kEnforcementReasonLimit =
    static_cast<int>(EnforcementReason::kSteering) + 1;

// Stable names for reports: "full", "landlock", "contents", "port-only".
absl::string_view LevelName(EnforcementLevel level);
absl::string_view EnforcerName(Enforcer enforcer);
absl::string_view OperationName(GuardedOperation operation);
absl::string_view EnforcementReasonCode(EnforcementReason reason);
// One sentence for people. Static storage.
absl::string_view EnforcementReasonText(EnforcementReason reason);

// What holds one rule, or what no rule grants, for one kind of operation.
struct EnforcementRow {
  Permission permission = Permission::kUnknown;
  GuardedOperation operation = GuardedOperation::kAll;
  Effect requested = Effect::kDeny;
  // "" for what no rule grants: then `source` means nothing.
  std::string rule;
  std::string layer;
  RuleSource source;

  EnforcementLevel level = EnforcementLevel::kNone;
  std::vector<Enforcer> by;
  EnforcementReason reason = EnforcementReason::kExact;
  // The kernel denies some of what the policy grants here; `reason`, or if the
  // level has one of its own, `less`, says what.
  bool grants_less = false;
  EnforcementReason less = EnforcementReason::kExact;
  std::string scope;  // where that is so, as a path or ports; "" = everywhere
  // A file that it denies, for a probe; "" = none is known. Not shown.
  std::string victim;
};

// What holds one limit of resources.
struct LimitRow {
  std::string limit;      // as "memory"
  std::string requested;  // as "64 MiB"
  EnforcementLevel level = EnforcementLevel::kNone;
  std::string held_by;  // as "cgroup v2", "rlimit", "launcher", "none"
  EnforcementReason reason = EnforcementReason::kExact;
};

// Something that the kernel has or lacks.
struct ReportedFact {
  std::string name;
  std::string state;
  std::string improve;  // the command that would help; "" if none is needed
};

// What of a policy is really enforced. A value type.
struct EnforcementReport {
  std::string kernel;  // release
  bool probed = false;
  std::vector<ReportedFact> facts;
  std::vector<EnforcementRow> rows;
  std::vector<LimitRow> limits;  // those that were asked for
};

// Which rows Require() looks at.
enum class RequireScope : uint8_t {
  // All but metadata and names in directories, which no Landlock hides, and
  // what only exists inside of a program (plugins, secrets, modules, native
  // code that it loads).
  kAccess,
  kEverything,
};

// FailedPrecondition unless each row of the scope, and each limit, has at least
// this level; it names those that do not. For a caller that would rather not
// start.
absl::Status Require(EnforcementLevel level, const EnforcementReport& report,
                     RequireScope scope = RequireScope::kAccess);

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_REPORT_H_
