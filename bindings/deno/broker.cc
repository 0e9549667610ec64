#include "bindings/deno/broker.h"

#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bindings/deno/broker_message.h"

namespace postern {
namespace deno {
namespace {

using Way = std::vector<Question>;

postern_bytes Bytes(absl::string_view text) {
  return postern_bytes{text.data(), text.size()};
}

// The questions of one way, in the C interface's terms.
class Accesses {
 public:
  explicit Accesses(const Way& way) : args_(way.size()), parts_(way.size()) {
    for (const Question& question : way) Add(question);
  }
  Accesses(const Accesses&) = delete;
  Accesses& operator=(const Accesses&) = delete;

  const postern_access* data() const { return accesses_.data(); }
  size_t size() const { return accesses_.size(); }

 private:
  void Add(const Question& question) {
    postern_access access = {};
    access.struct_size = sizeof(access);
    access.permission = question.permission;
    access.form = question.form;
    access.text = Bytes(question.text);
    std::vector<postern_arg>& args = args_[accesses_.size()];
    for (const std::string& arg : question.args) {
      args.push_back(postern_arg{Bytes(arg), 1});
    }
    access.args = args.data();
    access.arg_count = args.size();
    if (!question.leads_to.empty()) {
      postern_bytes& part = parts_[accesses_.size()];
      part = Bytes(question.leads_to);
      access.parts = &part;
      access.part_count = 1;
    }
    accesses_.push_back(access);
  }

  std::vector<std::vector<postern_arg>> args_;
  std::vector<postern_bytes> parts_;
  std::vector<postern_access> accesses_;
};

postern_effect Check(const postern_context* context, const Way& way) {
  const Accesses accesses(way);
  postern_decision decision = {};
  size_t index = 0;
  const postern_status status = postern_check_all(
      context, accesses.data(), accesses.size(), &decision, &index, nullptr);
  return status == POSTERN_OK ? postern_decision_effect(decision)
                              : POSTERN_DENY;
}

std::string Reason(const postern_context* context, postern_decision decision,
                   const postern_access& access) {
  postern_explanation* explanation = nullptr;
  postern_explain(context, decision, &access, &explanation, nullptr);
  size_t size = 0;
  const char* const text =
      postern_explanation_get(explanation, POSTERN_FIELD_GUEST_FULL, &size);
  std::string reason =
      text == nullptr ? "ERR_ACCESS_DENIED" : std::string(text, size);
  postern_explanation_free(explanation);
  return reason;
}

}  // namespace

Broker::Broker(postern_context* context, BrokerOptions options)
    : context_(context), options_(std::move(options)) {}

absl::optional<std::string> Broker::Answer(absl::string_view line,
                                           const AskingDeno& deno) const {
  absl::optional<uint64_t> id;
  std::string problem;
  const absl::optional<BrokerRequest> request =
      ReadRequest(line, &id, &problem);
  if (!id) return absl::nullopt;
  if (!request) {
    return AnswerText(*id, false, absl::StrCat("denied: ", problem));
  }
  const Decided decided = Decide(*request, deno);
  return AnswerText(*id, decided.effect == POSTERN_ALLOW, decided.reason);
}

// A name may lead to an address that it must not lead to (DNS rebinding, SSRF).
// False if it cannot be told where it leads.
bool Broker::AddAddresses(Way* way) const {
  const Question name = (*way)[0];
  if (name.permission != POSTERN_NET_CONNECT ||
      name.form != POSTERN_FORM_ENDPOINT || HostName(name.text).empty()) {
    return true;
  }
  if (!options_.look_up) return false;
  const std::string port = name.text.substr(HostName(name.text).size());
  const std::vector<std::string> addresses =
      options_.look_up(HostName(name.text));
  for (const std::string& address : addresses) {
    Question question = name;
    question.leads_to =
        absl::StrCat(absl::StrContains(address, ':') ? "[" : "", address,
                     absl::StrContains(address, ':') ? "]" : "", port);
    way->push_back(std::move(question));
  }
  return !addresses.empty();
}

// Of several ways, the first one that is granted; else one for which a person
// can be asked; else the first one tells why not.
Broker::Decided Broker::Decide(const BrokerRequest& request,
                               const AskingDeno& deno) const {
  Questions questions = QuestionsFor(request, deno);
  if (questions.ways.empty()) {
    return {POSTERN_DENY, absl::StrCat("denied: ", questions.problem)};
  }
  Way* chosen = &questions.ways[0];
  postern_effect best = POSTERN_DENY;
  for (Way& way : questions.ways) {
    const postern_effect effect = Check(context_, way);
    if (effect <= best) continue;
    best = effect;
    chosen = &way;
  }
  // Deno asks for everything first, whatever the program wants, and for the one
  // thing after a denial: that is no attempt of the program's.
  if (!request.value && best != POSTERN_ALLOW) {
    return {POSTERN_DENY, "denied: not everything is granted"};
  }
  // No packet leaves for a name that no rule grants.
  if (best != POSTERN_DENY && !AddAddresses(chosen)) {
    return {POSTERN_DENY, "denied: the host's addresses cannot be found"};
  }
  return Enforce(*chosen);
}

Broker::Decided Broker::Enforce(const Way& way) const {
  const Accesses accesses(way);
  postern_decision decision = {};
  size_t index = 0;
  const int64_t deadline =
      absl::ToUnixNanos(absl::Now() + options_.answer_time);
  const postern_status status =
      postern_enforce_all(context_, accesses.data(), accesses.size(), deadline,
                          &decision, &index, nullptr);
  if (status != POSTERN_OK || index >= accesses.size()) {
    return {POSTERN_DENY, "denied: it cannot be decided"};
  }
  if (postern_decision_allowed(decision) == 0) {
    if (way[index].by_other_name) {
      return {POSTERN_DENY, "denied: another name of the file is denied"};
    }
    return {POSTERN_DENY, Reason(context_, decision, accesses.data()[index])};
  }
  if (options_.recorded && !options_.recorded()) {
    return {POSTERN_DENY, "denied: the audit log cannot be written"};
  }
  return {POSTERN_ALLOW, ""};
}

}  // namespace deno
}  // namespace postern
