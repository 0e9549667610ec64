// Random policies under a real Landlock: what a child can do is what the
// library says, or what the report says.

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "permission/backstop/lower.h"
#include "permission/backstop/prepared_plan.h"
#include "permission/backstop/report_text.h"
#include "permission/builder.h"
#include "tests/amount.h"
#include "tests/fs/temp_tree.h"
#include "tests/permission/backstop/confined_child.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

constexpr Permission kRead = Permission::kFsRead, kWrite = Permission::kFsWrite;

const char* const kFiles[] = {"a/f",   "a/b/f", "a/b/g.k", "a/c/f",
                              "d/g.k", "d/e/f", "d/e/h/f", "f"};
const char* const kDirectories[] = {"a", "a/b", "a/c", "d", "d/e", "d/e/h"};

struct Operation {
  enum class What { kReadFile, kWriteFile, kList, kMake, kCreate } what;
  std::string path;

  Permission permission() const {
    return what == What::kReadFile || what == What::kList ? kRead : kWrite;
  }
  GuardedOperation part() const {
    switch (what) {
      case What::kReadFile:
      case What::kWriteFile:
        return GuardedOperation::kContents;
      case What::kList:
        return GuardedOperation::kListing;
      case What::kMake:
      case What::kCreate:
        return GuardedOperation::kEntries;
    }
    return GuardedOperation::kAll;
  }
};

class RandomPlan {
 public:
  RandomPlan(uint64_t seed, const fs::testing::TempTree& tree)
      : random_(seed), tree_(tree) {}

  PolicySpec NextSpec() {
    PolicySpec spec;
    spec.lenient_wildcards = true;
    const int layers = 1 + Below(2);
    for (int i = 0; i < layers; ++i) {
      Layer layer;
      layer.name = absl::StrCat("layer ", i);
      layer.default_effect =
          i == 0 || Below(2) ? Effect::kDeny : Effect::kAllow;
      layer.precedence =
          Below(2) ? Precedence::kDenyOverrides : Precedence::kMostSpecific;
      const int rules = 1 + Below(5);
      for (int r = 0; r < rules; ++r) layer.rules.push_back(NextRule());
      spec.layers.push_back(std::move(layer));
    }
    return spec;
  }

  // Grants the tree but for some of what is in it.
  PolicySpec NextWithHoles() {
    const PermissionSet both = PermissionSet(kRead) | PermissionSet(kWrite);
    PolicySpec spec;
    spec.lenient_wildcards = true;
    Layer layer;
    layer.name = "holes";
    layer.rules.push_back(testing::MakeRule(Effect::kAllow, both,
                                            RulePattern::Text(tree_.root())));
    for (int i = Below(2); i >= 0; --i) {
      const std::string path = Below(2) ? Pick(kDirectories) : Pick(kFiles);
      layer.rules.push_back(testing::MakeRule(Effect::kDeny, both,
                                              RulePattern::Text(tree_ / path)));
    }
    if (Below(3) == 0) layer.rules.push_back(NextRule());
    spec.layers.push_back(std::move(layer));
    return spec;
  }

  Operation NextOperation() {
    using What = Operation::What;
    switch (Below(5)) {
      case 0:
        return {What::kReadFile, tree_ / Pick(kFiles)};
      case 1:
        return {What::kWriteFile, tree_ / Pick(kFiles)};
      case 2:
        return {What::kList, tree_ / Pick(kDirectories)};
      case 3:
        return {What::kMake, tree_ / absl::StrCat(Pick(kDirectories), "/n")};
      default:
        return {What::kCreate, tree_ / absl::StrCat(Pick(kDirectories), "/m")};
    }
  }

  // At most one policy in so many is also put under its filter.
  bool WithFilter() { return Below(20) == 0; }

 private:
  template <size_t N>
  std::string Pick(const char* const (&choices)[N]) {
    return choices[Below(static_cast<int>(N))];
  }

  int Below(int limit) {
    return static_cast<int>(random_() % static_cast<uint64_t>(limit));
  }

  Rule NextRule() {
    const int effect = Below(10);
    const PermissionSet sets[] = {PermissionSet(kRead), PermissionSet(kWrite),
                                  PermissionSet(kRead) | PermissionSet(kWrite)};
    return testing::MakeRule(effect < 6   ? Effect::kAllow
                             : effect < 9 ? Effect::kDeny
                                          : Effect::kAsk,
                             sets[Below(3)], RulePattern::Text(NextPattern()));
  }

  std::string NextPattern() {
    const std::string root = tree_.root();
    switch (Below(8)) {
      case 0:
        return root;
      case 1:
        return absl::StrCat("exact:", tree_ / Pick(kDirectories));
      case 2:
        return absl::StrCat(root, "/**/*.k");
      case 3:
        return absl::StrCat(tree_ / Pick(kDirectories), "/*");
      case 4:
        return tree_ / Pick(kFiles);
      case 5:
        return tree_ / absl::StrCat(Pick(kDirectories), "/n");
      default:
        return tree_ / Pick(kDirectories);
    }
  }

  std::mt19937_64 random_;
  const fs::testing::TempTree& tree_;
};

bool Do(const Operation& operation) {
  const char* const path = operation.path.c_str();
  const auto opens = [&](int flags) {
    const int fd = open(path, flags | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    struct stat st = {};  // of a mask, which only the superuser opens
    const bool hidden = fstat(fd, &st) != 0 || (st.st_mode & 07777) == 0;
    close(fd);
    return !hidden;
  };
  switch (operation.what) {
    case Operation::What::kReadFile:
      return opens(O_RDONLY);
    case Operation::What::kWriteFile:
      return opens(O_WRONLY);
    case Operation::What::kList:
      return opens(O_RDONLY | O_DIRECTORY);
    case Operation::What::kMake: {
      const bool made = mkdir(path, 0700) == 0;
      if (made) rmdir(path);
      return made;
    }
    case Operation::What::kCreate: {
      const bool made = opens(O_WRONLY | O_CREAT | O_EXCL);
      unlink(path);
      return made;
    }
  }
  return false;
}

// Whether a row tells of the difference.
bool IsReported(const ConfinementPlan& plan, const Operation& operation,
                bool kernel_allows) {
  for (const EnforcementRow& row : plan.report.rows) {
    if (row.permission != operation.permission()) continue;
    // Who makes a file opens it, too.
    const bool same = row.operation == operation.part() ||
                      (operation.what == Operation::What::kCreate &&
                       row.operation == GuardedOperation::kContents);
    if (!same) continue;
    // Watches are none of these operations.
    const bool less =
        row.grants_less && row.less != EnforcementReason::kRefusedToAll;
    if (kernel_allows ? row.level != EnforcementLevel::kFull : less) {
      return true;
    }
  }
  return false;
}

// The rows of one permission, with "@" for the tree.
std::string RowsOf(const ConfinementPlan& plan, const Operation& operation,
                   const std::string& root) {
  std::string text =
      absl::StrCat(static_cast<int>(operation.what), " ", operation.path, "\n");
  for (const EnforcementRow& row : plan.report.rows) {
    if (row.permission == operation.permission()) {
      absl::StrAppend(&text, RowToText(row), "\n");
    }
  }
  for (const process::LandlockRules& rules : plan.landlock) {
    text += process::DescribeLandlock(rules);
  }
  return absl::StrReplaceAll(text, {{root, "@"}});
}

struct Counts {
  int same_yes = 0, same_no = 0, more = 0, less = 0, masks = 0;
};

// What the child could do, a digit each.
std::string RunUnder(const PreparedPlan& plan,
                     const std::vector<Operation>& operations) {
  return testing::InChild([&] {
    if (plan.namespaces.flags() != 0) {
      const auto entered = plan.namespaces.Enter(nullptr);
      if (entered.error != 0) return absl::StrCat("no ", entered.step);
    }
    const int error = Restrict(plan, false);
    if (error != 0) return absl::StrCat("errno ", error);
    std::string done;
    for (const Operation& operation : operations) {
      done += Do(operation) ? '1' : '0';
    }
    return done;
  });
}

void Compare(const Policy& policy, const ConfinementPlan& plan,
             const std::vector<Operation>& operations, const std::string& done,
             const std::string& root, Counts* counts) {
  ASSERT_EQ(done.size(), operations.size()) << done;
  for (size_t i = 0; i < operations.size(); ++i) {
    const Operation& operation = operations[i];
    const bool kernel = done[i] == '1';
    const bool library = policy
                             .Check(Access::CanonicalPath(
                                 operation.permission(), operation.path))
                             .allowed();
    if (kernel == library) {
      ++(kernel ? counts->same_yes : counts->same_no);
      continue;
    }
    ++(kernel ? counts->more : counts->less);
    // Contents are never open to more than the policy grants.
    const bool contents = operation.part() == GuardedOperation::kContents;
    EXPECT_FALSE(kernel && contents) << RowsOf(plan, operation, root);
    EXPECT_TRUE(IsReported(plan, operation, kernel))
        << (kernel ? "more: " : "less: ") << RowsOf(plan, operation, root);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(RandomPlanTest, TheKernelAnswersAsTheLibraryOrAsTheReportSays) {
  const std::string why = testing::WhyNotHere();
  if (!why.empty()) GTEST_SKIP() << why;
  fs::testing::TempTree tree;
  for (const char* file : kFiles) tree.File(file, "");
  tree.Dir("a/c");
  RandomPlan random(20261129, tree);
  const process::KernelCaps caps = process::DetectKernelCaps();
  Counts counts;
  const int64_t policies = testing::AmountOf({200, 40, 2000});
  for (int64_t i = 0; i < policies && !::testing::Test::HasFailure(); ++i) {
    const SpineRights spines[] = {SpineRights::kNone, SpineRights::kListing,
                                  SpineRights::kAll};
    LowerOptions options;
    options.spines = spines[i % 3];
    options.masks = i % 4 == 0;
    options.own_process = !options.masks;
    options.user_namespace = geteuid() != 0;
    auto policy = PolicyBuilder(options.masks ? random.NextWithHoles()
                                              : random.NextSpec())
                      .Build();
    ASSERT_TRUE(policy.ok()) << policy.status();
    auto plan = Lower(*policy, caps, options);
    ASSERT_TRUE(plan.ok()) << plan.status();
    if (!random.WithFilter()) plan->filter.reset();
    plan->namespaces.network = false;
    counts.masks += static_cast<int>(plan->namespaces.masks.size());
    auto prepared = Prepare(*plan, nullptr);
    ASSERT_TRUE(prepared.ok()) << prepared.status();
    std::vector<Operation> operations;
    for (int k = 0; k < 100; ++k) operations.push_back(random.NextOperation());
    Compare(**policy, *plan, operations, RunUnder(*prepared, operations),
            tree.root(), &counts);
  }
  printf("both allow %d, both deny %d, the kernel more %d, less %d; %d masks\n",
         counts.same_yes, counts.same_no, counts.more, counts.less,
         counts.masks);
  // The comparison is of interest.
  EXPECT_GT(counts.same_yes, 10 * policies);
  EXPECT_GT(counts.same_no, 10 * policies);
  EXPECT_GT(counts.more, policies / 4);
  EXPECT_GT(counts.less, policies / 4);
  EXPECT_TRUE(counts.masks > 5 || !caps.mount_namespace) << counts.masks;
}

}  // namespace
}  // namespace postern
