#include "benchmarks/workload/contexts.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "benchmarks/workload/path_rules.h"

namespace postern {
namespace benchmarks {
namespace {

constexpr uint64_t kLayerSeed = 40;

ContextOptions Options() {
  ContextOptions options;
  absl::StatusOr<Principal> principal = Principal::Parse("benchmark");
  Must(principal.status());
  options.principal = *std::move(principal);
  return options;
}

}  // namespace

void Must(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

RootContext MustMakeRoot(std::shared_ptr<const Policy> policy) {
  auto root = PermissionContext::Create(std::move(policy), Options());
  Must(root.status());
  return *std::move(root);
}

std::shared_ptr<PermissionContext> MustMakeContext(
    std::shared_ptr<const Policy> policy) {
  return MustMakeRoot(std::move(policy)).context;
}

std::shared_ptr<PermissionContext> MustDerive(const PermissionContext& parent,
                                              std::vector<Layer> layers) {
  auto child = parent.Derive(std::move(layers), Options());
  Must(child.status());
  return *std::move(child);
}

Layer NarrowingLayer(const FileTree& tree, size_t rules, size_t number) {
  Layer layer =
      MakeLayer(MakePathRules(tree, Mix::kLiteral, rules, kLayerSeed + number));
  layer.name = absl::StrCat("narrow", number);
  layer.default_effect = Effect::kAllow;
  return layer;
}

}  // namespace benchmarks
}  // namespace postern
