#include "permission/backstop/report_proto.h"

#include "permission/backstop/report.pb.h"
#include "permission/text/display.h"

namespace postern {
namespace {

using internal::EscapeForDisplay;

v1::EnforcementLevel LevelOf(EnforcementLevel level) {
  switch (level) {
    case EnforcementLevel::kNone:
      return v1::ENFORCEMENT_LEVEL_NONE;
    case EnforcementLevel::kPartial:
      return v1::ENFORCEMENT_LEVEL_PARTIAL;
    case EnforcementLevel::kFull:
      return v1::ENFORCEMENT_LEVEL_FULL;
  }
  return v1::ENFORCEMENT_LEVEL_NONE;
}

std::string Text(absl::string_view view) { return std::string(view); }

void WriteRow(const EnforcementRow& row, v1::EnforcementRow* to) {
  to->set_permission(Text(PermissionName(row.permission)));
  to->set_operation(Text(OperationName(row.operation)));
  to->set_requested(Text(EffectName(row.requested)));
  to->set_rule(EscapeForDisplay(row.rule));
  to->set_layer(EscapeForDisplay(row.layer));
  if (!row.rule.empty() || !row.layer.empty()) {
    to->set_source(EscapeForDisplay(row.source.ToString()));
  }
  to->set_level(LevelOf(row.level));
  for (const Enforcer enforcer : row.by) {
    to->add_by(Text(EnforcerName(enforcer)));
  }
  to->set_reason(Text(EnforcementReasonCode(row.reason)));
  to->set_grants_less(row.grants_less);
  to->set_less(Text(EnforcementReasonCode(row.less)));
  to->set_scope(EscapeForDisplay(row.scope));
}

void WriteLimit(const LimitRow& row, v1::LimitRow* to) {
  to->set_limit(row.limit);
  to->set_requested(row.requested);
  to->set_level(LevelOf(row.level));
  to->set_held_by(row.held_by);
  to->set_reason(Text(EnforcementReasonCode(row.reason)));
}

}  // namespace

std::string ReportToBinary(const EnforcementReport& report) {
  v1::EnforcementReport message;
  message.set_version(1);
  message.set_kernel(EscapeForDisplay(report.kernel));
  message.set_probed(report.probed);
  for (const ReportedFact& fact : report.facts) {
    v1::KernelFact* const to = message.add_facts();
    to->set_name(fact.name);
    to->set_state(EscapeForDisplay(fact.state));
    to->set_improve(fact.improve);
  }
  for (const EnforcementRow& row : report.rows) {
    WriteRow(row, message.add_rows());
  }
  for (const LimitRow& row : report.limits) {
    WriteLimit(row, message.add_limits());
  }
  return message.SerializeAsString();  // no maps: nothing is out of order
}

}  // namespace postern
