#include "bindings/plugins/exec_in.h"

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/types/variant.h"
#include "gtest/gtest.h"

namespace postern {
namespace plugins {
namespace {

using host::PluginCall;
using host::Value;

absl::StatusOr<Value> Call(std::vector<Value> args,
                           const ExecInOptions& options = ExecInOptions()) {
  PluginCall call;
  call.args = std::move(args);
  return MakeExecIn(options).functions[0].handler(call);
}

TEST(ExecInTest, IsDeclaredWithItsSignature) {
  host::Catalog catalog;
  ASSERT_TRUE(catalog.Add(MakeExecIn()).ok());
  const host::Plugin* const plugin = catalog.Find("exec.in");
  ASSERT_NE(plugin, nullptr);
  ASSERT_EQ(plugin->functions.size(), 1u);
  EXPECT_EQ(plugin->functions[0].name, "run");
  EXPECT_EQ(plugin->functions[0].parameters,
            (std::vector<std::string>{"program", "*args"}));
  EXPECT_EQ(plugin->functions[0].nature, host::Nature::kWrite);
}

TEST(ExecInTest, GivesBackARecord) {
  const absl::StatusOr<Value> value =
      Call({Value::Bytes("echo"), Value::Bytes("x")});
  ASSERT_TRUE(value.ok()) << value.status();
  std::map<std::string, Value> fields;
  for (const auto& field : absl::get<Value::Record>(value->data())) {
    fields[field.first] = field.second;
  }
  EXPECT_EQ(fields.size(), 5u);
  EXPECT_EQ(absl::get<int64_t>(fields["status"].data()), 0);
  EXPECT_EQ(*fields["stdout"].text(), "x\n");
  EXPECT_EQ(*fields["stderr"].text(), "");
  EXPECT_FALSE(absl::get<bool>(fields["truncated"].data()));
  EXPECT_FALSE(absl::get<bool>(fields["timed_out"].data()));
}

TEST(ExecInTest, TakesTextOnly) {
  for (const Value& value :
       {Value(), Value::Integer(1), Value::Bool(true), Value::Number(1.5),
        Value::OfList({Value::Bytes("x")})}) {
    EXPECT_EQ(Call({value}).status().code(),
              absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(Call({Value::Bytes("echo"), value}).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(Call({}).status().code(), absl::StatusCode::kNotFound);
}

TEST(ExecInTest, TheOptionsLimit) {
  ExecInOptions options;
  options.time = absl::Milliseconds(200);
  const absl::Time start = absl::Now();
  EXPECT_TRUE(Call({Value::Bytes("sleep"), Value::Bytes("20")}, options).ok());
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
}

}  // namespace
}  // namespace plugins
}  // namespace postern
