// Each option of a plan, given in C, makes the plan that it makes in C++: that
// is another plan than without it.

#include "permission/backstop/lower_options.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "bindings/c/bridge.h"
#include "bindings/c/postern/process.h"
#include "gtest/gtest.h"
#include "permission/backstop/confined_launcher.h"
#include "permission/backstop/report_text.h"
#include "permission/builder.h"
#include "permission/context.h"
#include "process/start_options.h"
#include "tests/bindings/c/bound_context.h"
#include "tests/bindings/c/folder.h"

namespace postern {
namespace {

// Something that each option is about.
std::shared_ptr<PermissionContext> NewContext() {
  const std::string folder = NewFolder();
  for (const char* name : {"denied", "asked", "first", "second"}) {
    WriteTo(absl::StrCat(folder, "/", name).c_str(), "x", 1);
  }
  const PermissionSet files =
      PermissionSet(Permission::kFsRead) | PermissionSet(Permission::kFsWrite);
  PolicyBuilder builder;
  builder.Allow(PermissionSet(Permission::kProcessSpawn),
                RulePattern::Command("/bin/sh", {"**"}));
  builder.Allow(files, RulePattern::Text(folder));
  builder.Deny(files, RulePattern::Text(absl::StrCat(folder, "/denied")));
  builder.Ask(files, RulePattern::Text(absl::StrCat(folder, "/asked")));
  for (const char* const endpoint : {"127.0.0.1:443", ":444", ":445"}) {
    builder.Allow(PermissionSet(Permission::kNetConnect),
                  RulePattern::Text(endpoint));
  }
  return BoundContext(std::move(builder));
}

// The plan and its report.
std::string Planned(const std::shared_ptr<PermissionContext>& context,
                    const LowerOptions& lower) {
  ConfinedLauncherOptions options;
  options.probe = false;
  options.lower = lower;
  auto launcher = ConfinedLauncher::Create(context, std::move(options));
  EXPECT_TRUE(launcher.ok()) << launcher.status();
  SpawnRequest request;
  request.program = "/bin/sh";
  auto command = (*launcher)->Preview(request, process::StartOptions());
  EXPECT_TRUE(command.ok() && command->ok()) << command.status();
  return absl::StrCat((**command).Describe(),
                      ReportToText((**command).Report()));
}

std::string Taken(postern_buffer* buffer) {
  size_t size = 0;
  const char* const data = postern_buffer_data(buffer, &size);
  std::string text(data == nullptr ? "" : data, size);
  postern_buffer_free(buffer);
  return text;
}

// The same in C; of an error its message.
std::string PlannedInC(postern_context* context,
                       const postern_launcher_options& options) {
  postern_launcher* launcher = nullptr;
  EXPECT_EQ(postern_launcher_new(context, &options, &launcher, nullptr),
            POSTERN_OK);
  const postern_bytes argv[] = {{"/bin/sh", 7}};
  postern_start start = {};
  start.struct_size = sizeof(start);
  start.argv = argv;
  start.argc = 1;
  postern_buffer *plan = nullptr, *report = nullptr;
  postern_error* const error = postern_error_new();
  std::string text;
  if (postern_launcher_preview(launcher, &start, POSTERN_REPORT_TEXT, &plan,
                               &report, error) == POSTERN_OK) {
    text = absl::StrCat(Taken(plan), Taken(report));
  } else {
    text = postern_error_message(error, nullptr);
  }
  postern_error_free(error);
  postern_launcher_free(launcher);
  return text;
}

postern_launcher_options Options() {
  postern_launcher_options options = {};
  options.struct_size = sizeof(options);
  options.no_probe = 1;
  return options;
}

TEST(LowerOptionsTest, EachMakesThePlanThatItMakesInCpp) {
  const struct {
    const char* name;
    std::function<void(postern_lower_options*)> in_c;
    std::function<void(LowerOptions*)> in_cpp;
  } kCases[] = {
      {"asks_and_limits", [](auto* o) { o->asks_and_limits = POSTERN_WIDER; },
       [](auto* o) { o->asks_and_limits = Approximation::kWider; }},
      {"hosts", [](auto* o) { o->hosts = POSTERN_WIDER; },
       [](auto* o) { o->hosts = Approximation::kWider; }},
      {"closed", [](auto* o) { o->directories = POSTERN_DIRECTORY_CLOSED; },
       [](auto* o) { o->spines = SpineRights::kNone; }},
      {"entries", [](auto* o) { o->directories = POSTERN_DIRECTORY_ENTRIES; },
       [](auto* o) { o->spines = SpineRights::kAll; }},
      {"masks", [](auto* o) { o->masks = 1; },
       [](auto* o) { o->masks = true; }},
      {"refuse_metadata_changes",
       [](auto* o) { o->refuse_metadata_changes = 1; },
       [](auto* o) { o->refuse_metadata_changes = true; }},
      {"max_entries", [](auto* o) { o->max_entries = 1; },
       [](auto* o) { o->regions.entries = o->regions.link_entries = 1; }},
      {"max_subtrees", [](auto* o) { o->max_subtrees = 1; },
       [](auto* o) { o->regions.subtrees = 1; }},
      {"max_ports", [](auto* o) { o->max_ports = 1; },
       [](auto* o) { o->max_ports = 1; }},
  };
  const std::shared_ptr<PermissionContext> context = NewContext();
  postern_context* const handle = c::NewHandle(context);
  const std::string plain = Planned(context, LowerOptions());
  if (!absl::StrContains(plain, "port 444: connect-tcp")) {
    GTEST_SKIP() << "this kernel's Landlock holds no ports";
  }
  const bool can_mask = absl::StrContains(plain, "mount namespace: yes");
  EXPECT_EQ(PlannedInC(handle, Options()), plain);
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.name);
    postern_lower_options in_c = {};
    in_c.struct_size = sizeof(in_c);
    c.in_c(&in_c);
    LowerOptions in_cpp;
    c.in_cpp(&in_cpp);
    postern_launcher_options options = Options();
    options.lower = &in_c;
    const std::string planned = PlannedInC(handle, options);
    EXPECT_EQ(planned, Planned(context, in_cpp));
    if (in_cpp.masks && !can_mask) continue;
    EXPECT_NE(planned, plain);
  }
  postern_context_free(handle);
}

// Metadata is one of what no kernel holds.
TEST(LowerOptionsTest, EverythingIsRequiredIfAskedFor) {
  postern_context* const handle = c::NewHandle(NewContext());
  postern_launcher_options options = Options();
  options.require = POSTERN_LEVEL_PARTIAL;
  std::string told = PlannedInC(handle, options);
  EXPECT_FALSE(absl::StrContains(told, "(metadata)")) << told;
  options.require_everything = 1;
  told = PlannedInC(handle, options);
  EXPECT_TRUE(absl::StrContains(told, "not everything is enforced")) << told;
  EXPECT_TRUE(absl::StrContains(told, "(metadata)")) << told;
  postern_context_free(handle);
}

}  // namespace
}  // namespace postern
