#ifndef POSTERN_PERMISSION_TESTING_NAIVE_COMMAND_H_
#define POSTERN_PERMISSION_TESTING_NAIVE_COMMAND_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "permission/access.h"
#include "permission/testing/naive_call.h"
#include "permission/testing/naive_path.h"

namespace postern {
namespace testing {

// Commands for the oracle.

// One program that a rule may be about.
struct NaiveProgram {
  bool any = false;
  std::string name;  // bare
  NaiveAlternative path;
  int64_t rank = 0;  // higher is more specific
};

struct NaiveCommand {
  std::vector<NaiveProgram> programs;
  NaiveCall args;  // of a function that does not count
  bool through = false;
};

absl::StatusOr<NaiveCommand> ParseNaiveCommand(absl::string_view text,
                                               const NaivePathContext& context);

// A program by path, or by a bare name.
struct NaiveGivenProgram {
  absl::optional<NaivePath> path;
  std::string name;
};

// nullopt for what is no program, or arguments that no program can get.
absl::optional<NaiveGivenProgram> ReadNaiveCommand(
    const Access& access, const absl::optional<NaivePath>& base);

NaiveMatch NaiveMatchCommand(const NaiveCommand& pattern,
                             const NaiveProgram& program,
                             const NaiveGivenProgram& given,
                             const Access& access,
                             const absl::optional<NaivePath>& base);

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_PERMISSION_TESTING_NAIVE_COMMAND_H_
