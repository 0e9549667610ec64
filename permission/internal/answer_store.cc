#include "permission/internal/answer_store.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace postern {
namespace internal {

namespace {

bool IsAmong(const std::vector<AskingRule>& rules, const AskingRule& rule) {
  return std::binary_search(rules.begin(), rules.end(), rule);
}

// The first `count` of the rules, and all snapshots.
std::vector<AskingRule> FirstOf(const std::vector<AskingRule>& rules,
                                size_t count) {
  std::vector<AskingRule> first;
  for (const AskingRule& rule : rules) {
    if (rule.layer < 0 || first.size() < count) first.push_back(rule);
  }
  return first;
}

// Whether none of these rules can ever ask again.
bool IsVoid(const std::vector<AskingRule>& rules,
            const std::vector<uint64_t>& generations) {
  return std::all_of(rules.begin(), rules.end(), [&](const AskingRule& rule) {
    return generations[static_cast<size_t>(rule.depth)] != rule.generation;
  });
}

}  // namespace

AnswerStore::Asked::Asked(const Query& q, const std::vector<AskingRule>& r,
                          absl::Time moment)
    : query(q), rules(r), now(moment), identity(q.Identity()) {
  if (!query.AsksForMany()) return;
  std::copy_if(rules.begin(), rules.end(), std::back_inserter(snapshots),
               [](const AskingRule& rule) { return rule.layer < 0; });
}

// Whether it is for this access, whichever rules ask.
bool AnswerStore::Holds(const Stored& stored, const Asked& asked) {
  const Query& query = asked.query;
  if (stored.permission != query.access().permission()) return false;
  if (stored.expires <= asked.now) return false;
  const Access::Form form = query.access().form();
  // Who was asked about a name was not asked where it may lead.
  const bool leads = form == Access::Form::kResolved;
  if (leads != (stored.form == Access::Form::kResolved)) return false;
  for (const AskingRule& snapshot : asked.snapshots) {
    if (!IsAmong(stored.rules, snapshot)) return false;
  }
  if (!stored.exact) return stored.pattern.Matches(query) == Match::kYes;
  return stored.form == form && asked.identity.has_value() &&
         stored.resource == *asked.identity;
}

// Calls found(index) for each of the rules that ask and that `stored` is an
// answer to.
template <typename Found>
void AnswerStore::VisitRules(const Stored& stored, const Asked& asked,
                             Found found) {
  for (const AskingRule& rule : stored.rules) {
    const auto it =
        std::lower_bound(asked.rules.begin(), asked.rules.end(), rule);
    if (it == asked.rules.end() || !(*it == rule)) continue;
    found(static_cast<size_t>(it - asked.rules.begin()));
  }
}

template <typename Which>
void AnswerStore::Forget(Which which) {
  answers_.erase(std::remove_if(answers_.begin(), answers_.end(), which),
                 answers_.end());
}

absl::optional<Effect> AnswerStore::Find(const Query& query,
                                         const std::vector<AskingRule>& rules,
                                         absl::Time now) {
  const Asked asked(query, rules, now);
  std::vector<bool> allowed(rules.size());
  bool denied = false;
  MutexLock lock(&mutex_);
  Forget([now](const Stored& stored) { return stored.expires <= now; });
  for (const Stored& stored : answers_) {
    if (!Holds(stored, asked)) continue;
    VisitRules(stored, asked, [&](size_t rule) {
      allowed[rule] = true;
      denied = denied || stored.effect != Effect::kAllow;
    });
  }
  if (denied) return Effect::kDeny;
  const bool all =
      std::find(allowed.begin(), allowed.end(), false) == allowed.end();
  if (rules.empty() || !all) return absl::nullopt;
  return Effect::kAllow;
}

// Until when each of the rules was answered with yes.
std::vector<absl::Time> AnswerStore::AllowedUntil(const Asked& asked) const {
  std::vector<absl::Time> until(asked.rules.size(), absl::InfinitePast());
  for (const Stored& stored : answers_) {
    if (stored.effect != Effect::kAllow || !Holds(stored, asked)) continue;
    VisitRules(stored, asked, [&](size_t rule) {
      until[rule] = std::max(until[rule], stored.expires);
    });
  }
  return until;
}

// A no must be met by both. And no rule that asks for `to` may be answered for
// longer than one that asks for `from`: of either, some may cease to ask.
bool AnswerStore::MayFavour(const Query& from,
                            const std::vector<AskingRule>& from_rules,
                            const Query& to,
                            const std::vector<AskingRule>& to_rules,
                            absl::Time now) const {
  const Asked had(from, from_rules, now), has(to, to_rules, now);
  MutexLock lock(&mutex_);
  for (const Stored& stored : answers_) {
    if (stored.effect == Effect::kAllow || !Holds(stored, had)) continue;
    bool denies = false;
    VisitRules(stored, had, [&](size_t) { denies = true; });
    if (denies && !(Holds(stored, has) && from_rules == to_rules)) return true;
  }
  absl::Time had_until = absl::InfiniteFuture();
  absl::Time has_until = absl::InfinitePast();
  for (absl::Time until : AllowedUntil(had)) {
    had_until = std::min(had_until, until);
  }
  for (absl::Time until : AllowedUntil(has)) {
    has_until = std::max(has_until, until);
  }
  return has_until > had_until;
}

// Exactly one name is its path; an answer for many may be for any.
bool AnswerStore::MayHoldWithin(const Query& query, absl::Time now) const {
  const std::string top = query.CanonicalResource();
  const std::string within = top == "/" ? top : absl::StrCat(top, "/");
  const auto may_hold = [&](const Stored& stored) {
    if (stored.permission != query.access().permission()) return false;
    if (stored.expires <= now) return false;
    if (!stored.exact) return stored.pattern.MayMatchWithin(query);
    return stored.form != Access::Form::kPath || stored.resource == top ||
           absl::StartsWith(stored.resource, within);
  };
  MutexLock lock(&mutex_);
  return std::any_of(answers_.begin(), answers_.end(), may_hold);
}

bool AnswerStore::NamesSocketWithin(Permission permission,
                                    absl::string_view directory,
                                    absl::Time now) const {
  const std::string within = absl::StrCat("unix:", directory, "/");
  const auto names = [&](const Stored& stored) {
    if (stored.permission != permission || stored.expires <= now) return false;
    return stored.exact ? absl::StartsWith(stored.resource, within)
                        : stored.pattern.NamesSocketWithin(directory);
  };
  MutexLock lock(&mutex_);
  return std::any_of(answers_.begin(), answers_.end(), names);
}

bool AnswerStore::Accept(const Answer& answer, const Query& query,
                         const std::vector<AskingRule>& rules,
                         const PatternScope& scope,
                         const std::vector<uint64_t>& generations) {
  Stored stored;
  stored.effect = answer.effect;
  stored.permission = query.access().permission();
  stored.form = query.access().form();
  const bool chosen = answer.scope.kind() != RulePattern::Kind::kWhole;
  if (chosen) {
    absl::StatusOr<ParsedPattern> pattern = ParsePattern(
        Effect::kAllow, PermissionSet(stored.permission), answer.scope, scope);
    if (!pattern.ok() || pattern->Matches(query) != Match::kYes) return false;
    stored.pattern = *std::move(pattern);
  }
  // A whole is asked about for what lies in it; elsewhere other rules may ask.
  stored.exact = !chosen || query.AsksForMany();
  if (stored.exact) {
    absl::optional<std::string> identity = query.Identity();
    if (!identity.has_value()) return true;  // not known again
    stored.resource = *std::move(identity);
  }
  stored.expires = answer.lifetime == AnswerLifetime::kTimespan
                       ? answer.expires
                       : absl::InfiniteFuture();
  if (answer.lifetime == AnswerLifetime::kSingle) return true;
  if (rules.size() > kMaxRules && answer.effect == Effect::kAllow) return true;
  stored.rules = FirstOf(rules, kMaxRules);
  MutexLock lock(&mutex_);
  Forget([&](const Stored& old) { return IsVoid(old.rules, generations); });
  Keep(std::move(stored));
  return true;
}

void AnswerStore::Keep(Stored stored) {
  if (answers_.size() == kMaxAnswers) {
    auto oldest = std::find_if(
        answers_.begin(), answers_.end(),
        [](const Stored& s) { return s.effect == Effect::kAllow; });
    if (oldest == answers_.end()) {
      if (stored.effect == Effect::kAllow) return;
      oldest = answers_.begin();
    }
    answers_.erase(oldest);
  }
  answers_.push_back(std::move(stored));
}

}  // namespace internal
}  // namespace postern
