#include "permission/backstop/rule_paths.h"

#include <algorithm>
#include <memory>

#include "absl/memory/memory.h"
#include "absl/status/statusor.h"
#include "fs/path_components.h"
#include "permission/path_binding.h"

namespace postern {
namespace {

// The path of the first `count` components, which are literal.
std::string PathOf(const fs::PathPattern& pattern, size_t count) {
  std::string path;
  for (size_t i = 0; i < count; ++i) {
    path += '/';
    path += pattern.components[i].text;
  }
  return path.empty() ? "/" : path;
}

// Whether its literal beginning and the path are one as far as both go.
bool LeadsAlong(const fs::PathPattern& pattern,
                const fs::PathComponents& path) {
  const size_t both = std::min(pattern.literal_prefix(), path.size());
  for (size_t i = 0; i < both; ++i) {
    if (pattern.components[i].text != path[i]) return false;
  }
  return true;
}

std::string PrefixOf(const fs::PathPattern& pattern) {
  return PathOf(pattern, pattern.literal_prefix());
}

bool HasPaths(const Rule& rule) {
  return rule.permissions.Contains(Permission::kFsRead) ||
         rule.permissions.Contains(Permission::kFsWrite) ||
         rule.permissions.Contains(Permission::kDeviceUse);
}

// Puts the canonical name of its beginning in its place. False if that is the
// same.
bool Canonicalize(const PathBinding& binding, fs::PathPattern* pattern) {
  const size_t count = pattern->literal_prefix();
  const std::string name = PathOf(*pattern, count);
  const PathBinding::Bound* const bound = binding.Find(name);
  if (bound == nullptr || bound->canonical == name) return false;
  fs::AnyPathComponents canonical;
  if (!canonical.Split("", bound->canonical)) return false;
  std::vector<fs::PatternComponent> components;
  for (size_t i = 0; i < canonical.size(); ++i) {
    components.push_back(
        {fs::PatternComponent::Kind::kLiteral, std::string(canonical[i])});
  }
  components.insert(components.end(), pattern->components.begin() + count,
                    pattern->components.end());
  pattern->components = std::move(components);
  return true;
}

}  // namespace

RulePaths::RulePaths(const Rule& rule, const Policy& policy) {
  if (!HasPaths(rule)) return;
  whole_ = rule.pattern.kind() == RulePattern::Kind::kWhole;
  if (rule.pattern.kind() == RulePattern::Kind::kText) {
    Parse(rule.pattern.text(), policy);
  }
}

RulePaths::RulePaths(absl::string_view pattern, const Policy& policy) {
  Parse(pattern, policy);
}

void RulePaths::Parse(absl::string_view text, const Policy& policy) {
  fs::PathPatternOptions options;
  options.base_directory = policy.base_directory();
  options.variables = &policy.variables();
  auto patterns = fs::ParsePathPattern(text, options);
  if (!patterns.ok()) return;
  patterns_ = *std::move(patterns);
  if (policy.binding() == nullptr) return;
  for (fs::PathPattern& pattern : patterns_) {
    std::string name = PrefixOf(pattern);
    if (Canonicalize(*policy.binding(), &pattern)) {
      links_.push_back(std::move(name));
    }
  }
}

template <typename Test>
bool RulePaths::AnyPattern(const std::string& path, Test test) const {
  if (whole_) return true;
  const auto components = absl::make_unique<fs::AnyPathComponents>();
  if (!components->Split("", path)) return false;
  return std::any_of(patterns_.begin(), patterns_.end(),
                     [&](const fs::PathPattern& pattern) {
                       return test(pattern, *components);
                     });
}

bool RulePaths::Matches(const std::string& path) const {
  return AnyPattern(path, [](const fs::PathPattern& pattern,
                             const fs::AnyPathComponents& components) {
    return pattern.Matches(components);
  });
}

bool RulePaths::Touches(const std::string& path) const {
  return AnyPattern(path, [](const fs::PathPattern& pattern,
                             const fs::AnyPathComponents& components) {
    return pattern.MayMatchWithin(components);
  });
}

const std::string* RulePaths::FindTouched(
    const std::vector<std::string>& paths) const {
  for (const std::string& path : paths) {
    if (Touches(path)) return &path;
  }
  return nullptr;
}

bool RulePaths::IsMissing(const FileTree& tree, std::string* path) const {
  if (whole_) return false;
  for (const fs::PathPattern& pattern : patterns_) {
    *path = PrefixOf(pattern);
    if (tree.KindOf(*path) != FileTree::Kind::kMissing) return false;
  }
  return !patterns_.empty();
}

bool RulePaths::PassesLink(const FileTree& tree, std::string* path) const {
  for (const fs::PathPattern& pattern : patterns_) {
    for (size_t i = 1; i <= pattern.literal_prefix(); ++i) {
      *path = PathOf(pattern, i);
      if (tree.KindOf(*path) == FileTree::Kind::kLink) return true;
    }
  }
  return false;
}

bool RulePaths::HasWildcards() const {
  return std::any_of(
      patterns_.begin(), patterns_.end(), [](const fs::PathPattern& pattern) {
        return pattern.literal_prefix() < pattern.components.size();
      });
}

bool RulePaths::AddNamesIn(const fs::PathComponents& directory,
                           std::set<std::string>* names) const {
  bool all = true;
  for (const fs::PathPattern& pattern : patterns_) {
    if (!LeadsAlong(pattern, directory)) continue;
    const size_t literal = pattern.literal_prefix();
    if (literal > directory.size()) {
      names->insert(pattern.components[directory.size()].text);
    } else if (literal < pattern.components.size()) {
      all = false;
    }
  }
  return all;
}

std::vector<std::string> RulePaths::Beginnings() const {
  if (whole_) return {"/"};
  std::vector<std::string> beginnings;
  for (const fs::PathPattern& pattern : patterns_) {
    beginnings.push_back(PrefixOf(pattern));
  }
  return beginnings;
}

std::vector<std::string> RulePaths::Literals() const {
  if (whole_) return {"/"};
  std::vector<std::string> literals;
  for (const fs::PathPattern& pattern : patterns_) {
    if (pattern.literal_prefix() == pattern.components.size()) {
      literals.push_back(PrefixOf(pattern));
    }
  }
  return literals;
}

}  // namespace postern
