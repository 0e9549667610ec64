#ifndef POSTERN_PERMISSION_INTERNAL_PATH_BINDER_H_
#define POSTERN_PERMISSION_INTERNAL_PATH_BINDER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "fs/canonical_name.h"
#include "fs/kernel.h"
#include "fs/path_pattern.h"
#include "permission/internal/rule_table.h"
#include "permission/path_binding.h"
#include "permission/policy_warning.h"
#include "permission/rule.h"

namespace postern {
namespace internal {

// Replaces the literal prefix of path patterns by its canonical name, and keeps
// what it found. Looks at the file system. Not thread-safe; for one policy, or
// for the patterns of one call that narrows a context.
class PathBinder {
 public:
  // For a policy. `previous` is what was bound before, borrowed, or null.
  static absl::StatusOr<std::unique_ptr<PathBinder>> ForPolicy(
      PathBindingOptions options, const PathBinding* previous);
  // For what narrows: a deny pattern covers the written spelling as well, and
  // nothing is kept. Without a kernel to ask every Bind() is an error.
  // `previous` as above.
  static std::unique_ptr<PathBinder> ForNarrowing(
      const PathBinding* previous = nullptr);

  // The patterns that follow are of rule `number` of the table, which is
  // borrowed until Finish().
  void StartRule(const RuleTable& rules, uint32_t number);

  // Binds each of `paths`: to one pattern, to several, or, where its prefix
  // drifted, to none. `links` gets the own names of links that whole patterns
  // end in. InvalidArgument if a prefix cannot be looked up for another reason
  // than that it does not exist.
  absl::Status Bind(Effect effect, std::vector<fs::PathPattern>* paths,
                    std::vector<fs::PathPattern>* links);

  // Binds the path of a unix socket and all beneath it. Returns the names that
  // a rule for it covers. InvalidArgument as for Bind(), and also if it leads
  // to "/", beneath which are all sockets.
  absl::StatusOr<std::vector<std::string>> BindSocket(
      Effect effect, absl::string_view written);

  // Binds the programs of a command. Those without a wildcard are noted with
  // the files that they are. InvalidArgument as for Bind(), and for a folder.
  absl::Status BindPrograms(Effect effect,
                            std::vector<fs::PathPattern>* programs);
  // The programs of this bare name in PathBindingOptions::program_folders.
  // InvalidArgument where there are no folders, and where a rule that allows
  // finds none.
  absl::Status BindProgramName(Effect effect, absl::string_view name,
                               std::vector<fs::PathPattern>* programs);

  // A link that an allow or ask rule passes.
  struct Passed {
    uint32_t rule;
    std::string written;    // prefix
    std::string link;       // canonical name of the link itself
    std::string canonical;  // of the prefix: where it leads
  };
  const std::vector<Passed>& passed() const { return passed_; }

  // What was found, with the files that deny rules cover. The binder is spent.
  absl::StatusOr<std::unique_ptr<const PathBinding>> Finish(
      std::vector<PolicyWarning>* warnings);

 private:
  struct Entry {
    PathBinding::Bound bound;
    std::vector<std::string> links;  // passed, in order
    bool pending = false;
    size_t existing_bytes = 0;  // of the canonical name
  };
  struct Denied {
    fs::PathPattern pattern;
    uint32_t rule;
  };

  PathBinder(PathBindingOptions options, const PathBinding* previous,
             bool narrows);

  absl::StatusOr<fs::CanonicalName> Resolve(absl::string_view name) const;
  absl::StatusOr<const Entry*> LookUp(const std::string& written);
  absl::Status CompareWithPrevious(const std::string& written,
                                   PathBinding::Bound* bound) const;
  absl::Status BindOne(Effect effect, const fs::PathPattern& pattern,
                       std::vector<fs::PathPattern>* paths,
                       std::vector<fs::PathPattern>* links);
  void Note(Effect effect, const std::string& written, const Entry& entry);
  absl::Status NoteProgram(const std::string& canonical);
  bool IsProgram(const std::string& name) const;
  absl::Status Protect();
  absl::Status Spell();
  void Guard(std::vector<PolicyWarning>* warnings);

  const PathBindingOptions options_;
  const PathBinding* const previous_;
  const bool narrows_;
  absl::Status probed_;
  std::unique_ptr<const fs::Kernel> kernel_;

  const RuleTable* rules_ = nullptr;
  uint32_t number_ = 0;
  absl::flat_hash_set<std::string> noted_;  // prefixes of this rule

  absl::flat_hash_map<std::string, Entry> entries_;  // by written prefix
  std::vector<Passed> passed_;
  std::vector<Denied> denied_;
  std::unique_ptr<PathBinding> result_;
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_PATH_BINDER_H_
