#include "permission/backstop/program_rules.h"

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "permission/access.h"
#include "permission/backstop/rule_paths.h"
#include "permission/internal/command_pattern.h"

namespace postern {
namespace {

using PlacedRule = PolicyRights::PlacedRule;

bool IsForCommands(const Rule& rule) {
  return rule.permissions.Contains(Permission::kProcessSpawn) &&
         rule.pattern.kind() == RulePattern::Kind::kText;
}

// The program of a rule, as it is written.
std::string ProgramWord(const Rule& rule) {
  const std::vector<std::string> words =
      internal::WordsOfCommand(rule.pattern.text());
  return words.empty() ? "" : words[0];
}

// The name behind the last slash.
absl::string_view LastName(absl::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

class Programs {
 public:
  Programs(const PolicyRights& rights, const FileTree& tree)
      : rights_(rights), tree_(tree) {}

  void Add(const std::string& program) {
    if (!found_.insert(program).second) return;
    for (const std::string& other : tree_.InterpretersOf(program)) Add(other);
  }

  // What the caller decided, for these arguments or for all.
  void AddDecided(const std::string& program) {
    some_arguments_ = some_arguments_ ||
                      rights_.Dropped(Permission::kProcessSpawn) ||
                      !IsGranted(program);
    Add(program);
  }

  void AddRules() {
    if (rights_.Dropped(Permission::kProcessSpawn)) return;
    for (const PlacedRule& placed : rights_.rules()) {
      if (!IsForCommands(placed.rule) || !IsGrant(placed.rule)) continue;
      bool every_argument = false;
      const std::vector<std::string> programs = ProgramsOf(
          placed, *rights_.policies()[placed.policy], &every_argument);
      if (!every_argument && !Wider()) continue;
      for (const std::string& program : programs) {
        if (!IsGranted(program)) continue;
        some_arguments_ = some_arguments_ || !every_argument;
        Add(program);
      }
    }
  }

  void Tell(ProgramRules* rules) const {
    rules->programs.assign(found_.begin(), found_.end());
    rules->some_arguments = some_arguments_;
  }

 private:
  bool Wider() const {
    return rights_.approximation() == Approximation::kWider;
  }

  bool IsGrant(const Rule& rule) const {
    const bool through = absl::StartsWith(rule.pattern.text(), "through:");
    return !through &&
           (rule.effect == Effect::kAllow ||
            (rule.effect == Effect::kAsk && Wider())) &&
           (Wider() || !rule.limits.any());
  }

  // By all layers, as far as two questions tell; and no rule takes away what
  // they do not ask about.
  bool IsGranted(const std::string& program) const {
    const FileTree::Kind kind = tree_.KindOf(program);
    if (kind == FileTree::Kind::kMissing) return false;
    const bool folder = kind == FileTree::Kind::kDirectory;
    const std::string asked =
        folder ? EntryPath(program, ".postern-new") : program;
    const CallArg other[] = {{"\x01"}};
    const bool asks_well =
        Wider() || (rights_.Allows(Access::CanonicalCommand(asked, {})) &&
                    rights_.Allows(Access::CanonicalCommand(asked, other)));
    return asks_well && !MayBeDenied(program, folder);
  }

  bool MayBeDenied(const std::string& program, bool folder) const {
    return std::any_of(
        rights_.rules().begin(), rights_.rules().end(),
        [&](const PlacedRule& placed) {
          return IsForCommands(placed.rule) && !IsGrant(placed.rule) &&
                 placed.rule.effect != Effect::kAllow &&
                 rights_.LayerOf(placed).mode == Mode::kEnforce &&
                 (folder || MayDeny(placed, program));
        });
  }

  bool MayDeny(const PlacedRule& placed, const std::string& program) const {
    const std::string word = ProgramWord(placed.rule);
    if (!absl::StrContains(word, '/')) {
      return word.find_first_of("*?{\\") != std::string::npos ||
             word == LastName(program);
    }
    return RulePaths(word, *rights_.policies()[placed.policy]).Touches(program);
  }

  const PolicyRights& rights_;
  const FileTree& tree_;
  std::set<std::string> found_;
  bool some_arguments_ = false;
};

}  // namespace

std::vector<std::string> ProgramsOf(const PlacedRule& placed,
                                    const Policy& policy,
                                    bool* every_argument) {
  const std::vector<std::string> words =
      internal::WordsOfCommand(placed.rule.pattern.text());
  *every_argument = words.size() == 2 && words[1] == "**";
  if (words.empty() || !absl::StrContains(words[0], '/')) return {};
  const RulePaths paths(words[0], policy);
  return paths.HasWildcards() ? std::vector<std::string>() : paths.Literals();
}

ProgramRules FindProgramRules(const PolicyRights& rights, const FileTree& tree,
                              const LowerOptions& options) {
  ProgramRules rules;
  rules.any = rights.Allows(Access::Whole(Permission::kProcessSpawn));
  Programs programs(rights, tree);
  for (const std::string& program : options.programs) {
    programs.AddDecided(program);
  }
  programs.AddRules();
  programs.Tell(&rules);
  return rules;
}

}  // namespace postern
