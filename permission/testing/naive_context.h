#ifndef POSTERN_PERMISSION_TESTING_NAIVE_CONTEXT_H_
#define POSTERN_PERMISSION_TESTING_NAIVE_CONTEXT_H_

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "permission/access.h"
#include "permission/ask.h"
#include "permission/layer.h"
#include "permission/testing/naive_policy.h"

namespace postern {
namespace testing {

// What PermissionContext promises, done by lists that are looked through from
// the beginning: the model that sequences of calls are compared with. Knows no
// bounds, no audit and no subtrees, and of paths and arguments absolute names
// alone. Not thread-safe.
class NaiveContext {
 public:
  // Of the rules that were shown, how many; a person's answer.
  using Person = std::function<Answer(size_t rules)>;
  // Counters that one operation took from.
  using Taken = std::set<const UseCounter*>;

  // `spec` is as PolicyBuilder takes it. What is counted in it is this model's.
  NaiveContext(const PolicySpec& spec, absl::string_view session);
  // A child; borrows its parent.
  explicit NaiveContext(NaiveContext* parent);

  void Publish(const PolicySpec& spec);
  // Layers in their own terms: their variables, their base directory.
  void Restrict(const PolicySpec& spec);
  void Drop(PermissionSet permissions, const RulePattern& pattern);
  // The clock is read.
  void See(absl::Time now);

  Effect Check(const Access& access) const;
  // `id` is for no other access. Takes uses if there is a set for those taken.
  Effect Act(const Access& access, int id, const Person& person, Taken* taken);

  // Where relative patterns start, and what variables stand for, by now.
  PolicySpec Terms() const;

 private:
  // A rule on a snapshot: depth, generation, part, layer, index.
  using RuleId = std::tuple<int, int, size_t, size_t, int>;
  struct Part {
    PolicySpec spec;
    NaivePolicy policy;
  };
  // One enforcing layer's answer.
  struct Said {
    Effect effect;
    std::vector<RuleId> deciders;
  };
  struct Stored {
    Answer answer;
    Permission permission;
    int id;
    absl::optional<NaivePolicy> scope;  // or exactly this access
    std::set<RuleId> rules;
  };

  static Part MakePart(const PolicySpec& spec);
  std::vector<const NaiveContext*> Chain() const;
  // By when a rule had expired for this context or one above.
  absl::Time Expired() const;
  const NaiveContext& Root() const { return *Chain().front(); }
  const Rule& RuleOf(const RuleId& id) const;
  Effect Decide(const Access& access, const Taken& taken,
                std::vector<Said>* said) const;
  std::set<RuleId> Asking(const std::vector<Said>& said) const;
  absl::optional<Effect> Remembered(const Access& access, int id,
                                    const std::set<RuleId>& rules);
  Effect Ask(const Access& access, int id, const std::set<RuleId>& rules,
             const Person& person);
  void TakeUses(const std::vector<Said>& said, Taken* taken) const;

  NaiveContext* parent_ = nullptr;
  int depth_ = 0;
  int generation_ = 0;
  std::string session_;
  std::string base_;  // of a child
  std::vector<Part> parts_;
  std::vector<NaivePolicy> drops_;
  std::vector<Stored> answers_;
  absl::Time now_ = absl::InfinitePast();
  absl::Time expired_ = absl::InfinitePast();  // by when something had
};

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_PERMISSION_TESTING_NAIVE_CONTEXT_H_
