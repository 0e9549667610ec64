#include "permission/internal/answer_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace postern {
namespace internal {

bool AnswerStore::Holds(const Stored& stored, const Query& query,
                        const absl::optional<std::string>& identity,
                        const std::vector<AskingRule>& rules, absl::Time now) {
  if (stored.permission != query.access().permission()) return false;
  if (stored.expires <= now || !(stored.rules == rules)) return false;
  const Access::Form form = query.access().form();
  // Who was asked about a name was not asked where it may lead.
  const bool leads = form == Access::Form::kResolved;
  if (leads != (stored.form == Access::Form::kResolved)) return false;
  if (!stored.exact) return stored.pattern.Matches(query) == Match::kYes;
  return stored.form == form && identity.has_value() &&
         stored.resource == *identity;
}

absl::optional<Effect> AnswerStore::Find(const Query& query,
                                         const std::vector<AskingRule>& rules,
                                         absl::Time now) const {
  const absl::optional<std::string> identity = query.Identity();
  MutexLock lock(&mutex_);
  absl::optional<Effect> found;
  for (const Stored& stored : answers_) {
    if (Holds(stored, query, identity, rules, now) &&
        (!found.has_value() || stored.effect < *found)) {
      found = stored.effect;
    }
  }
  return found;
}

// A yes to `to` does no harm if another to `from` lasts as long.
bool AnswerStore::MayFavour(const Query& from,
                            const std::vector<AskingRule>& from_rules,
                            const Query& to,
                            const std::vector<AskingRule>& to_rules,
                            absl::Time now) const {
  const absl::optional<std::string> from_id = from.Identity();
  const absl::optional<std::string> to_id = to.Identity();
  absl::Time from_until = absl::InfinitePast(), to_until = from_until;
  MutexLock lock(&mutex_);
  for (const Stored& stored : answers_) {
    const bool at_from = Holds(stored, from, from_id, from_rules, now);
    const bool at_to = Holds(stored, to, to_id, to_rules, now);
    const bool yes = stored.effect == Effect::kAllow;
    if (!yes && at_from && !at_to) return true;
    if (yes && at_from) from_until = std::max(from_until, stored.expires);
    if (yes && at_to) to_until = std::max(to_until, stored.expires);
  }
  return to_until > from_until;
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

bool AnswerStore::Accept(const Answer& answer, const Query& query,
                         const std::vector<AskingRule>& rules,
                         const PatternScope& scope) {
  Stored stored;
  stored.effect = answer.effect;
  stored.rules = rules;
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
  MutexLock lock(&mutex_);
  if (answers_.size() == kMaxAnswers) answers_.pop_front();
  answers_.push_back(std::move(stored));
  return true;
}

}  // namespace internal
}  // namespace postern
