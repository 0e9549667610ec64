// Writes what a guest does to a log: audit_log FILE

#include <fstream>
#include <iostream>

#include "postern/cpp.h"

int main(int argc, char** argv) {
  using namespace postern;
  std::ofstream log(argc > 1 ? argv[1] : "", std::ios::app);
  JsonLinesAuditSink sink(&log);  // must outlive the context

  PolicyBuilder rules;
  rules.Allow(PermissionSet(Permission::kFsRead), RulePattern::Text("/srv"));
  const auto policy = rules.Build();
  const auto principal = Principal::Parse("notes.acme_editor_1.4");
  if (!policy.ok() || !principal.ok()) return 2;
  ContextOptions options;
  options.principal = *principal;
  options.audit = &sink;
  const auto root = PermissionContext::Create(*policy, options);
  if (!root.ok()) return std::cerr << root.status() << "\n", 2;

  const Access inside = Access::Path(Permission::kFsRead, "/srv/./list");
  const Access outside = Access::Path(Permission::kFsRead, "/etc/shadow");
  const bool as_expected = root->context->Enforce(inside).allowed() &&
                           !root->context->Enforce(outside).allowed();
  (void)root->context->Check(outside);  // only a question: not on record
  return as_expected && !sink.failed() ? 0 : 1;
}
