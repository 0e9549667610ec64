// Policies bound to random trees with links, and realpath(3) as the judge.

#include <errno.h>
#include <sys/stat.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "permission/builder.h"
#include "tests/amount.h"
#include "tests/permission/temp_tree.h"

namespace postern {
namespace {

using testing::TempTree;

constexpr Permission kRead = Permission::kFsRead;
constexpr Permission kConnect = Permission::kNetConnect;

// What a policy says of a unix socket's canonical name, and of one as asked.
bool AllowsSocket(const Policy& policy, absl::string_view path) {
  const std::string endpoint = absl::StrCat("unix:", path);
  return policy.Check(Access::CanonicalEndpoint(kConnect, endpoint)).allowed();
}
bool AllowsAsked(const Policy& policy, absl::string_view path) {
  const std::string endpoint = absl::StrCat("unix:", path);
  return policy.Check(Access::Endpoint(kConnect, endpoint)).allowed();
}

// A random tree, and random names that lead through its links.
class RandomTree {
 public:
  explicit RandomTree(unsigned seed) : random_(seed) {}

  int Below(int n) {
    return std::uniform_int_distribution<int>(0, n - 1)(random_);
  }
  const std::string& AnyDir() { return dirs_[Index(dirs_)]; }
  void Grow(const TempTree& tree, int count) {
    for (int i = 0; i < count; ++i) {
      const std::string name =
          absl::StrCat(AnyDir(), "/", std::string(1, kNames[Below(6)]));
      struct stat st;
      if (lstat(tree.At(name).c_str(), &st) == 0) continue;
      switch (Below(3)) {
        case 0:
          tree.Dir(name);
          dirs_.push_back(name);
          break;
        case 1:
          tree.File(name);
          files_.push_back(name);
          break;
        default:
          tree.Link(name, Target());
          links_.push_back(name);
      }
    }
  }
  // A name of up to five components beneath the root, as links may allow.
  std::string AnyName() {
    std::string name = "@";
    for (int i = Below(5) + 1; i > 0; --i) {
      absl::StrAppend(&name, "/", std::string(1, kNames[Below(6)]));
    }
    return Below(2) == 0 && !links_.empty()
               ? absl::StrCat(links_[Index(links_)], name.substr(1))
               : name;
  }
  std::vector<std::string> Objects() const {
    std::vector<std::string> all = dirs_;
    all.insert(all.end(), files_.begin(), files_.end());
    return all;
  }

 private:
  static constexpr char kNames[] = "abcdef";

  size_t Index(const std::vector<std::string>& list) {
    return static_cast<size_t>(Below(static_cast<int>(list.size())));
  }
  std::string Target() {
    switch (Below(4)) {
      case 0:
        return std::string(1, kNames[Below(6)]);
      case 1:
        return absl::StrCat("../", std::string(1, kNames[Below(6)]));
      case 2:
        return AnyDir();
      default:
        return AnyName();
    }
  }

  std::mt19937 random_;
  std::vector<std::string> dirs_ = {"@"};
  std::vector<std::string> files_;
  std::vector<std::string> links_;
};
constexpr char RandomTree::kNames[];

TEST(PathBindingRandomTest, AgreesWithRealpath) {
  const int64_t seeds = testing::AmountOf({300, 100, 6000});
  int resolved = 0, through_links = 0, allowed = 0, missing = 0;
  for (int64_t seed = 1; seed <= seeds; ++seed) {
    TempTree tree;
    RandomTree random(static_cast<unsigned>(seed));
    random.Grow(tree, 14);
    for (int i = 0; i < 12; ++i) {
      const std::string written = tree.At(random.AnyName());
      SCOPED_TRACE(absl::StrCat("seed ", seed, ": ", written));
      PolicyBuilder builder;
      builder.Allow(PermissionSet(kRead), RulePattern::Text(written));
      const RulePattern sockets =
          RulePattern::Text(absl::StrCat("unix:", written));
      builder.Allow(PermissionSet(kConnect), sockets);
      const absl::StatusOr<std::shared_ptr<const Policy>> policy =
          builder.Bind().Build();
      PolicyBuilder without;
      without.Allow(PermissionSet(kConnect), RulePattern::Whole());
      without.Deny(PermissionSet(kConnect), sockets);
      const absl::StatusOr<std::shared_ptr<const Policy>> denying =
          without.Bind().Build();
      EXPECT_EQ(policy.ok(), denying.ok()) << denying.status();
      char* real = realpath(written.c_str(), nullptr);
      const int error = errno;
      if (real == nullptr) {
        if (error == ELOOP) {
          EXPECT_FALSE(policy.ok());
        }
        ++missing;
        continue;
      }
      const std::string top = real;
      std::free(real);
      ASSERT_TRUE(policy.ok()) << policy.status();
      ASSERT_TRUE(denying.ok()) << denying.status();
      ++resolved;
      through_links += top != written;
      for (const std::string& name : random.Objects()) {
        const std::string path = tree.At(name);
        const bool want =
            path == top || absl::StartsWith(path, absl::StrCat(top, "/"));
        allowed += want;
        EXPECT_EQ(
            (*policy)->Check(Access::CanonicalPath(kRead, path)).allowed(),
            want)
            << path;
        EXPECT_EQ(AllowsSocket(**policy, path), want) << path;
        EXPECT_EQ(AllowsSocket(**denying, path), !want) << path;
        if (want) {
          const std::string asked = written + path.substr(top.size());
          EXPECT_TRUE((*policy)->Check(Access::Path(kRead, asked)).allowed())
              << asked;
          EXPECT_TRUE(AllowsAsked(**policy, asked)) << asked;
          EXPECT_FALSE(AllowsAsked(**denying, asked)) << asked;
        }
      }
    }
  }
  EXPECT_GT(resolved, seeds * 2 / 3);
  EXPECT_GT(through_links, seeds / 3);
  EXPECT_GT(allowed, seeds);
  EXPECT_GT(missing, seeds / 3);
}

}  // namespace
}  // namespace postern
