#ifndef POSTERN_PERMISSION_BACKSTOP_RULE_PATHS_H_
#define POSTERN_PERMISSION_BACKSTOP_RULE_PATHS_H_

#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "fs/path_components.h"
#include "fs/path_pattern.h"
#include "permission/backstop/file_tree.h"
#include "permission/policy.h"
#include "permission/rule.h"

namespace postern {

// Where the files are that a rule is about: for reports, never to decide. By
// canonical names, as far as the policy was bound.
class RulePaths {
 public:
  // None of a rule that is for other things than files.
  RulePaths(const Rule& rule, const Policy& policy);
  // Of a pattern for paths, written in `policy`.
  RulePaths(absl::string_view pattern, const Policy& policy);

  // Whether it is for this path.
  bool Matches(const std::string& path) const;
  // Whether it may match this path or something beneath.
  bool Touches(const std::string& path) const;
  // The first of `paths` that it touches; null if there is none.
  const std::string* FindTouched(const std::vector<std::string>& paths) const;

  // It can match nothing that is there now: none of its beginnings exists.
  // `path` becomes one of them.
  bool IsMissing(const FileTree& tree, std::string* path) const;
  // A beginning leads through a link: the rule is for no file, since files are
  // decided by their canonical names.
  bool PassesLink(const FileTree& tree, std::string* path) const;
  // Names that lead through links, as the rule has them: it is for what they
  // lead to.
  const std::vector<std::string>& links() const { return links_; }
  // It has a wildcard before its end, so that it may be for names that come
  // later.
  bool HasWildcards() const;
  // Adds the names in `directory` that it spells out: of files that it is for,
  // or that lead to these. False if a wildcard of it may match other names
  // there; without one, all that has no such name is decided alike.
  bool AddNamesIn(const fs::PathComponents& directory,
                  std::set<std::string>* names) const;
  // All that it is for lies at or beneath one of these: what its patterns begin
  // with before a wildcard.
  std::vector<std::string> Beginnings() const;
  // The files that it is for if it has no wildcard, with all beneath or not.
  std::vector<std::string> Literals() const;

 private:
  void Parse(absl::string_view pattern, const Policy& policy);
  // Whether test(pattern, components of `path`) of any.
  template <typename Test>
  bool AnyPattern(const std::string& path, Test test) const;

  bool whole_ = false;
  std::vector<fs::PathPattern> patterns_;
  std::vector<std::string> links_;
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_RULE_PATHS_H_
