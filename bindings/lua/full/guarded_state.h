#ifndef POSTERN_BINDINGS_LUA_FULL_GUARDED_STATE_H_
#define POSTERN_BINDINGS_LUA_FULL_GUARDED_STATE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "bindings/c/postern.h"
#include "bindings/host/guest_monitor.h"
#include "bindings/lua/full_library.h"

namespace postern {
namespace lua {

using host::Failure;

// What one program's start needs, and where its streams are.
struct StartedProgram {
  postern_child* child = nullptr;
  int pipe = -1;  // the end that stays here; -1 for none
};

enum class PipeEnd : uint8_t { kNone, kRead, kWrite };

// What the functions of one guarded state ask and act through. Knows nothing of
// Lua: Lua's errors jump over frames, so everything that holds memory lives
// here, and nothing here throws. A call that fails fills failure(). One thread
// at a time.
class GuardedState : public host::GuestMonitor {
 public:
  explicit GuardedState(const postern_lua_options& options);

  // Opens for POSTERN_OPEN_... flags; -1 after a failure.
  int Open(absl::string_view path, uint32_t flags) noexcept;
  // Opens a file of code for reading; its canonical name is opened_name() then.
  int OpenCode(absl::string_view path) noexcept;
  const std::string& opened_name() const { return opened_name_; }
  // May it be opened for reading? Opens nothing.
  bool IsReadable(absl::string_view path) noexcept;
  // remove(3): a file, or an empty directory.
  bool Remove(absl::string_view path) noexcept;
  bool Rename(absl::string_view from, absl::string_view to) noexcept;
  // A new file in the temporary directory; its name is text() then.
  int CreateTemporary() noexcept;

  // Code of a file that is open: is it the guest's own, or may it be imported,
  // and may the guest not have written it itself?
  bool EnforceCode(const std::string& canonical) noexcept;
  // Is it a path? A bare name is what the loader of the system looks for in
  // places of its own, which nobody decided: a denial.
  bool IsFileOfCode(absl::string_view name) noexcept;
  // Native code: code.load of the canonical name.
  bool EnforceNative(const std::string& canonical) noexcept;

  // Starts the shell with this command.
  bool StartShell(absl::string_view command, PipeEnd end,
                  StartedProgram* started) noexcept;
  // Would the shell be started with any command?
  bool HasShell() const noexcept;

  // postern_check() and postern_drop() by the words of question.h, which are
  // collected in words().
  bool Has() noexcept { return HasBy(words_); }
  bool Drop() noexcept { return DropBy(words_); }
  std::vector<std::string>& words() { return words_; }

  const std::string& text() const { return text_; }
  bool has_streams() const { return streams_; }
  const std::string& package_path() const { return package_path_; }
  const std::string& package_cpath() const { return package_cpath_; }

 private:
  bool IsOwnCode(const std::string& canonical) const;
  // Now, or at any time under the rules that hold now.
  bool MayHaveWritten(const std::string& canonical) const;
  bool Start(const std::string& command, PipeEnd end, const int pipe[2],
             StartedProgram* started);

  const postern_files* const files_;
  const postern_launcher* const launcher_;
  const bool streams_;
  std::string code_directory_;  // canonical; "" = none
  std::string temporary_directory_;
  std::string package_path_;
  std::string package_cpath_;
  std::string opened_name_;
  std::string text_;
  std::vector<std::string> words_;
};

}  // namespace lua
}  // namespace postern

#endif  // POSTERN_BINDINGS_LUA_FULL_GUARDED_STATE_H_
