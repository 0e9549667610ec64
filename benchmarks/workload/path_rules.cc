#include "benchmarks/workload/path_rules.h"

#include <algorithm>
#include <random>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace postern {
namespace benchmarks {
namespace {

// Directories to draw from for each one that a rule grants.
constexpr size_t kSpareDirectories = 10;
// Leaves room for names beneath in a query.
constexpr size_t kMaxDirectoryBytes = 60;

// Some wildcard that matches `name` and probably some of its siblings.
std::string Widen(absl::string_view name) {
  const size_t dot = name.rfind('.');
  if (dot != name.npos && dot > 0) return absl::StrCat("*", name.substr(dot));
  return absl::StrCat(name.substr(0, 2), "*");
}

// `path` with a wildcard in one of the last two components.
std::string WithWildcard(const std::string& path, uint64_t random) {
  std::vector<std::string> names = absl::StrSplit(path, '/');
  const size_t last = names.size() - 1;
  switch (random % 4) {
    case 0:
      names[last - 1] = "*";
      break;
    case 1:
      names[last - 1] = "**";
      break;
    default:
      names[last] = Widen(names[last]);
  }
  return absl::StrJoin(names, "/");
}

class RuleMaker {
 public:
  RuleMaker(const FileTree& tree, Mix mix, size_t count, uint64_t seed)
      : tree_(tree, count), period_(WildcardPeriod(mix)), random_(seed) {}

  void AddSubtrees(size_t count) {
    Add(count, [this](PathRule* rule) {
      rule->subtree = true;
      do {
        rule->example = tree_.Directory(random_());
      } while (rule->example.size() > kMaxDirectoryBytes);
    });
  }
  void AddFiles(size_t count) {
    Add(count, [this](PathRule* rule) {
      do {
        rule->example = tree_.File(random_());
      } while (!HasQueryLength(rule->example));
    });
  }
  void AddDenies(size_t count) {
    Add(count, [this](PathRule* rule) {
      rule->subtree = rule->deny = true;
      do {
        rule->example = random_() % 2 == 0 ? tree_.Directory(random_())
                                           : tree_.File(random_());
      } while (!BelowGranted(rule->example));
    });
  }
  std::vector<PathRule> Finish() {
    std::shuffle(rules_.begin(), rules_.end(), random_);
    return std::move(rules_);
  }

 private:
  template <typename Draw>
  void Add(size_t count, Draw draw) {
    for (size_t i = 0; i < count;) {
      PathRule rule;
      draw(&rule);
      rule.wildcard = period_ != 0 && rules_.size() % period_ == 0;
      rule.pattern =
          rule.wildcard ? WithWildcard(rule.example, random_()) : rule.example;
      if (!seen_.insert(rule.pattern).second) continue;
      if (rule.subtree && !rule.deny && !rule.wildcard) {
        granted_.insert(rule.pattern);
      }
      rules_.push_back(std::move(rule));
      ++i;
    }
  }

  bool BelowGranted(const std::string& path) const {
    for (size_t end = path.rfind('/'); end > 0;
         end = path.rfind('/', end - 1)) {
      if (granted_.contains(path.substr(0, end))) return true;
    }
    return false;
  }

  const TreeCopies tree_;
  const size_t period_;
  std::mt19937_64 random_;
  std::vector<PathRule> rules_;
  absl::flat_hash_set<std::string> seen_, granted_;
};

}  // namespace

const char* MixName(Mix mix) {
  switch (mix) {
    case Mix::kLiteral:
      return "literal";
    case Mix::kHundredth:
      return "wild_1%";
    case Mix::kMixed:
      return "mixed";
    case Mix::kHalf:
      return "wild_50%";
  }
  return "unknown";
}

size_t WildcardPeriod(Mix mix) {
  switch (mix) {
    case Mix::kLiteral:
      return 0;
    case Mix::kHundredth:
      return 100;
    case Mix::kMixed:
      return 10;
    case Mix::kHalf:
      return 2;
  }
  return 0;
}

bool HasQueryLength(const std::string& path) {
  return path.size() >= kMinPathBytes && path.size() <= kMaxPathBytes;
}

std::string PathRule::Text() const {
  if (!subtree) return absl::StrCat("exact:", pattern);
  return wildcard ? absl::StrCat(pattern, "/**") : pattern;
}

TreeCopies::TreeCopies(const FileTree& tree, size_t rule_count)
    : tree_(tree),
      copies_(rule_count * 2 / 5 * kSpareDirectories / tree.directories.size() +
              1) {}

std::string TreeCopies::Directory(uint64_t random) const {
  return Pick(tree_.directories, random);
}

std::string TreeCopies::File(uint64_t random) const {
  return Pick(tree_.files, random);
}

std::string TreeCopies::Pick(const std::vector<std::string>& paths,
                             uint64_t random) const {
  const uint64_t index = random % (paths.size() * copies_);
  const uint64_t copy = index / paths.size();
  const std::string& path = paths[index % paths.size()];
  return copy == 0 ? path : absl::StrCat("/srv/image", copy, path);
}

std::vector<PathRule> MakePathRules(const FileTree& tree, Mix mix, size_t count,
                                    uint64_t seed) {
  const size_t denies = count / 20;
  const size_t subtrees = std::max<size_t>(count * 2 / 5, 1);
  RuleMaker maker(tree, mix, count, seed);
  maker.AddSubtrees(subtrees);
  maker.AddFiles(count - subtrees - denies);
  maker.AddDenies(denies);
  return maker.Finish();
}

Layer MakeLayer(const std::vector<PathRule>& rules) {
  Layer layer;
  layer.name = "grants";
  layer.rules.reserve(rules.size());
  for (const PathRule& path_rule : rules) {
    Rule rule;
    rule.effect = path_rule.deny ? Effect::kDeny : Effect::kAllow;
    rule.permissions = PermissionSet(Permission::kFsRead);
    rule.pattern = RulePattern::Text(path_rule.Text());
    rule.source.kind = RuleSource::Kind::kFile;
    rule.source.name = "policy.textproto";
    rule.source.line = static_cast<int>(layer.rules.size()) + 1;
    layer.rules.push_back(std::move(rule));
  }
  return layer;
}

}  // namespace benchmarks
}  // namespace postern
