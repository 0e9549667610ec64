#ifndef POSTERN_PERMISSION_INTERNAL_CONTEXT_STACK_H_
#define POSTERN_PERMISSION_INTERNAL_CONTEXT_STACK_H_

#include <array>
#include <cstdint>
#include <vector>

#include "permission/context.h"
#include "permission/internal/context_state.h"
#include "permission/internal/outcome.h"
#include "permission/internal/path_index.h"
#include "permission/internal/snapshot.h"
#include "permission/internal/trace.h"

namespace postern {
namespace internal {

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
  // PermissionContext::CheckUndiminished().
  Decision CheckUndiminished(const Access& access) const;
  // The decision on a valid query; told to `trace` unless that is null.
  Decision Decide(const Query& query, Trace* trace) const;
  // Whether to enforce an access is more than to give this decision on it: a
  // sink is told, somebody is asked, a use may be taken.
  bool Acts(const Decision& decision) const;

  // Whether Decide() says the same of every name strictly beneath the path of
  // the valid `query` for a subtree. Says no where that takes thought.
  bool IsUniformBelow(const Query& query) const;
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
  // What rules with an expiry are held to: never before expired_us.
  absl::Time Moment() const;
  bool ExpiresWithin(absl::Time after, absl::Time until) const;
  absl::string_view BaseDirectory() const;
  class Asked;
  class AskedUndiminished;
  // Adds what the layers of one context say.
  void DecideLayers(int depth, const Query& query, Trace* trace,
                    Outcome* outcome) const;
  // What was worked out in advance; nullopt where something was not.
  absl::optional<Decision> DecidePath(const fs::PathComponents& path,
                                      Permission permission) const;
  // A root that nothing was added to, not even a drop of the permission of
  // `bit`.
  bool IsAlone(uint32_t bit) const;

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
