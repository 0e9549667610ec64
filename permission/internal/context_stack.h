#ifndef POSTERN_PERMISSION_INTERNAL_CONTEXT_STACK_H_
#define POSTERN_PERMISSION_INTERNAL_CONTEXT_STACK_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "permission/context.h"
#include "permission/internal/answer_store.h"
#include "permission/internal/drop_set.h"
#include "permission/internal/mutex.h"
#include "permission/internal/outcome.h"
#include "permission/internal/path_index.h"
#include "permission/internal/trace.h"

namespace postern {
namespace internal {

// The layers of a context at one moment: its policy, for a root, and what was
// added to narrow it. Immutable.
struct Snapshot {
  struct Part {
    std::shared_ptr<const Policy> policy;
    int first_layer;
    bool takes_uses;  // an enforcing layer has a rule with limited uses
  };
  uint64_t generation = 0;
  std::vector<Part> parts;
  bool reads_clock = false;
  bool takes_uses = false;

  int layer_count() const;
  // The part that holds layer `number` and its index there; null if none.
  const Part* Find(int number, size_t* layer) const;
};

struct ContextState {
  ContextOptions options;
  std::string base_directory;  // normal form; "" = the root policy's
  std::shared_ptr<const PermissionContext> parent;  // null for a root
  const ContextState* parent_state = nullptr;
  int depth = 0;
  // What the root's Authority holds as well: its address is nobody else's
  // while either lives. Null in derived contexts.
  std::shared_ptr<const char> token;

  std::atomic<const Snapshot*> snapshot{nullptr};
  DropSet drops;
  AnswerStore answers;

  Mutex mutex;  // writers
  std::vector<std::unique_ptr<const Snapshot>> kept POSTERN_GUARDED_BY(mutex);
  bool sealed POSTERN_GUARDED_BY(mutex) = false;

  // The latest moment that a rule was seen to have expired by, in microseconds
  // since the epoch: should the clock be set back, it stays expired. Written
  // once for each such moment.
  mutable std::atomic<int64_t> expired_us{INT64_MIN};

  absl::Time Now() const {
    return options.clock != nullptr ? options.clock->Now() : absl::Now();
  }
};

// A context and all its parents, each with the snapshot that was current when
// this was made. Lives on the stack of one check; the snapshots outlive it.
class ContextStack {
 public:
  explicit ContextStack(const ContextState& state) : leaf_(state.depth) {
    for (const ContextState* s = &state; s != nullptr; s = s->parent_state) {
      links_[static_cast<size_t>(s->depth)] = {
          s, s->snapshot.load(std::memory_order_acquire)};
    }
  }

  // Where the access is decided. Reads the clock only if some rule expires.
  QueryScope Scope() const;
  // How patterns that are given to the context are read; looks at the file
  // system if the root's policy is bound.
  PatternScope Patterns() const;
  // The decision, without a trace: fast for paths. `taken`: uses that were
  // taken for the same operation; null: none.
  Decision Check(const Access& access, const TakenUses* taken = nullptr) const;
  // The decision on a valid query; told to `trace` unless that is null.
  Decision Decide(const Query& query, Trace* trace) const;
  // Whether to enforce an access is more than to give this decision on it: a
  // sink is told, somebody is asked, a use may be taken.
  bool Acts(const Decision& decision) const;

  // Whether Decide() says the same of every name strictly beneath the path of
  // the valid `query` for a subtree. Says no where that takes thought.
  bool IsUniformBelow(const Query& query) const;
  // Whether `to` has no more than `from`, now and when rules with limits begin
  // or cease to hold: no limit is shed by another name. `had` and `has` are
  // what Decide() says of `from` and `to` now. Says no where that takes
  // thought. The queries are valid, for paths and for one permission.
  bool KeepsLimits(const Query& from, Effect had, const Query& to,
                   Effect has) const;
  // Whether what people answered gives `to` no more than `from`, now and when
  // answers expire; both are asked for, for one permission. Allocates.
  bool KeepsAnswers(const Query& from, const Query& to) const;
  // Whether somebody answered something that may hold at or beneath the path of
  // the valid `query` for a subtree.
  bool IsAnsweredWithin(const Query& query) const;
  // Whether a socket that is known by the name `from` gains nothing by the name
  // `to`, as KeepsLimits() and KeepsAnswers() have it. The queries are valid,
  // for endpoints and for one permission. Allocates.
  bool KeepsSocket(const Query& from, const Query& to) const;
  // Whether a rule, a drop or an answer is for a unix socket that has its name
  // strictly beneath `directory`.
  bool NamesSocketWithin(Permission permission,
                         absl::string_view directory) const;
  // Whether nothing strictly beneath `from` gets a more generous answer once
  // `from` is called `to`. Says no where that takes thought. The queries are
  // valid, for subtrees and for one permission. Allocates.
  bool GainsNothingBelow(const Query& from, const Query& to) const;

  const ContextState& state(int depth) const {
    return *links_[static_cast<size_t>(depth)].state;
  }
  const Snapshot& snapshot(int depth) const {
    return *links_[static_cast<size_t>(depth)].snapshot;
  }
  const Policy& root_policy() const { return *snapshot(0).parts[0].policy; }
  int leaf() const { return leaf_; }
  // Which snapshot each context has, by depth.
  std::vector<uint64_t> Generations() const;

 private:
  struct Link {
    const ContextState* state;
    const Snapshot* snapshot;
  };
  bool takes_uses() const;
  bool HasLimits() const;  // some rule
  // What rules with an expiry are held to: never before expired_us.
  absl::Time Moment() const;
  bool ExpiresWithin(absl::Time after, absl::Time until) const;
  absl::string_view BaseDirectory() const;
  // What was worked out in advance; nullopt where something was not.
  absl::optional<Decision> DecidePath(const fs::PathComponents& path,
                                      Permission permission) const;
  // A root that nothing was added to, not even a drop of the permission of
  // `bit`, and whose policy can grant.
  bool IsAlone(uint32_t bit) const;
  absl::optional<Decision> DecideAlone(const fs::PathComponents& path,
                                       uint32_t bit) const;
  PathIndex::LimitedMatches MatchLimited(const Query& from,
                                         const Query& to) const;

  std::array<Link, PermissionContext::kMaxDepth + 1> links_;  // by depth
  int leaf_;
};

// All rules that ask, of the enforcing layers that `trace` tells of as they
// decided `query` on `stack`: ascending, each once.
std::vector<AskingRule> AskingRules(const ContextStack& stack,
                                    const Query& query, const Trace& trace);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_CONTEXT_STACK_H_
