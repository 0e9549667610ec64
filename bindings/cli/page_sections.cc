#include "bindings/cli/page_sections.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bindings/cli/page_html.h"
#include "bindings/cli/page_overview.h"
#include "bindings/cli/page_rules.h"
#include "permission/approval/csp_risk.h"
#include "permission/approval/review_text.h"

namespace postern {
namespace cli {
namespace {

constexpr size_t kMaxRulesBytes = size_t{3} << 20;
constexpr size_t kMaxListBytes = size_t{1} << 19;  // of any other list

std::string Section(absl::string_view id, absl::string_view heading,
                    absl::string_view body) {
  return absl::StrCat("<section id=\"", id, "\" aria-labelledby=\"", id,
                      "-title\">\n<h2 id=\"", id, "-title\">", heading,
                      "</h2>\n", body, "</section>\n");
}

// "" around nothing.
std::string Around(absl::string_view begin, absl::string_view html,
                   absl::string_view end) {
  return html.empty() ? "" : absl::StrCat(begin, html, end);
}

std::string ListOf(const PageList& items) {
  return absl::StrCat("<ul>\n", items.html(), "</ul>\n");
}

// What a reader can fold: `list` of `count` things, those that are not left
// out.
std::string Card(absl::string_view heading, size_t count,
                 absl::string_view thing, absl::string_view list,
                 const PageList& items) {
  return absl::StrCat("<details class=\"card\" open>\n<summary><h3>", heading,
                      "</h3> <span class=\"soft\">", Counted(count, thing),
                      "</span></summary>\n", list, items.LeftOutText(thing),
                      "</details>\n");
}

// The class of a tile.
absl::string_view ClassOf(Extent extent) {
  switch (extent) {
    case Extent::kNothing:
      return "none";
    case Extent::kPart:
      return "part";
    case Extent::kMost:
      return "most";
    case Extent::kEverything:
      return "all";
    case Extent::kAsked:
      return "asked";
  }
  return "";
}

// So that colour is not all that tells them apart.
absl::string_view MarkOf(Extent extent) {
  switch (extent) {
    case Extent::kNothing:
      return "○";
    case Extent::kPart:
      return "◔";
    case Extent::kMost:
      return "◕";
    case Extent::kEverything:
      return "●";
    case Extent::kAsked:
      return "?";
  }
  return "";
}

// Whether its group shows a rule about it; else those about all do, or none.
bool HasRuleInGroup(const PolicySpec& spec, Permission permission) {
  for (const Layer& layer : spec.layers) {
    for (const Rule& rule : layer.rules) {
      if (rule.permissions != PermissionSet::All() &&
          rule.permissions.Contains(permission)) {
        return true;
      }
    }
  }
  return false;
}

std::string TileHtml(const PermissionExtent& one, bool has_group) {
  const std::string inner = absl::StrCat(
      "<code>", PermissionName(one.permission), "</code>",
      PermissionInWords(one.permission),
      "<span class=\"state\"><span aria-hidden=\"true\">", MarkOf(one.extent),
      "</span> ", ExtentInWords(one.extent), "</span>");
  return absl::StrCat(
      "<li class=\"tile ", ClassOf(one.extent), "\">",
      one.rules == 0 ? absl::StrCat("<div>", inner, "</div>")
                     : absl::StrCat("<a href=\"#group-",
                                    has_group ? GroupOf(one.permission) : "all",
                                    "\">", inner, "</a>"),
      "</li>\n");
}

std::string WarningHtml(const PolicyWarning& warning) {
  return absl::StrCat(
      "<li class=\"item\"><div class=\"row\"><strong class=\"says note\">note"
      "</strong><div>",
      PageName(warning.message), " <span class=\"chip\">",
      PageText(warning.code), "</span></div><div class=\"from\">",
      PageName(warning.source.ToString()), "</div></div></li>\n");
}

std::string GroupHtml(const PermissionGroup& group, size_t rules,
                      const PageList& list) {
  return absl::StrCat("<details class=\"card\" id=\"group-", group.name,
                      "\" open>\n<summary><h3>", group.title, "</h3> <code>",
                      group.name, "</code> <span class=\"soft\">",
                      Counted(rules, "rule"), "</span></summary>\n",
                      list.html(), list.LeftOutText("rule"), "</details>\n");
}

std::string DefaultOf(const Layer& layer) {
  const absl::string_view verb =
      layer.mode == Mode::kAudit ? " would deny" : " denies";
  return absl::StrCat("<li>Layer ", PageName(layer.name), verb,
                      " whatever none of its rules allows.</li>\n");
}

// What is denied with no rule that says so.
std::string DefaultsHtml(const Policy& policy, const PolicySpec& spec) {
  PageList list(kMaxListBytes);
  bool enforced = false;
  for (const Layer& layer : spec.layers) {
    if (layer.default_effect != Effect::kDeny) continue;
    enforced = enforced || layer.mode == Mode::kEnforce;
    list.Add(DefaultOf(layer));
  }
  std::string last;
  if (policy.unconfined()) {
    last =
        "<li>What no rule denies is allowed: the host asked for that.</li>\n";
  } else if (!enforced) {
    last =
        "<li>No layer that enforces grants anything: everything is "
        "denied.</li>\n";
  }
  return absl::StrCat("<ul class=\"plain\">\n", list.html(), last, "</ul>\n",
                      list.LeftOutText("layer"));
}

std::string UngrantedHtml(const std::vector<PermissionExtent>& extents) {
  std::string items;
  for (const PermissionExtent& one : extents) {
    if (one.extent != Extent::kNothing) continue;
    absl::StrAppend(&items, "<li><code>", PermissionName(one.permission),
                    "</code> ", PermissionInWords(one.permission), "</li>\n");
  }
  return Around("<p>Nothing grants any of these:</p>\n<ul class=\"nothing\">\n",
                items, "</ul>\n");
}

std::string DenyRulesHtml(const PolicySpec& spec) {
  const std::vector<PlacedRule> rules = DenyRules(spec);
  if (rules.empty()) return "<p>No rule denies anything.</p>\n";
  PageList list(kMaxListBytes);
  AddRules(rules, nullptr, &list);
  return Card("By rules", rules.size(), "rule", list.html(), list);
}

std::string LayerHtml(const Layer& layer) {
  return absl::StrCat(
      "<tr><th scope=\"row\">", PageName(layer.name), "</th><td>",
      Counted(layer.rules.size(), "rule"), "</td><td>",
      layer.default_effect == Effect::kDeny ? "is denied"
                                            : "is left to other layers",
      "</td><td>",
      layer.precedence == Precedence::kMostSpecific
          ? "the most specific rule"
          : "deny, then ask, then allow",
      "</td><td>",
      layer.mode == Mode::kAudit ? "is only reported" : "is enforced",
      layer.conceal ? ", as if it did not exist" : "", "</td></tr>\n");
}

std::string ChangeHtml(const ApprovalEvent& event) {
  std::string what = "revoked";
  if (event.approval) {
    what = absl::StrCat(
        "approved ", Counted(event.approval->requests.size(), "permission"),
        event.approval->csp.empty()
            ? ""
            : absl::StrCat(" and ", Counted(event.approval->csp.size(), "word"),
                           " for pages"));
  }
  return absl::StrCat("<tr><th scope=\"row\">", event.revision, "</th><td>",
                      PageTime(event.info.when), "</td><td>",
                      PageName(event.info.who), "</td><td>", what, "</td><td>",
                      PageName(event.info.note), "</td></tr>\n");
}

std::string WordHtml(const CspRequest& request, const CspRisks& risks) {
  std::string out = absl::StrCat(
      "<li class=\"item\" data-says=\"allow\"><div class=\"row\"><strong "
      "class=\"says allow\">allow</strong><div><code><bdi>",
      EscapeHtml(DescribeCsp(request)), "</bdi></code></div>");
  absl::StrAppend(&out, PageReason(request.reason));
  for (const RiskNote& note : risks.notes) {
    absl::StrAppend(&out, PageRisk(note.text));
  }
  return absl::StrCat(out, "</div></li>\n");
}

}  // namespace

std::string OverviewSection(const PolicySpec& spec,
                            const std::vector<PermissionExtent>& extents) {
  std::string tiles;
  size_t denied = 0;
  for (const PermissionExtent& one : extents) {
    if (one.extent == Extent::kNothing) {
      ++denied;
    } else {
      absl::StrAppend(&tiles,
                      TileHtml(one, HasRuleInGroup(spec, one.permission)));
    }
  }
  return Section(
      "overview", "At a glance",
      absl::StrCat(Around("<ul class=\"tiles\">\n", tiles, "</ul>\n"),
                   "<p class=\"soft\">", denied, " of ", extents.size(),
                   " permissions are <a href=\"#denied\">denied</a> whole.</p>"
                   "\n"));
}

std::string WarningsSection(const PolicyPage& page) {
  if (page.warnings.empty()) return "";
  PageList list(kMaxListBytes);
  for (const PolicyWarning& warning : page.warnings) {
    list.Add(WarningHtml(warning));
  }
  return Section("warnings", "Warnings",
                 Card("What its author should know", page.warnings.size(),
                      "warning", ListOf(list), list));
}

std::string RulesSection(const PolicySpec& spec, bool with_risks,
                         size_t* left_out) {
  internal::TrialBudget budget;
  std::string groups;
  *left_out = 0;
  for (const PermissionGroup& group : PermissionGroups()) {
    const std::vector<PlacedRule> rules = RuleTree(spec, group.name);
    if (rules.empty()) continue;
    PageList list(kMaxRulesBytes - std::min(kMaxRulesBytes, groups.size()));
    AddRules(rules, with_risks ? &budget : nullptr, &list);
    *left_out += list.left_out();
    absl::StrAppend(&groups, GroupHtml(group, rules.size(), list));
  }
  return Section("rules", with_risks ? "What is approved" : "Rules",
                 groups.empty() ? "<p>There are no rules.</p>\n" : groups);
}

std::string DeniedSection(const Policy& policy, const PolicySpec& spec,
                          const std::vector<PermissionExtent>& extents) {
  return Section("denied", "What is denied",
                 absl::StrCat(DefaultsHtml(policy, spec),
                              UngrantedHtml(extents), DenyRulesHtml(spec)));
}

std::string LayersSection(const PolicySpec& spec) {
  if (spec.layers.empty()) return "";
  PageList list(kMaxListBytes);
  for (const Layer& layer : spec.layers) list.Add(LayerHtml(layer));
  return Section(
      "layers", "Layers",
      absl::StrCat(
          "<p>An access is granted if every layer grants it: a layer "
          "more can only take away.</p>\n<table>\n<thead><tr>"
          "<th scope=\"col\">layer</th><th scope=\"col\">holds</th>"
          "<th scope=\"col\">what no rule matches</th>"
          "<th scope=\"col\">of its rules wins</th>"
          "<th scope=\"col\">what it denies</th></tr></thead>\n<tbody>\n",
          list.html(), "</tbody>\n</table>\n", list.LeftOutText("layer")));
}

std::string PageWordsSection(const AppOnPage& app) {
  if (!app.state.approval || app.state.approval->csp.empty()) return "";
  const std::vector<CspRequest>& words = app.state.approval->csp;
  const std::vector<CspRisks> risks = CspAssessor().Assess(words);
  PageList list(kMaxListBytes);
  for (size_t i = 0; i < words.size(); ++i) {
    list.Add(WordHtml(words[i], i < risks.size() ? risks[i] : CspRisks()));
  }
  return Section("pages", "For its pages",
                 Card("Content-Security-Policy", words.size(), "word",
                      ListOf(list), list));
}

std::string HistorySection(const AppOnPage& app) {
  if (app.history.empty()) return "";
  PageList list(kMaxListBytes);
  for (auto event = app.history.rbegin(); event != app.history.rend();
       ++event) {
    list.Add(ChangeHtml(*event));
  }
  return Section(
      "history", "History",
      absl::StrCat("<table>\n<thead><tr><th scope=\"col\">revision</th>"
                   "<th scope=\"col\">when (UTC)</th><th scope=\"col\">who</th>"
                   "<th scope=\"col\">what</th><th scope=\"col\">note</th></tr>"
                   "</thead>\n<tbody>\n",
                   list.html(), "</tbody>\n</table>\n",
                   list.LeftOutText("older change")));
}

}  // namespace cli
}  // namespace postern
