#ifndef POSTERN_PERMISSION_INTERNAL_ANSWER_STORE_H_
#define POSTERN_PERMISSION_INTERNAL_ANSWER_STORE_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "permission/ask.h"
#include "permission/internal/mutex.h"
#include "permission/internal/parsed_pattern.h"
#include "permission/internal/query.h"

namespace postern {
namespace internal {

// Which rules ask, on which snapshots: an answer holds for exactly these. For
// a whole or a subtree, where the rules beneath are not told one by one, each
// snapshot is one as well, with layer -1.
struct AskingRule {
  int depth;
  int layer;
  uint64_t generation;
  uint32_t rule;

  friend bool operator==(const AskingRule& a, const AskingRule& b) {
    return a.depth == b.depth && a.layer == b.layer &&
           a.generation == b.generation && a.rule == b.rule;
  }
};

// What people answered in one context. Thread-safe; keeps the last
// kMaxAnswers, and who was pushed out is asked again.
class AnswerStore {
 public:
  static constexpr size_t kMaxAnswers = 1024;

  // An answer that is in force for `query` as `rules` ask it. The strictest,
  // if there are several.
  absl::optional<Effect> Find(const Query& query,
                              const std::vector<AskingRule>& rules,
                              absl::Time now) const;
  // Whether `to` may ever be answered more generously than `from`, names of one
  // permission as `to_rules` and `from_rules` ask for them, by what is kept: a
  // yes to `to` alone, or a no to `from` alone.
  bool MayFavour(const Query& from, const std::vector<AskingRule>& from_rules,
                 const Query& to, const std::vector<AskingRule>& to_rules,
                 absl::Time now) const;
  // Whether an answer in force may hold for something at or beneath the path of
  // `query`, a subtree, whichever rules ask.
  bool MayHoldWithin(const Query& query, absl::Time now) const;
  // Keeps `answer` to `query`, unless it is for this once or the query has no
  // identity. False if its scope is no pattern or does not match the query:
  // then nothing was answered.
  bool Accept(const Answer& answer, const Query& query,
              const std::vector<AskingRule>& rules, const PatternScope& scope);

 private:
  struct Stored {
    Effect effect;
    absl::Time expires;
    std::vector<AskingRule> rules;
    Permission permission;
    // Exactly one access by its identity, or a pattern.
    bool exact;
    Access::Form form;
    std::string resource;
    ParsedPattern pattern;
  };
  static bool Holds(const Stored& stored, const Query& query,
                    const absl::optional<std::string>& identity,
                    const std::vector<AskingRule>& rules, absl::Time now);

  mutable Mutex mutex_;
  std::deque<Stored> answers_ POSTERN_GUARDED_BY(mutex_);
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_ANSWER_STORE_H_
