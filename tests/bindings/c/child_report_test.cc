// What a running child's report says is what the launcher of C++ prepares from
// the same context, with a row for each limit.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bindings/c/bridge.h"
#include "bindings/c/postern/process.h"
#include "gtest/gtest.h"
#include "permission/backstop/confined_launcher.h"
#include "permission/backstop/preset.h"
#include "permission/backstop/report_text.h"
#include "permission/builder.h"
#include "permission/context.h"
#include "process/start_options.h"
#include "tests/bindings/c/bound_context.h"

namespace postern {
namespace {

std::shared_ptr<PermissionContext> NewContext() {
  absl::StatusOr<std::vector<Rule>> preset = PresetRules("runtime");
  EXPECT_TRUE(preset.ok()) << preset.status();
  PolicyBuilder builder;
  for (const Rule& rule : *preset) builder.Add(rule);
  builder.Allow(PermissionSet(Permission::kProcessSpawn),
                RulePattern::Command("/bin/sh", {"**"}));
  builder.Deny(PermissionSet(Permission::kFsRead),
               RulePattern::Text("/usr/lib/os-release"));
  return BoundContext(std::move(builder));
}

EnforcementReport Prepared(const std::shared_ptr<PermissionContext>& context) {
  ConfinedLauncherOptions options;
  options.commands.base_directory = "/";
  auto launcher = ConfinedLauncher::Create(context, std::move(options));
  EXPECT_TRUE(launcher.ok()) << launcher.status();
  SpawnRequest request;
  request.program = "/bin/sh";
  request.args = {"-c", "read x"};
  process::StartOptions start;
  start.limits.open_files = 32;
  start.limits.wall_time = absl::Seconds(20);
  auto prepared = (*launcher)->Prepare(request, start);
  EXPECT_TRUE(prepared.ok() && prepared->ok()) << prepared.status();
  return (**prepared).Report();
}

class ChildReportTest : public ::testing::Test {
 protected:
  void Start(postern_context* context) {
    postern_limits limits = {};
    limits.struct_size = sizeof(limits);
    limits.open_files = 32;
    limits.wall_time_ns = 20000000000;
    postern_launcher_options options = {};
    options.struct_size = sizeof(options);
    options.limits = &limits;
    ASSERT_EQ(postern_launcher_new(context, &options, &launcher_, nullptr),
              POSTERN_OK);
    const postern_bytes argv[] = {{"/bin/sh", 7}, {"-c", 2}, {"sleep 9", 7}};
    postern_start start = {};
    start.struct_size = sizeof(start);
    start.argv = argv;
    start.argc = 3;
    ASSERT_EQ(
        postern_launcher_start(launcher_, &start, INT64_MAX, &child_, nullptr),
        POSTERN_OK);
  }
  void TearDown() override {
    postern_child_free(child_);
    postern_launcher_free(launcher_);
  }
  std::string Report(postern_report_format format) const {
    postern_buffer* buffer = nullptr;
    EXPECT_EQ(postern_child_report(child_, format, &buffer, nullptr),
              POSTERN_OK);
    size_t size = 0;
    const char* const data = postern_buffer_data(buffer, &size);
    std::string text(data, size);
    postern_buffer_free(buffer);
    return text;
  }

  postern_launcher* launcher_ = nullptr;
  postern_child* child_ = nullptr;
};

TEST_F(ChildReportTest, IsThatOfTheStartInBothForms) {
  const std::shared_ptr<PermissionContext> context = NewContext();
  postern_context* const handle = c::NewHandle(context);
  Start(handle);
  const EnforcementReport prepared = Prepared(context);
  EXPECT_EQ(prepared.limits.size(), 2u);
  EXPECT_EQ(Report(POSTERN_REPORT_TEXT), ReportToText(prepared));
  EXPECT_EQ(Report(POSTERN_REPORT_JSON), ReportToJson(prepared));
  // It stays that of the start, whatever the context drops later.
  const std::string before = Report(POSTERN_REPORT_TEXT);
  ASSERT_TRUE(
      context->Drop(PermissionSet(Permission::kFsRead), RulePattern::Whole())
          .ok());
  EXPECT_EQ(Report(POSTERN_REPORT_TEXT), before);
  postern_child_event end = {};
  end.struct_size = sizeof(end);
  EXPECT_EQ(postern_child_kill(child_, &end, nullptr), POSTERN_OK);
  EXPECT_EQ(Report(POSTERN_REPORT_TEXT), before) << "nor does its end";
  postern_context_free(handle);
}

}  // namespace
}  // namespace postern
