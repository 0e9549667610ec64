#include "benchmarks/workload/workload.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "benchmarks/harness/allocation_counter.h"
#include "permission/builder.h"

namespace postern {
namespace benchmarks {
namespace {

constexpr uint64_t kRuleSeed = 20;
constexpr uint64_t kQuerySeed = 21;
// Rivals that look at every rule are compared on so many queries, times rules.
constexpr size_t kMaxCompared = size_t{10} << 20;

// Every so many-th query is compared with such a rival.
size_t Stride(size_t rules, size_t queries) {
  return std::max<size_t>(rules * queries / kMaxCompared, 1);
}

template <typename Other>
absl::Status Compare(const Ours& ours, const Other& other,
                     const PathQueries& queries, size_t stride,
                     const std::string& name) {
  for (size_t i = 0; i < queries.size(); i += stride) {
    const bool allowed = ours.Allows(queries[i]);
    if (other.Allows(queries[i]) == allowed) continue;
    return absl::InternalError(
        absl::StrCat(name, ": \"", queries[i], "\" is ",
                     allowed ? "allowed by us, denied there"
                             : "denied by us, allowed there"));
  }
  return absl::OkStatus();
}

// All that Floor promises: it knows the rules' own names.
absl::Status CheckFloor(const Floor& floor,
                        const std::vector<PathRule>& rules) {
  size_t known = 0;
  for (const PathRule& rule : rules) known += floor.Allows(rule.pattern);
  // Two names in three have a slot for themselves even when it is half full.
  if (known * 3 >= rules.size() * 2) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat("floor knows only ", known, " of ", rules.size(), " names"));
}

}  // namespace

std::shared_ptr<const Policy> MustBuild(std::vector<Layer> layers) {
  PolicySpec spec;
  spec.layers = std::move(layers);
  auto policy = PolicyBuilder(std::move(spec)).Build();
  if (policy.ok()) return *std::move(policy);
  std::fprintf(stderr, "%s\n", policy.status().ToString().c_str());
  std::exit(1);
}

Workload::Workload(const FileTree& tree, Mix mix, size_t rule_count,
                   const RivalLimits& limits)
    : mix_(mix),
      rules_(MakePathRules(tree, mix, rule_count, kRuleSeed)),
      governing_(rules_),
      floor_(rules_),
      flat_hash_map_(governing_),
      sorted_(governing_) {
  MakeSlowRivals(limits);
  const auto governed = [this](const std::string& path) {
    return flat_hash_map_.Find(path).matched();
  };
  queries_ = std::make_unique<PathQueries>(
      MakePathQueries(tree, rules_, governed, QueryBytes(), kQuerySeed));
  MakeOurs();
}

void Workload::MakeSlowRivals(const RivalLimits& limits) {
  if (rules_.size() <= limits.linear) {
    linear_ = std::make_unique<LinearScan>(rules_);
    fast_linear_ = std::make_unique<FastLinearScan>(rules_);
  }
  if (rules_.size() <= limits.regexes) {
    regex_set_ = std::make_unique<RegexSet>(rules_);
  }
}

void Workload::MakeOurs() {
  const int64_t before = AllocationsSoFar().live_bytes;
  auto policy = MustBuild({MakeLayer(rules_)});
  policy_bytes_ = AllocationsSoFar().live_bytes - before;
  ours_ = std::make_unique<Ours>(std::move(policy));
}

std::string Workload::Name(absl::string_view who) const {
  return absl::StrCat("BM_Check/", who, "/", MixName(mix_),
                      "/rules:", rules_.size());
}

double Workload::OwnBytesPerRule() const {
  int64_t text = 0;
  for (const PathRule& rule : rules_) {
    text += static_cast<int64_t>(rule.Text().size());
  }
  return static_cast<double>(policy_bytes_ - text) /
         static_cast<double>(rules_.size());
}

double Workload::AllocationsPerCheck() const {
  return benchmarks::AllocationsPerCheck(
      *queries_, [this](absl::string_view path) { ours_->Allows(path); });
}

absl::Status Workload::CompareVerdicts() const {
  absl::Status status = CheckFloor(floor_, rules_);
  const auto compare = [&](const auto& other, size_t stride,
                           absl::string_view name) {
    status.Update(Compare(*ours_, other, *queries_, stride, Name(name)));
  };
  compare(flat_hash_map_, 1, "flat_hash_map");
  compare(sorted_, 1, "sorted");
  const size_t stride = Stride(rules_.size(), queries_->size());
  if (linear_ != nullptr) compare(*linear_, stride, "linear");
  if (fast_linear_ != nullptr) compare(*fast_linear_, stride, "fast_linear");
  // All queries, so that what it builds on the way is there when it is timed.
  if (regex_set_ != nullptr) compare(*regex_set_, 1, "re2_set");
  return status;
}

std::vector<std::string> Workload::QueriesThatGet(bool allowed) const {
  std::vector<std::string> paths;
  for (size_t i = 0; i < queries_->size(); ++i) {
    const absl::string_view path = (*queries_)[i];
    if (ours_->Allows(path) == allowed) paths.emplace_back(path);
  }
  return paths;
}

}  // namespace benchmarks
}  // namespace postern
