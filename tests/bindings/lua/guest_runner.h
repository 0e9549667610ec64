#ifndef POSTERN_TESTS_BINDINGS_LUA_GUEST_RUNNER_H_
#define POSTERN_TESTS_BINDINGS_LUA_GUEST_RUNNER_H_

#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>

#include "absl/strings/string_view.h"
#include "bindings/lua/app_directory.h"
#include "bindings/lua/guest_state.h"
#include "gtest/gtest.h"

namespace postern {
namespace lua {

// A fresh folder with the files of an app, left to the test's temporary
// folder.
class AppFolder {
 public:
  AppFolder() {
    std::string name = ::testing::TempDir() + "/app_XXXXXX";
    path_ = mkdtemp(&name[0]);
  }
  explicit AppFolder(absl::string_view main) : AppFolder() {
    Write("main.lua", main);
  }

  void Write(const std::string& name, absl::string_view text) const {
    std::ofstream(path_ + "/" + name, std::ios::binary) << text;
  }
  void MakeFolder(const std::string& name) const {
    mkdir((path_ + "/" + name).c_str(), 0755);
  }
  std::string Path(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Knows no modules.
class NoModules : public Modules {
 public:
  void Push(lua_State* L, const char* name) override {
    luaL_error(L, "no module '%s'", name);
  }
  void FileLoaded(const char*) noexcept override {}
};

struct GuestRun {
  GuestState::RunResult result;
  StopReason reason = StopReason::kNone;
  std::string output;
  bool truncated = false;
  size_t memory_used = 0;
  uint64_t work = 0;            // that was spent
  const void* state = nullptr;  // where the interpreter was
};

// Runs `source` as the main file of an app.
inline GuestRun RunGuest(absl::string_view source,
                         const Limits& limits = Limits()) {
  GuestRun run;
  const AppFolder folder(source);
  const AppDirectory files = *AppDirectory::Open(folder.path());
  NoModules modules;
  GuestState::Options options;
  options.limits = limits;
  options.files = &files;
  options.modules = &modules;
  options.print = [&run](absl::string_view text) {
    run.output.append(text.data(), text.size());
  };
  GuestState guest(options);
  run.state = guest.lua();
  run.result = guest.RunFile("main.lua", {});
  run.reason = guest.meter().reason();
  run.truncated = guest.output_truncated();
  run.memory_used = guest.meter().memory_used();
  run.work = limits.instructions - guest.meter().work_left();
  return run;
}

}  // namespace lua
}  // namespace postern

#endif  // POSTERN_TESTS_BINDINGS_LUA_GUEST_RUNNER_H_
