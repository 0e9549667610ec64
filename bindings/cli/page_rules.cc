#include "bindings/cli/page_rules.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "bindings/cli/page_overview.h"
#include "permission/approval/review_text.h"
#include "permission/approval/risk.h"
#include "permission/text/display.h"
#include "permission/text/reported.h"

namespace postern {
namespace cli {
namespace {

using internal::QuoteForDisplay;

// What `permissions` has of the group; all of it only for "all".
PermissionSet InGroup(PermissionSet permissions, absl::string_view group) {
  if (permissions == PermissionSet::All() || group == "all") {
    return group == "all" && permissions == PermissionSet::All()
               ? permissions
               : PermissionSet();
  }
  PermissionSet in;
  for (int i = 1; i < kPermissionLimit; ++i) {
    const Permission permission = static_cast<Permission>(i);
    if (permissions.Contains(permission) && GroupOf(permission) == group) {
      in = in | PermissionSet(permission);
    }
  }
  return in;
}

// See PlacedRule::path.
std::string PathOf(const PlacedRule& placed, const PolicySpec& spec) {
  if (placed.rule->pattern.kind() != RulePattern::Kind::kText ||
      (placed.permissions & PathPermissions()) != placed.permissions) {
    return "";
  }
  std::string path(absl::StripPrefix(placed.rule->pattern.text(), "exact:"));
  for (const auto& entry : spec.variables) {
    path = absl::StrReplaceAll(
        path, {{absl::StrCat("${", entry.first, "}"), entry.second}});
  }
  if (absl::StartsWith(path, "/")) return path;
  return absl::StrCat(spec.base_directory, "/", path);
}

// The first is written as a folder in which the second lies.
bool IsBeneath(const PlacedRule& folder, const PlacedRule& rule) {
  if (folder.path.empty()) return false;
  const absl::string_view above = absl::StripSuffix(folder.path, "/");
  return rule.path.size() > above.size() + 1 &&
         rule.path[above.size()] == '/' && absl::StartsWith(rule.path, above);
}

// Puts what lies in a folder right behind it.
std::string SortKey(const PlacedRule& placed) {
  const RulePattern& pattern = placed.rule->pattern;
  if (pattern.kind() == RulePattern::Kind::kWhole) return "";
  return absl::StrReplaceAll(
      placed.path.empty() ? pattern.ToString() : placed.path,
      {{"/", absl::string_view("\0", 1)}});
}

void SetDepths(std::vector<PlacedRule>* rules) {
  std::vector<const PlacedRule*> above;
  for (PlacedRule& rule : *rules) {
    while (!above.empty() && !IsBeneath(*above.back(), rule)) above.pop_back();
    rule.depth = std::min(above.size(), kMaxDepth);
    above.push_back(&rule);
  }
}

// What a description of a pattern says beside the pattern's own text.
std::string Remark(const RulePattern& pattern, const std::string& described) {
  absl::string_view rest = described;
  if (!absl::ConsumePrefix(&rest, QuoteForDisplay(pattern.text()))) return "";
  absl::ConsumePrefix(&rest, ",");
  return EscapeHtml(absl::StripPrefix(rest, " "));
}

std::string PatternHtml(const PlacedRule& placed) {
  const RulePattern& pattern = placed.rule->pattern;
  const std::string text = pattern.ToString();
  if (text.size() > kMaxReportedBytes) return PageCode(text);
  const std::string described = DescribePattern(placed.permissions, pattern);
  switch (pattern.kind()) {
    case RulePattern::Kind::kWhole:
      return EscapeHtml(described);
    case RulePattern::Kind::kText:
    case RulePattern::Kind::kResolving:
      return absl::StrCat(PageCode(pattern.text()), " <bdi class=\"soft\">",
                          Remark(pattern, described), "</bdi>");
    case RulePattern::Kind::kCall:
    case RulePattern::Kind::kSecret:
      return absl::StrCat("<code><bdi>", EscapeHtml(described),
                          "</bdi></code>");
  }
  return "";
}

std::string LimitsHtml(const RuleLimits& limits) {
  std::string out;
  if (limits.expires) {
    absl::StrAppend(
        &out, PageNote(absl::StrCat("only before ", PageTime(*limits.expires),
                                    " UTC")));
  }
  if (limits.uses) {
    absl::StrAppend(
        &out, PageNote(absl::StrCat("only ",
                                    Counted(limits.uses->left(), "more use"))));
  }
  if (!limits.session.empty()) {
    absl::StrAppend(&out, PageNote(absl::StrCat("only in session ",
                                                PageName(limits.session))));
  }
  return out;
}

std::string RisksHtml(const PlacedRule& placed,
                      internal::TrialBudget* risk_budget) {
  std::string out;
  if (risk_budget == nullptr || placed.rule->effect == Effect::kDeny)
    return out;
  for (const RiskNote& note :
       RisksOf(placed.permissions, placed.rule->pattern, risk_budget)) {
    absl::StrAppend(&out, PageRisk(note.text));
  }
  return out;
}

std::string FromHtml(const PlacedRule& placed) {
  return absl::StrCat(
      "<div class=\"from\">", PageName(placed.rule->source.ToString()),
      "<br>layer ", PageName(placed.layer->name),
      placed.layer->mode == Mode::kAudit ? ", which only reports" : "",
      "</div>");
}

// An item of a list, which is left open for what lies beneath.
std::string ItemHtml(const PlacedRule& placed,
                     internal::TrialBudget* risk_budget) {
  const absl::string_view effect = EffectName(placed.rule->effect);
  return absl::StrCat(
      "<li class=\"item\" data-says=\"", effect,
      "\"><div class=\"row\"><strong class=\"says ", effect, "\">", effect,
      "</strong><div>", PatternHtml(placed), " <span class=\"chip\">",
      placed.permissions.ToString(), "</span></div>", FromHtml(placed),
      PageReason(placed.rule->reason), LimitsHtml(placed.rule->limits),
      RisksHtml(placed, risk_budget), "</div>");
}

// What stands between two items: `open` of them have no end, and the next one
// is to stand in `depth` of them.
std::string StepTo(size_t depth, size_t open) {
  if (depth == open) return depth == 0 ? "" : "<ul>\n";
  std::string out = "</li>\n";
  for (; open > depth + 1; --open) absl::StrAppend(&out, "</ul>\n</li>\n");
  return out;
}

}  // namespace

std::vector<PlacedRule> RuleTree(const PolicySpec& spec,
                                 absl::string_view group) {
  std::vector<std::pair<std::string, PlacedRule>> keyed;
  for (const Layer& layer : spec.layers) {
    for (const Rule& rule : layer.rules) {
      const PermissionSet in = InGroup(rule.permissions, group);
      if (in.empty()) continue;
      PlacedRule placed{&layer, &rule, in, 0, ""};
      placed.path = PathOf(placed, spec);
      keyed.emplace_back(SortKey(placed), std::move(placed));
    }
  }
  std::stable_sort(
      keyed.begin(), keyed.end(),
      [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<PlacedRule> rules;
  for (auto& entry : keyed) rules.push_back(std::move(entry.second));
  SetDepths(&rules);
  return rules;
}

std::vector<PlacedRule> DenyRules(const PolicySpec& spec) {
  std::vector<PlacedRule> rules;
  for (const Layer& layer : spec.layers) {
    for (const Rule& rule : layer.rules) {
      if (rule.effect != Effect::kDeny) continue;
      rules.push_back(PlacedRule{&layer, &rule, rule.permissions, 0, ""});
    }
  }
  return rules;
}

void AddRules(const std::vector<PlacedRule>& rules,
              internal::TrialBudget* risk_budget, PageList* list) {
  list->Wrap("<ul>\n");
  size_t open = 0;  // items that have no end yet
  for (const PlacedRule& rule : rules) {
    if (list->left_out() > 0) {
      list->Add("");
    } else if (list->Add(absl::StrCat(StepTo(rule.depth, open),
                                      ItemHtml(rule, risk_budget)))) {
      open = rule.depth + 1;
    }
  }
  if (open == 0) list->Wrap("</ul>\n");
  for (; open > 0; --open) list->Wrap("</li>\n</ul>\n");
}

}  // namespace cli
}  // namespace postern
