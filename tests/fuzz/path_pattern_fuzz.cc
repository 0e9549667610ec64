#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "fs/path_components.h"
#include "fs/path_pattern.h"
#include "fs/path_specificity.h"
#include "fs/path_tree.h"
#include "tests/fuzz/require.h"

namespace postern {
namespace fs {
namespace {

class Collector final : public PathTree::Visitor {
 public:
  explicit Collector(PathTree::SetId wanted) : wanted_(wanted) {}
  void OnMatch(PathTree::SetId set, bool) override {
    found = found || set == wanted_;
  }
  void OnBelow(uint32_t) override {}
  void OnGuess() override {}
  bool found = false;

 private:
  const PathTree::SetId wanted_;
};

bool TreeMatches(const PathPattern& pattern, const PathComponents& path) {
  PathTree::Builder builder;
  const PathTree::SetId set = builder.Add(pattern);
  const PathTree tree = builder.Build();
  Collector collector(set);
  const PathTree::Place place = tree.Match(path, &collector);
  return collector.found || (place.exact && tree.node_set(place.node) == set) ||
         tree.subtree_set(place.node) == set;
}

// What is read the fast way is read the same.
void CheckPlain(const std::string& text,
                const absl::StatusOr<std::vector<PathPattern>>& patterns) {
  const absl::optional<PlainPath> plain = ParsePlainPath(text);
  if (!plain.has_value()) return;
  Require(patterns.ok() && patterns->size() == 1, text);
  const PathPattern pattern = ToPathPattern(*plain);
  const PathPattern& wanted = (*patterns)[0];
  Require(pattern.components == wanted.components, text);
  Require(pattern.subtree == wanted.subtree, text);
  Require(!wanted.leaves_below_open, text);
}

// A printed pattern reads back as itself, and the tree agrees with it.
void CheckPattern(const PathPattern& pattern, const PathComponents* path) {
  const std::string spelling = pattern.ToString();
  if (spelling.size() <= kMaxPathBytes) {
    const auto again = ParsePathPattern(spelling, {});
    Require(again.ok(), spelling);
    Require(again->size() == 1, spelling);
    Require((*again)[0].components == pattern.components, spelling);
    Require((*again)[0].subtree == pattern.subtree, spelling);
  }
  if (path == nullptr) return;
  const bool matches = pattern.Matches(*path);
  Require(TreeMatches(pattern, *path) == matches, spelling);
  if (matches) {
    Require(CompareSpecificity(pattern, pattern, *path) == 0, spelling);
  }
}

}  // namespace
}  // namespace fs
}  // namespace postern

// The pattern, a line break, and a path.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using postern::fs::AnyPathComponents;
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t end = input.find('\n');
  const absl::string_view text = input.substr(0, end);
  const absl::string_view name =
      end == input.npos ? absl::string_view() : input.substr(end + 1);
  auto path = std::make_unique<AnyPathComponents>();
  const bool valid = path->Split("/base", name);
  const auto patterns = postern::fs::ParsePathPattern(text, {"/base", nullptr});
  postern::fs::CheckPlain(std::string(text), patterns);
  if (!patterns.ok()) return 0;
  size_t checked = 0;
  for (const auto& pattern : *patterns) {
    if (++checked > 20) break;
    postern::fs::CheckPattern(pattern, valid ? path.get() : nullptr);
  }
  return 0;
}
