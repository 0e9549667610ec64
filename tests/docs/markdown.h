#ifndef POSTERN_TESTS_DOCS_MARKDOWN_H_
#define POSTERN_TESTS_DOCS_MARKDOWN_H_

#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace postern {
namespace docs {

// A fenced block: what stands behind the opening fence, what stands between
// the fences, and the line of the opening one, from 1.
struct Block {
  std::string info;
  std::string text;
  int line;
};

std::vector<Block> CodeBlocks(absl::string_view markdown);

// The anchors of the headings, as GitHub makes them: "#how-it-works".
std::set<std::string> Anchors(absl::string_view markdown);

// Targets of the links "[text](target)", outside of fenced blocks.
std::vector<std::string> Links(absl::string_view markdown);

// The file at `path` in the runfiles; fails the test if there is none.
std::string ReadPage(const std::string& path);

}  // namespace docs
}  // namespace postern

#endif  // POSTERN_TESTS_DOCS_MARKDOWN_H_
