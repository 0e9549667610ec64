#include "benchmarks/workload/baselines.h"

#include <algorithm>
#include <filesystem>
#include <string>

#include "absl/hash/hash.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "benchmarks/workload/normal_path.h"
#include "re2/re2.h"

namespace postern {
namespace benchmarks {
namespace {

constexpr int64_t kRegexBytes = int64_t{1} << 30;

uint64_t HashPath(absl::string_view path) { return absl::HashOf(path); }

// What a slot holds: the low bit tells it from an empty one.
uint64_t SlotValue(uint64_t hash) { return hash | 1; }

std::string Regex(const PathRule& rule) {
  std::string regex = RE2::QuoteMeta(
      re2::StringPiece(rule.pattern.data(), rule.pattern.size()));
  absl::StrReplaceAll({{"\\/\\*\\*\\/", "/(?:[^/]+/)*"}, {"\\*", "[^/]*"}},
                      &regex);
  return rule.subtree ? absl::StrCat(regex, "(?:/.*)?") : regex;
}

// Rule after rule; a deny ends it.
bool AnyAllows(const std::vector<PathRule>& rules, absl::string_view normal) {
  bool allowed = false;
  for (const PathRule& rule : rules) {
    if (!RuleMatches(rule, normal)) continue;
    if (rule.deny) return false;
    allowed = true;
  }
  return allowed;
}

}  // namespace

Floor::Floor(const std::vector<PathRule>& rules) {
  size_t size = 2;
  while (size < rules.size() * 2) size *= 2;
  slots_.resize(size);
  for (const PathRule& rule : rules) {
    const uint64_t hash = HashPath(rule.pattern);
    slots_[hash & (size - 1)] = SlotValue(hash);
  }
}

bool Floor::Allows(absl::string_view path) const {
  const NormalPath normal(path);
  const uint64_t hash = HashPath(normal.get());
  return slots_[hash & (slots_.size() - 1)] == SlotValue(hash);
}

HashedAncestors::HashedAncestors(const GoverningRules& rules) : rules_(rules) {
  values_.reserve(rules.names().size());
  for (uint32_t i = 0; i < rules.names().size(); ++i) {
    const GoverningRules::Name& name = rules.names()[i];
    values_[name.path] = {name.at, name.below,
                          name.globs_at_or_above ? i : GoverningRules::kNone};
  }
}

Governed HashedAncestors::Resolve(const Value& value, absl::string_view normal,
                                  size_t size) const {
  if (value.name != GoverningRules::kNone) {
    return rules_.Resolve(value.name, normal);
  }
  return size == normal.size() ? value.at : value.below;
}

Governed HashedAncestors::Find(absl::string_view normal) const {
  for (size_t size = normal.size(); size > 0 && size != normal.npos;
       size = normal.rfind('/', size - 1)) {
    const auto it = values_.find(normal.substr(0, size));
    if (it != values_.end()) return Resolve(it->second, normal, size);
  }
  return Governed();
}

bool HashedAncestors::Allows(absl::string_view path) const {
  const NormalPath normal(path);
  return Find(normal.get()).allowed();
}

bool SortedNames::Allows(absl::string_view path) const {
  const NormalPath normal(path);
  const std::vector<GoverningRules::Name>& names = rules_.names();
  const auto after =
      std::upper_bound(names.begin(), names.end(), normal.get(),
                       [](absl::string_view a, const auto& name) {
                         return ComponentLess(a, name.path);
                       });
  uint32_t name = static_cast<uint32_t>(after - names.begin()) - 1;
  while (name != GoverningRules::kNone &&
         !IsAtOrBelow(normal.get(), names[name].path)) {
    name = names[name].parent;
  }
  return rules_.Resolve(name, normal.get()).allowed();
}

RegexSet::RegexSet(const std::vector<PathRule>& rules) : rules_(rules) {
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);
  options.set_dot_nl(true);
  options.set_max_mem(kRegexBytes);
  set_ = std::make_unique<RE2::Set>(options, RE2::ANCHOR_BOTH);
  for (const PathRule& rule : rules) set_->Add(Regex(rule), nullptr);
  set_->Compile();
}

bool RegexSet::Allows(absl::string_view path) const {
  const NormalPath normal(path);
  std::vector<int> matches;
  const re2::StringPiece text(normal.get().data(), normal.get().size());
  if (!set_->Match(text, &matches)) return false;
  return std::none_of(matches.begin(), matches.end(), [this](int i) {
    return rules_[static_cast<size_t>(i)].deny;
  });
}

bool LinearScan::Allows(absl::string_view path) const {
  std::string normal =
      std::filesystem::path(std::string(path)).lexically_normal().native();
  if (normal.size() > 1 && normal.back() == '/') normal.pop_back();
  return AnyAllows(rules_, normal);
}

bool FastLinearScan::Allows(absl::string_view path) const {
  return AnyAllows(rules_, NormalPath(path).get());
}

}  // namespace benchmarks
}  // namespace postern
