#include "permission/backstop/linked_files.h"

#include <utility>
#include <vector>

namespace postern {
namespace {

using State = LinkedFiles::State;
using Kind = FileTree::Kind;

class Walk {
 public:
  // `rule` null: everything.
  Walk(const FileTree& tree, const RulePaths* rule, size_t max_entries)
      : tree_(tree), rule_(rule), left_(max_entries) {}

  LinkedFiles Run(const std::vector<std::string>& beginnings) {
    for (const std::string& path : beginnings) {
      Look(path, tree_.KindOf(path));
      if (found_.state == State::kFound) break;
    }
    while (found_.state != State::kFound && !directories_.empty() &&
           left_ > 0) {
      const std::string directory = std::move(directories_.back());
      directories_.pop_back();
      if (!LookInto(directory)) found_ = {State::kUnknown, directory};
    }
    if (found_.state == State::kNone && !directories_.empty()) {
      found_ = {State::kUnknown, directories_.back()};
    }
    return found_;
  }

 private:
  // False if that was not possible, or not for all entries.
  bool LookInto(const std::string& directory) {
    std::vector<FileTree::Entry> entries;
    if (!tree_.List(directory, &entries)) return false;
    for (const FileTree::Entry& entry : entries) {
      if (left_ == 0) return false;
      --left_;
      Look(EntryPath(directory, entry.name), entry.kind);
      if (found_.state == State::kFound) return true;
    }
    return true;
  }

  void Look(const std::string& path, Kind kind) {
    if (kind == Kind::kFile) {
      if (tree_.NamesOf(path) > 1 &&
          (rule_ == nullptr || rule_->Matches(path))) {
        found_ = {State::kFound, path};
      }
    } else if (kind == Kind::kDirectory && path != "/proc" && path != "/sys" &&
               (rule_ == nullptr || rule_->Touches(path))) {
      directories_.push_back(path);
    }
  }

  const FileTree& tree_;
  const RulePaths* const rule_;
  size_t left_;
  std::vector<std::string> directories_;
  LinkedFiles found_;
};

}  // namespace

LinkedFiles FindLinkedFiles(const FileTree& tree, const RulePaths& rule,
                            size_t max_entries) {
  return Walk(tree, &rule, max_entries).Run(rule.Beginnings());
}

LinkedFiles FindLinkedFiles(const FileTree& tree,
                            const std::vector<std::string>& paths,
                            size_t max_entries) {
  return Walk(tree, nullptr, max_entries).Run(paths);
}

}  // namespace postern
