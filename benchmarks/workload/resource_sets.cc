#include "benchmarks/workload/resource_sets.h"

#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "benchmarks/workload/workload.h"
#include "permission/layer.h"

namespace postern {
namespace benchmarks {
namespace {

constexpr size_t kQueries = 20000;
constexpr size_t kSharing = 10;  // rules with a function or a first part
// Prime to all numbers of rules: goes through them in no order that a cache
// likes.
constexpr size_t kStep = 7919;

std::string RuleName(size_t rules, absl::string_view what) {
  return absl::StrCat(what, "/rules:", rules);
}

class LayerMaker {
 public:
  explicit LayerMaker(Permission permission) : permission_(permission) {
    layer_.name = "grants";
  }
  void Allow(RulePattern pattern) {
    Rule rule;
    rule.effect = Effect::kAllow;
    rule.permissions = PermissionSet(permission_);
    rule.pattern = std::move(pattern);
    layer_.rules.push_back(std::move(rule));
  }
  std::shared_ptr<const Policy> Build() { return MustBuild({layer_}); }

 private:
  const Permission permission_;
  Layer layer_;
};

}  // namespace

absl::string_view ResourceSet::Keep(std::string text) {
  texts_.push_back(std::move(text));
  return texts_.back();
}

void ResourceSet::AskName(std::string name, bool allowed) {
  queries_.push_back(Access::Name(Permission::kEnvRead, Keep(std::move(name))));
  allowed_.push_back(allowed);
}

void ResourceSet::AskCall(std::string function, std::vector<std::string> args,
                          bool allowed) {
  std::vector<CallArg> views;
  for (std::string& arg : args) {
    CallArg view;
    view.text = Keep(std::move(arg));
    views.push_back(view);
  }
  args_.push_back(std::move(views));
  CallView call;
  call.function = Keep(std::move(function));
  call.args = args_.back();
  queries_.push_back(Access::Call(call));
  allowed_.push_back(allowed);
}

void ResourceSet::AskSecret(std::vector<std::string> parts, bool allowed) {
  std::vector<absl::string_view> views;
  for (std::string& part : parts) views.push_back(Keep(std::move(part)));
  parts_.push_back(std::move(views));
  queries_.push_back(Access::Secret(Permission::kSecretUse, parts_.back()));
  allowed_.push_back(allowed);
}

void ResourceSet::AskEndpoint(std::string endpoint, bool allowed) {
  queries_.push_back(
      Access::Endpoint(Permission::kNetConnect, Keep(std::move(endpoint))));
  allowed_.push_back(allowed);
}

std::unique_ptr<const ResourceSet> ResourceSet::Names(std::string name,
                                                      size_t rules,
                                                      size_t period) {
  auto set = absl::WrapUnique(new ResourceSet);
  set->name_ = std::move(name);
  LayerMaker maker(Permission::kEnvRead);
  const auto wildcard = [period](size_t i) {
    return period != 0 && i % period == 0;
  };
  for (size_t i = 0; i < rules; ++i) {
    maker.Allow(RulePattern::Text(
        absl::StrCat("SERVICE_", i, wildcard(i) ? "_*" : "_SETTING")));
  }
  set->policy_ = maker.Build();
  for (size_t i = 0; i < kQueries; ++i) {
    const size_t rule = i * kStep % rules;
    const bool allowed = i % 2 == 0;
    set->AskName(absl::StrCat(allowed ? "SERVICE_" : "PROGRAM_", rule,
                              wildcard(rule) ? "_OPTION" : "_SETTING"),
                 allowed);
  }
  return set;
}

std::unique_ptr<const ResourceSet> ResourceSet::ExactNames(size_t rules) {
  return Names(RuleName(rules, "names/exact"), rules, 0);
}

std::unique_ptr<const ResourceSet> ResourceSet::MixedNames(size_t rules) {
  return Names(RuleName(rules, "names/mixed"), rules, 10);
}

std::unique_ptr<const ResourceSet> ResourceSet::Calls(std::string name,
                                                      size_t rules,
                                                      bool regex) {
  auto set = absl::WrapUnique(new ResourceSet);
  set->name_ = std::move(name);
  LayerMaker maker(Permission::kPluginCall);
  const auto function = [](size_t rule) {
    return absl::StrCat("plugin.function", rule / kSharing);
  };
  for (size_t i = 0; i < rules; ++i) {
    std::vector<std::string> args =
        regex ? std::vector<std::string>{absl::StrCat("re:[a-z]+", i),
                                         "re:--(all|size)=[0-9]+"}
              : std::vector<std::string>{absl::StrCat("item", i), "--all=1"};
    maker.Allow(
        RulePattern::Call(function(i), std::move(args), CallForm::kExact));
  }
  set->policy_ = maker.Build();
  for (size_t i = 0; i < kQueries; ++i) {
    const size_t rule = i * kStep % rules;
    const bool allowed = i % 2 == 0;
    set->AskCall(function(rule),
                 {absl::StrCat("item", rule), allowed ? "--all=1" : "--none"},
                 allowed);
  }
  return set;
}

std::unique_ptr<const ResourceSet> ResourceSet::LiteralCalls(size_t rules) {
  return Calls(RuleName(rules, "calls/literal"), rules, false);
}

std::unique_ptr<const ResourceSet> ResourceSet::RegexCalls(size_t rules) {
  return Calls(RuleName(rules, "calls/regex"), rules, true);
}

std::unique_ptr<const ResourceSet> ResourceSet::Secrets(size_t rules) {
  auto set = absl::WrapUnique(new ResourceSet);
  set->name_ = RuleName(rules, "secrets");
  LayerMaker maker(Permission::kSecretUse);
  const auto key = [](size_t rule, absl::string_view last) {
    return std::vector<std::string>{absl::StrCat("service", rule / kSharing),
                                    absl::StrCat("account", rule),
                                    std::string(last)};
  };
  for (size_t i = 0; i < rules; ++i) {
    maker.Allow(RulePattern::Secret(key(i, "password")));
  }
  set->policy_ = maker.Build();
  for (size_t i = 0; i < kQueries; ++i) {
    const bool allowed = i % 2 == 0;
    set->AskSecret(key(i * kStep % rules, allowed ? "password" : "token"),
                   allowed);
  }
  return set;
}

std::unique_ptr<const ResourceSet> ResourceSet::Endpoints(
    std::string name, size_t rules, std::string (*rule)(size_t),
    std::string (*query)(size_t, bool)) {
  auto set = absl::WrapUnique(new ResourceSet);
  set->name_ = std::move(name);
  LayerMaker maker(Permission::kNetConnect);
  for (size_t i = 0; i < rules; ++i) maker.Allow(RulePattern::Text(rule(i)));
  set->policy_ = maker.Build();
  for (size_t i = 0; i < kQueries; ++i) {
    const bool allowed = i % 2 == 0;
    set->AskEndpoint(query(i * kStep % rules, allowed), allowed);
  }
  return set;
}

std::unique_ptr<const ResourceSet> ResourceSet::HostNames(size_t rules) {
  return Endpoints(
      RuleName(rules, "endpoints/names"), rules,
      [](size_t i) {
        return i % 10 == 0 ? absl::StrCat("*.site", i, ".example.com:443")
                           : absl::StrCat("www.site", i, ".example.com:443");
      },
      [](size_t i, bool allowed) {
        return absl::StrCat("www.site", i,
                            ".example.com:", allowed ? "443" : "80");
      });
}

std::unique_ptr<const ResourceSet> ResourceSet::Addresses(size_t rules) {
  return Endpoints(
      RuleName(rules, "endpoints/addresses"), rules,
      [](size_t i) {
        const std::string block = absl::StrCat("10.", i >> 8, ".", i & 255);
        return absl::StrCat(block, i % 10 == 0 ? ".0/24:443" : ".7:443");
      },
      [](size_t i, bool allowed) {
        return absl::StrCat("10.", i >> 8, ".", i & 255,
                            ".7:", allowed ? "443" : "80");
      });
}

absl::Status ResourceSet::CheckVerdicts() const {
  for (size_t i = 0; i < queries_.size(); ++i) {
    if (policy_->Check(queries_[i]).allowed() == allowed_[i]) continue;
    return absl::InternalError(
        absl::StrCat(name_, ": query ", i, " for \"", queries_[i].text(),
                     "\" must be ", allowed_[i] ? "allowed" : "denied"));
  }
  return absl::OkStatus();
}

}  // namespace benchmarks
}  // namespace postern
