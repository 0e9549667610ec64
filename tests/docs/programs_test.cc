// Programs on the pages are those of docs/examples, which are compiled:
//   LANGUAGE docs/examples/FILE           all of it
//   LANGUAGE lines of docs/examples/FILE  some of its lines, in their order
//   text output                           what the last whole program prints

#include <gtest/gtest.h>
#include <stdio.h>

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "tests/docs/markdown.h"

namespace postern {
namespace {

constexpr const char* kPages[] = {
    "README.md",   "docs/contexts.md", "docs/duktape.md", "docs/files.md",
    "docs/lua.md", "docs/network.md",  "docs/process.md"};

// What a program prints; it must end well.
std::string OutputOf(const std::string& program) {
  FILE* const pipe = popen(program.c_str(), "r");
  if (pipe == nullptr) return "cannot run " + program;
  std::string output;
  for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) {
    output.push_back(static_cast<char>(c));
  }
  EXPECT_EQ(pclose(pipe), 0) << program;
  return output;
}

std::vector<std::string> LinesOf(absl::string_view text) {
  std::vector<std::string> lines;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (!line.empty()) lines.emplace_back(line);
  }
  return lines;
}

// Whatever the lines are indented by.
void ExpectLinesOf(const std::string& file, const std::string& shown) {
  const std::vector<std::string> lines = LinesOf(docs::ReadPage(file));
  size_t next = 0;
  for (const std::string& line : LinesOf(shown)) {
    while (next < lines.size() && lines[next] != line) ++next;
    EXPECT_LT(next++, lines.size()) << file << " has no line " << line;
  }
}

int CheckPage(const std::string& page) {
  int compared = 0;
  std::string program;
  for (const docs::Block& block : docs::CodeBlocks(docs::ReadPage(page))) {
    SCOPED_TRACE(absl::StrCat(page, ":", block.line, " ", block.info));
    if (block.info == "text output") {
      EXPECT_EQ(OutputOf(program), block.text);
      continue;
    }
    const size_t file_at = block.info.find("docs/examples/");
    if (file_at == block.info.npos) continue;
    const std::string file = block.info.substr(file_at);
    if (absl::StrContains(block.info, " lines of ")) {
      ExpectLinesOf(file, block.text);
    } else {
      EXPECT_EQ(docs::ReadPage(file), block.text);
      program = file.substr(0, file.rfind('.'));
    }
    ++compared;
  }
  return compared;
}

TEST(ProgramsTest, PagesShowWhatIsCompiledAndWhatItPrints) {
  for (const char* page : kPages) {
    EXPECT_GT(CheckPage(page), 0) << page << " shows no program";
  }
}

}  // namespace
}  // namespace postern
