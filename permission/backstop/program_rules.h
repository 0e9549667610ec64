#ifndef POSTERN_PERMISSION_BACKSTOP_PROGRAM_RULES_H_
#define POSTERN_PERMISSION_BACKSTOP_PROGRAM_RULES_H_

#include <string>
#include <vector>

#include "permission/backstop/file_tree.h"
#include "permission/backstop/lower_options.h"
#include "permission/backstop/policy_rights.h"

namespace postern {

// Programs that may be executed, whatever their arguments: kernels cannot tell
// these apart.
struct ProgramRules {
  bool any = false;  // every program
  // Files, and directories with every program beneath; with what they are run
  // by: interpreters of scripts, and loaders. Each once.
  std::vector<std::string> programs;
  // Some of them are only granted with certain arguments.
  bool some_arguments = false;
};

// What the caller has decided (LowerOptions::programs), and what rules grant
// with every argument. A rule for some arguments is left out, unless the
// options are generous; so are bare names, which only a launcher looks for.
ProgramRules FindProgramRules(const PolicyRights& rights, const FileTree& tree,
                              const LowerOptions& options);

// The programs that a rule for commands names by path, as in ProgramRules but
// for what runs them; empty if it is for "*" or for a bare name. `args` becomes
// whether every argument is meant.
std::vector<std::string> ProgramsOf(const PolicyRights::PlacedRule& placed,
                                    const Policy& policy, bool* every_argument);

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_PROGRAM_RULES_H_
