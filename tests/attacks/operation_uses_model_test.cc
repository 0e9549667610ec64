// Random rules and operations, and a model of the uses that they take.

#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "fs/guarded_fs.h"
#include "fs/status.h"
#include "gtest/gtest.h"
#include "permission/rule.h"
#include "tests/attacks/uses_stage.h"

namespace postern {
namespace testing {
namespace {

using fs::At;
using fs::FsStatus;
using fs::GuardedFs;
using Replace = fs::GuardedFs::Replace;

constexpr Permission kRead = Permission::kFsRead;
constexpr Permission kWrite = Permission::kFsWrite;

struct Need {
  Permission permission;
  std::string name;
};
// What an operation asks at once: denied if one need is.
using Step = std::vector<Need>;

class UsesModel {
 public:
  void Add(PermissionSet permissions, std::string name,
           std::shared_ptr<UseCounter> real) {
    const uint32_t left = real == nullptr ? 0 : real->left();
    rules_.push_back({permissions, std::move(name), std::move(real), left});
  }
  // Whether the operation is granted. Nothing is taken for a step that is
  // denied, nor for the first of two where the second is.
  bool Act(const std::vector<Step>& steps, bool foresees) {
    std::set<const Rule*> taken;
    if (foresees && !Grants(steps[1], taken)) return false;
    for (const Step& step : steps) {
      if (!Grants(step, taken)) return false;
      for (const Need& need : step) Take(need, &taken);
    }
    return true;
  }
  void ExpectSame() const {
    for (const Rule& rule : rules_) {
      if (rule.real == nullptr) continue;
      EXPECT_EQ(rule.real->left(), rule.left) << rule.name;
    }
  }

 private:
  struct Rule {
    PermissionSet permissions;
    std::string name;
    std::shared_ptr<UseCounter> real;  // null: unlimited
    uint32_t left;
  };
  std::vector<Rule*> Holding(const Need& need,
                             const std::set<const Rule*>& taken) {
    std::vector<Rule*> holding;
    for (Rule& rule : rules_) {
      const bool covers =
          rule.permissions.Contains(need.permission) &&
          (need.name == rule.name ||
           absl::StartsWith(need.name, absl::StrCat(rule.name, "/")));
      const bool holds =
          rule.real == nullptr || rule.left > 0 || taken.count(&rule) > 0;
      if (covers && holds) holding.push_back(&rule);
    }
    return holding;
  }
  bool Grants(const Step& step, const std::set<const Rule*>& taken) {
    for (const Need& need : step) {
      if (Holding(need, taken).empty()) return false;
    }
    return true;
  }
  void Take(const Need& need, std::set<const Rule*>* taken) {
    const std::vector<Rule*> holding = Holding(need, *taken);
    for (const Rule* rule : holding) {
      if (rule->real == nullptr) return;
    }
    for (Rule* rule : holding) {
      if (taken->insert(rule).second) --rule->left;
    }
  }

  std::vector<Rule> rules_;
};

// An operation on random names, and what it asks in turn.
struct RandomOperation {
  const char* name;
  FsStatus (*run)(const GuardedFs& fs, const At& first, const At& second);
  std::vector<Step> (*needs)(const std::string& first,
                             const std::string& second);
  bool two_names;
};

constexpr RandomOperation kOperations[] = {
    {"stat",
     [](const GuardedFs& g, const At& a, const At&) {
       return g.Stat(a).status();
     },
     [](const std::string& a, const std::string&) {
       return std::vector<Step>{{{kRead, a}}};
     },
     false},
    {"open for both",
     [](const GuardedFs& g, const At& a, const At&) {
       fs::OpenIntent intent;
       intent.access = fs::OpenIntent::Access::kReadWrite;
       return g.Open(a, intent).status();
     },
     [](const std::string& a, const std::string&) {
       return std::vector<Step>{{{kRead, a}, {kWrite, a}}};
     },
     false},
    {"exchange",
     [](const GuardedFs& g, const At& a, const At& b) {
       return g.Exchange(a, b);
     },
     [](const std::string& a, const std::string& b) {
       return std::vector<Step>{{{kWrite, a}}, {{kWrite, b}}};
     },
     true},
    {"copy",
     [](const GuardedFs& g, const At& a, const At& b) {
       return g.Copy(a, b, Replace::kYes);
     },
     [](const std::string& a, const std::string& b) {
       return std::vector<Step>{{{kRead, a}}, {{kWrite, b}}};
     },
     true},
    {"remove all of a folder",
     [](const GuardedFs& g, const At& a, const At&) {
       const absl::string_view file = a.path;
       return g.RemoveAll(file.substr(0, file.rfind('/')));
     },
     [](const std::string& a, const std::string&) {
       const std::string folder = a.substr(0, a.rfind('/'));
       // All beneath is looked at before anything is taken for it.
       return std::vector<Step>{{{kWrite, folder}},
                                {{kWrite, absl::StrCat(folder, "/x")},
                                 {kWrite, absl::StrCat(folder, "/y")}}};
     },
     false},
};

TEST(OperationUsesModelTest, RandomOperationsTakeWhatTheModelTakes) {
  std::minstd_rand random(20261129);
  const auto below = [&](size_t count) { return random() % count; };
  constexpr const char* kPlaces[] = {"in", "in/a", "in/b", "in/a/x", "in/b/y"};
  constexpr const char* kFiles[] = {"in/a/x", "in/a/y", "in/b/x", "in/b/y"};
  const PermissionSet kSets[] = {PermissionSet(kRead), PermissionSet(kWrite),
                                 Both()};
  int granted = 0, denied = 0;
  for (int round = 0; round < 60; ++round) {
    UsesStage stage;
    UsesModel model;
    for (size_t i = 2 + below(4); i > 0; --i) {
      const char* place = kPlaces[below(5)];
      const PermissionSet permissions = kSets[below(3)];
      auto uses =
          stage.Allow(permissions, place, static_cast<uint32_t>(below(6)));
      if (below(8) == 0) {
        stage.layer.rules.back().limits.uses = nullptr;
        uses = nullptr;
      }
      model.Add(permissions, place, std::move(uses));
    }
    stage.meddles = below(3) == 0;
    stage.tree.Dir("in");
    stage.Start();
    for (int i = 0; i < 20; ++i) {
      for (const char* file : kFiles) stage.tree.File(file, "contents");
      const RandomOperation& operation = kOperations[below(5)];
      const std::string first = kFiles[below(4)], second = kFiles[below(4)];
      SCOPED_TRACE(absl::StrCat("round ", round, ": ", operation.name, " ",
                                first, " ", second));
      const FsStatus status =
          operation.run(stage.fs(), stage.tree / first, stage.tree / second);
      const bool grants =
          model.Act(operation.needs(first, second), operation.two_names);
      EXPECT_EQ(status.refusal != fs::Refusal::kMonitor, grants)
          << status.ToString();
      ++(grants ? granted : denied);
      model.ExpectSame();
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(granted, 200);
  EXPECT_GT(denied, 200);
}

}  // namespace
}  // namespace testing
}  // namespace postern
