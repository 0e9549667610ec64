#include "benchmarks/context_cases.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "benchmark/benchmark.h"
#include "benchmarks/harness/allocation_counter.h"
#include "benchmarks/harness/measure.h"
#include "benchmarks/workload/contexts.h"
#include "benchmarks/workload/normal_path.h"
#include "benchmarks/workload/path_queries.h"
#include "benchmarks/workload/path_rules.h"

namespace postern {
namespace benchmarks {
namespace {

using Bound = TargetRow::Bound;

constexpr size_t kRules = 10000;
constexpr size_t kSmallRules = 10;
// Drops in force, and how much a check may cost beside one without any.
constexpr struct {
  size_t count;
  double target;
} kDropCounts[] = {{1, 1.2}, {16, 1.5}, {256, 2}};
// Of one, two and three layers beside a bare policy of one:
// docs/design.md#speed.
constexpr double kLayerTargets[] = {1.1, 1.5, 2.0};
// One less than would drop the permission whole.
constexpr size_t kMostDrops = PermissionContext::kMaxDrops;
constexpr int kPublishes = PermissionContext::kMaxRetired;
constexpr auto kPause = std::chrono::microseconds(300);  // of who writes
constexpr double kTwoThreads = 1.8;

constexpr char kBare[] = "BM_Context/bare";
constexpr char kDropping[] = "BM_InFlight/drops";
constexpr char kPublishing[] = "BM_InFlight/publishes";
constexpr char kDrop[] = "BM_Change/drop";
constexpr char kDerive[] = "BM_Change/derive";
constexpr char kDeriveLayer[] = "BM_Change/derive/rules:10";
constexpr char kRestrict[] = "BM_Change/restrict/rules:10";
constexpr char kPublish[] = "BM_Change/publish/rules:10000";

Access Read(absl::string_view path) {
  return Access::Path(Permission::kFsRead, path);
}

std::string CheckName(absl::string_view context, int threads) {
  return absl::StrCat("BM_Context/", context, "/threads:", threads);
}

// Calls `change(0)`, `change(1)`, ... of `count` beside the thread that made
// it, with pauses, until it ends.
class Changing {
 public:
  Changing(size_t count, std::function<void(size_t)> change)
      : thread_([this, count, change] {
          for (size_t i = 0; i < count && !done_.load(); ++i) {
            change(i);
            std::this_thread::sleep_for(kPause);
          }
        }) {}
  ~Changing() {
    done_.store(true);
    thread_.join();
  }
  Changing(const Changing&) = delete;
  Changing& operator=(const Changing&) = delete;

 private:
  std::atomic<bool> done_{false};
  std::thread thread_;
};

// Registers a benchmark of `change(context)` on contexts that `make` makes, a
// new one for every `batch` changes.
template <typename Make, typename Change>
void MeasureChange(const char* name, size_t batch, Make make, Change change) {
  benchmark::RegisterBenchmark(name, [=](benchmark::State& state) {
    size_t left = 0;
    decltype(make()) subject;
    for (auto _ : state) {
      if (left == 0) {
        state.PauseTiming();
        subject = make();
        left = batch;
        state.ResumeTiming();
      }
      change(&subject, batch - left--);
    }
  });
}

}  // namespace

ContextCases::ContextCases(const FileTree& tree)
    : workload_(tree, Mix::kLiteral, kRules),
      small_layer_(NarrowingLayer(tree, kSmallRules, 9)) {
  const std::vector<std::string> granted = workload_.QueriesThatGet(true);
  for (size_t i = 0; i < kMostDrops; ++i) {
    const NormalPath path(granted[i * granted.size() / kMostDrops]);
    to_drop_.push_back(absl::StrCat("exact:", path.get()));
  }
  MakeLayered(tree);
  MakeDropped();
}

void ContextCases::MakeLayered(const FileTree& tree) {
  std::vector<Layer> layers = {MakeLayer(workload_.rules())};
  for (size_t count = 1; count <= 3; ++count) {
    if (count > 1) layers.push_back(NarrowingLayer(tree, kRules, count));
    AddLayered(layers);
  }
}

// Layers come in three ways: within the policy, added to a context later, and
// of children.
void ContextCases::AddLayered(const std::vector<Layer>& layers) {
  const auto policy = MustBuild(layers);
  const size_t added = layers.size() - 1;
  const double target = kLayerTargets[added];
  contexts_.push_back({absl::StrCat("policy:", layers.size()),
                       MustMakeContext(policy), policy, target});
  if (added == 0) return;
  const auto restricted = MustMakeContext(workload_.ours().policy());
  auto derived = MustMakeContext(workload_.ours().policy());
  for (size_t i = 1; i <= added; ++i) {
    Must(restricted->Restrict({layers[i]}));
    derived = MustDerive(*derived, {layers[i]});
  }
  contexts_.push_back(
      {absl::StrCat("derived:", added), derived, policy, absl::nullopt});
  contexts_.push_back(
      {absl::StrCat("restricted:", added), restricted, policy, target});
}

// No bare policy says the same: what was dropped is left out of comparing.
void ContextCases::MakeDropped() {
  for (const auto& drops : kDropCounts) {
    auto context = MustMakeContext(workload_.ours().policy());
    DropAll(context.get(), drops.count);
    contexts_.push_back(
        {absl::StrCat("drops:", drops.count), context, nullptr, absl::nullopt});
  }
}

void ContextCases::DropAll(PermissionContext* context, size_t count) const {
  for (size_t i = 0; i < count; ++i) {
    Must(context->Drop(PermissionSet(Permission::kFsRead),
                       RulePattern::Text(to_drop_[i])));
  }
}

absl::Status ContextCases::CompareVerdicts() const {
  const PathQueries& queries = workload_.queries();
  for (const NamedContext& named : contexts_) {
    size_t denied = 0;
    for (size_t i = 0; i < queries.size(); ++i) {
      const Policy& same =
          named.same != nullptr ? *named.same : *workload_.ours().policy();
      const bool allowed = named.context->Check(Read(queries[i])).allowed();
      const bool want = same.Check(Read(queries[i])).allowed();
      if (allowed == want) continue;
      if (named.same == nullptr && want) {
        ++denied;
        continue;
      }
      return absl::InternalError(
          absl::StrCat(named.name, " is wrong about \"", queries[i], "\""));
    }
    if (named.same == nullptr && denied == 0) {
      return absl::InternalError(named.name + " drops nothing");
    }
  }
  return absl::OkStatus();
}

void ContextCases::RegisterChecks() const {
  const Policy& bare = *workload_.ours().policy();
  Measure(kBare, workload_.queries(), [&bare](absl::string_view path) {
    return bare.Check(Read(path));
  })->UseRealTime();
  for (const NamedContext& named : contexts_) {
    const PermissionContext& context = *named.context;
    for (int threads : {1, 2}) {
      Measure(CheckName(named.name, threads), workload_.queries(),
              [&context](absl::string_view path) {
                return context.Check(Read(path));
              })
          ->Threads(threads)
          ->UseRealTime();
    }
  }
}

void ContextCases::ReadAll(const PermissionContext& context,
                           benchmark::State& state) const {
  const PathQueries& queries = workload_.queries();
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(context.Check(Read(queries[i])));
    if (++i == queries.size()) i = 0;
  }
}

void ContextCases::RegisterInFlight() const {
  benchmark::RegisterBenchmark(kDropping, [this](benchmark::State& state) {
    const auto context = MustMakeContext(workload_.ours().policy());
    const Changing dropping(kMostDrops, [&](size_t i) {
      Must(context->Drop(PermissionSet(Permission::kFsRead),
                         RulePattern::Text(to_drop_[i])));
    });
    ReadAll(*context, state);
  })->UseRealTime();
  benchmark::RegisterBenchmark(kPublishing, [this](benchmark::State& state) {
    const RootContext root = MustMakeRoot(workload_.ours().policy());
    const Changing publishing(kPublishes, [&](size_t) {
      Must(root.context->Publish(root.authority, workload_.ours().policy()));
    });
    ReadAll(*root.context, state);
  })->UseRealTime();
}

void ContextCases::RegisterChanges() const {
  using Context = std::shared_ptr<PermissionContext>;
  const auto make = [this] {
    return MustMakeContext(workload_.ours().policy());
  };
  MeasureChange(kDrop, kMostDrops, make, [this](Context* context, size_t i) {
    Must((*context)->Drop(PermissionSet(Permission::kFsRead),
                          RulePattern::Text(to_drop_[i])));
  });
  MeasureChange(kDerive, 1000, make, [](Context* context, size_t) {
    benchmark::DoNotOptimize(MustDerive(**context, {}));
  });
  MeasureChange(kDeriveLayer, 1000, make, [this](Context* context, size_t) {
    benchmark::DoNotOptimize(MustDerive(**context, {small_layer_}));
  });
  MeasureChange(kRestrict, PermissionContext::kMaxRestrictions, make,
                [this](Context* context, size_t) {
                  Must((*context)->Restrict({small_layer_}));
                });
  const auto make_root = [this] {
    return std::make_unique<RootContext>(
        MustMakeRoot(workload_.ours().policy()));
  };
  MeasureChange(kPublish, kPublishes, make_root,
                [this](std::unique_ptr<RootContext>* root, size_t) {
                  Must((*root)->context->Publish((*root)->authority,
                                                 workload_.ours().policy()));
                });
}

void ContextCases::Register() const {
  RegisterChecks();
  RegisterInFlight();
  RegisterChanges();
}

double ContextCases::MostAllocations() const {
  double most = 0;
  for (const NamedContext& named : contexts_) {
    most = std::max(
        most,
        AllocationsPerCheck(workload_.queries(), [&](absl::string_view path) {
          static_cast<void>(named.context->Check(Read(path)));
        }));
  }
  return most;
}

void ContextCases::AddRows(const Medians& medians, TargetTable* table) const {
  for (const NamedContext& named : contexts_) {
    table->Add({absl::StrCat("context, ", named.name, " ÷ bare policy of 1"),
                medians.Ratio(CheckName(named.name, 1), kBare), "",
                named.target ? Bound::kAtMost : Bound::kNone,
                named.target.value_or(0)});
  }
  for (const auto& drops : kDropCounts) {
    const std::string name = absl::StrCat("drops:", drops.count);
    table->Add({absl::StrCat("context, ", name, " ÷ none"),
                medians.Ratio(CheckName(name, 1), CheckName("policy:1", 1)), "",
                Bound::kAtMost, drops.target});
  }
  for (const NamedContext& named : contexts_) {
    table->Add(
        {absl::StrCat("context, ", named.name,
                      ", two threads ÷ one, in checks"),
         medians.Ratio(CheckName(named.name, 1), CheckName(named.name, 2)), "",
         Bound::kAtLeast, kTwoThreads});
  }
  table->Add({"check beside who drops ÷ with those drops",
              medians.Ratio(kDropping, CheckName("drops:256", 1)), "",
              Bound::kNone});
  table->Add({"check beside who publishes ÷ alone",
              medians.Ratio(kPublishing, CheckName("policy:1", 1)), "",
              Bound::kNone});
  const struct {
    const char *row, *benchmark;
  } kChanges[] = {{"Drop, up to 256", kDrop},
                  {"Derive", kDerive},
                  {"Derive with a layer of 10 rules", kDeriveLayer},
                  {"Restrict by a layer of 10 rules", kRestrict},
                  {"Publish a built policy of 10000 rules", kPublish}};
  table->Add({"allocations a check, most of all contexts", MostAllocations(),
              "", Bound::kAtMost, 0, true});
  for (const auto& change : kChanges) {
    table->Add({change.row, medians.Microseconds(change.benchmark), "µs",
                Bound::kNone});
  }
}

}  // namespace benchmarks
}  // namespace postern
