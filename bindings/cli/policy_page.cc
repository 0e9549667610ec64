#include "bindings/cli/policy_page.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "bindings/cli/page_assets.h"
#include "bindings/cli/page_html.h"
#include "bindings/cli/page_overview.h"
#include "bindings/cli/page_sections.h"
#include "permission/approval/internal/canonical.h"

namespace postern {
namespace cli {
namespace {

constexpr size_t kMaxFactsBytes = size_t{1} << 19;

// CSP Level 3, "hash-source": the browser takes this text and no other.
std::string HashSource(absl::string_view text) {
  return absl::StrCat("'sha256-", absl::Base64Escape(internal::Sha256(text)),
                      "'");
}

std::string HeadHtml(absl::string_view title) {
  return absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
      "'none'; style-src ",
      HashSource(kPageStyle), "; script-src ", HashSource(kPageScript),
      "; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light "
      "dark\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n<title>",
      PageText(title), " - Postern</title>\n<style>", kPageStyle,
      "</style>\n</head>\n");
}

std::string Fact(absl::string_view name, absl::string_view html) {
  return absl::StrCat("<dt>", name, "</dt><dd>", html, "</dd>\n");
}

std::string Minute(absl::Time time) {
  return absl::StrCat(PageTime(time), " UTC");
}

// "9 rules in 2 layers: 6 allow, 1 asks, 2 deny."
std::string RulesInWords(const PolicySpec& spec) {
  size_t rules = 0, allow = 0, ask = 0;
  for (const Layer& layer : spec.layers) {
    rules += layer.rules.size();
    for (const Rule& rule : layer.rules) {
      allow += rule.effect == Effect::kAllow;
      ask += rule.effect == Effect::kAsk;
    }
  }
  return absl::StrCat(Counted(rules, "rule"), " in ",
                      Counted(spec.layers.size(), "layer"), ": ", allow,
                      " to allow, ", ask, " to ask, ", rules - allow - ask,
                      " to deny. What no rule grants is denied.");
}

std::string PolicyFacts(const PolicySpec& spec) {
  PageList facts(kMaxFactsBytes);
  if (!spec.base_directory.empty()) {
    facts.Add(Fact("relative paths start in", PageCode(spec.base_directory)));
  }
  for (const auto& entry : spec.variables) {
    facts.Add(
        Fact(absl::StrCat("<code>${", PageName(entry.first), "}</code> is"),
             PageCode(entry.second)));
  }
  if (facts.html().empty()) return "";
  return absl::StrCat("<dl class=\"facts\">\n", facts.html(), "</dl>\n",
                      facts.LeftOutText("variable"));
}

bool Expired(const Approval& approval, absl::Time now) {
  return approval.expires && *approval.expires <= now;
}

std::string ApprovalInWords(const ApprovalState& state, absl::Time now) {
  if (!state.approval) {
    return state.revision == 0 ? "Nothing was ever approved for this app."
                               : "The approval was revoked: nothing is "
                                 "approved for this app.";
  }
  const Approval& approval = *state.approval;
  return absl::StrCat(
      Expired(approval, now) ? "The approval has expired. Until then, "
                             : "The app has what is approved, and nothing "
                               "else: ",
      Counted(approval.requests.size(), "permission"),
      approval.csp.empty()
          ? ""
          : absl::StrCat(", ", Counted(approval.csp.size(), "word"),
                         " for its pages"),
      ".");
}

std::string ApprovalFacts(const ApprovalState& state, absl::Time now) {
  if (!state.approval) return "";
  const Approval& approval = *state.approval;
  std::string facts =
      absl::StrCat(Fact("approved by", PageName(approval.approved_by)),
                   Fact("on", Minute(approval.approved_at)));
  absl::StrAppend(
      &facts, Fact(Expired(approval, now) ? "expired on" : "until",
                   approval.expires ? Minute(*approval.expires) : "changed"));
  if (!approval.place.empty()) {
    absl::StrAppend(&facts, Fact("for the app in", PageCode(approval.place)));
  }
  absl::StrAppend(&facts, Fact("revision", absl::StrCat(state.revision)),
                  Fact("review", PageCode(approval.digest)));
  return absl::StrCat("<dl class=\"facts\">\n", facts, "</dl>\n");
}

// Hidden, as it does nothing until the script shows it.
std::string FinderHtml() {
  return "<form class=\"find\" id=\"find\" role=\"search\" hidden>\n"
         "<input id=\"words\" type=\"search\" autocomplete=\"off\" "
         "aria-label=\"Search rules, permissions, reasons and places\" "
         "placeholder=\"Search rules, reasons, places ( / )\">\n"
         "<button type=\"button\" data-says=\"allow\" "
         "aria-pressed=\"false\">allow</button>\n"
         "<button type=\"button\" data-says=\"ask\" "
         "aria-pressed=\"false\">ask</button>\n"
         "<button type=\"button\" data-says=\"deny\" "
         "aria-pressed=\"false\">deny</button>\n"
         "<output id=\"found\" for=\"words\"></output>\n</form>\n";
}

std::string HeaderHtml(const PolicyPage& page, const PolicySpec& spec,
                       size_t left_out, absl::Time now) {
  const bool app = page.app.has_value();
  return absl::StrCat(
      "<body>\n<a class=\"skip\" href=\"#rules\">Skip to the rules</a>\n"
      "<header>\n<p class=\"kind\">Postern &middot; ",
      app ? "approval" : "policy", "</p>\n<h1>", PageName(page.title),
      "</h1>\n<p class=\"lead\">",
      app ? ApprovalInWords(page.app->state, now) : RulesInWords(spec),
      "</p>\n", app ? ApprovalFacts(page.app->state, now) : "",
      app ? "" : PolicyFacts(spec),
      left_out == 0
          ? ""
          : absl::StrCat("<p class=\"cut\">This page is not complete: "
                         "it leaves out ",
                         Counted(left_out, "rule"), ".</p>\n"),
      "</header>\n");
}

std::string FooterHtml(absl::Time now) {
  return absl::StrCat(
      "<footer>\n<p>Made on ", Minute(now),
      " by <code>postern show --html</code>; it does not follow later "
      "changes. Which rule wins for one access is told by <code>postern "
      "explain</code>. Text of others is shown with escapes where it would "
      "hide: <code>\\u{202e}</code> is one character, <code>\\xff</code> one "
      "byte.</p>\n</footer>\n<script>",
      kPageScript, "</script>\n</body>\n</html>\n");
}

}  // namespace

std::string MakePolicyPage(const PolicyPage& page, absl::Time now) {
  const PolicySpec spec = page.policy->spec();
  const std::vector<PermissionExtent> extents =
      ExtentsOf(*page.policy, spec, now);
  size_t left_out = 0;
  const std::string rules = RulesSection(spec, page.app.has_value(), &left_out);
  return absl::StrCat(
      HeadHtml(page.title), HeaderHtml(page, spec, left_out, now), "<main>\n",
      FinderHtml(), OverviewSection(spec, extents),
      page.app ? "" : WarningsSection(page), rules,
      page.app ? PageWordsSection(*page.app) : "",
      DeniedSection(*page.policy, spec, extents),
      page.app ? HistorySection(*page.app) : LayersSection(spec), "</main>\n",
      FooterHtml(now));
}

}  // namespace cli
}  // namespace postern
