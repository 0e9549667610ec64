#include "permission/internal/move_rights.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "permission/access.h"
#include "permission/internal/compiled_policy.h"
#include "permission/internal/path_index.h"
#include "permission/internal/policy_parts.h"
#include "permission/internal/query.h"
#include "permission/internal/rule_table.h"
#include "permission/internal/trace.h"

namespace postern {
namespace internal {
namespace {

PathIndex::LimitedMatches MatchLimited(const ContextStack& stack,
                                       const Query& from, const Query& to) {
  PathIndex::LimitedMatches all;
  for (int depth = 0; depth <= stack.leaf(); ++depth) {
    for (const Snapshot::Part& part : stack.snapshot(depth).parts) {
      const CompiledPolicy& policy = PolicyParts::Compiled(*part.policy);
      const PathIndex::LimitedMatches own =
          policy.paths().MatchLimited(from, to);
      const bool whole = policy.HasLimitedWhole(from.permission_bit());
      all.from = all.from || own.from || whole;
      all.to = all.to || own.to || whole;
      all.same = all.same && own.same;
    }
  }
  return all;
}

// Whether `to` has no more than `from`, now and when rules with limits begin or
// cease to hold: no limit is shed by another name. `had` and `has` are what
// Decide() says of `from` and `to` now. Says no where the rules would have to
// be compared. The queries are valid, for paths and for one permission. Limited
// rules only allow or ask: nothing is above an allow that rests on none, nor
// below a denial that none may lift.
bool KeepsLimits(const ContextStack& stack, const Query& from, Effect had,
                 const Query& to, Effect has) {
  if (has > had) return false;
  const PathIndex::LimitedMatches limited = MatchLimited(stack, from, to);
  if (!limited.from && (!limited.to || had == Effect::kAllow)) return true;
  if (!limited.to && has == Effect::kDeny) return true;
  if (!limited.same) return false;
  for (int depth = 0; depth <= stack.leaf(); ++depth) {
    for (const Snapshot::Part& part : stack.snapshot(depth).parts) {
      const CompiledPolicy& policy = PolicyParts::Compiled(*part.policy);
      if (!policy.paths().KeepsAt(from, to)) {
        return false;
      }
    }
  }
  return true;
}

// Whether what people answered gives `to` no more than `from`, now and when
// answers expire. Both are asked for, for one permission. A parent's answers
// are not heard for its child, nor here.
bool KeepsAnswers(const ContextStack& stack, const Query& from,
                  const Query& to) {
  Trace from_trace, to_trace;
  static_cast<void>(stack.Decide(from, &from_trace));
  static_cast<void>(stack.Decide(to, &to_trace));
  const ContextState& leaf = stack.state(stack.leaf());
  return !leaf.answers.MayFavour(from, AskingRules(stack, from, from_trace), to,
                                 AskingRules(stack, to, to_trace), leaf.Now());
}

// Whether somebody answered something that may hold at or beneath the path of
// the valid `query` for a subtree.
bool IsAnsweredWithin(const ContextStack& stack, const Query& query) {
  const ContextState& leaf = stack.state(stack.leaf());
  return leaf.answers.MayHoldWithin(query, leaf.Now());
}

// Whether the same rules say what each layer says.
bool SameDeciders(const Trace& a, const Trace& b) {
  const auto sorted = [](std::vector<uint32_t> rules) {
    std::sort(rules.begin(), rules.end());
    rules.erase(std::unique(rules.begin(), rules.end()), rules.end());
    return rules;
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](const TraceEntry& x, const TraceEntry& y) {
                      return x.effect == y.effect &&
                             sorted(x.deciders.object.rules) ==
                                 sorted(y.deciders.object.rules);
                    });
}

// Whether any rule has limits.
bool HasLimits(const ContextStack& stack) {
  for (int depth = 0; depth <= stack.leaf(); ++depth) {
    for (const Snapshot::Part& part : stack.snapshot(depth).parts) {
      if (!PolicyParts::Rules(*part.policy).limited().empty()) return true;
    }
  }
  return false;
}

// Whether a socket that is known by the name `from` gains nothing by the name
// `to`, as KeepsLimits() and KeepsAnswers() have it. The queries are valid, for
// endpoints and for one permission. What is denied stays so, as no denial has a
// limit. Where some rule has limits, the same ones have to decide both.
bool KeepsSocket(const ContextStack& stack, const Query& from,
                 const Query& to) {
  Trace from_trace, to_trace;
  const Effect had = stack.Decide(from, &from_trace).effect();
  const Effect has = stack.Decide(to, &to_trace).effect();
  if (has == Effect::kDeny) return true;
  if (has > had) return false;
  if (HasLimits(stack) && !SameDeciders(from_trace, to_trace)) return false;
  return had != Effect::kAsk || KeepsAnswers(stack, from, to);
}

// Whether a rule, a drop or an answer is for a unix socket that has its name
// strictly beneath `directory`.
bool NamesSocketWithin(const ContextStack& stack, Permission permission,
                       absl::string_view directory) {
  for (int depth = 0; depth <= stack.leaf(); ++depth) {
    if (stack.state(depth).drops.NamesSocketWithin(permission, directory)) {
      return true;
    }
    for (const Snapshot::Part& part : stack.snapshot(depth).parts) {
      if (PolicyParts::Compiled(*part.policy)
              .endpoints()
              .NamesSocketWithin(directory)) {
        return true;
      }
    }
  }
  const ContextState& leaf = stack.state(stack.leaf());
  return leaf.answers.NamesSocketWithin(permission, directory, leaf.Now());
}

// Whether no rule and no drop gives anything strictly beneath `from` a more
// generous answer once `from` is called `to`. Says no where the rules would
// have to be compared. The queries are valid, for subtrees and for one
// permission.
bool RulesGainNothingBelow(const ContextStack& stack, const Query& from,
                           const Query& to) {
  for (int depth = 0; depth <= stack.leaf(); ++depth) {
    for (const Snapshot::Part& part : stack.snapshot(depth).parts) {
      const CompiledPolicy& policy = PolicyParts::Compiled(*part.policy);
      if (!policy.paths().KeepsBelow(from, to)) {
        return false;
      }
    }
    // Drops at `to` take away; those at `from` must not be left.
    const absl::optional<uint32_t> drop = stack.state(depth).drops.Find(from);
    if (drop.has_value() && *drop != Decision::kNoRule) return false;
  }
  return true;
}

// Whether nothing strictly beneath `from` gains `permission` under the name
// `to`. Answers that may be to something there are not thought through.
bool GainsNothingBelow(const ContextStack& stack, Permission permission,
                       absl::string_view from, absl::string_view to) {
  const QueryScope scope = stack.Scope();
  const AnyQuery before(Access::CanonicalSubtree(permission, from), scope);
  const AnyQuery after(Access::CanonicalSubtree(permission, to), scope);
  return before.invalid() == Reason::kNone &&
         after.invalid() == Reason::kNone &&
         RulesGainNothingBelow(stack, before, after) &&
         !IsAnsweredWithin(stack, before) && !IsAnsweredWithin(stack, after);
}

// Whether `from` itself gains nothing under the name `to`.
bool GainsNothing(const ContextStack& stack, Permission permission,
                  absl::string_view from, absl::string_view to) {
  const QueryScope scope = stack.Scope();
  const AnyQuery before(Access::CanonicalPath(permission, from), scope);
  const AnyQuery after(Access::CanonicalPath(permission, to), scope);
  if (before.invalid() != Reason::kNone || after.invalid() != Reason::kNone) {
    return false;
  }
  const Effect had = stack.Decide(before, /*trace=*/nullptr).effect();
  const Effect has = stack.Decide(after, /*trace=*/nullptr).effect();
  return KeepsLimits(stack, before, had, after, has) &&
         (had != Effect::kAsk || has != Effect::kAsk ||
          KeepsAnswers(stack, before, after));
}

// Whether a socket at or beneath `from` may be connected to at `to` only where
// it may be at `from`, and who listens goes on to only where he may listen.
bool GainsNoSocket(const ContextStack& stack, absl::string_view from,
                   absl::string_view to, bool is_directory) {
  for (const Permission permission :
       {Permission::kNetConnect, Permission::kNetListen}) {
    // Where no socket is named, all names are the same.
    if (!NamesSocketWithin(stack, permission, "")) continue;
    if (is_directory && (NamesSocketWithin(stack, permission, from) ||
                         NamesSocketWithin(stack, permission, to))) {
      return false;
    }
    const std::string before = absl::StrCat("unix:", from);
    const std::string after = absl::StrCat("unix:", to);
    const QueryScope scope = stack.Scope();
    const AnyQuery had(Access::CanonicalEndpoint(permission, before), scope);
    const AnyQuery has(Access::CanonicalEndpoint(permission, after), scope);
    if (had.invalid() != Reason::kNone || has.invalid() != Reason::kNone) {
      return false;
    }
    const bool listens = permission == Permission::kNetListen;
    if (!KeepsSocket(stack, listens ? has : had, listens ? had : has)) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool MoveGainsNothing(const ContextStack& stack, absl::string_view from,
                      absl::string_view to, bool is_directory) {
  if (!GainsNoSocket(stack, from, to, is_directory)) return false;
  for (int i = 1; i < kPermissionLimit; ++i) {
    const Permission permission = static_cast<Permission>(i);
    if (ResourceKindOf(permission) != ResourceKind::kPath) continue;
    if (!GainsNothing(stack, permission, from, to) ||
        (is_directory && !GainsNothingBelow(stack, permission, from, to))) {
      return false;
    }
  }
  return true;
}

}  // namespace internal
}  // namespace postern
