#include "permission/join_specs.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "permission/layer.h"

namespace postern {
namespace {

PolicySpec SpecOf(const std::string& layer) {
  PolicySpec spec;
  spec.layers.emplace_back();
  spec.layers[0].name = layer;
  spec.base_directory = "/base";
  spec.variables = {{"A", "/a"}};
  spec.signatures = {{"p.f", {"x"}}};
  return spec;
}

TEST(JoinSpecsTest, LayersFollowAndTheRestIsShared) {
  PolicySpec spec;
  ASSERT_TRUE(JoinSpec(SpecOf("one"), &spec).ok());
  PolicySpec more = SpecOf("two");
  more.variables = {{"A", "/a"}, {"B", "/b"}};
  more.signatures["p.g"] = {"y"};
  ASSERT_TRUE(JoinSpec(more, &spec).ok());
  ASSERT_EQ(spec.layers.size(), 2u);
  EXPECT_EQ(spec.layers[0].name, "one");
  EXPECT_EQ(spec.layers[1].name, "two");
  EXPECT_EQ(spec.base_directory, "/base");
  EXPECT_EQ(spec.variables.size(), 2u);
  EXPECT_EQ(spec.signatures.size(), 2u);
}

TEST(JoinSpecsTest, TwoWordsAboutOneThingAreRefused) {
  const auto refused = [](const PolicySpec& more, const char* what) {
    PolicySpec spec = SpecOf("one");
    const absl::Status status = JoinSpec(more, &spec);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr(what));
    EXPECT_EQ(spec.layers.size(), 1u);
    EXPECT_EQ(spec.variables, SpecOf("one").variables);
  };
  PolicySpec more = SpecOf("two");
  more.base_directory = "/other\n";
  refused(more, "the base directory is \"/other\\u{a}\", and \"/base\"");
  more = SpecOf("two");
  more.variables = {{"B", "/b"}, {"A", "/b"}};
  refused(more, "variable \"A\" is \"/b\", and \"/a\"");
  more = SpecOf("two");
  more.signatures["p.f"] = {"z"};
  refused(more, "function \"p.f\" has other parameters");
  more = SpecOf("two");
  more.lenient_wildcards = true;
  refused(more, "lenient_wildcards");
}

TEST(JoinSpecsTest, LenienceIsThatOfTheLayers) {
  PolicySpec spec = SpecOf("one"), more;
  spec.lenient_wildcards = true;
  ASSERT_TRUE(JoinSpec(more, &spec).ok());
  EXPECT_TRUE(spec.lenient_wildcards);
  PolicySpec none;
  none.lenient_wildcards = true;
  ASSERT_TRUE(JoinSpec(SpecOf("one"), &none).ok());
  EXPECT_FALSE(none.lenient_wildcards);
}

}  // namespace
}  // namespace postern
