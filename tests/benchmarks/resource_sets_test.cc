#include "benchmarks/workload/resource_sets.h"

#include <memory>

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace postern {
namespace benchmarks {
namespace {

using Make = std::unique_ptr<const ResourceSet> (*)(size_t);

constexpr Make kMakes[] = {ResourceSet::ExactNames,   ResourceSet::MixedNames,
                           ResourceSet::LiteralCalls, ResourceSet::RegexCalls,
                           ResourceSet::Secrets,      ResourceSet::HostNames,
                           ResourceSet::Addresses};

TEST(ResourceSetsTest, HalfIsGrantedAsWritten) {
  for (Make make : kMakes) {
    for (size_t rules : {1, 30}) {
      const auto set = make(rules);
      SCOPED_TRACE(set->name());
      EXPECT_EQ(set->CheckVerdicts(), absl::OkStatus());
      size_t granted = 0;
      for (size_t i = 0; i < set->size(); ++i) {
        granted += set->policy().Check((*set)[i]).allowed();
      }
      EXPECT_EQ(granted * 2, set->size());
    }
  }
}

}  // namespace
}  // namespace benchmarks
}  // namespace postern
