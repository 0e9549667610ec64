#include "permission/analysis/sample_accesses.h"

#include <algorithm>
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

// A word that is part of no pattern, variable or base directory.
Fresh FindFresh(const std::vector<const PolicySpec*>& policies) {
  for (int number = 0;; ++number) {
    Fresh fresh = absl::StrCat("other", number);
    bool known = false;
    ForEachRule(policies, [&](const PolicySpec&, const Rule& rule) {
      known = known || Holds(rule.pattern, fresh);
    });
    for (const PolicySpec* policy : policies) {
      known = known || absl::StrContains(policy->base_directory, fresh);
      for (const auto& entry : policy->variables) {
        known = known || absl::StrContains(entry.second, fresh);
      }
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
      if (rule.permissions.Contains(permission_)) AddRule(policy, rule);
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
      case ResourceKind::kNone:
      case ResourceKind::kCommand:
      case ResourceKind::kProcess:
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
      case ResourceKind::kCommand:
      case ResourceKind::kProcess:
        break;
    }
    return SampleName(pattern.text());
  }

  const char* WhyInexact() const {
    switch (ResourceKindOf(permission_)) {
      case ResourceKind::kCall:
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
        if (!name.empty()) all.insert(name);
        name.push_back(fresh_);
        const bool known = !all.insert(name).second;
        name.pop_back();
        if (known || name.empty()) break;
      }
    }
    return all;
  }

  void AskPaths() {
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
    AskOne(fresh_);
    for (const Parts& name : names_) {
      AskOne(name[0]);
      AskOne(absl::StrCat(name[0], fresh_));
    }
  }

  void AskFacts() {
    for (absl::string_view fact : absl::StrSplit(internal::FactNames(), ", ")) {
      AskOne(std::string(fact));
    }
  }

  void AskCalls() {
    Ask({absl::StrCat(fresh_, ".", fresh_)}, AccessQuestion::Extent::kOne);
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
