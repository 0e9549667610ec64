#ifndef POSTERN_TESTS_ATTACKS_STAGE_H_
#define POSTERN_TESTS_ATTACKS_STAGE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "fs/guarded_fs.h"
#include "fs/kernel.h"
#include "fs/options.h"
#include "permission/context.h"
#include "permission/path_binding.h"
#include "permission/rule.h"
#include "tests/attacks/snapshot.h"
#include "tests/fs/temp_tree.h"

namespace postern {
namespace testing {

// The ways in which guarded operations can reach the file system; every row is
// run in each.
enum class Way : uint8_t {
  kAsIs,         // whatever the machine offers
  kNodev,        // on a mount that can hold no devices: objects are opened
                 // without a look at them first
  kEnosys,       // openat2(2) is not known, from the start
  kEperm,        // or not allowed
  kLaterEnosys,  // a filter comes when the operations are set up
  kLaterEperm,
  kNoProcfs,  // nothing at /proc
  kNeither,   // neither openat2 nor /proc
};
constexpr Way kEveryWay[] = {
    Way::kAsIs,        Way::kNodev,      Way::kEnosys,   Way::kEperm,
    Way::kLaterEnosys, Way::kLaterEperm, Way::kNoProcfs, Way::kNeither};
// For names of tests: "Openat2", "Nodev", "Enosys", ...
const char* WayName(Way way);

// Brings this process there; to be called in a child. "" or why it cannot.
// `mount_point`: an empty directory. `*without`: what could not be hidden for
// real.
std::string Enter(Way way, const std::string& mount_point,
                  fs::Kernel::Without* without);

// A tree and guarded operations on it, by the rules of a real policy:
//   in/        granted: fs.read, fs.write; relative names start here
//   in/secret  denied
//   out/       not granted
// A row adds to the tree and the rules, calls Start(), and attacks.
class Stage {
 public:
  Stage(Way way, fs::Kernel::Without without);
  ~Stage();

  const fs::testing::TempTree tree;
  fs::GuardedFsOptions options;
  std::vector<Rule> rules;
  bool bind = false;     // the policy is bound to the file system
  bool conceal = false;  // what is denied looks as if it were not there
  PathBindingOptions binding;

  // Rules on both fs.read and fs.write; a pattern, or a name in the tree.
  void Allow(absl::string_view pattern);
  void Deny(absl::string_view pattern);

  // Builds policy, context, monitor and operations; again, if called again.
  void Start();
  const fs::GuardedFs& fs() const { return *fs_; }
  PermissionContext* context() const { return context_.get(); }
  Way way() const { return way_; }

  // The row cannot be run any further here.
  void Skip(absl::string_view reason) { skipped_ = std::string(reason); }
  const std::string& skipped() const { return skipped_; }

  // Reading it gives: its contents, "denied", or the errno's name.
  std::string Read(const fs::At& at) const;
  // Reading gives `contents`, and it can be looked at and opened for writing.
  void ExpectGranted(const fs::At& at, absl::string_view contents) const;
  // Every operation is refused and changes nothing.
  void ExpectDenied(const fs::At& at);
  // Every operation on what the name leads to is, where it is a link that the
  // guest has rights on.
  void ExpectTargetDenied(const fs::At& at);
  // Every operation fails, whoever says so, and changes nothing.
  void ExpectFailure(const fs::At& at);
  void ExpectTargetFailure(const fs::At& at);

  // From here on nothing may change, until ExpectNothingChanged().
  void Remember();
  void ExpectNothingChanged();

 private:
  enum class Want { kRefused, kFails };
  void Attack(const fs::At& at, bool only_following, Want want);

  const Way way_;
  const fs::Kernel::Without without_;
  bool started_ = false;
  std::string skipped_;
  std::shared_ptr<PermissionContext> context_;
  std::unique_ptr<const fs::GuardedFs> fs_;
  Snapshot before_;
  int descriptors_ = 0;
  // The first object that is opened and then refused is kept open, so that no
  // lock is lost; from then on objects are looked at first.
  int may_be_kept_ = 0;
};

// One row of the table of attacks.
struct Row {
  int number;
  const char* name;
  void (*run)(Stage* stage);
};
absl::Span<const Row> NameRows();
absl::Span<const Row> LinkRows();
absl::Span<const Row> MoveRows();
absl::Span<const Row> SpecialRows();
absl::Span<const Row> DescriptorRows();
absl::Span<const Row> HandleRows();
absl::Span<const Row> BindingRows();
absl::Span<const Row> IdentityRows();

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_TESTS_ATTACKS_STAGE_H_
