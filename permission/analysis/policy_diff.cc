#include "permission/analysis/policy_diff.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "permission/analysis/alarming.h"
#include "permission/analysis/decision_line.h"
#include "permission/analysis/sample_accesses.h"

namespace postern {
namespace {

bool SameLimits(const RuleLimits& a, const RuleLimits& b) {
  const auto uses = [](const RuleLimits& limits) {
    return limits.uses == nullptr ? int64_t{-1} : int64_t{limits.uses->left()};
  };
  return a.expires == b.expires && uses(a) == uses(b) && a.session == b.session;
}

std::vector<const Rule*> RulesFor(const Layer& layer, Permission permission) {
  std::vector<const Rule*> rules;
  for (const Rule& rule : layer.rules) {
    if (MayDecide(rule, permission)) rules.push_back(&rule);
  }
  return rules;
}

// Uses are shared by all permissions of a rule.
bool SameRule(const Rule* a, const Rule* b) {
  return a->effect == b->effect && a->pattern == b->pattern &&
         SameLimits(a->limits, b->limits) &&
         (a->limits.uses == nullptr || a->permissions == b->permissions);
}

bool SameLayer(const Layer& a, const Layer& b, Permission permission) {
  if (a.default_effect != b.default_effect || a.precedence != b.precedence ||
      a.mode != b.mode || a.conceal != b.conceal) {
    return false;
  }
  const std::vector<const Rule*> x = RulesFor(a, permission);
  const std::vector<const Rule*> y = RulesFor(b, permission);
  return std::equal(x.begin(), x.end(), y.begin(), y.end(), SameRule);
}

// Whether both say the same of `permission`, word by word.
bool SameWords(const PolicySpec& a, const PolicySpec& b,
               Permission permission) {
  return a.base_directory == b.base_directory && a.variables == b.variables &&
         a.signatures == b.signatures &&
         a.lenient_wildcards == b.lenient_wildcards &&
         std::equal(a.layers.begin(), a.layers.end(), b.layers.begin(),
                    b.layers.end(),
                    [permission](const Layer& x, const Layer& y) {
                      return SameLayer(x, y, permission);
                    });
}

ChangeKind KindOf(const Decision& before, const Decision& after) {
  if (after.effect() > before.effect()) return ChangeKind::kWider;
  if (after.effect() < before.effect()) return ChangeKind::kNarrower;
  return ChangeKind::kOther;
}

// What changes have in common that one example stands for.
using Group = std::tuple<Permission, std::string, std::string, uint32_t, int,
                         uint32_t, int>;

class Comparer {
 public:
  Comparer(const Policy& before, const Policy& after)
      : before_(before), after_(after) {}

  void Try(std::unique_ptr<AccessQuestion> question) {
    const Access access = question->access();
    const Decision before = before_.Check(access);
    const Decision after = after_.Check(access);
    if (DecisionName(before) == DecisionName(after)) return;
    const Group group(question->permission(), DecisionName(before),
                      DecisionName(after), before.rule(), before.layer(),
                      after.rule(), after.layer());
    const auto [known, is_new] = groups_.emplace(group, changes_.size());
    if (!is_new && !IsWorse(*question, changes_[known->second])) return;
    AccessChange change;
    change.kind = KindOf(before, after);
    change.before = before;
    change.after = after;
    change.rule_before = before_.FindRule(before.rule());
    change.rule_after = after_.FindRule(after.rule());
    change.example = std::move(question);
    if (is_new) {
      changes_.push_back(std::move(change));
    } else {
      changes_[known->second] = std::move(change);
    }
  }

  std::vector<AccessChange> Take() {
    std::stable_sort(changes_.begin(), changes_.end(),
                     [](const AccessChange& a, const AccessChange& b) {
                       return a.example->permission() < b.example->permission();
                     });
    return std::move(changes_);
  }

 private:
  // Whoever reviews what is wider should see what it can be used for.
  static bool IsWorse(const AccessQuestion& question,
                      const AccessChange& known) {
    return known.kind == ChangeKind::kWider &&
           AlarmRank(question) < AlarmRank(*known.example);
  }

  const Policy& before_;
  const Policy& after_;
  std::map<Group, size_t> groups_;  // its change
  std::vector<AccessChange> changes_;
};

// The samples are absolute.
void AddRelativePaths(PolicyDiff* diff) {
  for (int i = 1; i < kPermissionLimit; ++i) {
    const Permission permission = static_cast<Permission>(i);
    if (ResourceKindOf(permission) != ResourceKind::kPath) continue;
    diff->inexact.emplace(permission, "another beginning of relative names");
  }
}

}  // namespace

PolicyDiff DiffPolicies(const Policy& before, const Policy& after) {
  const PolicySpec old_spec = before.spec();
  const PolicySpec new_spec = after.spec();
  AccessSamples samples =
      SampleAccesses({&old_spec, &new_spec}, kMaxDiffSamples);
  Comparer comparer(before, after);
  for (std::unique_ptr<AccessQuestion>& question : samples.questions) {
    comparer.Try(std::move(question));
  }
  for (std::unique_ptr<AccessQuestion>& question : AlarmingAccesses()) {
    comparer.Try(std::move(question));
  }
  PolicyDiff diff;
  diff.changes = comparer.Take();
  if (old_spec.base_directory != new_spec.base_directory) {
    AddRelativePaths(&diff);
  }
  const bool same_right = before.unconfined() == after.unconfined();
  for (const auto& entry : samples.inexact) {
    if (same_right && SameWords(old_spec, new_spec, entry.first)) continue;
    diff.inexact.insert(entry);
  }
  return diff;
}

}  // namespace postern
