#include "bindings/lua/lua_app.h"

#include <utility>

#include "bindings/lua/app_directory.h"
#include "bindings/lua/guest_state.h"
#include "bindings/lua/plugin_modules.h"

namespace postern {
namespace lua {
namespace {

constexpr char kMainFile[] = "main.lua";

AppResult::Outcome OutcomeOf(const GuestState::RunResult& run, bool stopped) {
  if (stopped) return AppResult::Outcome::kLimit;
  if (run.no_stack) return AppResult::Outcome::kNoStack;
  if (run.finished) return AppResult::Outcome::kFinished;
  if (run.denied) return AppResult::Outcome::kDenied;
  return run.started ? AppResult::Outcome::kFailed
                     : AppResult::Outcome::kNotStarted;
}

}  // namespace

AppResult RunApp(postern_context* context, const host::Catalog& catalog,
                 const AppOptions& options) {
  AppResult result;
  absl::StatusOr<AppDirectory> files = AppDirectory::Open(options.directory);
  if (!files.ok()) {
    result.message = std::string(files.status().message());
    return result;
  }
  PluginModules modules({context, &catalog, options.detail, files->fd()});
  GuestState::Options guest_options;
  guest_options.limits = options.limits;
  guest_options.files = &*files;
  guest_options.modules = &modules;
  guest_options.print = options.print;
  if (!guest_options.print) {
    guest_options.print = [&result](absl::string_view text) {
      result.output.append(text.data(), text.size());
    };
  }
  GuestState guest(std::move(guest_options));
  const GuestState::RunResult run = guest.RunFile(kMainFile, options.args);
  result.outcome = OutcomeOf(run, guest.meter().stopped());
  result.message = run.message;
  result.output_truncated = guest.output_truncated();
  result.denials = modules.TakeDenials();
  return result;
}

}  // namespace lua
}  // namespace postern
