#include "tests/docs/markdown.h"

#include <fstream>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"

namespace postern {
namespace docs {
namespace {

constexpr absl::string_view kFence = "```";

// Calls visit(line, number) for every line outside of fenced blocks.
template <typename Visit>
void ForEachLine(absl::string_view markdown, Visit visit) {
  bool fenced = false;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(markdown, '\n')) {
    ++number;
    if (absl::StartsWith(line, kFence)) {
      fenced = !fenced;
    } else if (!fenced) {
      visit(line, number);
    }
  }
}

std::string AnchorOf(absl::string_view heading) {
  std::string anchor = "#";
  for (char c : heading) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' ||
        c == '_') {
      anchor.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
    } else if (c == ' ') {
      anchor.push_back('-');
    }
  }
  return anchor;
}

}  // namespace

std::vector<Block> CodeBlocks(absl::string_view markdown) {
  std::vector<Block> blocks;
  bool fenced = false;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(markdown, '\n')) {
    ++number;
    if (absl::StartsWith(line, kFence)) {
      fenced = !fenced;
      absl::ConsumePrefix(&line, kFence);
      if (fenced) blocks.push_back({std::string(line), "", number});
    } else if (fenced) {
      absl::StrAppend(&blocks.back().text, line, "\n");
    }
  }
  EXPECT_FALSE(fenced) << "a block without its end";
  return blocks;
}

std::set<std::string> Anchors(absl::string_view markdown) {
  std::set<std::string> anchors;
  ForEachLine(markdown, [&](absl::string_view line, int) {
    if (!absl::StartsWith(line, "#")) return;
    line.remove_prefix(line.find_first_not_of('#'));
    EXPECT_TRUE(
        anchors.insert(AnchorOf(absl::StripAsciiWhitespace(line))).second)
        << "two headings \"" << line << "\"";
  });
  return anchors;
}

std::vector<std::string> Links(absl::string_view markdown) {
  std::vector<std::string> links;
  ForEachLine(markdown, [&](absl::string_view line, int) {
    for (size_t at = line.find("]("); at != line.npos;
         at = line.find("](", at + 1)) {
      const size_t end = line.find(')', at);
      if (end == line.npos) continue;
      links.push_back(std::string(line.substr(at + 2, end - at - 2)));
    }
  });
  return links;
}

std::string ReadPage(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace docs
}  // namespace postern
