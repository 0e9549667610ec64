#include "permission/explain.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/optional.h"
#include "fs/path_components.h"
#include "fs/path_pattern.h"
#include "permission/context_state.h"
#include "permission/internal/compiled_policy.h"
#include "permission/internal/rule_table.h"
#include "permission/text/display.h"

namespace postern {
namespace {

using internal::ContextStack;
using internal::EscapeForDisplay;
using internal::Query;
using internal::QuoteForDisplay;
using internal::Trace;
using internal::TraceEntry;

// What a call would have needed at the argument where it went wrong: of all
// the allow rules for its function, those that it followed the furthest.
class NearMiss {
 public:
  NearMiss(const Query& query, Explanation* out) : query_(query), out_(out) {}

  void Add(const Policy& policy, int layer) {
    policy.compiled().calls().VisitFunction(
        query_.access().text(), [&](const internal::CallPattern& pattern,
                                    const internal::Candidate& candidate) {
          if (static_cast<int>(candidate.layer) == layer &&
              candidate.effect() == Effect::kAllow) {
            AddPattern(pattern, policy, candidate.rule);
          }
        });
  }

 private:
  void AddPattern(const internal::CallPattern& pattern, const Policy& policy,
                  uint32_t rule) {
    const int index =
        pattern.FirstMismatch(query_.call(), query_.scope().base_directory);
    if (index < 0 || index < out_->argument) return;
    if (index > out_->argument) {
      out_->argument = index;
      out_->expected.clear();
      SetActual(static_cast<size_t>(index));
    }
    if (static_cast<size_t>(index) >= pattern.needed()) {
      Expect("no further argument");
    } else if (pattern.args[static_cast<size_t>(index)].kind ==
               internal::ArgumentPattern::Kind::kLiteral) {
      for (const std::string& literal :
           pattern.args[static_cast<size_t>(index)].literals) {
        Expect(literal);
      }
    } else {
      Expect(policy.rules().Pattern(rule).parts()[static_cast<size_t>(index)]);
    }
  }

  void SetActual(size_t index) {
    const absl::Span<const CallArg> args = query_.call().args();
    if (index >= args.size()) {
      out_->actual = "(missing)";
    } else {
      out_->actual =
          args[index].is_text ? std::string(args[index].text) : "(not text)";
    }
  }

  void Expect(const std::string& value) {
    std::vector<std::string>& expected = out_->expected;
    if (std::find(expected.begin(), expected.end(), value) == expected.end()) {
      expected.push_back(value);
    }
  }

  const Query& query_;
  Explanation* const out_;
};

// Of all rules that grant the call, used up or not: an answer that stands on a
// rule's last use is the same.
void AddPaths(const Query& query, const TraceEntry& entry, Explanation* out) {
  const absl::string_view base = query.scope().base_directory;
  const absl::Span<const CallArg> args = query.call().args();
  entry.policy->compiled().calls().VisitFunction(
      query.access().text(), [&](const internal::CallPattern& pattern,
                                 const internal::Candidate& candidate) {
        if (candidate.layer != entry.layer ||
            candidate.effect() == Effect::kDeny ||
            pattern.MatchesArguments(query.call(), base) !=
                internal::Match::kYes) {
          return;
        }
        for (size_t i = 0; i < pattern.needed(); ++i) {
          if (pattern.args[i].kind != internal::ArgumentPattern::Kind::kPath) {
            continue;
          }
          out->paths.emplace_back(static_cast<int>(i),
                                  fs::NormalPath(base, args[i].text));
        }
      });
}

LayerAnswer AnswerOf(const TraceEntry& entry) {
  const LayerSummary& layer = entry.policy->layers()[entry.layer];
  const internal::RuleTable& rules = entry.policy->rules();
  LayerAnswer answer;
  answer.layer = layer.name;
  answer.mode = layer.mode;
  answer.effect = entry.effect;
  answer.by_default = entry.rule == Decision::kNoRule;
  if (!answer.by_default) {
    answer.rule = rules.Pattern(entry.rule).ToString();
    answer.source = rules.Source(entry.rule);
    answer.reason = std::string(rules.reason(entry.rule));
  }
  return answer;
}

void FillDeciding(const ContextStack& stack, Explanation* out) {
  const Decision& decision = out->decision;
  if (decision.reason() == Reason::kDropped) {
    out->layer = "drops";
    out->source.kind = RuleSource::Kind::kDrop;
    const RulePattern* drop =
        stack.state(decision.depth()).drops.FindPattern(decision.rule());
    out->rule = drop == nullptr ? "(everything)" : drop->ToString();
    return;
  }
  if (decision.reason() != Reason::kRule &&
      decision.reason() != Reason::kDefault) {
    return;
  }
  size_t layer = 0;
  const internal::Snapshot::Part* part =
      stack.snapshot(decision.depth()).Find(decision.layer(), &layer);
  if (part == nullptr) return;
  out->layer = part->policy->layers()[layer].name;
  if (decision.rule() == Decision::kNoRule) return;
  const absl::optional<Rule> rule = part->policy->FindRule(decision.rule());
  if (!rule.has_value()) return;
  out->rule = rule->pattern.ToString();
  out->source = rule->source;
}

// `text` as a pattern that matches it alone, where `special` are operators.
std::string EscapePattern(absl::string_view text, absl::string_view special) {
  std::string out;
  for (char c : text) {
    if (special.find(c) != special.npos) out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

std::string ArgumentPatternOf(const CallArg& arg) {
  if (!arg.is_text) return "*";
  const bool prefixed =
      absl::StartsWith(arg.text, "re:") || absl::StartsWith(arg.text, "path:");
  return absl::StrCat(prefixed ? "\\" : "", EscapePattern(arg.text, "\\*?{}"));
}

// What was asked for, as a pattern that matches no more than that, escaped: a
// guest chooses the name, and somebody may copy the remedy into a policy.
std::string WantedPattern(const Query& query) {
  const Access& access = query.access();
  switch (access.form()) {
    case Access::Form::kWhole:
      return "";
    case Access::Form::kPath:
      return EscapeForDisplay(
          absl::StrCat("exact:", fs::EscapePathPattern(access.text())));
    case Access::Form::kSubtree:
      return EscapeForDisplay(fs::EscapePathPattern(access.text()));
    case Access::Form::kName:
      return EscapeForDisplay(EscapePattern(access.text(), "\\*{?"));
    case Access::Form::kCall: {
      const auto append = [](std::string* out, const CallArg& arg) {
        out->append(QuoteForDisplay(ArgumentPatternOf(arg)));
      };
      return absl::StrCat(access.text(), " [",
                          absl::StrJoin(query.call().args(), ", ", append),
                          "]");
    }
    case Access::Form::kSecret: {
      const auto append = [](std::string* out, absl::string_view part) {
        out->append(EscapePattern(part, "\\*/{?"));
      };
      return EscapeForDisplay(absl::StrJoin(access.parts(), "/", append));
    }
    case Access::Form::kEndpoint:
      return EscapeForDisplay(query.invalid() == Reason::kNone
                                  ? query.endpoint().ToString()
                                  : std::string(access.text()));
    case Access::Form::kResolved:
      return EscapeForDisplay(query.invalid() == Reason::kNone
                                  ? query.address().ToString()
                                  : std::string(access.address()));
  }
  return "";
}

std::string WantedRule(const Explanation& e, const Query& query) {
  const std::string pattern = WantedPattern(query);
  return absl::StrCat("allow ", PermissionName(e.permission),
                      pattern.empty() ? "" : " ", pattern);
}

// Escaped: it may be shown as it is.
std::string Remedy(const Explanation& e, const Query& query) {
  const auto in_layer = [&e]() {
    return e.layer.empty()
               ? std::string()
               : absl::StrCat(" to layer ", QuoteForDisplay(e.layer));
  };
  if (e.decision.allowed()) return "";
  switch (e.decision.reason()) {
    case Reason::kNone:
      return "";
    case Reason::kRule:
      if (e.decision.effect() == Effect::kAsk) {
        return "a person has to be asked: resolve the access with a handler";
      }
      return absl::StrCat("remove or narrow the deny rule ",
                          EscapeForDisplay(e.rule), " (",
                          EscapeForDisplay(e.source.ToString()), ")");
    case Reason::kDefault:
      if (query.access().form() == Access::Form::kCall &&
          query.call().unbound()) {
        return "give the arguments by position, or by names that the function "
               "declares";
      }
      return absl::StrCat("add a rule \"", WantedRule(e, query), "\"",
                          in_layer(),
                          ", or ask for it in the app's manifest and approve "
                          "it");
    case Reason::kDropped:
      return "the app gave this up itself; start it again without the drop";
    case Reason::kNoGrantLayer:
      return "add a layer that denies by default and holds the grants";
    case Reason::kUnknownPermission:
      return "use one of the documented permissions";
    case Reason::kInvalidResource:
      return "ask for a valid resource: not empty, not too long, no NUL, of "
             "the permission's kind";
    case Reason::kNarrowerRule:
      return "a stricter rule lies within what was asked; ask for each "
             "resource by itself";
    case Reason::kUnconfined:
      return "";
    case Reason::kAnswered:
      return "a person denied this; ask again after the rules change";
    case Reason::kNoAnswer:
      return "nobody answered; set an ask handler, or answer before the "
             "deadline";
    case Reason::kStale:
      return "the rules changed while a person was asked; try again";
    case Reason::kUsedUp:
      return "the rule's uses are spent; approve it again";
    case Reason::kUnenforceable:
      return "this kernel cannot do it safely";
    case Reason::kProtected:
      return "rules stand on this name; only the host may give it to "
             "something else";
    case Reason::kNotNamed:
      return "a rule further up does not mean this; add one whose pattern "
             "names it";
  }
  return "";
}

}  // namespace

namespace internal {

Explanation MakeExplanation(const ContextStack& stack, const Query& query,
                            const Decision& decision) {
  Explanation out;
  out.decision = decision;
  const Access& access = query.access();
  out.principal = stack.state(stack.leaf()).options.principal.id();
  out.permission = access.permission();
  out.operation = access.form() == Access::Form::kCall
                      ? std::string(access.text())
                      : std::string(PermissionName(access.permission()));
  out.resource = EscapeForDisplay(AskedResource(access));
  if (query.translated()) {
    out.canonical = EscapeForDisplay(query.CanonicalResource());
  }
  FillDeciding(stack, &out);
  if (query.invalid() == Reason::kNone) {
    Trace trace;
    static_cast<void>(stack.Decide(query, &trace));
    NearMiss near_miss(query, &out);
    for (const TraceEntry& entry : trace) {
      out.layers.push_back(AnswerOf(entry));
      if (access.form() == Access::Form::kCall && decision.allowed()) {
        AddPaths(query, entry, &out);
      }
      if (access.form() == Access::Form::kCall &&
          entry.rule == Decision::kNoRule && entry.effect == Effect::kDeny &&
          !query.call().unbound()) {
        near_miss.Add(*entry.policy, static_cast<int>(entry.layer));
      }
    }
  }
  out.remedy = Remedy(out, query);
  return out;
}

}  // namespace internal

std::string Explanation::ToText() const {
  std::string text = absl::StrCat(EffectName(decision.effect()),
                                  decision.concealed() ? " (concealed)" : "",
                                  ": ", PermissionName(permission),
                                  resource.empty() ? "" : " ", resource, "\n");
  const auto line = [&text](absl::string_view name, absl::string_view value) {
    if (!value.empty()) absl::StrAppend(&text, "  ", name, ": ", value, "\n");
  };
  line("principal", EscapeForDisplay(principal));
  line("decided as", canonical);
  line("reason", ReasonCode(decision.reason()));
  line("layer", layer);
  line("rule", rule.empty()
                   ? std::string()
                   : absl::StrCat(EscapeForDisplay(rule), " (",
                                  EscapeForDisplay(source.ToString()), ")"));
  if (argument >= 0) {
    line("argument index", absl::StrCat(argument));
    line("actual", QuoteForDisplay(actual));
    line("expected", absl::StrJoin(expected, " or ",
                                   [](std::string* out, const std::string& v) {
                                     out->append(QuoteForDisplay(v));
                                   }));
  }
  for (const LayerAnswer& answer : layers) {
    absl::StrAppend(
        &text, "  layer \"", EscapeForDisplay(answer.layer), "\"",
        answer.mode == Mode::kAudit ? " (audit only)" : "", ": ",
        EffectName(answer.effect),
        answer.by_default
            ? std::string(" by default")
            : absl::StrCat(" by ", EscapeForDisplay(answer.rule), " (",
                           EscapeForDisplay(answer.source.ToString()), ")"),
        answer.reason.empty() ? "" : ", ", EscapeForDisplay(answer.reason),
        "\n");
  }
  line("remedy", remedy);
  return text;
}

std::string GuestMessage(const Explanation& e, GuestDetail detail) {
  const std::string asked = absl::StrCat(
      PermissionName(e.permission), e.resource.empty() ? "" : " ", e.resource);
  if (e.decision.concealed()) {
    return absl::StrCat("no such resource", e.resource.empty() ? "" : ": ",
                        e.resource);
  }
  std::string text = absl::StrCat("ERR_ACCESS_DENIED: ", asked);
  if (detail == GuestDetail::kPlain) return text;
  if (e.argument >= 0) {
    absl::StrAppend(
        &text, "; argument ", e.argument, " is ", QuoteForDisplay(e.actual),
        ", expected ",
        absl::StrJoin(e.expected, " or ",
                      [](std::string* out, const std::string& value) {
                        out->append(QuoteForDisplay(value));
                      }));
  }
  if (!e.remedy.empty()) {
    absl::StrAppend(&text, "; ", e.remedy);
  }
  return text;
}

}  // namespace postern
