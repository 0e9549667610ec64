#include "permission/analysis/lint.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "fs/path_pattern.h"
#include "permission/access.h"
#include "permission/analysis/any_port.h"
#include "permission/text/display.h"

namespace postern {
namespace {

using Components = std::vector<std::string>;

// Of a pattern that is looked at: others cover nothing and are covered by none.
constexpr size_t kMaxAlternatives = 64;

// "all" with a path is for paths alone.
PermissionSet Effective(const Rule& rule) {
  const bool path = rule.permissions == PermissionSet::All() &&
                    rule.pattern.kind() == RulePattern::Kind::kText;
  return path ? rule.permissions & PathPermissions() : rule.permissions;
}

bool IsPathRule(const Rule& rule) {
  const PermissionSet paths = PathPermissions();
  return rule.pattern.kind() == RulePattern::Kind::kText &&
         (Effective(rule) | paths) == paths;
}

// Of names and the addresses that they lead to, rules decide apart: what one
// rule leaves to another there is not told by their words.
bool IsEndpointRule(const Rule& rule) {
  for (int i = 1; i < kPermissionLimit; ++i) {
    const Permission permission = static_cast<Permission>(i);
    const ResourceKind kind = ResourceKindOf(permission);
    if (rule.permissions.Contains(permission) &&
        (kind == ResourceKind::kEndpoint || kind == ResourceKind::kHostName)) {
      return true;
    }
  }
  return false;
}

// Where the names that one alternative of a path pattern matches begin: the
// components before the first that has a wildcard.
struct PathBeginning {
  explicit PathBeginning(const fs::PathPattern& pattern)
      : literal(pattern.literal()), exact(!pattern.subtree) {
    for (size_t i = 0; i < pattern.literal_prefix(); ++i) {
      components.push_back(pattern.components[i].text);
    }
  }
  Components components;
  bool literal;  // no wildcard follows: the node, and all beneath it
  bool exact;    // the node alone, where it is literal
};

// None if there are more than kMaxAlternatives.
std::vector<PathBeginning> PathBeginnings(
    const Rule& rule, const std::string& base,
    const std::map<std::string, std::string>& variables) {
  const auto patterns =
      fs::ParsePathPattern(rule.pattern.text(), {base, &variables});
  if (!patterns.ok() || patterns->size() > kMaxAlternatives) return {};
  return {patterns->begin(), patterns->end()};
}

// A rule with what its paths begin with.
struct Known {
  const Rule* rule;
  size_t layer;
  size_t index;  // in the policy
  std::vector<PathBeginning> paths;
};

// The rules of one layer that may cover others: those that do not end.
class Covers {
 public:
  void Add(const Known& known) {
    if (known.rule->limits.any()) return;
    if (known.rule->pattern.kind() == RulePattern::Kind::kWhole) {
      whole_.push_back(&known);
    }
    same_[Key(known.rule->pattern)].push_back(&known);
    for (const PathBeginning& path : known.paths) {
      if (path.literal && !path.exact)
        trees_[path.components].push_back(&known);
    }
  }

  // Those that cover all of `known` by the same words, and, if `wider`, by more
  // than it. For paths in several alternatives: one of them, given by `path`.
  std::vector<const Known*> Find(const Known& known, const PathBeginning* path,
                                 bool wider) const {
    std::vector<const Known*> found;
    Append(same_, Key(known.rule->pattern), &found);
    if (!wider) return found;
    found.insert(found.end(), whole_.begin(), whole_.end());
    if (path == nullptr) return found;
    Components above = path->components;
    for (;; above.pop_back()) {
      Append(trees_, above, &found);
      if (above.empty()) return found;
    }
  }

 private:
  template <typename Map, typename K>
  static void Append(const Map& map, const K& key,
                     std::vector<const Known*>* out) {
    const auto found = map.find(key);
    if (found == map.end()) return;
    out->insert(out->end(), found->second.begin(), found->second.end());
  }

  static std::string Key(const RulePattern& pattern) {
    return absl::StrCat(static_cast<int>(pattern.kind()), " ",
                        static_cast<int>(pattern.form()), " ",
                        pattern.ToString());
  }

  std::vector<const Known*> whole_;
  std::map<std::string, std::vector<const Known*>> same_;
  std::map<Components, std::vector<const Known*>> trees_;
};

class Linter {
 public:
  Linter(const Policy& policy, absl::Time now)
      : policy_(policy), spec_(policy.spec()), now_(now) {}

  std::vector<LintFinding> Run() {
    for (const PolicyWarning& warning : policy_.warnings()) {
      findings_.push_back({warning.code, warning.message, warning.source});
    }
    Collect();
    for (const Known& known : known_) Look(known);
    for (const Layer& layer : spec_.layers) LookAtPorts(layer);
    DropOfSharedRules();
    if (!HasGrants() && !policy_.unconfined()) {
      findings_.push_back({"no-grants",
                           "no layer that enforces denies by default, so that "
                           "nothing is allowed",
                           RuleSource()});
    }
    return std::move(findings_);
  }

 private:
  void Collect() {
    size_t index = 0;
    for (size_t l = 0; l < spec_.layers.size(); ++l) {
      for (const Rule& rule : spec_.layers[l].rules) {
        Known known{&rule, l, index++, {}};
        if (IsPathRule(rule)) {
          known.paths =
              PathBeginnings(rule, spec_.base_directory, spec_.variables);
        }
        known_.push_back(std::move(known));
      }
    }
    covers_.resize(spec_.layers.size());
    for (const Known& known : known_) covers_[known.layer].Add(known);
  }

  bool HasGrants() const {
    return std::any_of(spec_.layers.begin(), spec_.layers.end(),
                       [](const Layer& layer) {
                         return layer.default_effect == Effect::kDeny &&
                                layer.mode == Mode::kEnforce;
                       });
  }

  static bool AdvisesToDelete(const LintFinding& finding) {
    return finding.code == "repeated" || finding.code == "overruled" ||
           finding.code == "overruled-elsewhere";
  }

  // A rule of a set is in each layer that uses the set: it can be left out only
  // if that is so in all of them, and is told of once.
  void DropOfSharedRules() {
    std::map<std::string, int> copies;
    for (const Known& known : known_) ++copies[known.rule->source.ToString()];
    for (const LintFinding& finding : findings_) {
      if (AdvisesToDelete(finding)) --copies[finding.source.ToString()];
    }
    std::set<std::pair<std::string, std::string>> told;
    const auto drop = [&](const LintFinding& finding) {
      if (finding.source.line == 0) return false;
      const std::string place = finding.source.ToString();
      return (AdvisesToDelete(finding) && copies[place] > 0) ||
             !told.emplace(place, finding.code).second;
    };
    findings_.erase(std::remove_if(findings_.begin(), findings_.end(), drop),
                    findings_.end());
  }

  void Add(const char* code, std::string message, const Rule& rule) {
    findings_.push_back({code, std::move(message), rule.source});
  }

  void Look(const Known& known) {
    const Rule& rule = *known.rule;
    if (rule.limits.expires && *rule.limits.expires <= now_) {
      Add("expired", "the time of this rule is over", rule);
    }
    LookForEverything(known);
    LookAtProgram(rule);
    LookAtArguments(rule);
    if (!LookInLayer(known)) LookInOthers(known);
  }

  void LookForEverything(const Known& known) {
    const Rule& rule = *known.rule;
    const Layer& layer = spec_.layers[known.layer];
    if (rule.effect != Effect::kAllow || layer.mode != Mode::kEnforce ||
        layer.default_effect != Effect::kDeny) {
      return;
    }
    const bool root = std::any_of(
        known.paths.begin(), known.paths.end(), [](const PathBeginning& path) {
          return path.literal && !path.exact && path.components.empty();
        });
    const bool many =
        (rule.permissions.bits() & (rule.permissions.bits() - 1)) != 0;
    const bool whole = rule.pattern.kind() == RulePattern::Kind::kWhole;
    if (!root && !(whole && many)) return;
    Add("everything",
        absl::StrCat("allows ", rule.permissions.ToString(), " for every ",
                     root ? "path" : "resource",
                     "; name what is needed, if that was not meant"),
        rule);
  }

  // A program by its path, whose file the same policy lets be written.
  void LookAtProgram(const Rule& rule) {
    if (rule.effect != Effect::kAllow ||
        !rule.permissions.Contains(Permission::kProcessSpawn) ||
        rule.pattern.kind() != RulePattern::Kind::kText) {
      return;
    }
    const std::string program =
        rule.pattern.text().substr(0, rule.pattern.text().find(' '));
    const bool literal = absl::StartsWith(program, "/") &&
                         program.find_first_of("*?[]{}\\$") == program.npos;
    if (!literal ||
        !policy_.Check(Access::Path(Permission::kFsWrite, program)).allowed()) {
      return;
    }
    Add("writable-program",
        absl::StrCat("\"", internal::EscapeForDisplay(program),
                     "\" may be written as well as started: whoever writes it "
                     "chooses what runs; grant one of both"),
        rule);
  }

  // A stricter rule for calls with just so many arguments.
  void LookAtArguments(const Rule& rule) {
    const RulePattern& pattern = rule.pattern;
    if (rule.effect == Effect::kAllow ||
        pattern.kind() != RulePattern::Kind::kCall ||
        pattern.form() != CallForm::kExact || pattern.parts().empty() ||
        pattern.parts().back() == "**") {
      return;
    }
    Add("exact-arguments",
        absl::StrCat("a call with one more argument is another call, which "
                     "this ",
                     EffectName(rule.effect),
                     " rule does not match; end its arguments with \"**\""),
        rule);
  }

  void LookAtPorts(const Layer& layer) {
    if (layer.mode != Mode::kEnforce || layer.default_effect != Effect::kDeny) {
      return;
    }
    for (const AnyPort& found : FindAnyPorts(layer)) {
      const std::string host =
          internal::EscapeForDisplay(found.rule->pattern.text());
      Add("any-port",
          absl::StrCat("\"", host, "\" is for every port, where ",
                       DescribeRule(*found.other),
                       " names one; add the port, or \":1-65535\" if every one "
                       "was meant"),
          *found.rule);
    }
  }

  // A rule that covers all of `known`, or one alternative of its paths where
  // others cover the rest; null if there is none. `accept` says which count.
  template <typename Accept>
  const Known* CoveredBy(const Known& known, const Covers& covers, bool wider,
                         Accept accept) const {
    const PermissionSet permissions = Effective(*known.rule);
    const Known* named = nullptr;
    const size_t count = std::max<size_t>(known.paths.size(), 1);
    for (size_t i = 0; i < count; ++i) {
      const PathBeginning* path =
          known.paths.empty() ? nullptr : &known.paths[i];
      const std::vector<const Known*> found = covers.Find(known, path, wider);
      const auto cover =
          std::find_if(found.begin(), found.end(), [&](const Known* other) {
            return other != &known && dead_.count(other) == 0 &&
                   (Effective(*other->rule) & permissions) == permissions &&
                   accept(*other);
          });
      if (cover == found.end()) return nullptr;
      if (named == nullptr) named = *cover;
    }
    return named;
  }

  static bool Overrules(const Known& other, const Known& known) {
    return other.rule->effect < known.rule->effect &&
           !IsEndpointRule(*known.rule);
  }

  bool LookInLayer(const Known& known) {
    const bool wider =
        spec_.layers[known.layer].precedence == Precedence::kDenyOverrides &&
        !IsEndpointRule(*known.rule);
    const Covers& covers = covers_[known.layer];
    const Known* other =
        CoveredBy(known, covers, wider,
                  [&known](const Known& o) { return Overrules(o, known); });
    if (other != nullptr) {
      Add("overruled", absl::StrCat("never counts beside ", Describe(*other)),
          *known.rule);
      dead_.insert(&known);
      return true;
    }
    other = CoveredBy(known, covers, wider,
                      [&known](const Known& o) { return Repeats(known, o); });
    if (other == nullptr) return false;
    Add("repeated", absl::StrCat("says nothing beside ", Describe(*other)),
        *known.rule);
    dead_.insert(&known);
    return true;
  }

  // Whether `known` says nothing beside `cover`, which covers it. A rule that
  // asks is answered by itself: a yes to a wider one would do for both. Of a
  // deny rule for a path, what it names is known by other names, too.
  static bool Repeats(const Known& known, const Known& cover) {
    const Rule& rule = *known.rule;
    if (cover.rule->effect != rule.effect) return false;
    if (cover.index > known.index && SameReach(cover, known)) return false;
    const bool same = cover.rule->pattern == rule.pattern;
    if (rule.effect == Effect::kAsk) {
      return same && Effective(*cover.rule) == Effective(rule);
    }
    return same || rule.effect != Effect::kDeny || !IsPathRule(rule) ||
           cover.rule->pattern.kind() == RulePattern::Kind::kWhole;
  }

  // Two rules that cover each other: the first one is kept.
  static bool SameReach(const Known& a, const Known& b) {
    if (Effective(*a.rule) != Effective(*b.rule)) return false;
    if (a.rule->pattern == b.rule->pattern) return true;
    const auto same = [](const PathBeginning& x, const PathBeginning& y) {
      return x.components == y.components && x.literal && y.literal &&
             x.exact == y.exact;
    };
    return !a.paths.empty() && std::equal(a.paths.begin(), a.paths.end(),
                                          b.paths.begin(), b.paths.end(), same);
  }

  void LookInOthers(const Known& known) {
    if (known.rule->effect == Effect::kDeny ||
        spec_.layers[known.layer].mode != Mode::kEnforce) {
      return;
    }
    for (size_t l = 0; l < spec_.layers.size(); ++l) {
      const Layer& layer = spec_.layers[l];
      if (l == known.layer || layer.mode != Mode::kEnforce ||
          layer.precedence != Precedence::kDenyOverrides) {
        continue;
      }
      const Known* other = CoveredBy(
          known, covers_[l], /*wider=*/true,
          [](const Known& o) { return o.rule->effect == Effect::kDeny; });
      if (other == nullptr) continue;
      Add("overruled-elsewhere",
          absl::StrCat("never counts beside ", Describe(*other), " of layer ",
                       internal::QuoteForDisplay(layer.name)),
          *known.rule);
      return;
    }
  }

  static std::string Describe(const Known& known) {
    return DescribeRule(*known.rule);
  }
  static std::string DescribeRule(const Rule& rule) {
    return absl::StrCat(
        "\"", EffectName(rule.effect), " ", rule.permissions.ToString(), " ",
        internal::EscapeForDisplay(rule.pattern.ToString()), "\" (",
        internal::EscapeForDisplay(rule.source.ToString()), ")");
  }

  const Policy& policy_;
  const PolicySpec spec_;
  const absl::Time now_;
  std::vector<Known> known_;
  std::vector<Covers> covers_;  // by layer
  // Those that can be left out: no reason to leave others out.
  std::set<const Known*> dead_;
  std::vector<LintFinding> findings_;
};

}  // namespace

std::vector<LintFinding> Lint(const Policy& policy, absl::Time now) {
  return Linter(policy, now).Run();
}

std::vector<std::string> LiteralBeginnings(const Policy& policy,
                                           const Rule& rule) {
  std::vector<std::string> out;
  if (!IsPathRule(rule)) return out;
  for (const PathBeginning& path :
       PathBeginnings(rule, policy.base_directory(), policy.variables())) {
    if (path.components.empty()) continue;
    out.push_back(absl::StrCat("/", absl::StrJoin(path.components, "/")));
  }
  return out;
}

}  // namespace postern
