#include "permission/analysis/sample_accesses.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "permission/analysis/pattern_samples.h"
#include "permission/internal/name_pattern.h"

namespace postern {
namespace {

using Parts = std::vector<std::string>;

// How many pairs of patterns are looked at for FillWildcards(), more or less.
constexpr size_t kMaxFilled = 100'000;

// Calls `use` with every rule of every policy, and its policy.
template <typename Use>
void ForEachRule(const std::vector<const PolicySpec*>& policies, Use use) {
  for (const PolicySpec* policy : policies) {
    for (const Layer& layer : policy->layers) {
      for (const Rule& rule : layer.rules) use(*policy, rule);
    }
  }
}

bool Holds(const RulePattern& pattern, absl::string_view text) {
  return absl::StrContains(pattern.text(), text) ||
         std::any_of(pattern.parts().begin(), pattern.parts().end(),
                     [text](const std::string& part) {
                       return absl::StrContains(part, text);
                     });
}

// What a pattern names, taken as text of any kind that it may be: backslashes,
// braces and variables may put words together that are nowhere written so.
void AppendNames(const PolicySpec& policy, const RulePattern& pattern,
                 std::vector<Parts>* out) {
  const std::string no_fresh;
  const auto append = [out](std::vector<Parts> names) {
    std::move(names.begin(), names.end(), std::back_inserter(*out));
  };
  if (pattern.kind() == RulePattern::Kind::kSecret) {
    return append(SampleSecret(pattern.parts(), no_fresh).names);
  }
  append(SampleName(pattern.text()).names);
  append(SamplePath(pattern.text(), policy.base_directory, policy.variables,
                    no_fresh)
             .names);
}

std::vector<Parts> AllNames(const std::vector<const PolicySpec*>& policies) {
  std::vector<Parts> names;
  ForEachRule(policies, [&names](const PolicySpec& policy, const Rule& rule) {
    AppendNames(policy, rule.pattern, &names);
  });
  return names;
}

// A word that is part of no pattern, variable or base directory, nor of what
// they name.
Fresh FindFresh(const std::vector<const PolicySpec*>& policies) {
  const std::vector<Parts> names = AllNames(policies);
  for (int number = 0;; ++number) {
    Fresh fresh = absl::StrCat("other", number);
    bool known =
        std::any_of(names.begin(), names.end(), [&fresh](const Parts& name) {
          return absl::StrContains(absl::StrJoin(name, "/"), fresh);
        });
    ForEachRule(policies, [&](const PolicySpec&, const Rule& rule) {
      known = known || Holds(rule.pattern, fresh);
    });
    for (const PolicySpec* policy : policies) {
      known = known || absl::StrContains(policy->base_directory, fresh);
    }
    if (!known) return fresh;
  }
}

// Samples for one permission.
class Sampler {
 public:
  Sampler(const std::vector<const PolicySpec*>& policies, const Fresh& fresh,
          Permission permission, size_t max, AccessSamples* out)
      : policies_(policies),
        fresh_(fresh),
        permission_(permission),
        max_(max),
        out_(*out) {}

  void Run() {
    Ask({}, AccessQuestion::Extent::kOne);
    ForEachRule(policies_, [this](const PolicySpec& policy, const Rule& rule) {
      if (MayDecide(rule, permission_)) AddRule(policy, rule);
    });
    switch (ResourceKindOf(permission_)) {
      case ResourceKind::kPath:
        return AskPaths();
      case ResourceKind::kSecret:
        return AskKeys();
      case ResourceKind::kFact:
        return AskFacts();
      case ResourceKind::kName:
      case ResourceKind::kModule:
        return AskNames();
      case ResourceKind::kCall:
        return AskCalls();
      case ResourceKind::kEndpoint:
        return AskEndpoints(absl::StrCat(fresh_, ".example:9"));
      case ResourceKind::kHostName:
        return AskEndpoints(absl::StrCat(fresh_, ".example"));
      case ResourceKind::kCommand:
        return AskCommands();
      case ResourceKind::kProcess:
        return AskProcesses();
      case ResourceKind::kNone:
        return;
    }
  }

 private:
  void AddRule(const PolicySpec& policy, const Rule& rule) {
    if (rule.limits.any()) Inexact("rules that end");
    if (rule.pattern.kind() == RulePattern::Kind::kWhole) return;
    PatternSamples samples = SamplesOf(policy, rule.pattern);
    if (!samples.exact) Inexact(WhyInexact());
    for (Parts& name : samples.names) names_.insert(std::move(name));
  }

  PatternSamples SamplesOf(const PolicySpec& policy,
                           const RulePattern& pattern) const {
    switch (ResourceKindOf(permission_)) {
      case ResourceKind::kPath:
        return SamplePath(pattern.text(), policy.base_directory,
                          policy.variables, fresh_);
      case ResourceKind::kSecret:
        return SampleSecret(pattern.parts(), fresh_);
      case ResourceKind::kCall:
        return SampleCall(pattern, fresh_);
      case ResourceKind::kEndpoint:
        return SampleEndpoint(pattern.text(), /*with_port=*/true, fresh_);
      case ResourceKind::kHostName:
        return SampleEndpoint(pattern.text(), /*with_port=*/false, fresh_);
      case ResourceKind::kName:
      case ResourceKind::kModule:
      case ResourceKind::kFact:
      case ResourceKind::kNone:
      case ResourceKind::kProcess:
        break;
      case ResourceKind::kCommand:
        return SampleCommand(pattern.text(), policy.base_directory,
                             policy.variables, fresh_);
    }
    return SampleName(pattern.text());
  }

  const char* WhyInexact() const {
    switch (ResourceKindOf(permission_)) {
      case ResourceKind::kCall:
      case ResourceKind::kCommand:
        return "patterns of arguments";
      case ResourceKind::kEndpoint:
      case ResourceKind::kHostName:
        return "patterns of hosts and ports";
      default:
        return "patterns with wildcards";
    }
  }

  void Inexact(const std::string& why) {
    out_.inexact.emplace(permission_, why);
  }

  void Ask(Parts words, AccessQuestion::Extent extent) {
    if (out_.questions.size() >= max_) return Inexact("too many rules");
    absl::StatusOr<std::unique_ptr<AccessQuestion>> question =
        AccessQuestion::Read(std::string(PermissionName(permission_)),
                             std::move(words), extent);
    if (question.ok()) out_.questions.push_back(*std::move(question));
  }

  void AskOne(std::string word) {
    Ask({std::move(word)}, AccessQuestion::Extent::kOne);
  }

  // Each name with all that it lies in, and what lies in those and is named
  // nowhere.
  std::set<Parts> WithNeighbours() const {
    std::set<Parts> all = {{fresh_}};
    for (Parts name : names_) {
      for (;; name.pop_back()) {
        // Known as a neighbour, its own are missing yet; what is above is not.
        const bool known = !name.empty() && !all.insert(name).second;
        name.push_back(fresh_);
        all.insert(name);
        name.pop_back();
        if (known || name.empty()) break;
      }
    }
    return all;
  }

  // Where a pattern has a wildcard, what other patterns name there: "/home/*/x"
  // takes away from "/home/ann", which no other name would show.
  void FillWildcards() {
    std::vector<Parts> filled;
    const size_t each = std::max<size_t>(kMaxFilled / (names_.size() + 1), 16);
    for (const Parts& wild : names_) {
      const size_t first = FirstFresh(wild);
      if (first == wild.size()) continue;
      // In their order, names that begin alike are neighbours.
      auto name = names_.lower_bound(Parts(wild.begin(), At(wild, first)));
      for (size_t i = 0; i < each && name != names_.end(); ++i) {
        AppendFilled(wild, *name++, &filled);
      }
    }
    names_.insert(filled.begin(), filled.end());
  }

  size_t FirstFresh(const Parts& path) const {
    const auto found =
        std::find_if(path.begin(), path.end(), [this](const std::string& part) {
          return absl::StrContains(part, fresh_);
        });
    return static_cast<size_t>(found - path.begin());
  }

  // As "*", by one component in each place as far as they agree; and the first
  // place as "**", by all that follows.
  void AppendFilled(const Parts& wild, const Parts& name,
                    std::vector<Parts>* out) const {
    const size_t first = FirstFresh(wild);
    if (name.size() <= first ||
        !std::equal(wild.begin(), At(wild, first), name.begin())) {
      return;
    }
    Parts one = wild;
    for (size_t i = first; i < std::min(one.size(), name.size()); ++i) {
      if (absl::StrContains(one[i], fresh_)) one[i] = name[i];
      if (one[i] != name[i]) break;
    }
    out->push_back(std::move(one));
    Parts all = name;
    all.insert(all.end(), At(wild, first + 1), wild.end());
    out->push_back(std::move(all));
  }

  static Parts::const_iterator At(const Parts& parts, size_t index) {
    return parts.begin() + static_cast<std::ptrdiff_t>(index);
  }

  void AskPaths() {
    FillWildcards();
    std::set<Parts> paths = WithNeighbours();
    paths.insert(Parts());
    // Single objects first: they make the plainer examples.
    for (const AccessQuestion::Extent extent :
         {AccessQuestion::Extent::kOne, AccessQuestion::Extent::kSubtree}) {
      for (const Parts& path : paths) {
        Ask({absl::StrCat("/", absl::StrJoin(path, "/"))}, extent);
      }
    }
  }

  void AskKeys() {
    for (const Parts& key : WithNeighbours()) {
      std::string text = absl::StrJoin(
          key, "/", [](std::string* out, const std::string& part) {
            absl::StrAppend(
                out, absl::StrReplaceAll(part, {{"\\", "\\\\"}, {"/", "\\/"}}));
          });
      AskOne(text);
      AskOne(absl::StrCat(text, "/", fresh_, "/", fresh_));
    }
  }

  void AskNames() {
    AskBehind("");
    for (const Parts& name : names_) {
      AskOne(name[0]);
      AskBehind(name[0]);
    }
  }

  // A name that begins with `beginning` and with nothing longer that is named:
  // where "*" and "o*" are, "other0" would tell of the second one alone.
  void AskBehind(const std::string& beginning) {
    std::string name = absl::StrCat(beginning, fresh_);
    for (int i = 0; LongerIsNamed(name, beginning.size()); ++i) {
      if (i > '~' - '!') return Inexact("too many beginnings of names");
      const char c = static_cast<char>('!' + ('x' - '!' + i) % ('~' - '!' + 1));
      if (c != '=') name = absl::StrCat(beginning, std::string(1, c), fresh_);
    }
    AskOne(std::move(name));
  }

  // Whether a beginning of `name` of more than `size` bytes is named.
  bool LongerIsNamed(const std::string& name, size_t size) const {
    for (size_t end = size + 1; end <= name.size(); ++end) {
      if (names_.count({name.substr(0, end)}) != 0) return true;
    }
    return false;
  }

  void AskFacts() {
    for (absl::string_view fact : absl::StrSplit(internal::FactNames(), ", ")) {
      AskOne(std::string(fact));
    }
  }

  void AskCalls() {
    Ask({absl::StrCat(fresh_, ".", fresh_)}, AccessQuestion::Extent::kOne);
    AskWithArguments();
  }

  void AskCommands() {
    Ask({absl::StrCat("/", fresh_)}, AccessQuestion::Extent::kOne);
    AskWithArguments();
  }

  void AskProcesses() {
    for (const char* kind : {"@self", "@children", "@others"}) AskOne(kind);
    AskNames();
  }

  void AskWithArguments() {
    for (Parts call : names_) {
      Ask(call, AccessQuestion::Extent::kOne);
      call.push_back(fresh_);
      Ask(call, AccessQuestion::Extent::kOne);
      Ask({call[0]}, AccessQuestion::Extent::kOne);
      Ask({call[0], fresh_}, AccessQuestion::Extent::kOne);
    }
  }

  void AskEndpoints(std::string other) {
    AskOne(std::move(other));
    for (const Parts& endpoint : names_) AskOne(endpoint[0]);
  }

  const std::vector<const PolicySpec*>& policies_;
  const Fresh& fresh_;
  const Permission permission_;
  const size_t max_;
  AccessSamples& out_;
  std::set<Parts> names_;
};

}  // namespace

bool MayDecide(const Rule& rule, Permission permission) {
  return rule.permissions.Contains(permission) ||
         (ResourceKindOf(permission) == ResourceKind::kEndpoint &&
          rule.permissions.Contains(Permission::kNetResolve));
}

AccessSamples SampleAccesses(const std::vector<const PolicySpec*>& policies,
                             size_t max) {
  AccessSamples samples;
  const Fresh fresh = FindFresh(policies);
  for (int i = 1; i < kPermissionLimit; ++i) {
    Sampler(policies, fresh, static_cast<Permission>(i), max, &samples).Run();
  }
  return samples;
}

}  // namespace postern
