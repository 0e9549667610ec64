// Every example of the documentation is read by the real parsers. What stands
// behind a fence says what its block is:
//   textproto policy, json policy   loads and builds, without a warning
//   textproto manifest              loads; all of it is then approved
//   sh flags                        each line is a command line's flags
//   ... refused                     of the above: does not load or build, with
//                                   the message in the `text message` after it
//   sh refused flags                lines of flags, each with its message as a
//                                   comment in the line after it
//   text warnings                   codes that the last policy warns of
//   text decisions                  what the last policy, or an approval of all
//                                   of the last manifest, answers
//   text order                      a path, then patterns that match it, the
//                                   most specific first

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "permission/analysis/decision_line.h"
#include "permission/approval/approval.h"
#include "permission/approval/manifest_proto.h"
#include "permission/approval/review.h"
#include "permission/builder.h"
#include "permission/flags.h"
#include "permission/proto/policy_proto.h"
#include "tests/docs/markdown.h"

namespace postern {
namespace {

using docs::Block;
using PolicyPtr = std::shared_ptr<const Policy>;

constexpr const char* kPages[] = {"README.md", "docs/network.md",
                                  "docs/policy_reference.md"};

// The words of a command line: '...' keeps everything, "..." too.
std::vector<std::string> ShellWords(absl::string_view line) {
  std::vector<std::string> words;
  char quote = 0;
  bool open = false;
  for (char c : line) {
    if (quote == 0 && c == ' ') {
      open = false;
      continue;
    }
    if (!open) words.emplace_back();
    open = true;
    if (c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else {
      words.back().push_back(c);
    }
  }
  EXPECT_EQ(quote, 0) << line;
  return words;
}

class PageChecker {
 public:
  void Check(const Block& block) {
    if (block.info == "text decisions") return CheckDecisions(block.text);
    if (block.info == "text warnings") return CheckWarnings(block.text);
    if (block.info == "text message") return CheckMessage(block.text);
    if (block.info == "text order") return CheckOrder(block.text);
    EXPECT_EQ(message_, "") << "not shown in a block \"text message\"";
    if (block.info == "sh flags") return LoadFlags(block.text);
    if (block.info == "sh refused flags") return RefuseFlags(block.text);
    Load(block);
  }

  // Nothing is left that should have been followed by another block.
  void Finish() {
    EXPECT_EQ(message_, "");
    EXPECT_TRUE(warnings_.empty()) << absl::StrJoin(warnings_, " ");
  }

  int examples() const { return examples_; }

 private:
  void Load(const Block& block) {
    absl::string_view info = block.info;
    const bool refused = absl::ConsumeSuffix(&info, " refused");
    absl::StatusOr<PolicyPtr> policy;
    if (info == "textproto policy") {
      policy = Build(ParsePolicyText(block.text, "app.textproto"));
    } else if (info == "json policy") {
      policy = Build(ParsePolicyJson(block.text, "app.json"));
    } else if (info == "textproto manifest") {
      policy = Approved(ParseManifestText(block.text, "manifest.textproto"));
    } else {
      EXPECT_FALSE(refused || absl::StrContains(info, "policy") ||
                   absl::StrContains(info, "manifest"))
          << "unknown kind of block";
      return;
    }
    if (refused) {
      EXPECT_FALSE(policy.ok()) << block.text;
      message_ = std::string(policy.status().message());
      ++examples_;
    } else {
      Use(policy);
    }
  }

  static absl::StatusOr<PolicyPtr> Build(absl::StatusOr<PolicySpec> spec) {
    if (!spec.ok()) return spec.status();
    return PolicyBuilder(*std::move(spec)).Build();
  }

  // The policy that an approval of everything makes, for an app with its data
  // in /var/lib/app.
  static absl::StatusOr<PolicyPtr> Approved(absl::StatusOr<Manifest> manifest) {
    if (!manifest.ok()) return manifest.status();
    const auto review =
        MakeReview(*manifest, ApprovalState(), absl::UnixEpoch());
    if (!review.ok()) return review.status();
    const auto approval =
        Approve(*review, review->digest, EverythingRequested(*review),
                {"the owner", absl::UnixEpoch(), absl::nullopt});
    if (!approval.ok()) return approval.status();
    PolicySpec spec;
    spec.variables["APP_DATA"] = "/var/lib/app";
    spec.layers.emplace_back();
    spec.layers[0].name = "grants";
    spec.layers[0].rules = ApprovalRules(*approval);
    return PolicyBuilder(std::move(spec)).Build();
  }

  void Use(const absl::StatusOr<PolicyPtr>& policy) {
    ++examples_;
    EXPECT_TRUE(policy.ok()) << policy.status();
    EXPECT_TRUE(warnings_.empty()) << absl::StrJoin(warnings_, " ");
    policy_ = policy.ok() ? *policy : nullptr;
    warnings_.clear();
    if (policy_ == nullptr) return;
    for (const PolicyWarning& w : policy_->warnings()) {
      warnings_.push_back(w.code);
    }
  }

  static absl::StatusOr<PolicyPtr> BuildFlags(
      absl::string_view line, std::vector<PolicyWarning>* warnings) {
    const auto flags = ParseFlags(ShellWords(line));
    if (!flags.ok()) return flags.status();
    EXPECT_TRUE(flags->rest.empty()) << line;
    *warnings = flags->warnings;
    return PolicyBuilder().AddLayer(flags->layer).Build();
  }

  void LoadFlags(const std::string& text) {
    for (absl::string_view line : absl::StrSplit(text, '\n')) {
      if (line.empty() || line[0] == '#') continue;
      std::vector<PolicyWarning> warnings;
      Use(BuildFlags(line, &warnings));
      for (const PolicyWarning& w : warnings) warnings_.push_back(w.code);
    }
  }

  void RefuseFlags(const std::string& text) {
    for (absl::string_view line : absl::StrSplit(text, '\n')) {
      if (absl::ConsumePrefix(&line, "# ")) {
        CheckMessage(absl::StrCat(line, "\n"));
      } else if (!line.empty()) {
        EXPECT_EQ(message_, "");
        ++examples_;
        std::vector<PolicyWarning> warnings;
        message_ = std::string(BuildFlags(line, &warnings).status().message());
        EXPECT_NE(message_, "") << line;
      }
    }
  }

  void CheckMessage(const std::string& text) {
    // A long message may be folded after a space, and cut with "...".
    const std::string joined = absl::StrJoin(absl::StrSplit(text, '\n'), " ");
    absl::string_view shown = absl::StripAsciiWhitespace(joined);
    if (absl::ConsumeSuffix(&shown, "...")) {
      message_.resize(std::min(message_.size(), shown.size()));
    }
    EXPECT_EQ(shown, message_);
    message_.clear();
  }

  void CheckWarnings(const std::string& text) {
    EXPECT_EQ(absl::StrJoin(warnings_, "\n") + "\n", text);
    warnings_.clear();
  }

  void CheckDecisions(const std::string& text) {
    ASSERT_NE(policy_, nullptr);
    for (absl::string_view text_line : absl::StrSplit(text, '\n')) {
      SCOPED_TRACE(std::string(text_line));
      const auto line = ParseDecisionLine(text_line);
      ASSERT_TRUE(line.ok()) << line.status();
      if (*line == nullptr) continue;
      EXPECT_EQ(DecisionName(policy_->Check((*line)->question->access())),
                (*line)->expected);
      ++examples_;
    }
  }

  void CheckOrder(const std::string& text) {
    const std::vector<std::string> lines =
        absl::StrSplit(text, '\n', absl::SkipEmpty());
    for (size_t i = 1; i < lines.size(); ++i) {
      for (size_t j = i + 1; j < lines.size(); ++j) {
        SCOPED_TRACE(absl::StrCat(lines[i], " before ", lines[j]));
        EXPECT_EQ(AnswerOfFirst(lines[0], lines[i], lines[j]), "allow");
        EXPECT_EQ(AnswerOfFirst(lines[0], lines[j], lines[i]), "deny");
      }
      ++examples_;
    }
  }

  // Of two rules, one that allows and one that denies, in one layer.
  static std::string AnswerOfFirst(absl::string_view path,
                                   absl::string_view allowed,
                                   absl::string_view denied) {
    const PermissionSet read(Permission::kFsRead);
    PolicySpec spec;
    spec.lenient_wildcards = true;
    spec.layers.emplace_back();
    spec.layers[0].name = "grants";
    spec.layers[0].precedence = Precedence::kMostSpecific;
    for (const auto& [effect, pattern] :
         {std::make_pair(Effect::kAllow, allowed),
          std::make_pair(Effect::kDeny, denied)}) {
      Rule rule;
      rule.effect = effect;
      rule.permissions = read;
      rule.pattern = RulePattern::Text(pattern);
      spec.layers[0].rules.push_back(std::move(rule));
    }
    const auto policy = PolicyBuilder(std::move(spec)).Build();
    if (!policy.ok()) return policy.status().ToString();
    return DecisionName(
        (*policy)->Check(Access::Path(Permission::kFsRead, path)));
  }

  PolicyPtr policy_;
  std::vector<std::string> warnings_;
  std::string message_;
  int examples_ = 0;
};

TEST(DocsTest, EveryExampleIsAsItSays) {
  for (const char* page : kPages) {
    PageChecker checker;
    for (const Block& block : docs::CodeBlocks(docs::ReadPage(page))) {
      SCOPED_TRACE(absl::StrCat(page, ":", block.line, " ", block.info));
      checker.Check(block);
    }
    checker.Finish();
    std::cout << page << ": " << checker.examples() << " examples\n";
    if (page == kPages[2]) {
      EXPECT_GT(checker.examples(), 100) << "is the test still reading them?";
    }
  }
}

}  // namespace
}  // namespace postern
