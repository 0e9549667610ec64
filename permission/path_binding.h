#ifndef POSTERN_PERMISSION_PATH_BINDING_H_
#define POSTERN_PERMISSION_PATH_BINDING_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "fs/file_identity.h"
#include "permission/rule.h"

namespace postern {

namespace internal {
class PathBinder;
class PathSpellings;
class Query;
}  // namespace internal

// How path patterns are bound to the file system as it is.
struct PathBindingOptions {
  // Names that nobody may take away or replace through the library, whatever
  // the rules say: absolute, resolved when binding.
  std::vector<std::string> protected_paths;
  // How many files and directories are remembered by identity, and likewise how
  // many directories in which a denied name may come into being; and how many
  // directory entries are looked at to find them beneath denied directories.
  // Beyond these, guard_incomplete() is true.
  size_t max_guarded_files = 10000;
  size_t max_guard_entries = 100000;
  // Where programs that rules name without a "/" are looked for, in order:
  // absolute names of folders, as the host's PATH has them. The working
  // directory is none of them. A rule that allows takes the first program that
  // is found, others each that there is or may come to be.
  std::vector<std::string> program_folders = {};
};

// What binding found: where the literal prefix of each path pattern leads.
// Immutable, thread-safe. Lives as long as a policy that was bound.
class PathBinding {
 public:
  // A prefix as it was written and the canonical name it has.
  struct Prefix {
    std::string written;
    std::string canonical;
    RuleSource source;
    Effect effect = Effect::kDeny;
  };
  // A prefix that leads elsewhere than when it was approved.
  struct Drift {
    Prefix now;
    std::string before;  // canonical name of then
  };
  // A prefix that does not exist in full yet, but only as far as `existing`.
  struct Pending {
    Prefix prefix;
    std::string existing;
  };
  // What is known of a written prefix, so that it can be applied again without
  // a look at the file system.
  struct Bound {
    std::string canonical;
    // The name of the link itself, if the prefix ends in one; else "".
    std::string link;
    // The canonical name when it was approved, and those that it had since.
    // Empty unless it drifted.
    std::vector<std::string> former;
  };

  ~PathBinding();
  PathBinding(const PathBinding&) = delete;
  PathBinding& operator=(const PathBinding&) = delete;

  // Prefixes whose canonical name differs from what was written.
  const std::vector<Prefix>& prefixes() const { return prefixes_; }
  const std::vector<Drift>& drifts() const { return drifts_; }
  const std::vector<Pending>& pending() const { return pending_; }
  // The links that patterns pass, and PathBindingOptions::protected_paths:
  // canonical, sorted.
  const std::vector<std::string>& protected_names() const {
    return protected_names_;
  }
  // A bound was reached, or a directory could not be read. A file beneath a
  // denied directory may then be reached by another name that it has.
  bool guard_incomplete() const { return guard_incomplete_; }
  size_t guarded_files() const { return guarded_.size(); }

  // What was found of a prefix of some pattern, in normal form; null if it is
  // the prefix of none. "/" leads to itself.
  const Bound* Find(absl::string_view written) const;

  // The canonical spelling of `path`, which is absolute and in normal form. The
  // longest written prefix or passed link that it begins with is replaced by
  // what it leads to, and so on from there. nullopt if there is none, or if the
  // result would be longer than a path. For questions, not for acting (TOCTOU):
  // nothing is looked up.
  absl::optional<std::string> Translate(absl::string_view path) const;

  // `path` is one of protected_names(), or one of them lies beneath it.
  bool IsProtected(absl::string_view path) const;
  // Names of this file or directory that a deny rule covers; null if none is
  // known.
  const std::vector<std::string>* FindDenied(fs::FileIdentity file) const;
  // Names of this directory in which something may come into being that a deny
  // rule names; null if none is known.
  const std::vector<std::string>* FindPlace(fs::FileIdentity directory) const;
  bool has_places() const { return !places_.empty(); }
  // PathBindingOptions::program_folders.
  const std::vector<std::string>& program_folders() const {
    return program_folders_;
  }
  // What file a program was that a rule names, by its canonical name; nullopt
  // if no rule does, or if there was none.
  absl::optional<fs::FileIdentity> FindProgram(
      absl::string_view canonical) const;
  // The names by which rules know this file as a program; null if none does.
  const std::vector<std::string>* FindProgramNames(fs::FileIdentity file) const;
  // All of them, by canonical name.
  const absl::flat_hash_map<std::string, fs::FileIdentity>& programs() const {
    return programs_;
  }

 private:
  friend class internal::PathBinder;
  friend class internal::Query;
  PathBinding();

  std::vector<Prefix> prefixes_;
  std::vector<Drift> drifts_;
  std::vector<Pending> pending_;
  std::vector<std::string> protected_names_;
  absl::flat_hash_map<std::string, Bound> bound_;  // by written prefix
  std::unique_ptr<const internal::PathSpellings> spellings_;
  absl::flat_hash_map<fs::FileIdentity, std::vector<std::string>> guarded_;
  absl::flat_hash_map<fs::FileIdentity, std::vector<std::string>> places_;
  std::vector<std::string> program_folders_;
  absl::flat_hash_map<std::string, fs::FileIdentity> programs_;
  absl::flat_hash_map<fs::FileIdentity, std::vector<std::string>>
      program_names_;
  bool guard_incomplete_ = false;
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_PATH_BINDING_H_
