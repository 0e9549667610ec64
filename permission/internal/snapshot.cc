#include "permission/internal/snapshot.h"

#include <utility>

#include "permission/internal/compiled_policy.h"
#include "permission/internal/policy_parts.h"
#include "permission/internal/rule_table.h"

namespace postern {
namespace internal {
namespace {

// An enforcing layer has a rule whose uses are counted.
bool TakesUses(const Policy& policy) {
  const RuleTable& rules = PolicyParts::Rules(policy);
  for (uint32_t rule : rules.limited()) {
    if (rules.layers()[rules.layer(rule)].mode != Mode::kAudit &&
        rules.limits(rule)->uses != nullptr) {
      return true;
    }
  }
  return false;
}

}  // namespace

int Snapshot::layer_count() const {
  if (parts.empty()) return 0;
  return parts.back().first_layer +
         static_cast<int>(parts.back().policy->layers().size());
}

const Snapshot::Part* Snapshot::Find(int number, size_t* layer) const {
  for (const Part& part : parts) {
    const int index = number - part.first_layer;
    if (index >= 0 &&
        static_cast<size_t>(index) < part.policy->layers().size()) {
      *layer = static_cast<size_t>(index);
      return &part;
    }
  }
  return nullptr;
}

Snapshot::Part MakePart(std::shared_ptr<const Policy> policy) {
  const bool takes_uses = TakesUses(*policy);
  return {std::move(policy), 0, takes_uses};
}

std::unique_ptr<Snapshot> MakeSnapshot(std::vector<Snapshot::Part> parts,
                                       uint64_t generation) {
  auto snapshot = std::make_unique<Snapshot>();
  snapshot->generation = generation;
  for (Snapshot::Part& part : parts) {
    snapshot->reads_clock = snapshot->reads_clock ||
                            PolicyParts::Compiled(*part.policy).reads_clock();
    snapshot->takes_uses = snapshot->takes_uses || part.takes_uses;
    part.first_layer = snapshot->layer_count();
    snapshot->parts.push_back(std::move(part));
  }
  return snapshot;
}

int LayersAfterFirst(const std::vector<Snapshot::Part>& parts) {
  int count = 0;
  for (size_t i = 1; i < parts.size(); ++i) {
    count += static_cast<int>(parts[i].policy->layers().size());
  }
  return count;
}

}  // namespace internal
}  // namespace postern
