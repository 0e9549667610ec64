#ifndef POSTERN_PERMISSION_GUARD_SPAWN_STATUS_H_
#define POSTERN_PERMISSION_GUARD_SPAWN_STATUS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "fs/base/result.h"
#include "permission/access.h"
#include "permission/context.h"
#include "permission/decision.h"
#include "permission/explain.h"

namespace postern {

// Why we, and not the kernel, refused to start a program.
enum class SpawnRefusal : uint8_t {
  kNone = 0,     // ready, or the kernel's own error
  kRules,        // the rules deny: see `decision` and `command`
  kReplaced,     // the file is another one than when the policy was bound
  kDeleted,      // it has no name any more, or never had one (memory files)
  kLoader,       // the dynamic loader by its name, which starts any program
  kUnknown,      // it starts another program, and it cannot be told which
  kUnreadable,   // whether it is a script cannot be told
  kInterpreter,  // a script's interpreter that is none: relative, or too deep
  kFile,         // a file that it should get: see `file`
  kInvalid,      // NUL, no program, a descriptor twice
};

// "rules", "replaced", ...: stable codes for logs.
absl::string_view RefusalCode(SpawnRefusal refusal);

// A command that was decided: the program's canonical name, and what stands
// behind its own name.
struct DecidedCommand {
  std::string program;
  std::vector<std::string> args;
  bool through = false;
  // The script that names this program as its interpreter, or the program that
  // starts it; "" if the guest itself asked for it.
  std::string because_of;

  // Calls `use` with a view that lives as long as the call.
  void View(absl::FunctionRef<void(const Access&)> use) const;
};

// How the preparation of a command ended; zero is success. An adapter shows
// the guest the errno and the name as the guest gave it, and nothing else.
struct [[nodiscard]] SpawnStatus {
  int error_number = 0;  // errno(3)
  SpawnRefusal refusal = SpawnRefusal::kNone;
  Decision decision;       // of kRules and kFile
  DecidedCommand command;  // that was refused
  std::string detail;      // for people; plain text, or "". kFile: the name

  bool ok() const { return error_number == 0; }
  // Refused by us; otherwise a kernel's error on what was granted, or that too
  // little was left to find out what was named (fs::IsShortage()).
  bool denied() const { return refusal != SpawnRefusal::kNone; }

  static SpawnStatus Error(int error_number, DecidedCommand command);
  static SpawnStatus Refused(int error_number, SpawnRefusal refusal,
                             DecidedCommand command, std::string detail);
  // EACCES, or ENOENT for a concealed denial.
  static SpawnStatus Denied(const Decision& decision, DecidedCommand command);

  // One line for the host's log; bytes that are not plain are escaped. Not for
  // guests: it tells where links lead.
  std::string ToString() const;
};

// A value, or why there is none.
template <typename T>
using SpawnResult = fs::Result<T, SpawnStatus>;

// The denial in words, for the host: of kRules as PermissionContext::Explain()
// has it, with the script or program that made the command necessary in front
// of the remedy. FailedPrecondition for other refusals, or if the rules changed
// since.
absl::StatusOr<Explanation> ExplainSpawn(const PermissionContext& context,
                                         const SpawnStatus& status);

}  // namespace postern

#endif  // POSTERN_PERMISSION_GUARD_SPAWN_STATUS_H_
