// Writes to an approval store without end, and tells each revision on standard
// output after CompareAndSet() returned it, for store_kill_test.
//   store_writer PATH SEED

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "permission/approval/sqlite_store.h"
#include "tests/permission/approval/approval_testing.h"

namespace postern {
namespace {

constexpr int kApps = 5;

// An approval of some size, so that a commit spans several pages; or none.
absl::optional<Approval> NextApproval(const std::string& app,
                                      const ApprovalState& state,
                                      unsigned random) {
  if (state.approval && random % 4 == 0) return absl::nullopt;
  const std::string path(1 + random % 9000, 'a');
  return MakeApproval(app, {PathRequest("fs.read", "/" + path)});
}

int Run(const std::string& path, unsigned seed) {
  auto store = SqliteApprovalStore::Open(path);
  if (!store.ok()) {
    fprintf(stderr, "%s\n", store.status().ToString().c_str());
    return 2;
  }
  std::mt19937 random(seed);
  for (;;) {
    const std::string app = absl::StrCat("app", random() % kApps);
    const absl::StatusOr<ApprovalState> state = (*store)->Get(app);
    if (!state.ok()) return 3;
    const absl::StatusOr<int64_t> revision = (*store)->CompareAndSet(
        app, state->revision, NextApproval(app, *state, random()),
        By("writer", absl::StrCat("after ", state->revision)));
    if (!revision.ok()) return 4;
    // One write of 8 bytes to a pipe is whole or not there (pipe(7)).
    if (write(STDOUT_FILENO, &*revision, sizeof(*revision)) != 8) return 5;
  }
}

}  // namespace
}  // namespace postern

int main(int argc, char** argv) {
  if (argc != 3) return 1;
  return postern::Run(argv[1], static_cast<unsigned>(atoi(argv[2])));
}
