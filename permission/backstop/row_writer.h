#ifndef POSTERN_PERMISSION_BACKSTOP_ROW_WRITER_H_
#define POSTERN_PERMISSION_BACKSTOP_ROW_WRITER_H_

#include <string>
#include <utility>
#include <vector>

#include "permission/backstop/policy_rights.h"
#include "permission/backstop/report.h"

namespace postern {

// A row about a rule and one of its permissions, with nothing said of who holds
// it.
inline EnforcementRow RowFor(const PolicyRights& rights,
                             const PolicyRights::PlacedRule& placed,
                             Permission permission,
                             GuardedOperation operation) {
  EnforcementRow row;
  row.permission = permission;
  row.operation = operation;
  row.requested = placed.rule.effect;
  row.rule = placed.rule.pattern.kind() == RulePattern::Kind::kWhole
                 ? ""
                 : placed.rule.pattern.ToString();
  row.layer = rights.LayerOf(placed).name;
  row.source = placed.rule.source;
  return row;
}

// A row about what no rule grants.
inline EnforcementRow DefaultRow(Permission permission,
                                 GuardedOperation operation) {
  EnforcementRow row;
  row.permission = permission;
  row.operation = operation;
  return row;
}

inline void Hold(EnforcementLevel level, std::vector<Enforcer> by,
                 EnforcementReason reason, EnforcementRow* row) {
  row->level = level;
  row->by = std::move(by);
  row->reason = reason;
}

// Says where less is granted than the policy does, unless something was said.
inline void GrantLess(EnforcementReason less, const std::string& scope,
                      EnforcementRow* row) {
  if (row->grants_less) return;
  row->grants_less = true;
  row->less = less;
  if (row->scope.empty()) row->scope = scope;
}

// Whether a row needs no more thought: its layer only reports. Then it says so.
inline bool IsAudited(const PolicyRights& rights,
                      const PolicyRights::PlacedRule& placed,
                      EnforcementRow* row) {
  if (rights.LayerOf(placed).mode != Mode::kAudit) return false;
  Hold(EnforcementLevel::kNone, {Enforcer::kLibrary},
       EnforcementReason::kAuditMode, row);
  return true;
}

// What is said of rules that ask, and of grants that end: the kernel has but
// yes and no. The level is at most what is left of it.
inline void HoldAsksAndLimits(const PolicyRights& rights,
                              const PolicyRights::PlacedRule& placed,
                              EnforcementRow* row) {
  const bool wider = rights.approximation() == Approximation::kWider;
  const bool asks = placed.rule.effect == Effect::kAsk;
  const bool ends =
      placed.rule.effect == Effect::kAllow && placed.rule.limits.any();
  if (!asks && !ends) return;
  if (row->level == EnforcementLevel::kFull) {
    row->level = EnforcementLevel::kPartial;
  }
  if (wider) {
    row->reason = asks ? EnforcementReason::kTakenAsAnswered
                       : EnforcementReason::kLimitNotHeld;
  } else {
    GrantLess(asks ? EnforcementReason::kNobodyIsAsked
                   : EnforcementReason::kLimitNotGranted,
              "", row);
    if (row->reason == EnforcementReason::kExact) row->reason = row->less;
  }
}

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_ROW_WRITER_H_
