// Links of all pages lead to what is there, and sections that the code names
// exist.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "tests/docs/markdown.h"

namespace postern {
namespace {

using std::filesystem::path;

// Every page, by its name in the checkout.
std::vector<std::string> Pages() {
  std::vector<std::string> pages = {"CHANGELOG.md", "CONTRIBUTING.md",
                                    "README.md", "SECURITY.md"};
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator("docs")) {
    if (entry.path().extension() == ".md") pages.push_back(entry.path());
  }
  return pages;
}

// Tests see copies of few files; links may lead to any.
path Checkout() {
  return std::filesystem::canonical("README.md").parent_path();
}

std::string ReadFile(const path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void CheckLink(const std::string& page, const std::string& link) {
  const std::pair<std::string, std::string> parts =
      absl::StrSplit(link, absl::MaxSplits('#', 1));
  const path target = parts.first.empty()
                          ? Checkout() / page
                          : Checkout() / path(page).parent_path() / parts.first;
  EXPECT_TRUE(std::filesystem::exists(target));
  if (parts.second.empty()) return;
  EXPECT_EQ(docs::Anchors(ReadFile(target)).count("#" + parts.second), 1u);
}

TEST(LinksTest, LeadToFilesAndSections) {
  int checked = 0;
  for (const std::string& page : Pages()) {
    for (const std::string& link : docs::Links(docs::ReadPage(page))) {
      SCOPED_TRACE(absl::StrCat(page, ": ", link));
      if (absl::StartsWith(link, "http")) continue;
      CheckLink(page, link);
      ++checked;
    }
  }
  EXPECT_GT(checked, 140) << "is the test still reading them?";
}

// docs/cli.md has what --help prints, a section for each verb.
TEST(LinksTest, EachVerbHasAPage) {
  const std::string program = docs::ReadPage("docs/cli.md");
  for (const std::string& anchor : docs::Anchors(program)) {
    if (anchor == "#the-program-postern") continue;
    const std::string page = absl::StrCat("cli/", anchor.substr(1), ".md");
    EXPECT_TRUE(std::filesystem::exists("docs/" + page)) << page;
    EXPECT_TRUE(absl::StrContains(program, absl::StrCat("](", page, ")")))
        << "the table in docs/cli.md does not name " << page;
  }
}

// What comments in the code point at.
TEST(LinksTest, SectionsThatTheCodeNamesExist) {
  const std::pair<const char*, const char*> kSections[] = {
      {"docs/design.md", "#how-a-decision-is-made"},
      {"docs/design.md", "#speed"},
      {"docs/policy_reference.md", "#patterns"},
      {"docs/policy_reference.md", "#paths"},
      {"docs/policy_reference.md", "#precedence"},
      {"docs/policy_reference.md", "#broad-requests"},
  };
  for (const auto& [page, section] : kSections) {
    EXPECT_EQ(docs::Anchors(docs::ReadPage(page)).count(section), 1u)
        << page << section;
  }
}

}  // namespace
}  // namespace postern
