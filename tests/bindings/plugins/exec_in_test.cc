#include "bindings/plugins/exec_in.h"

#include <fcntl.h>
#include <unistd.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

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
                           const ExecInOptions& options = ExecInOptions(),
                           int function = 0, int directory = -1) {
  PluginCall call;
  call.args = std::move(args);
  call.directory = directory;
  return MakeExecIn(options).functions[function].handler(call);
}

// What a call of run_in() printed; its status's code if it failed.
std::string RunIn(const std::vector<std::string>& args, int directory = -1) {
  std::vector<Value> values;
  for (const std::string& arg : args) values.push_back(Value::Bytes(arg));
  const absl::StatusOr<Value> value =
      Call(std::move(values), ExecInOptions(), 1, directory);
  if (!value.ok()) return absl::StatusCodeToString(value.status().code());
  return *absl::get<Value::Record>(value->data())[1].second.text();
}

TEST(ExecInTest, IsDeclaredWithItsSignature) {
  host::Catalog catalog;
  ASSERT_TRUE(catalog.Add(MakeExecIn()).ok());
  const host::Plugin* const plugin = catalog.Find("exec.in");
  ASSERT_NE(plugin, nullptr);
  ASSERT_EQ(plugin->functions.size(), 2u);
  EXPECT_EQ(plugin->functions[0].name, "run");
  EXPECT_EQ(plugin->functions[0].parameters,
            (std::vector<std::string>{"program", "*args"}));
  EXPECT_EQ(plugin->functions[0].nature, host::Nature::kWrite);
  EXPECT_EQ(plugin->functions[1].name, "run_in");
  EXPECT_EQ(plugin->functions[1].parameters,
            (std::vector<std::string>{"folder", "program", "*args"}));
}

TEST(ExecInTest, ProgramsStartWhereTheGrantSays) {
  const int app = open("/usr", O_PATH | O_DIRECTORY | O_CLOEXEC);
  ASSERT_GE(app, 0);
  const absl::StatusOr<Value> value =
      Call({Value::Bytes("pwd")}, ExecInOptions(), 0, app);
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(*absl::get<Value::Record>(value->data())[1].second.text(),
            "/proc/tty/ldisc\n")
      << "not in the app's folder, which may say what programs do";
  EXPECT_EQ(RunIn({"/usr/bin", "pwd", "-P"}), "/usr/bin\n");
  EXPECT_EQ(RunIn({"bin", "pwd", "-P"}, app), "/usr/bin\n");
  EXPECT_EQ(RunIn({"bin", "pwd"}), "INVALID_ARGUMENT") << "beneath what?";
  EXPECT_EQ(RunIn({"", "pwd"}, app), "INVALID_ARGUMENT");
  EXPECT_EQ(RunIn({std::string("/usr\0", 5), "pwd"}), "INVALID_ARGUMENT");
  EXPECT_EQ(RunIn({"/etc/passwd", "pwd"}), "NOT_FOUND");
  EXPECT_EQ(RunIn({"/no/such/folder", "pwd"}), "NOT_FOUND");
  EXPECT_EQ(RunIn({"/usr"}), "NOT_FOUND") << "no program";
  EXPECT_EQ(RunIn({}), "INVALID_ARGUMENT");
  close(app);
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
