#ifndef POSTERN_TESTS_FS_PREFIX_MONITOR_H_
#define POSTERN_TESTS_FS_PREFIX_MONITOR_H_

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "fs/path_monitor.h"

namespace postern {
namespace fs {
namespace testing {

// The plainest monitor there can be: what lies in a granted subtree and in no
// denied one is granted. For tests of file operations without a policy.
class PrefixMonitor : public PathMonitor {
 public:
  struct Subtree {
    std::string path;
    Rights rights;
  };

  PrefixMonitor(std::vector<Subtree> granted, std::vector<Subtree> denied)
      : granted_(std::move(granted)), denied_(std::move(denied)) {}

  bool conceal = false;
  bool acts = false;  // Enforce() is to be heard; it agrees with Check()

  Verdict Check(Rights rights, absl::string_view path) const override {
    return Answer(Holds(Right::kRead, rights, path) &&
                  Holds(Right::kWrite, rights, path));
  }
  // Called before Enforce() answers.
  std::function<void(absl::string_view path)> on_enforce;
  std::vector<std::string> asked;  // what Enforce() was told

  Verdict Enforce(Rights rights, absl::string_view path,
                  absl::string_view said) override {
    asked.emplace_back(said);
    if (on_enforce) on_enforce(path);
    Verdict verdict = Check(rights, path);
    verdict.acts = false;
    return verdict;
  }
  Verdict CheckSubtree(Rights rights, absl::string_view path) const override {
    return Answer(Check(rights, path).allowed && !BoundaryBelow(path));
  }
  bool IsUniformBelow(Rights, absl::string_view path) const override {
    return !BoundaryBelow(path);
  }
  Verdict CheckMove(absl::string_view from, absl::string_view to,
                    bool is_directory) const override {
    if (is_directory && (BoundaryBelow(from) || BoundaryBelow(to))) {
      return Answer(false);
    }
    for (Right right : {Right::kRead, Right::kWrite}) {
      if (Check(right, to).allowed && !Check(right, from).allowed) {
        return Answer(false);
      }
    }
    return Answer(true);
  }
  // Names that stay.
  std::vector<std::string> fixed;

  Verdict CheckReplace(absl::string_view path) const override {
    return Answer(std::none_of(
        fixed.begin(), fixed.end(),
        [&](const std::string& name) { return Contains(path, name); }));
  }
  bool Conceals() const override { return conceal; }
  Verdict CheckLink(Rights rights, absl::string_view path) const override {
    return Answer(!conceal || !IsDenied(rights, path));
  }
  bool KnowsIdentities() const override { return false; }
  Verdict CheckIdentity(Rights, FileIdentity,
                        absl::string_view) const override {
    return Answer(true);
  }
  Verdict CheckEntry(Rights, FileIdentity, absl::string_view) const override {
    return Answer(true);
  }
  Verdict CheckNamed(Rights rights, absl::string_view path,
                     absl::string_view place) const override {
    for (const Subtree& subtree : granted_) {
      if (Contains(place, subtree.path) && Contains(subtree.path, path)) {
        return Check(rights, path);
      }
    }
    return Answer(false);
  }

  static bool Contains(absl::string_view subtree, absl::string_view path) {
    return subtree == "/" || path == subtree ||
           (absl::StartsWith(path, subtree) && path[subtree.size()] == '/');
  }

 private:
  Verdict Answer(bool allowed) const {
    Verdict verdict;
    verdict.allowed = allowed;
    verdict.concealed = !allowed && conceal;
    verdict.acts = acts;
    return verdict;
  }
  bool Holds(Right right, Rights wanted, absl::string_view path) const {
    if (!wanted.Contains(right)) return true;
    const auto covers = [&](const Subtree& subtree) {
      return subtree.rights.Contains(right) && Contains(subtree.path, path);
    };
    return std::any_of(granted_.begin(), granted_.end(), covers) &&
           std::none_of(denied_.begin(), denied_.end(), covers);
  }
  bool IsDenied(Rights rights, absl::string_view path) const {
    return std::any_of(
        denied_.begin(), denied_.end(), [&](const Subtree& subtree) {
          const bool both = (rights.Contains(Right::kRead) &&
                             subtree.rights.Contains(Right::kRead)) ||
                            (rights.Contains(Right::kWrite) &&
                             subtree.rights.Contains(Right::kWrite));
          return both && Contains(subtree.path, path);
        });
  }
  bool BoundaryBelow(absl::string_view path) const {
    const auto below = [&](const Subtree& subtree) {
      return subtree.path != path && Contains(path, subtree.path);
    };
    return std::any_of(granted_.begin(), granted_.end(), below) ||
           std::any_of(denied_.begin(), denied_.end(), below);
  }

  std::vector<Subtree> granted_, denied_;
};

}  // namespace testing
}  // namespace fs
}  // namespace postern

#endif  // POSTERN_TESTS_FS_PREFIX_MONITOR_H_
