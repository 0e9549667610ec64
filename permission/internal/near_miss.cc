#include "permission/internal/near_miss.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "permission/internal/command_pattern.h"
#include "permission/internal/compiled_policy.h"
#include "permission/internal/policy_parts.h"
#include "permission/internal/rule_table.h"
#include "permission/literal_pattern.h"
#include "permission/text/reported.h"

namespace postern {
namespace internal {

void NearMiss::Add(const Policy& policy, size_t layer) {
  VisitArguments(
      query_, PolicyParts::Compiled(policy),
      [&](const ArgumentsPattern& pattern, const Candidate& candidate) {
        if (candidate.layer == layer && candidate.effect() == Effect::kAllow) {
          AddPattern(pattern, policy, candidate.rule);
        }
      });
}

void NearMiss::AddPattern(const ArgumentsPattern& pattern, const Policy& policy,
                          uint32_t rule) {
  const int index =
      pattern.FirstMismatch(query_.arguments(), query_.scope().base_directory);
  if (index < 0 || index < out_->argument) return;
  if (index > out_->argument) StartAt(index);
  const size_t at = static_cast<size_t>(index);
  if (at >= pattern.needed()) {
    out_->end_expected = true;
  } else if (pattern.args[at].kind == ArgumentPattern::Kind::kLiteral) {
    ExpectAll(pattern.args[at]);
  } else {
    const RulePattern written = PolicyParts::Rules(policy).Pattern(rule);
    Expect(query_.access().form() == Access::Form::kCommand
               ? WordsOfCommand(written.text())[at + 1]
               : written.parts()[at]);
  }
}

void NearMiss::StartAt(int index) {
  out_->argument = index;
  out_->expected.clear();
  out_->more_expected = 0;
  out_->end_expected = false;
  out_->actual.clear();
  const absl::Span<const CallArg> args = query_.arguments().args;
  if (static_cast<size_t>(index) >= args.size()) {
    out_->actual_kind = ActualKind::kMissing;
  } else if (const CallArg& arg = args[static_cast<size_t>(index)];
             !arg.is_text) {
    out_->actual_kind = ActualKind::kNotText;
  } else {
    out_->actual_kind = ActualKind::kText;
    out_->actual = Reported(arg.text);
  }
}

// Once enough are shown the others are counted without a look at them.
void NearMiss::ExpectAll(const ArgumentPattern& argument) {
  for (size_t i = 0; i < argument.literals.size(); ++i) {
    if (out_->expected.size() == Explanation::kMaxExpected) {
      out_->more_expected += argument.literals.size() - i;
      return;
    }
    Expect(LiteralArgument(argument.literals[i]));
  }
}

void NearMiss::Expect(std::string pattern) {
  std::vector<std::string>& expected = out_->expected;
  if (expected.size() == Explanation::kMaxExpected) {
    ++out_->more_expected;
  } else if (std::find(expected.begin(), expected.end(), pattern) ==
             expected.end()) {
    expected.push_back(std::move(pattern));
  }
}

}  // namespace internal
}  // namespace postern
