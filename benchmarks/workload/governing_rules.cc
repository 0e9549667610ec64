#include "benchmarks/workload/governing_rules.h"

#include <algorithm>

namespace postern {
namespace benchmarks {
namespace {

// Takes the first name from `path`, which starts with a slash or is empty.
absl::string_view TakeName(absl::string_view* path) {
  const size_t end = std::min(path->find('/', 1), path->size());
  const absl::string_view name = path->substr(1, end - 1);
  path->remove_prefix(end);
  return name;
}

// `pattern` with "*" for any bytes.
bool NameMatches(absl::string_view pattern, absl::string_view name) {
  size_t p = 0, n = 0, star = absl::string_view::npos, taken = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != absl::string_view::npos) {
      p = star + 1;
      n = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == pattern.npos;
}

bool GlobMatches(absl::string_view pattern, absl::string_view path,
                 bool subtree) {
  while (!pattern.empty()) {
    const absl::string_view want = TakeName(&pattern);
    if (want == "**") {
      for (;; TakeName(&path)) {
        if (GlobMatches(pattern, path, subtree)) return true;
        if (path.empty()) return false;
      }
    }
    if (path.empty() || !NameMatches(want, TakeName(&path))) return false;
  }
  return subtree || path.empty();
}

// The names before the first one with a wildcard.
absl::string_view LiteralPrefix(const PathRule& rule) {
  const absl::string_view pattern = rule.pattern;
  return rule.wildcard
             ? pattern.substr(0, pattern.rfind('/', pattern.find('*')))
             : pattern;
}

}  // namespace

bool ComponentLess(absl::string_view a, absl::string_view b) {
  const size_t size = std::min(a.size(), b.size());
  size_t i = 0;
  while (i < size && a[i] == b[i]) ++i;
  if (i == a.size() || i == b.size()) return a.size() < b.size();
  if (a[i] == '/' || b[i] == '/') return a[i] == '/';
  return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[i]);
}

bool IsAtOrBelow(absl::string_view path, absl::string_view ancestor) {
  return path.substr(0, ancestor.size()) == ancestor &&
         (path.size() == ancestor.size() || path[ancestor.size()] == '/');
}

bool RuleMatches(const PathRule& rule, absl::string_view path) {
  if (rule.wildcard) return GlobMatches(rule.pattern, path, rule.subtree);
  return rule.subtree ? IsAtOrBelow(path, rule.pattern) : path == rule.pattern;
}

GoverningRules::GoverningRules(const std::vector<PathRule>& rules)
    : rules_(rules) {
  std::vector<uint32_t> order(rules.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return ComponentLess(LiteralPrefix(rules[a]), LiteralPrefix(rules[b]));
  });
  for (uint32_t i : order) {
    const absl::string_view prefix = LiteralPrefix(rules[i]);
    if (names_.empty() || names_.back().path != prefix) AddName(prefix);
    AddRule(i);
  }
}

void GoverningRules::AddName(absl::string_view path) {
  uint32_t parent =
      names_.empty() ? kNone : static_cast<uint32_t>(names_.size() - 1);
  while (parent != kNone && !IsAtOrBelow(path, names_[parent].path)) {
    parent = names_[parent].parent;
  }
  names_.emplace_back();
  names_.back().path = path;
  names_.back().parent = parent;
  if (parent == kNone) return;
  names_.back().at = names_.back().below = names_[parent].below;
  names_.back().globs_at_or_above = names_[parent].globs_at_or_above;
}

void GoverningRules::AddRule(uint32_t number) {
  const PathRule& rule = rules_[number];
  Name& name = names_.back();
  if (rule.wildcard) {
    name.globs.push_back(number);
    name.globs_at_or_above = true;
    return;
  }
  const Governed governed(rule.deny, number);
  name.at.Meet(governed);
  if (rule.subtree) name.below.Meet(governed);
}

Governed GoverningRules::Resolve(uint32_t number,
                                 absl::string_view path) const {
  if (number == kNone) return Governed();
  const Name* name = &names_[number];
  Governed governed = path.size() == name->path.size() ? name->at : name->below;
  if (governed.denied() || !name->globs_at_or_above) return governed;
  for (;; name = &names_[name->parent]) {
    for (uint32_t rule : name->globs) MeetGlob(rule, *name, path, &governed);
    if (governed.denied() || name->parent == kNone) return governed;
  }
}

void GoverningRules::MeetGlob(uint32_t number, const Name& name,
                              absl::string_view path,
                              Governed* governed) const {
  const PathRule& rule = rules_[number];
  const size_t prefix = name.path.size();  // it hangs where it becomes wild
  const absl::string_view pattern = rule.pattern;
  if (GlobMatches(pattern.substr(prefix), path.substr(prefix), rule.subtree)) {
    governed->Meet(Governed(rule.deny, number));
  }
}

}  // namespace benchmarks
}  // namespace postern
