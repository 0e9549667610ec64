#include "permission/backstop/other_rows.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "permission/access.h"
#include "permission/backstop/row_writer.h"
#include "process/environment.h"

namespace postern {
namespace {

using Level = EnforcementLevel;
using Operation = GuardedOperation;
using Reason = EnforcementReason;

// Whom a process can always signal, as rules name them.
constexpr char kSelf[] = "@self";
constexpr char kChildren[] = "@children";

class OtherRows {
 public:
  OtherRows(const PolicyRights& rights, const OtherRowTerms& terms,
            std::vector<EnforcementRow>* rows)
      : rights_(rights), terms_(terms), rows_(*rows) {}

  void Add(Permission permission, Operation operation) {
    for (const PolicyRights::PlacedRule& placed : rights_.rules()) {
      if (!placed.rule.permissions.Contains(permission)) continue;
      EnforcementRow row = RowFor(rights_, placed, permission, operation);
      if (!IsAudited(rights_, placed, &row)) {
        HoldRow(&row);
        if (operation == Operation::kProgram) {
          LoseProgram(placed, &row);
          LookAtWriters(placed, &row);
        }
        HoldAsksAndLimits(rights_, placed, &row);
      }
      rows_.push_back(std::move(row));
    }
    EnforcementRow row = DefaultRow(permission, operation);
    HoldRow(&row);
    rows_.push_back(std::move(row));
  }

 private:
  static void InLibrary(Reason reason, EnforcementRow* row) {
    Hold(Level::kNone, {Enforcer::kLibrary}, reason, row);
  }

  void HoldRow(EnforcementRow* row) const {
    switch (row->permission) {
      case Permission::kProcessSpawn:
        return HoldSpawn(row);
      case Permission::kProcessSignal:
        return HoldSignal(row);
      case Permission::kEnvRead:
      case Permission::kEnvWrite:
        return HoldEnvironment(row);
      case Permission::kCodeLoad:
        // What can be read can be mapped and run.
        return InLibrary(Reason::kNotMediated, row);
      case Permission::kThreadCreate:
        return HoldThreads(row);
      case Permission::kDebugAttach:
        HoldByFilter(terms_.calls.debugging, row);
        return LeakProcfs(terms_.procfs_written, row);
      case Permission::kDeviceUse:
        return HoldDevices(row);
      case Permission::kSysInfo:
      case Permission::kCodeImport:
      case Permission::kCodeEval:
      case Permission::kPluginLoad:
      case Permission::kPluginCall:
      case Permission::kSecretUse:
      case Permission::kSecretReveal:
      case Permission::kFsRead:
      case Permission::kFsWrite:
      case Permission::kNetConnect:
      case Permission::kNetListen:
      case Permission::kNetResolve:
      case Permission::kUnknown:
        return InLibrary(Reason::kLibraryOnly, row);
    }
  }

  // Others' variables and memory are files of procfs.
  static void LeakProcfs(const std::string& place, EnforcementRow* row) {
    if (place.empty() || row->level != Level::kFull) return;
    row->level = Level::kPartial;
    row->reason = Reason::kProcfsToo;
    row->scope = place;
  }

  void HoldEnvironment(EnforcementRow* row) const {
    if (terms_.own_process) return InLibrary(Reason::kLibraryOnly, row);
    if (row->permission == Permission::kEnvWrite) {
      return Hold(Level::kPartial, {Enforcer::kLauncher}, Reason::kFirstProgram,
                  row);
    }
    Hold(Level::kFull, {Enforcer::kLauncher}, Reason::kExact, row);
    LeakProcfs(terms_.procfs_read, row);
    if (row->requested == Effect::kAllow && MaySteer(row->rule)) {
      GrantLess(Reason::kSteering, "", row);
    }
  }

  // Whether a rule is about variables that steer; one for all has no words.
  bool MaySteer(absl::string_view rule) const {
    const bool whole = rule.empty() || absl::ConsumeSuffix(&rule, "*");
    const std::vector<std::string>& kept = *terms_.may_steer;
    if (!whole) {
      return process::FindSteeringVariable(rule) != nullptr &&
             std::find(kept.begin(), kept.end(), rule) == kept.end();
    }
    return process::FindSteeringVariable(rule) != nullptr ||
           std::any_of(process::SteeringVariables().begin(),
                       process::SteeringVariables().end(),
                       [rule](const process::SteeringVariable& variable) {
                         return absl::StartsWith(variable.name, rule);
                       });
  }

  void HoldSpawn(EnforcementRow* row) const {
    if (terms_.calls.any_program) {
      return Hold(Level::kFull, {}, Reason::kExact, row);
    }
    if (terms_.landlock_abi == 0) return InLibrary(Reason::kNoFacility, row);
    if (terms_.programs->programs.empty()) {
      return Hold(Level::kFull, {Enforcer::kLandlock}, Reason::kExact, row);
    }
    if (row->operation == Operation::kArguments &&
        terms_.programs->some_arguments) {
      return InLibrary(Reason::kNotMediated, row);
    }
    // With any arguments, also programs whose rule names some.
    Hold(Level::kPartial, {Enforcer::kLandlock}, Reason::kLoaderRunsAny, row);
  }

  // Whether a grant came to nothing; or with any program granted, whether it
  // comes to those that can be read.
  void LoseProgram(const PolicyRights::PlacedRule& placed,
                   EnforcementRow* row) const {
    const bool any = terms_.programs->any;
    if (row->requested != Effect::kAllow || terms_.landlock_abi == 0 ||
        (any && rights_.Allows(Access::Whole(Permission::kFsRead)))) {
      return;
    }
    const Reason less =
        any ? Reason::kProgramsUnread : Reason::kArgumentsNotHeld;
    bool every_argument = false;
    const std::vector<std::string> programs =
        ProgramsOf(placed, *rights_.policies()[placed.policy], &every_argument);
    const std::vector<std::string>& held = terms_.programs->programs;
    for (const std::string& program : programs) {
      const bool readable =
          any && rights_.AllowsPath(Permission::kFsRead, program);
      if (!readable &&
          std::find(held.begin(), held.end(), program) == held.end()) {
        return GrantLess(less, program, row);
      }
    }
    if (programs.empty()) GrantLess(less, "", row);
  }

  // A program that can be written is whatever was written.
  void LookAtWriters(const PolicyRights::PlacedRule& placed,
                     EnforcementRow* row) const {
    if (row->requested != Effect::kAllow || row->level == Level::kNone) return;
    bool every_argument = false;
    for (const std::string& program : ProgramsOf(
             placed, *rights_.policies()[placed.policy], &every_argument)) {
      if (!rights_.AllowsPath(Permission::kFsWrite, program)) continue;
      row->level = Level::kPartial;
      row->reason = Reason::kProgramWritten;
      row->scope = program;
      return;
    }
  }

  void HoldSignal(EnforcementRow* row) const {
    constexpr int kScopeAbi = 6;
    if (terms_.calls.signals) {
      return Hold(Level::kFull, {}, Reason::kExact, row);
    }
    if (terms_.landlock_abi < kScopeAbi) {
      return InLibrary(Reason::kNoFacility, row);
    }
    const bool allows = row->requested == Effect::kAllow;
    const bool own = row->rule == kSelf || row->rule == kChildren;
    if (own && !allows) return InLibrary(Reason::kOwnProcesses, row);
    const bool leaks = !allows && row->rule.empty() && !OwnAreGranted();
    Hold(leaks ? Level::kPartial : Level::kFull, {Enforcer::kLandlock},
         Reason::kOwnProcesses, row);
    if (allows && !own) GrantLess(Reason::kOwnProcesses, "", row);
  }

  // Whether the policy grants what every program may do in the kernel.
  bool OwnAreGranted() const {
    return rights_.Allows(Access::Name(Permission::kProcessSignal, kSelf)) &&
           rights_.Allows(Access::Name(Permission::kProcessSignal, kChildren));
  }

  void HoldByFilter(bool granted, EnforcementRow* row) const {
    if (granted) return Hold(Level::kFull, {}, Reason::kExact, row);
    if (!terms_.filters) return InLibrary(Reason::kNoFacility, row);
    Hold(Level::kFull, {Enforcer::kSeccomp}, Reason::kExact, row);
  }

  // A parent that vfork(2) has put to sleep in its child's memory wakes when
  // that child ends, also beside a child of the child.
  void HoldThreads(EnforcementRow* row) const {
    HoldByFilter(terms_.calls.threads, row);
    if (terms_.calls.threads || row->level != Level::kFull) return;
    row->level = Level::kPartial;
    row->reason = Reason::kSharedMemory;
  }

  void HoldDevices(EnforcementRow* row) const {
    std::vector<Enforcer> by;
    if (terms_.device_list) by.push_back(Enforcer::kCgroup);
    if (terms_.landlock_abi > 0) by.push_back(Enforcer::kLandlock);
    if (by.empty()) return InLibrary(Reason::kNoFacility, row);
    const bool leaks = !terms_.device_list && !terms_.device_leak.empty();
    Hold(leaks ? Level::kPartial : Level::kFull, std::move(by),
         leaks ? Reason::kNotMediated : Reason::kExact, row);
    if (leaks) row->scope = terms_.device_leak;
  }

  const PolicyRights& rights_;
  const OtherRowTerms& terms_;
  std::vector<EnforcementRow>& rows_;
};

}  // namespace

void AddOtherRows(const PolicyRights& rights, const OtherRowTerms& terms,
                  std::vector<EnforcementRow>* rows) {
  OtherRows writer(rights, terms, rows);
  writer.Add(Permission::kProcessSpawn, Operation::kProgram);
  writer.Add(Permission::kProcessSpawn, Operation::kArguments);
  for (const Permission permission :
       {Permission::kProcessSignal, Permission::kEnvRead, Permission::kEnvWrite,
        Permission::kSysInfo, Permission::kCodeLoad, Permission::kCodeImport,
        Permission::kCodeEval, Permission::kThreadCreate,
        Permission::kDebugAttach, Permission::kPluginLoad,
        Permission::kPluginCall, Permission::kSecretUse,
        Permission::kSecretReveal, Permission::kDeviceUse}) {
    writer.Add(permission, Operation::kAll);
  }
}

}  // namespace postern
