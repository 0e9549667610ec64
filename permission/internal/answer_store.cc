#include "permission/internal/answer_store.h"

#include <utility>

namespace postern {
namespace internal {

bool AnswerStore::Holds(const Stored& stored, const Query& query,
                        const absl::optional<std::string>& identity,
                        const std::vector<AskingRule>& rules, absl::Time now) {
  if (stored.permission != query.access().permission()) return false;
  if (stored.expires <= now || !(stored.rules == rules)) return false;
  if (!stored.exact) return stored.pattern.Matches(query) == Match::kYes;
  return stored.form == query.access().form() && identity.has_value() &&
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
