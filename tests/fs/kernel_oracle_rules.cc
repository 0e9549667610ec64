#include "tests/fs/kernel_oracle_rules.h"

namespace postern {
namespace fs {
namespace testing {
namespace {

Rights RandomRights(Draw* draw) {
  switch (draw->Below(4)) {
    case 0:
      return Right::kRead;
    case 1:
      return Right::kWrite;
    default:
      return Right::kRead | Right::kWrite;
  }
}

// Of something that is there, or of something below it that is not.
std::string RandomPlace(const RandomTree& tree, Draw* draw) {
  const std::vector<std::string>& from =
      tree.names().empty() || draw->Percent(60) ? tree.directories()
                                                : tree.names();
  const std::string name = draw->Pick(from);
  if (draw->Percent(85)) return name;
  return name.empty() ? "missing" : name + "/b";
}

bool IsNormal(absl::string_view path) {
  if (path.empty() || path[0] != '/') return false;
  if (path == "/") return true;
  const std::string whole = std::string(path) + "/";
  return whole.find("//") == whole.npos && whole.find("/./") == whole.npos &&
         whole.find("/../") == whole.npos && whole.find('\0') == whole.npos;
}

}  // namespace

std::unique_ptr<PrefixMonitor> TreeRules::In(const std::string& root) const {
  const auto with_root = [&](const std::vector<Rule>& rules) {
    std::vector<PrefixMonitor::Subtree> subtrees;
    for (const Rule& rule : rules) {
      const std::string slash = rule.name.empty() ? "" : "/";
      subtrees.push_back({root + slash + rule.name, rule.rights});
    }
    return subtrees;
  };
  auto monitor =
      std::make_unique<PrefixMonitor>(with_root(granted), with_root(denied));
  monitor->conceal = conceal;
  monitor->acts = acts;
  return monitor;
}

TreeRules RandomRules(const RandomTree& tree, Draw* draw) {
  TreeRules rules;
  if (draw->Percent(70)) rules = AllRights();
  for (size_t i = draw->Below(3) + 1; i > 0; --i) {
    rules.granted.push_back({RandomPlace(tree, draw), RandomRights(draw)});
  }
  for (size_t i = draw->Below(3); i > 0; --i) {
    rules.denied.push_back({RandomPlace(tree, draw), RandomRights(draw)});
  }
  rules.conceal = draw->Percent(20);
  rules.acts = draw->Percent(15);
  return rules;
}

TreeRules AllRights() {
  TreeRules rules;
  rules.granted.push_back({"", Right::kRead | Right::kWrite});
  return rules;
}

void OracleMonitor::Require(absl::string_view path) const {
  if (!IsNormal(path)) abnormal_name_ = std::string(path);
}

Verdict OracleMonitor::Check(Rights rights, absl::string_view path) const {
  Require(path);
  return rules_->Check(rights, path);
}

Verdict OracleMonitor::Enforce(Rights rights, absl::string_view path,
                               absl::string_view asked) {
  Require(path);
  return rules_->Enforce(rights, path, asked);
}

Verdict OracleMonitor::CheckSubtree(Rights rights,
                                    absl::string_view path) const {
  Require(path);
  return rules_->CheckSubtree(rights, path);
}

bool OracleMonitor::IsUniformBelow(Rights rights,
                                   absl::string_view path) const {
  Require(path);
  return rules_->IsUniformBelow(rights, path);
}

Verdict OracleMonitor::CheckMove(absl::string_view from, absl::string_view to,
                                 bool is_directory) const {
  Require(from);
  Require(to);
  return rules_->CheckMove(from, to, is_directory);
}

Verdict OracleMonitor::CheckReplace(absl::string_view path) const {
  Require(path);
  return rules_->CheckReplace(path);
}

Verdict OracleMonitor::CheckLink(Rights rights, absl::string_view path) const {
  Require(path);
  return rules_->CheckLink(rights, path);
}

Verdict OracleMonitor::CheckEntry(Rights rights, FileIdentity directory,
                                  absl::string_view path) const {
  Require(path);
  return rules_->CheckEntry(rights, directory, path);
}

Verdict OracleMonitor::CheckIdentity(Rights rights, FileIdentity file,
                                     absl::string_view path) const {
  Require(path);
  return rules_->CheckIdentity(rights, file, path);
}

Verdict OracleMonitor::CheckNamed(Rights rights, absl::string_view path,
                                  absl::string_view place) const {
  Require(path);
  return rules_->CheckNamed(rights, path, place);
}

}  // namespace testing
}  // namespace fs
}  // namespace postern
