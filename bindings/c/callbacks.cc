#include "bindings/c/callbacks.h"

#include <string>
#include <utility>
#include <vector>

#include "bindings/c/access.h"
#include "bindings/c/handles.h"

namespace postern {
namespace c {

void CallbackAuditSink::Record(const AuditEvent& event) {
  postern_audit_event out = {};
  out.struct_size = sizeof(out);
  out.time_unix_ns = absl::ToUnixNanos(event.time);
  out.principal = ToBytes(event.principal);
  out.permission = static_cast<postern_permission>(event.permission);
  out.decision = ToC(event.decision);
  out.asked = ToBytes(event.asked);
  out.canonical = ToBytes(event.canonical);
  out.layer = ToBytes(event.layer);
  out.rule = ToBytes(event.rule);
  callback_(user_data_, &out);
}

Answer CallbackAskHandler::Ask(const Question& question) {
  // Texts first, so that what points to them stays.
  std::vector<std::string> texts;
  for (const Rule& rule : question.rules) {
    texts.push_back(rule.pattern.ToString());
    texts.push_back(rule.source.ToString());
  }
  std::vector<postern_question_rule> rules;
  for (size_t i = 0; i < question.rules.size(); ++i) {
    rules.push_back({ToBytes(texts[2 * i]), ToBytes(question.rules[i].reason),
                     ToBytes(texts[2 * i + 1])});
  }
  const AccessForC access(question.access);
  postern_question out = {};
  out.struct_size = sizeof(out);
  out.principal = ToBytes(question.principal.id());
  out.access = access.get();
  out.rules = rules.data();
  out.rule_count = rules.size();
  out.deadline_unix_ns = TimeToC(question.deadline);
  postern_answer answer;
  callback_(user_data_, &out, &answer);
  return std::move(answer.answer);
}

ContextHolder::~ContextHolder() {
  context.reset();
  parent.reset();
  if (release != nullptr) release(user_data);
}

namespace {

// A scope that cannot be read leaves no answer.
postern_status SetScope(postern_answer* answer, absl::Status status,
                        RulePattern scope) {
  if (!status.ok()) {
    answer->answer.effect = Effect::kAsk;
    return POSTERN_INVALID_ARGUMENT;
  }
  answer->answer.scope = std::move(scope);
  return POSTERN_OK;
}

}  // namespace
}  // namespace c
}  // namespace postern

using namespace postern::c;  // NOLINT: the functions below are global

postern_status postern_answer_set(postern_answer* answer, postern_effect effect,
                                  postern_lifetime lifetime,
                                  int64_t expires_unix_ns) {
  if (answer == nullptr) return POSTERN_INVALID_ARGUMENT;
  answer->answer.effect = postern::Effect::kAsk;
  if ((effect != POSTERN_ALLOW && effect != POSTERN_DENY) ||
      lifetime < POSTERN_SINGLE || lifetime > POSTERN_FOREVER) {
    return POSTERN_INVALID_ARGUMENT;
  }
  answer->answer.effect = static_cast<postern::Effect>(effect);
  answer->answer.lifetime = static_cast<postern::AnswerLifetime>(lifetime);
  answer->answer.expires = TimeFromC(expires_unix_ns);
  return POSTERN_OK;
}

postern_status postern_answer_set_scope(postern_answer* answer,
                                        const char* pattern, size_t size) {
  if (answer == nullptr) return POSTERN_INVALID_ARGUMENT;
  return Guard(nullptr, [&] {
    absl::string_view text;
    const absl::Status status = ReadBytes(pattern, size, "pattern", &text);
    SetScope(answer, status, postern::RulePattern::Text(text));
    return status;
  });
}

postern_status postern_answer_set_call_scope(postern_answer* answer,
                                             const char* function, size_t size,
                                             const postern_bytes* args,
                                             size_t count) {
  if (answer == nullptr) return POSTERN_INVALID_ARGUMENT;
  return Guard(nullptr, [&] {
    absl::string_view name;
    std::vector<std::string> patterns;
    absl::Status status = ReadBytes(function, size, "function", &name);
    if (status.ok()) status = ReadStrings(args, count, "args", &patterns);
    SetScope(answer, status,
             postern::RulePattern::Call(name, std::move(patterns),
                                        postern::CallForm::kExact));
    return status;
  });
}

postern_status postern_answer_set_secret_scope(postern_answer* answer,
                                               const postern_bytes* parts,
                                               size_t count) {
  if (answer == nullptr) return POSTERN_INVALID_ARGUMENT;
  return Guard(nullptr, [&] {
    std::vector<std::string> keys;
    const absl::Status status = ReadStrings(parts, count, "parts", &keys);
    SetScope(answer, status, postern::RulePattern::Secret(std::move(keys)));
    return status;
  });
}
