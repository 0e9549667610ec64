#include "bindings/cli/policy_page.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "fs/base/utf8.h"
#include "gtest/gtest.h"
#include "permission/approval/internal/canonical.h"
#include "permission/builder.h"
#include "permission/text/display.h"
#include "tests/bindings/cli/page_testing.h"
#include "tests/permission/approval/approval_testing.h"

namespace postern {
namespace cli {
namespace {

PolicyPage PageOf(std::vector<Layer> layers) {
  PolicySpec spec;
  spec.layers = std::move(layers);
  PolicyPage page;
  page.title = "p.textproto";
  page.policy = PolicyBuilder(std::move(spec)).Build().value();
  page.warnings = page.policy->warnings();
  return page;
}

std::string Between(absl::string_view text, absl::string_view begin,
                    absl::string_view end) {
  const size_t from = text.find(begin);
  if (from == text.npos) return "";
  const size_t at = from + begin.size();
  return std::string(text.substr(at, text.find(end, at) - at));
}

// All that a browser takes for markup, whatever text stands between: where a
// guest's bytes make any, this differs.
std::string Markup(absl::string_view html) {
  std::string out;
  bool inside = false;
  for (const char c : html) {
    inside = inside || c == '<';
    if (inside) out += c;
    if (c == '>') inside = false;
  }
  return out;
}

// A policy with `bytes` wherever one has any, and `argument` in its pattern.
PolicySpec SpecWith(const std::string& bytes, const std::string& argument) {
  PolicySpec spec;
  spec.layers = {Grants({})};
  spec.layers[0].name = bytes;
  Rule rule =
      MakeRule(Effect::kAllow, "plugin.call",
               RulePattern::Call("exec.in.run", {argument}, CallForm::kList));
  rule.reason = bytes;
  rule.source.name = bytes;
  rule.limits.session = bytes;
  spec.layers[0].rules.push_back(rule);
  rule.limits = RuleLimits();
  rule.effect = Effect::kDeny;
  spec.layers[0].rules.push_back(rule);
  return spec;
}

PolicyPage PageWith(const std::string& bytes) {
  absl::StatusOr<std::shared_ptr<const Policy>> policy =
      PolicyBuilder(SpecWith(bytes, absl::StrReplaceAll(
                                        bytes, {{"*", "\\*"}, {"\\", "\\\\"}})))
          .Build();
  // No policy holds some patterns.
  if (!policy.ok()) policy = PolicyBuilder(SpecWith(bytes, "x")).Build();
  PolicyPage page;
  page.title = bytes;
  page.policy = policy.value();
  page.warnings.push_back(
      PolicyWarning{"code", bytes, page.policy->FindRule(0)->source});
  return page;
}

AppOnPage AppWith(const std::string& bytes) {
  AppOnPage app;
  app.state = InForce(3, MakeApproval("notes.acme", {}));
  app.state.approval->approved_by = bytes;
  app.state.approval->place = bytes;
  app.state.approval->csp = {PageRequest("img-src https://a.test", bytes)};
  ApprovalEvent event;
  event.revision = 3;
  event.approval = app.state.approval;
  event.info = ChangeInfo{bytes, At(0), bytes};
  app.history = {event};
  return app;
}

const char kBenign[] = "x";
const std::string& Hostile(size_t i) {
  static const auto* const kNames = new std::vector<std::string>{
      "</script><img src=x onerror=alert(1)>",
      "\"><script>alert(1)</script>",
      "'\"--><!--<style>*{display:none}</style>",
      "</title></style></textarea><svg/onload=alert(1)>",
      "&lt;b&gt; &#60;img&#62; &amp;",
      "a\xe2\x80\xae"
      "b\xe2\x81\xa6"
      "c\xe2\x80\x8b",
      std::string("nul\0nul<\0b>", 11),
      "\xff\xfe<\xc0\xbcimg>\xed\xa0\x80",
      "line\nline\r\xe2\x80\xa8line\t",
      "   spaces      spaces   ",
      std::string(100 * 1024, '<'),
      std::string(100 * 1024, '\0'),
  };
  return (*kNames)[i];
}
constexpr size_t kHostile = 12;

bool IsCleanText(absl::string_view page) {
  for (size_t at = 0, length; at < page.size(); at += length) {
    uint32_t code = 0;
    length = fs::DecodeUtf8(page.substr(at), &code);
    if (length == 0) return false;
    if (code != '\n' && internal::IsHiddenCharacter(code)) return false;
  }
  return true;
}

TEST(PolicyPageTest, NamesAreNeverMarkup) {
  const std::string markup = Markup(MakePolicyPage(PageWith(kBenign), At(0)));
  for (size_t i = 0; i < kHostile; ++i) {
    SCOPED_TRACE(Hostile(i).substr(0, 60));
    const std::string page = MakePolicyPage(PageWith(Hostile(i)), At(0));
    EXPECT_EQ(Markup(page), markup);
    EXPECT_TRUE(IsCleanText(page));
    EXPECT_LT(page.size(), kMaxPageBytes);
  }
}

TEST(PolicyPageTest, NorAreThoseOfApprovals) {
  PolicyPage page = PageWith(kBenign);
  page.app = AppWith(kBenign);
  const std::string markup = Markup(MakePolicyPage(page, At(0)));
  for (size_t i = 0; i < kHostile; ++i) {
    SCOPED_TRACE(Hostile(i).substr(0, 60));
    page = PageWith(Hostile(i));
    page.app = AppWith(Hostile(i));
    const std::string html = MakePolicyPage(page, At(0));
    EXPECT_EQ(CountOf(html, "<script"), 1u);
    EXPECT_EQ(CountOf(html, "<img"), 0u);
    EXPECT_TRUE(IsCleanText(html));
    EXPECT_LT(html.size(), kMaxPageBytes);
    if (i + 2 < kHostile) {  // risks of the call differ for 100 KB
      EXPECT_EQ(CountOf(Markup(html), "<bdi>"), CountOf(markup, "<bdi>"));
    }
  }
}

TEST(PolicyPageTest, AllowsItsOwnStyleAndScriptAndNothingElse) {
  const std::string page = MakePolicyPage(PageOf({Grants({})}), At(0));
  const auto hash = [&](absl::string_view begin, absl::string_view end) {
    return absl::StrCat(
        "'sha256-",
        absl::Base64Escape(internal::Sha256(Between(page, begin, end))), "'");
  };
  EXPECT_EQ(Between(page, "Content-Security-Policy\" content=\"", "\""),
            absl::StrCat("default-src 'none'; style-src ",
                         hash("<style>", "</style>"), "; script-src ",
                         hash("<script>", "</script>"),
                         "; base-uri 'none'; form-action 'none'"));
  EXPECT_FALSE(absl::StrContains(page, "http:")) << "loads nothing";
  EXPECT_FALSE(absl::StrContains(page, "https:"));
  EXPECT_FALSE(absl::StrContains(page, " style="));
  EXPECT_FALSE(absl::StrContains(page, "url("));
}

TEST(PolicyPageTest, SaysWhatItLeavesOut) {
  std::vector<Rule> rules;
  for (int i = 0; i < 400; ++i) {
    rules.push_back(PathRule(i % 2 == 0 ? Effect::kAllow : Effect::kDeny,
                             "fs.read", absl::StrCat("/srv/", i)));
    rules.back().reason = std::string(100 * 1024, '\0');
  }
  const std::string page = MakePolicyPage(PageOf({Grants(rules)}), At(0));
  EXPECT_LT(page.size(), kMaxPageBytes);
  EXPECT_TRUE(absl::StrContains(page, "400 rules in 1 layer"));
  const std::string left_out =
      Between(page, "This page is not complete: it leaves out ", " rules.");
  EXPECT_GT(std::stoi(left_out), 0);
  EXPECT_EQ(
      std::stoi(left_out) + CountOf(Between(page, "id=\"rules\"", "</section>"),
                                    "<li class=\"item\""),
      400u);
  EXPECT_TRUE(absl::StrContains(page, " ... (102400 bytes in all)"));
  EXPECT_EQ(CountOf(page, "<li"), CountOf(page, "</li>"));
  EXPECT_EQ(CountOf(page, "<ul"), CountOf(page, "</ul>"));
}

TEST(PolicyPageTest, TellsEveryRuleWithItsPlace) {
  Layer top = Grants({PathRule(Effect::kDeny, "fs", "/srv/app/keys")});
  top.name = "site";
  top.default_effect = Effect::kAllow;
  top.mode = Mode::kAudit;
  Rule asked = MakeRule(Effect::kAsk, "net.connect",
                        RulePattern::Text("example.org:443"));
  asked.reason = "to look for updates";
  asked.limits.expires = At(60);
  const std::string page = MakePolicyPage(
      PageOf({Grants({PathRule(Effect::kAllow, "fs.read", "/srv/app"), asked}),
              top}),
      At(0));
  for (const char* want :
       {"3 rules in 2 layers: 1 to allow, 1 to ask, 1 to deny",
        "<code><bdi>/srv/app</bdi></code> <bdi class=\"soft\">and all beneath "
        "it</bdi>",
        "“<bdi>to look for updates</bdi>”", "only before 2023-11-14 22:14 UTC",
        "<bdi>p.textproto:7</bdi>", "layer <bdi>site</bdi>, which only reports",
        "Layer <bdi>grants</bdi> denies whatever none of its rules allows",
        "<li><code>fs.write</code> create, change and remove files</li>"}) {
    EXPECT_TRUE(absl::StrContains(page, want)) << want;
  }
}

TEST(PolicyPageTest, AppsWithoutApprovalHaveNothing) {
  PolicyPage page = PageOf({Grants({})});
  page.app = AppOnPage();
  page.app->state.revision = 4;
  EXPECT_TRUE(absl::StrContains(MakePolicyPage(page, At(0)),
                                "The approval was revoked: nothing is "));
  page.app->state = InForce(5, MakeApproval("notes.acme", {}));
  page.app->state.approval->expires = At(9);
  EXPECT_TRUE(absl::StrContains(MakePolicyPage(page, At(0)), "<dt>until</dt>"));
  EXPECT_TRUE(absl::StrContains(MakePolicyPage(page, At(9)),
                                "The approval has expired."));
}

}  // namespace
}  // namespace cli
}  // namespace postern
