#ifndef POSTERN_TESTS_FS_KERNEL_ORACLE_RULES_H_
#define POSTERN_TESTS_FS_KERNEL_ORACLE_RULES_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "fs/path_monitor.h"
#include "tests/fs/kernel_oracle_world.h"
#include "tests/fs/prefix_monitor.h"

namespace postern {
namespace fs {
namespace testing {

// Rules in a tree, as text that is the same for each tree: names below the
// root, "" for all of it.
struct TreeRules {
  struct Rule {
    std::string name;
    Rights rights;
  };
  std::vector<Rule> granted, denied;
  bool conceal = false;
  bool acts = false;

  std::unique_ptr<PrefixMonitor> In(const std::string& root) const;
};

// Rules that meet the names of the tree.
TreeRules RandomRules(const RandomTree& tree, Draw* draw);
TreeRules AllRights();

// A monitor whose rules can be changed, and which sees to it that all names it
// is asked about are canonical in form. For one thread.
class OracleMonitor : public PathMonitor {
 public:
  void Use(std::unique_ptr<PrefixMonitor> rules) { rules_ = std::move(rules); }
  // A name that was not in normal form; "" if there was none.
  const std::string& abnormal_name() const { return abnormal_name_; }

  Verdict Check(Rights rights, absl::string_view path) const override;
  Verdict Enforce(Rights rights, absl::string_view path,
                  absl::string_view asked) override;
  Verdict CheckSubtree(Rights rights, absl::string_view path) const override;
  bool IsUniformBelow(Rights rights, absl::string_view path) const override;
  Verdict CheckMove(absl::string_view from, absl::string_view to,
                    bool is_directory) const override;
  Verdict CheckReplace(absl::string_view path) const override;
  bool Conceals() const override { return rules_->Conceals(); }
  Verdict CheckLink(Rights rights, absl::string_view path) const override;
  bool KnowsIdentities() const override { return false; }
  Verdict CheckIdentity(Rights rights, FileIdentity file,
                        absl::string_view path) const override;
  Verdict CheckEntry(Rights rights, FileIdentity directory,
                     absl::string_view path) const override;
  Verdict CheckNamed(Rights rights, absl::string_view path,
                     absl::string_view place) const override;

 private:
  void Require(absl::string_view path) const;

  std::unique_ptr<PrefixMonitor> rules_;
  mutable std::string abnormal_name_;
};

}  // namespace testing
}  // namespace fs
}  // namespace postern

#endif  // POSTERN_TESTS_FS_KERNEL_ORACLE_RULES_H_
