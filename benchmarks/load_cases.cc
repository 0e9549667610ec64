#include "benchmarks/load_cases.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "benchmark/benchmark.h"
#include "benchmarks/harness/allocation_counter.h"
#include "benchmarks/harness/progress.h"
#include "benchmarks/workload/path_rules.h"
#include "permission/builder.h"
#include "permission/layer.h"
#include "permission/proto/policy_proto.h"

namespace postern {
namespace benchmarks {
namespace {

constexpr uint64_t kSeed = 31;
// What the target speaks of; from here on a load is long enough to be timed
// alone.
constexpr size_t kTargetSize = 100000;
constexpr size_t kMillion = 1000000;

using Writer = absl::StatusOr<std::string> (*)(const PolicySpec&);
using Reader = absl::StatusOr<PolicySpec> (*)(absl::string_view,
                                              absl::string_view,
                                              const ReadLimits&);

absl::StatusOr<PolicySpec> Parse(Reader reader, absl::string_view bytes) {
  ReadLimits limits;
  limits.max_bytes = size_t{1} << 30;  // a million rules are more than usual
  return reader(bytes, "/etc/postern/policy.file", limits);
}

absl::StatusOr<std::shared_ptr<const Policy>> Load(Reader reader,
                                                   absl::string_view bytes) {
  absl::StatusOr<PolicySpec> spec = Parse(reader, bytes);
  if (!spec.ok()) return spec.status();
  return PolicyBuilder(*std::move(spec)).Build();
}

// The time to free the result does not count.
template <typename Work>
void Time(benchmark::State& state, const Work& work) {
  for (auto _ : state) {
    auto result = work();
    benchmark::DoNotOptimize(result);
    state.PauseTiming();
    if (!result.ok()) state.SkipWithError("the policy is refused");
    result = absl::UnknownError("");
    state.ResumeTiming();
  }
}

template <typename Work>
void RegisterOne(const std::string& name, size_t size, Work work) {
  auto* registered = benchmark::RegisterBenchmark(
      name.c_str(), [work](benchmark::State& state) { Time(state, work); });
  if (size >= kTargetSize) registered->Iterations(1);
  if (size >= kMillion) registered->Repetitions(3);
}

struct FormUnderTest {
  const char* name;
  Writer write;
  Reader read;
};

// By Form.
constexpr FormUnderTest kForms[] = {
    {"text", PolicySpecToText, ParsePolicyText},
    {"json", PolicySpecToJson, ParsePolicyJson},
    {"binary", PolicySpecToBinary, ParsePolicyBinary},
};

}  // namespace

const char* LoadCases::FormName(Form form) {
  return kForms[static_cast<int>(form)].name;
}

std::string LoadCases::Name(const char* what, Form form, size_t size) {
  return absl::StrCat("BM_", what, "/form:", FormName(form), "/rules:", size);
}

LoadCases::LoadCases(const FileTree& tree, Extent extent) {
  const std::vector<Form> all = {Form::kText, Form::kJson, Form::kBinary};
  Add(tree, 1000, all);
  if (extent == Extent::kQuick) {
    Add(tree, kTargetSize, {Form::kBinary});
    return;
  }
  Add(tree, kTargetSize, all);
  Add(tree, kMillion, all);
}

void LoadCases::Add(const FileTree& tree, size_t size,
                    const std::vector<Form>& forms) {
  SayProgress(absl::StrCat("writing policies, N = ", size));
  PolicySpec spec;
  spec.layers.push_back(
      MakeLayer(MakePathRules(tree, Mix::kLiteral, size, kSeed)));
  for (Form form : forms) {
    auto added = std::make_unique<Case>();
    added->form = form;
    added->size = size;
    absl::StatusOr<std::string> bytes =
        kForms[static_cast<int>(form)].write(spec);
    if (bytes.ok()) added->bytes = *std::move(bytes);
    cases_.push_back(std::move(added));
  }
}

absl::Status LoadCases::Measure(Case* c) {
  const Reader reader = kForms[static_cast<int>(c->form)].read;
  const int64_t before = AllocationsSoFar().live_bytes;
  RestartPeak();
  absl::StatusOr<PolicySpec> spec = Parse(reader, c->bytes);
  if (!spec.ok()) return spec.status();
  c->parse_peak = AllocationsSoFar().peak_bytes - before;
  const absl::StatusOr<std::shared_ptr<const Policy>> policy =
      PolicyBuilder(*std::move(spec)).Build();
  if (!policy.ok()) return policy.status();
  c->load_peak = AllocationsSoFar().peak_bytes - before;
  spec = absl::UnknownError("");
  c->built = AllocationsSoFar().live_bytes - before;
  return absl::OkStatus();
}

absl::Status LoadCases::Prepare() {
  SayProgress("loading each once");
  for (const std::unique_ptr<Case>& c : cases_) {
    const absl::Status status = Measure(c.get());
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

void LoadCases::Register() const {
  for (const std::unique_ptr<Case>& c : cases_) {
    const Reader reader = kForms[static_cast<int>(c->form)].read;
    const std::string& bytes = c->bytes;
    RegisterOne(Name("Parse", c->form, c->size), c->size,
                [reader, &bytes] { return Parse(reader, bytes); });
    RegisterOne(Name("Load", c->form, c->size), c->size,
                [reader, &bytes] { return Load(reader, bytes); });
  }
}

void LoadCases::AddRows(const Medians& medians, TargetTable* table) const {
  TargetRow row;
  row.name = absl::StrCat("load binary, N = ", kTargetSize);
  const absl::optional<double> seconds =
      medians.Seconds(Name("Parse", Form::kBinary, kTargetSize));
  if (seconds.has_value()) row.figure = *seconds * 1e3;
  row.unit = "ms";
  row.target = 100;
  table->Add(std::move(row));
}

std::string LoadCases::ToText(const Medians& medians) const {
  std::string text = absl::StrFormat(
      "%-8s%9s%11s%11s%11s%13s%12s%11s\n", "form", "rules", "MB", "read, ms",
      "built, ms", "peak reading", "peak in all", "kept, MB");
  constexpr double kMegabyte = 1e6;
  for (const std::unique_ptr<Case>& c : cases_) {
    const absl::optional<double> parse =
        medians.Seconds(Name("Parse", c->form, c->size));
    const absl::optional<double> load =
        medians.Seconds(Name("Load", c->form, c->size));
    absl::StrAppendFormat(&text,
                          "%-8s%9d%11.2f%11.2f%11.2f%13.2f%12.2f%11.2f\n",
                          FormName(c->form), c->size,
                          static_cast<double>(c->bytes.size()) / kMegabyte,
                          parse.value_or(0) * 1e3, load.value_or(0) * 1e3,
                          static_cast<double>(c->parse_peak) / kMegabyte,
                          static_cast<double>(c->load_peak) / kMegabyte,
                          static_cast<double>(c->built) / kMegabyte);
  }
  return text;
}

}  // namespace benchmarks
}  // namespace postern
