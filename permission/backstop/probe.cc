#include "permission/backstop/probe.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "permission/backstop/probe_run.h"
#include "permission/backstop/probe_tries.h"
#include "permission/backstop/probe_victims.h"
#include "process/landlock.h"

namespace postern {
namespace {

namespace landlock = process::landlock;

using Level = EnforcementLevel;
using Operation = GuardedOperation;
using What = ProbeTry::What;

// What is tried for a row that a kernel holds.
absl::optional<What> WhatFor(const EnforcementRow& row) {
  if (row.reason == EnforcementReason::kMasked) return What::kSee;
  switch (row.permission) {
    case Permission::kFsRead:
      if (row.operation == Operation::kContents) return What::kRead;
      if (row.operation == Operation::kListing) return What::kList;
      return absl::nullopt;
    case Permission::kFsWrite:
      if (row.operation == Operation::kContents) return What::kWrite;
      if (row.operation == Operation::kEntries) return What::kMakeEntry;
      return What::kChangeMode;
    case Permission::kNetConnect:
      if (row.operation == Operation::kStream) return What::kConnect;
      if (row.operation == Operation::kDatagram) return What::kSend;
      if (row.operation == Operation::kUnix) return What::kUnix;
      return What::kVsock;
    case Permission::kNetListen:
      if (row.operation == Operation::kStream) return What::kBind;
      if (row.operation == Operation::kDatagram) return What::kBindUdp;
      if (row.operation == Operation::kUnix) return What::kBindUnix;
      return What::kVsock;
    case Permission::kNetResolve:
      return What::kSend;
    case Permission::kProcessSpawn:
      return What::kExecute;
    case Permission::kProcessSignal:
      return What::kSignal;
    case Permission::kThreadCreate:
      return What::kThread;
    case Permission::kDebugAttach:
      return What::kDebug;
    case Permission::kDeviceUse:
      return What::kRead;
    case Permission::kUnknown:
    case Permission::kEnvRead:
    case Permission::kEnvWrite:
    case Permission::kSysInfo:
    case Permission::kCodeLoad:
    case Permission::kCodeImport:
    case Permission::kCodeEval:
    case Permission::kPluginLoad:
    case Permission::kPluginCall:
    case Permission::kSecretUse:
    case Permission::kSecretReveal:
      return absl::nullopt;
  }
  return absl::nullopt;
}

// The right of Landlock that a try needs; 0 = it is about no file.
uint64_t RightFor(What what) {
  if (what == What::kRead) return landlock::kReadFile;
  if (what == What::kList) return landlock::kReadDir;
  if (what == What::kWrite) return landlock::kWriteFile;
  if (what == What::kMakeEntry) return landlock::kMakeReg;
  if (what == What::kExecute) return landlock::kExecute;
  return 0;
}

// The right on ports, likewise.
uint64_t PortRightFor(What what) {
  if (what == What::kConnect) return landlock::kConnectTcp;
  if (what == What::kSend) return landlock::kConnectSendUdp;
  if (what == What::kBind) return landlock::kBindTcp;
  if (what == What::kBindUdp) return landlock::kBindUdp;
  return 0;
}

// A port for which no rule grants the right.
uint16_t ClosedPort(const std::vector<process::LandlockRules>& rulesets,
                    uint64_t access) {
  for (uint16_t port = 65535; port > 0; --port) {
    bool open = false;
    for (const process::LandlockRules& rules : rulesets) {
      for (const process::LandlockRules::Port& rule : rules.ports) {
        open = open || (rule.port == port && (rule.access & access) != 0);
      }
    }
    if (!open) return port;
  }
  return 0;
}

// Everything that is tried, once each, and which row wants which.
class Tries {
 public:
  Tries(const ConfinementPlan& plan, const std::vector<ProbeVictim>& victims)
      : plan_(plan), victims_(victims) {
    for (const EnforcementRow& row : plan.report.rows) {
      numbers_.push_back(NumberFor(row));
    }
  }

  // Of the row with this number; nullopt if nothing is tried for it.
  absl::optional<ProbeResult> ResultOf(size_t row) const {
    if (numbers_[row] < 0) return absl::nullopt;
    const Tried& tried = results_[static_cast<size_t>(numbers_[row])];
    if (tried.before == ProbeResult::kRefused) return absl::nullopt;
    return tried.under;
  }
  // Granted everywhere: nothing could be refused.
  bool IsVacuous(const EnforcementRow& row) const {
    const absl::optional<What> what = WhatFor(row);
    return what.has_value() && RightFor(*what) != 0 &&
           !plan_.landlock.empty() &&
           GrantsAccess(plan_.landlock, "/", RightFor(*what));
  }

  const std::vector<ProbeTry>& tries() const { return tries_; }
  std::vector<Tried>* results() { return &results_; }

 private:
  int NumberFor(const EnforcementRow& row) {
    const absl::optional<What> what = WhatFor(row);
    // Of unix sockets some may be made.
    const bool some =
        row.operation == Operation::kUnix && row.level == Level::kPartial;
    if (!what.has_value() || some) return -1;
    ProbeTry attempt;
    attempt.what = *what;
    if (!row.victim.empty()) {
      attempt.path = row.victim;
      return Add(std::move(attempt));
    }
    const auto known = known_.find(*what);
    if (known != known_.end()) return known->second;
    const int number = Find(&attempt) ? Add(std::move(attempt)) : -1;
    known_[*what] = number;
    return number;
  }

  int Add(ProbeTry attempt) {
    tries_.push_back(std::move(attempt));
    return static_cast<int>(tries_.size()) - 1;
  }

  // Something that the plan refuses; false if there is nothing.
  bool Find(ProbeTry* attempt) const {
    attempt->port = ClosedPort(plan_.landlock, PortRightFor(attempt->what));
    const uint64_t access = RightFor(attempt->what);
    if (access == 0 && attempt->what != What::kChangeMode) return true;
    for (const ProbeVictim& victim : victims_) {
      if (access != 0 &&
          GrantsAccess(plan_.landlock, victim.absent(), access)) {
        continue;
      }
      if (attempt->what == What::kList) {
        attempt->path = victim.directory();
      } else {
        attempt->path = victim.path();
        attempt->descriptor = victim.descriptor();
        attempt->directory = victim.directory();
        attempt->entry = victim.absent();
      }
      return true;
    }
    return false;
  }

  const ConfinementPlan& plan_;
  const std::vector<ProbeVictim>& victims_;
  std::vector<ProbeTry> tries_;
  std::vector<Tried> results_;
  std::vector<int> numbers_;  // by row; -1 = none
  std::map<What, int> known_;
};

bool IsHeldBy(const EnforcementRow& row, std::initializer_list<Enforcer> any) {
  return std::find_first_of(row.by.begin(), row.by.end(), any.begin(),
                            any.end()) != row.by.end();
}

void Degrade(Level level, EnforcementReason reason, EnforcementRow* row) {
  if (row->level <= level) return;
  row->level = level;
  row->reason = reason;
}

void Correct(const Tries& tries, size_t number, EnforcementRow* row) {
  if (IsHeldBy(*row, {Enforcer::kLandlock, Enforcer::kSeccomp,
                      Enforcer::kNamespace})) {
    if (tries.IsVacuous(*row)) return;
    const absl::optional<ProbeResult> result = tries.ResultOf(number);
    if (result == ProbeResult::kPassed) {
      return Degrade(Level::kNone, EnforcementReason::kProbeFailed, row);
    }
    if (result != ProbeResult::kRefused) {
      Degrade(Level::kPartial, EnforcementReason::kNotProbed, row);
    }
  } else if (IsHeldBy(*row, {Enforcer::kCgroup, Enforcer::kRlimit})) {
    // Nobody is in a group before the start.
    Degrade(Level::kPartial, EnforcementReason::kNotProbed, row);
  }
}

}  // namespace

absl::Status Probe(const PreparedPlan& prepared, ConfinementPlan* plan,
                   const ProbeAs& as) {
  const std::vector<ProbeVictim> victims = MakeProbeVictims(as.identity);
  Tries tries(*plan, victims);
  const absl::Status status =
      RunTries(prepared, as, tries.tries(), tries.results());
  std::vector<EnforcementRow>& rows = plan->report.rows;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (status.ok()) {
      Correct(tries, i, &rows[i]);
    } else {
      Degrade(Level::kNone, EnforcementReason::kProbeFailed, &rows[i]);
    }
  }
  plan->report.probed = status.ok();
  return status;
}

}  // namespace postern
