#ifndef POSTERN_PERMISSION_INTERNAL_ANSWER_STORE_H_
#define POSTERN_PERMISSION_INTERNAL_ANSWER_STORE_H_

#include <cstdint>
#include <deque>
#include <string>
#include <tuple>
#include <vector>

#include "absl/types/optional.h"
#include "permission/ask.h"
#include "permission/internal/mutex.h"
#include "permission/internal/parsed_pattern.h"
#include "permission/internal/query.h"

namespace postern {
namespace internal {

// A rule that asks, on which snapshot. For a whole or a subtree, where the
// rules beneath are not told one by one, each snapshot is one as well, with
// layer -1.
struct AskingRule {
  int depth;
  int layer;
  uint64_t generation;
  uint32_t rule;

  friend bool operator==(const AskingRule& a, const AskingRule& b) {
    return a.depth == b.depth && a.layer == b.layer &&
           a.generation == b.generation && a.rule == b.rule;
  }
  friend bool operator<(const AskingRule& a, const AskingRule& b) {
    return std::tie(a.depth, a.layer, a.generation, a.rule) <
           std::tie(b.depth, b.layer, b.generation, b.rule);
  }
};

// What people answered in one context: an answer is one to the rules that were
// shown, and turns no other into what it says. `rules` are those that ask for
// the query, in ascending order.
// Thread-safe. Keeps kMaxAnswers: of those the oldest yes is pushed out first,
// and asked for again. A no goes only where no yes is left that it might have
// cut into; and to so many, a yes is not added. So to forget never grants.
class AnswerStore {
 public:
  static constexpr size_t kMaxAnswers = 1024;
  // A yes to more rules than this is for this once; a no is kept for so many of
  // them, as one that asks is enough.
  static constexpr size_t kMaxRules = 256;

  // What the answers in force say to `query`: no if one of them says so to one
  // of the rules, yes if each rule got a yes. Forgets what has expired, even if
  // the clock is set back.
  absl::optional<Effect> Find(const Query& query,
                              const std::vector<AskingRule>& rules,
                              absl::Time now);
  // Whether `to` may ever be answered more generously than `from`, names of one
  // permission as `to_rules` and `from_rules` ask for them, by what is kept: a
  // yes to `to` alone, or a no to `from` alone.
  bool MayFavour(const Query& from, const std::vector<AskingRule>& from_rules,
                 const Query& to, const std::vector<AskingRule>& to_rules,
                 absl::Time now) const;
  // Whether an answer in force may hold for something at or beneath the path of
  // `query`, a subtree, whichever rules ask.
  bool MayHoldWithin(const Query& query, absl::Time now) const;
  // Whether an answer in force may be for a unix socket that has its name
  // strictly beneath `directory`, whichever rules ask.
  bool NamesSocketWithin(Permission permission, absl::string_view directory,
                         absl::Time now) const;
  // Keeps `answer` to `query`, unless it is for this once or the query has no
  // identity. False if its scope is no pattern or does not match the query:
  // then nothing was answered. Forgets what is void: answers to rules that are
  // all on other snapshots than these, by depth.
  bool Accept(const Answer& answer, const Query& query,
              const std::vector<AskingRule>& rules, const PatternScope& scope,
              const std::vector<uint64_t>& generations);

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
  // A query and the rules that ask for it, at one moment.
  struct Asked {
    Asked(const Query& q, const std::vector<AskingRule>& r, absl::Time moment);
    const Query& query;
    const std::vector<AskingRule>& rules;
    const absl::Time now;
    const absl::optional<std::string> identity;
    std::vector<AskingRule> snapshots;  // of a whole or a subtree
  };
  static bool Holds(const Stored& stored, const Asked& asked);
  template <typename Found>
  static void VisitRules(const Stored& stored, const Asked& asked, Found found);
  template <typename Which>
  void Forget(Which which) POSTERN_REQUIRES(mutex_);
  void Keep(Stored stored) POSTERN_REQUIRES(mutex_);
  std::vector<absl::Time> AllowedUntil(const Asked& asked) const
      POSTERN_REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::deque<Stored> answers_ POSTERN_GUARDED_BY(mutex_);
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_ANSWER_STORE_H_
