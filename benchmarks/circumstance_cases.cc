#include "benchmarks/circumstance_cases.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "benchmarks/harness/measure.h"

namespace postern {
namespace benchmarks {
namespace {

using Bound = TargetRow::Bound;

constexpr size_t kRules = 10000;
constexpr size_t kHostileBytes = 4095;
constexpr int kHostileNames = 2000;

constexpr char kOneReader[] = "BM_Readers/threads:1";
constexpr char kTwoReaders[] = "BM_Readers/threads:2";
constexpr char kDisabled[] = "BM_NoPolicy";
constexpr char kEmptyLoop[] = "BM_EmptyLoop";
constexpr char kGranted[] = "BM_Granted";
constexpr char kDenied[] = "BM_Denied";
constexpr char kClimbing[] = "BM_Hostile/climbing";
constexpr char kDeep[] = "BM_Hostile/deep";

Access Read(absl::string_view path) {
  return Access::Path(Permission::kFsRead, path);
}

}  // namespace

CircumstanceCases::CircumstanceCases(const FileTree& tree)
    : workload_(tree, Mix::kLiteral, kRules),
      granted_(workload_.QueriesThatGet(true)),
      denied_(workload_.QueriesThatGet(false)) {
  MakeHostile();
}

void CircumstanceCases::MakeHostile() {
  std::string climbing = "/", deep;
  while (climbing.size() + 5 <= kHostileBytes) climbing += "a/../";
  climbing.resize(kHostileBytes, 'a');
  for (int i = 0; i < kHostileNames; ++i) deep += "/a";
  std::vector<PathRule> rules = workload_.rules();
  PathRule last;
  last.pattern = last.example = deep;
  rules.push_back(std::move(last));
  hostile_policy_ = MustBuild({MakeLayer(rules)});
  climbing_ = std::make_unique<PathQueries>(std::vector<std::string>{climbing});
  deep_ = std::make_unique<PathQueries>(std::vector<std::string>{deep});
}

void CircumstanceCases::RegisterReaders() const {
  const Ours& ours = workload_.ours();
  const auto check = [&ours](absl::string_view path) {
    return ours.Allows(path);
  };
  Measure(kOneReader, workload_.queries(), check)->UseRealTime();
  Measure(kTwoReaders, workload_.queries(), check)->Threads(2)->UseRealTime();
  Measure(kGranted, granted_, check);
  Measure(kDenied, denied_, check);
}

void CircumstanceCases::RegisterHostile() const {
  const Policy& policy = *hostile_policy_;
  const auto check = [&policy](absl::string_view path) {
    return policy.Check(Read(path));
  };
  Measure(kClimbing, *climbing_, check);
  Measure(kDeep, *deep_, check);
}

void CircumstanceCases::Register() const {
  RegisterReaders();
  RegisterHostile();
  Measure(kDisabled, workload_.queries(), [this](absl::string_view path) {
    const Policy* policy = no_policy_.load(std::memory_order_acquire);
    return policy == nullptr || policy->Check(Read(path)).allowed();
  });
  Measure(kEmptyLoop, workload_.queries(),
          [](absl::string_view path) { return path.data(); });
}

// Going through the queries costs about as much as finding no policy: what is
// promised is the difference.
void CircumstanceCases::AddDisabledRows(const Medians& medians,
                                        TargetTable* table) const {
  const absl::optional<double> disabled = medians.Seconds(kDisabled);
  const absl::optional<double> loop = medians.Seconds(kEmptyLoop);
  absl::optional<double> beyond;
  if (disabled && loop) beyond = std::max(*disabled - *loop, 0.0) * 1e9;
  table->Add({"no policy installed, beyond an empty loop over the queries",
              beyond, "ns", Bound::kAtMost, 2});
  absl::optional<double> whole;
  if (disabled) whole = *disabled * 1e9;
  table->Add(
      {"no policy installed, with that loop", whole, "ns", Bound::kNone});
}

void CircumstanceCases::AddRows(const Medians& medians,
                                TargetTable* table) const {
  table->Add({"two reader threads ÷ one, in checks",
              medians.Ratio(kOneReader, kTwoReaders), "", Bound::kAtLeast,
              1.8});
  AddDisabledRows(medians, table);
  table->Add({"denied ÷ granted", medians.Ratio(kDenied, kGranted), "",
              Bound::kAtMost, 1.2});
  table->Add({"hostile path, 4095 bytes of a/../",
              medians.Microseconds(kClimbing), "µs", Bound::kAtMost, 10});
  table->Add({"hostile path, 2000 components", medians.Microseconds(kDeep),
              "µs", Bound::kAtMost, 10});
}

}  // namespace benchmarks
}  // namespace postern
