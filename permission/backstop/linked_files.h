#ifndef POSTERN_PERMISSION_BACKSTOP_LINKED_FILES_H_
#define POSTERN_PERMISSION_BACKSTOP_LINKED_FILES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "permission/backstop/file_tree.h"
#include "permission/backstop/rule_paths.h"

namespace postern {

// Whether files that a rule is about have other names (hard links, link(2)):
// kernels hold a name, and the file can be reached by another one.
struct LinkedFiles {
  enum class State {
    kNone,
    kFound,    // `path` is one
    kUnknown,  // there may be more beneath `path` than was looked at
  };
  State state = State::kNone;
  std::string path;
};

// Looks at all that `rule` is about at this moment, until `max_entries` of
// directories were looked at or a directory cannot be read. Follows no link.
// Leaves out /proc and /sys, whose files have one name each.
LinkedFiles FindLinkedFiles(const FileTree& tree, const RulePaths& rule,
                            size_t max_entries);
// The same for these, with all that is beneath.
LinkedFiles FindLinkedFiles(const FileTree& tree,
                            const std::vector<std::string>& paths,
                            size_t max_entries);

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_LINKED_FILES_H_
