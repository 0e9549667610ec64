// Rules for unix sockets, whose names pass links: asking is acting (attack row
// 103).

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "fs/guarded_fs.h"
#include "fs/options.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "net/guarded_net.h"
#include "net/net_status.h"
#include "permission/audit.h"
#include "permission/builder.h"
#include "permission/context.h"
#include "permission/guard/path_monitor.h"
#include "permission/guard/unix_sockets.h"
#include "tests/permission/policy_fixture.h"
#include "tests/permission/temp_tree.h"

namespace postern {
namespace {

using ::testing::HasSubstr;
using testing::MakeContext;
using testing::RuleRow;
using testing::TempTree;

constexpr Permission kRead = Permission::kFsRead;
constexpr Permission kWrite = Permission::kFsWrite;
constexpr Permission kConnect = Permission::kNetConnect;
constexpr Permission kListen = Permission::kNetListen;
constexpr Effect kAllow = Effect::kAllow;
constexpr Effect kAsk = Effect::kAsk;
constexpr Effect kDeny = Effect::kDeny;

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { close(fd_); }
  int get() const { return fd_; }

 private:
  const int fd_;
};

int NewSocket() { return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0); }

//   run/s.sock, where somebody listens; var/run -> ../run, as Debian has it;
//   far -> var/run (a link through a link); here.sock -> run/s.sock; and
//   hard.sock, a second name of the socket.
class SocketBindingTest : public ::testing::Test {
 protected:
  SocketBindingTest() : server_(NewSocket()) {
    tree_.Dir("@/run");
    tree_.Dir("@/var");
    tree_.Link("@/var/run", "../run");
    tree_.Link("@/far", "var/run");
    tree_.Link("@/here.sock", "run/s.sock");
    struct sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    // The tree's own name may be longer than an address has room for.
    const Fd run(
        open(tree_.At("@/run").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    const std::string name =
        absl::StrCat("/proc/self/fd/", run.get(), "/s.sock");
    memcpy(address.sun_path, name.data(), name.size());
    EXPECT_EQ(bind(server_.get(), reinterpret_cast<struct sockaddr*>(&address),
                   sizeof(address)),
              0);
    EXPECT_EQ(listen(server_.get(), 100), 0);
    tree_.HardLink("@/run/s.sock", "@/hard.sock");
  }

  Layer Grants(const std::vector<RuleRow>& rows,
               Effect default_effect = kDeny) const {
    Layer layer;
    layer.name = "grants";
    layer.default_effect = default_effect;
    for (const RuleRow& row : rows) {
      layer.rules.push_back(testing::MakeRule(
          row.effect, PermissionSet(row.permission),
          row.pattern[0] == '\0' ? RulePattern::Whole()
                                 : RulePattern::Text(tree_.At(row.pattern))));
    }
    return layer;
  }
  absl::StatusOr<std::shared_ptr<const Policy>> TryBind(
      std::vector<Layer> layers,
      std::shared_ptr<const Policy> previous = nullptr) const {
    PolicySpec spec;
    spec.layers = std::move(layers);
    return PolicyBuilder(std::move(spec)).Bind({}, std::move(previous)).Build();
  }
  std::shared_ptr<const Policy> Bind(
      std::vector<Layer> layers,
      std::shared_ptr<const Policy> previous = nullptr) const {
    auto policy = TryBind(std::move(layers), std::move(previous));
    EXPECT_TRUE(policy.ok()) << policy.status();
    return policy.ok() ? *policy : *PolicyBuilder().Bind().Build();
  }
  // All files, and the network but for `rows`.
  RootContext AllBut(std::vector<RuleRow> rows) const {
    for (const RuleRow& row :
         {RuleRow{kAllow, kRead, "@"}, RuleRow{kAllow, kWrite, "@/run"},
          RuleRow{kAllow, kWrite, "@/hard.sock"}, RuleRow{kAllow, kConnect, ""},
          RuleRow{kAllow, kListen, ""}}) {
      rows.push_back(row);
    }
    return MakeContext(Bind({Grants(rows)}));
  }

  template <typename Decider>
  Effect Asked(const Decider& decider, Permission permission,
               absl::string_view path) const {
    const std::string endpoint = absl::StrCat("unix:", tree_.At(path));
    return decider.Check(Access::Endpoint(permission, endpoint)).effect();
  }
  // errno of the attempt.
  int Acts(const RootContext& root, Permission permission,
           absl::string_view path) const {
    fs::GuardedFsOptions files;
    files.hard_links_writing = fs::HardLinks::kReport;
    const auto sockets = MakeUnixSockets(root.context, files);
    EXPECT_TRUE(sockets.ok()) << sockets.status();
    const Fd fd(NewSocket());
    const std::string name = tree_.At(path);
    const net::NetStatus status = permission == kListen
                                      ? (*sockets)->Bind(fd.get(), name)
                                      : (*sockets)->Connect(fd.get(), name);
    return status.error_number;
  }

  TempTree tree_;
  const Fd server_;
};

constexpr const char* kNames[] = {"@/run/s.sock", "@/var/run/s.sock",
                                  "@/far/s.sock", "@/here.sock"};

TEST_F(SocketBindingTest, ADenialHoldsWhicheverNameItWasWrittenBy) {
  for (const char* pattern :
       {"unix:@/run/s.sock", "unix:@/var/run/s.sock", "unix:@/var/run",
        "unix:@/far/s.sock", "unix:@/far", "unix:@/here.sock"}) {
    for (const Effect effect : {kDeny, kAsk}) {
      SCOPED_TRACE(pattern);
      const RootContext root = AllBut({{effect, kConnect, pattern}});
      for (const char* name : kNames) {
        EXPECT_EQ(Acts(root, kConnect, name), EACCES) << name;
      }
      EXPECT_EQ(Asked(*root.context, kConnect, "@/run/s.sock"), effect);
      const std::string same = pattern + strlen("unix:");
      if (absl::EndsWith(same, ".sock")) {
        EXPECT_EQ(Asked(*root.context, kConnect, same), effect);
      }
      EXPECT_EQ(Asked(*root.context, kConnect, "@/run2/s.sock"), kAllow);
    }
  }
  const RootContext none = AllBut({});
  for (const char* name : kNames) EXPECT_EQ(Acts(none, kConnect, name), 0);
}

// What is denied and not there yet is not bound where its directory is mounted
// once more. What nobody granted under the other name is no denial.
TEST_F(SocketBindingTest, NoDeniedNameIsBoundByAnotherMount) {
  tree_.Dir("@/alias");
  const std::string run = tree_.At("@/run"), alias = tree_.At("@/alias");
  if (unshare(CLONE_NEWNS) != 0 ||
      mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      mount(run.c_str(), alias.c_str(), nullptr, MS_BIND, nullptr) != 0) {
    GTEST_SKIP() << "cannot mount: " << strerror(errno);
  }
  for (const RuleRow& denial : {RuleRow{kDeny, kListen, "unix:@/run/new"},
                                RuleRow{kDeny, kWrite, "exact:@/run/new"}}) {
    SCOPED_TRACE(denial.pattern);
    const RootContext root = AllBut({{kAllow, kWrite, "@/alias"}, denial});
    EXPECT_EQ(Acts(root, kListen, "@/run/new"), EACCES);
    EXPECT_EQ(Acts(root, kListen, "@/alias/new"), EACCES);
    EXPECT_EQ(Acts(root, kListen, "@/alias/other"), 0);
    tree_.Remove("@/run/other");
  }
  const RootContext connect = AllBut(
      {{kAllow, kWrite, "@/alias"}, {kDeny, kConnect, "unix:@/run/new"}});
  EXPECT_EQ(Acts(connect, kListen, "@/alias/new"), 0)
      << "to listen is not to connect";
  tree_.Remove("@/run/new");
  const RootContext granted =
      MakeContext(Bind({Grants({{kAllow, kRead, "@"},
                                {kAllow, kWrite, "@/alias"},
                                {kAllow, kListen, "unix:@/alias"},
                                {kDeny, kListen, "unix:@/run/other"}})}));
  EXPECT_EQ(Acts(granted, kListen, "@/alias/new"), 0);
  tree_.Remove("@/run/new");
  EXPECT_EQ(umount(alias.c_str()), 0);
}

TEST_F(SocketBindingTest, AGrantHoldsWhereItsNameLeads) {
  for (const char* pattern :
       {"unix:@/run/s.sock", "unix:@/var/run/s.sock", "unix:@/var/run",
        "unix:@/far/s.sock", "unix:@/far", "unix:@/here.sock"}) {
    SCOPED_TRACE(pattern);
    const RootContext root =
        MakeContext(Bind({Grants({{kAllow, kRead, "@"},
                                  {kAllow, kWrite, "@/run"},
                                  {kAllow, kConnect, pattern}})}));
    for (const char* name : kNames) {
      EXPECT_EQ(Acts(root, kConnect, name), 0) << name;
    }
    EXPECT_EQ(Asked(*root.context, kConnect, "@/run/s.sock"), kAllow);
    EXPECT_EQ(Asked(*root.context, kConnect, "@/run"),
              absl::EndsWith(pattern, ".sock") ? kDeny : kAllow);
    EXPECT_EQ(Acts(root, kListen, "@/run/new"), EACCES);
  }
}

TEST_F(SocketBindingTest, ListeningIsDecidedByTheNameThatIsMade) {
  for (const char* pattern : {"unix:@/var/run", "unix:@/far/new"}) {
    const RootContext root = AllBut({{kDeny, kListen, pattern}});
    for (const char* name : {"@/run/new", "@/var/run/new", "@/far/new"}) {
      EXPECT_EQ(Acts(root, kListen, name), EACCES) << pattern << " " << name;
    }
    EXPECT_EQ(Acts(root, kConnect, "@/run/s.sock"), 0);
  }
  const RootContext root = AllBut({});
  EXPECT_EQ(Acts(root, kListen, "@/far/new"), 0);
  tree_.Remove("@/run/new");
}

TEST_F(SocketBindingTest, ADenialHoldsUnderBothPrecedencesAndInACeiling) {
  for (const Precedence precedence :
       {Precedence::kDenyOverrides, Precedence::kMostSpecific}) {
    Layer grants = Grants({{kAllow, kRead, "@"},
                           {kAllow, kWrite, "@/run"},
                           {kAllow, kConnect, "unix:@/far"}});
    Layer ceiling = Grants({{kDeny, kConnect, "unix:@/here.sock"}}, kAllow);
    ceiling.name = "ceiling";
    grants.precedence = ceiling.precedence = precedence;
    const RootContext root = MakeContext(Bind({grants, ceiling}));
    for (const char* name : kNames) {
      EXPECT_EQ(Acts(root, kConnect, name), EACCES) << name;
      EXPECT_EQ(Asked(*root.context, kConnect, name), kDeny) << name;
    }
    EXPECT_EQ(Asked(*root.context, kConnect, "@/far/other"), kAllow);
    EXPECT_EQ(Asked(*root.context, kConnect, "@/run/other"), kAllow);
  }
}

TEST_F(SocketBindingTest, ADenialOfTheGroupHoldsForConnectAndListen) {
  PolicySpec spec;
  spec.layers = {Grants({{kAllow, kRead, "@"},
                         {kAllow, kWrite, "@/run"},
                         {kAllow, kConnect, ""},
                         {kAllow, kListen, ""}})};
  spec.layers[0].rules.push_back(
      testing::MakeRule(kDeny,
                        PermissionSet(kConnect) | PermissionSet(kListen) |
                            PermissionSet(Permission::kNetResolve),
                        RulePattern::Text(tree_.At("unix:@/var/run"))));
  const auto policy = PolicyBuilder(std::move(spec)).Bind().Build();
  ASSERT_TRUE(policy.ok()) << policy.status();
  const RootContext root = MakeContext(*policy);
  EXPECT_EQ(Acts(root, kConnect, "@/run/s.sock"), EACCES);
  EXPECT_EQ(Acts(root, kListen, "@/run/new"), EACCES);
}

TEST_F(SocketBindingTest, ASocketIsKnownByItsOtherNames) {
  for (const char* pattern :
       {"unix:@/run/s.sock", "unix:@/far", "unix:@/here.sock"}) {
    const RootContext root = AllBut({{kDeny, kConnect, pattern}});
    EXPECT_EQ(Acts(root, kConnect, "@/hard.sock"), EACCES) << pattern;
  }
  EXPECT_EQ(
      Acts(AllBut({{kDeny, kListen, "unix:@/run"}}), kConnect, "@/hard.sock"),
      0)
      << "to listen is not to connect";
  EXPECT_EQ(Acts(AllBut({}), kConnect, "@/hard.sock"), 0);
}

TEST_F(SocketBindingTest, DropsHoldOnBothSpellings) {
  for (const char* pattern :
       {"unix:@/run/s.sock", "unix:@/var/run/s.sock", "unix:@/far"}) {
    SCOPED_TRACE(pattern);
    const RootContext root = AllBut({});
    ASSERT_TRUE(root.context
                    ->Drop(PermissionSet(kConnect),
                           RulePattern::Text(tree_.At(pattern)))
                    .ok());
    for (const char* name : kNames) {
      EXPECT_EQ(Acts(root, kConnect, name), EACCES) << name;
    }
    EXPECT_EQ(Acts(root, kConnect, "@/hard.sock"), 0)
        << "what is dropped is not known by identity";
    EXPECT_EQ(Asked(*root.context, kConnect, pattern + strlen("unix:")), kDeny);
    EXPECT_EQ(Asked(*root.context, kConnect, "@/run/s.sock"), kDeny);
  }
}

// The same words may mean something else later.
TEST_F(SocketBindingTest, ADropIsBoundAnewWhenItsWordsAreRepeated) {
  const RootContext root = AllBut({});
  const auto drop = [&] {
    return root.context->Drop(PermissionSet(kConnect),
                              RulePattern::Text(tree_.At("unix:@/var/run")));
  };
  ASSERT_TRUE(drop().ok());
  tree_.Dir("@/other");
  tree_.Remove("@/var/run");
  tree_.Link("@/var/run", "../other");
  EXPECT_EQ(Asked(*root.context, kConnect, "@/other/x"), kAllow);
  ASSERT_TRUE(drop().ok());
  EXPECT_EQ(Asked(*root.context, kConnect, "@/other/x"), kDeny);
  EXPECT_EQ(Asked(*root.context, kConnect, "@/run/s.sock"), kDeny);
}

TEST_F(SocketBindingTest, LayersThatNarrowAreBoundWhenTheyAreAdded) {
  const RootContext root = AllBut({});
  const auto child = root.context->Derive(
      {Grants({{kDeny, kConnect, "unix:@/far"}}, kAllow)}, {});
  ASSERT_TRUE(child.ok()) << child.status();
  EXPECT_EQ(Asked(**child, kConnect, "@/run/s.sock"), kDeny);
  EXPECT_EQ(Asked(**child, kConnect, "@/far/s.sock"), kDeny);
  EXPECT_EQ(Acts(root, kConnect, "@/run/s.sock"), 0);
  ASSERT_TRUE(
      root.context
          ->Restrict({Grants({{kDeny, kConnect, "unix:@/here.sock"}}, kAllow)})
          .ok());
  for (const char* name : kNames) {
    EXPECT_EQ(Acts(root, kConnect, name), EACCES) << name;
  }
}

TEST_F(SocketBindingTest, AfterADriftDenialsHoldOnBothAndGrantsOnNeither) {
  const std::vector<Layer> granted = {
      Grants({{kAllow, kConnect, "unix:@/var/run"}})};
  const std::vector<Layer> denied = {
      Grants({{kAllow, kConnect, ""}, {kDeny, kConnect, "unix:@/var/run"}})};
  const auto old_grant = Bind(granted), old_denial = Bind(denied);
  tree_.Dir("@/other");
  tree_.Remove("@/var/run");
  tree_.Link("@/var/run", "../other");
  const auto grant = Bind(granted, old_grant);
  const auto denial = Bind(denied, old_denial);
  for (const char* name : {"@/run/s", "@/other/s", "@/var/run/s"}) {
    EXPECT_EQ(Asked(*grant, kConnect, name), kDeny) << name;
    EXPECT_EQ(Asked(*denial, kConnect, name), kDeny) << name;
  }
  EXPECT_EQ(Asked(*denial, kConnect, "@/more/s"), kAllow);
  EXPECT_EQ(grant->binding()->drifts().size(), 1u);
}

TEST_F(SocketBindingTest, AnUnsafeLinkOfAGrantIsRefused) {
  const auto policy =
      TryBind({Grants({{kAllow, kConnect, "unix:@/var/run/s.sock"},
                       {kAllow, kWrite, "@/var"}})});
  EXPECT_THAT(std::string(policy.status().message()),
              HasSubstr("passes the link"));
  EXPECT_THAT(std::string(policy.status().message()),
              HasSubstr(tree_.At(": write \"@/run/s.sock\" instead")));
}

TEST_F(SocketBindingTest, WhatLeadsToTheRootIsNoSocket) {
  tree_.Link("@/root", "/");
  for (const Effect effect : {kAllow, kDeny}) {
    const auto policy = TryBind({Grants({{effect, kConnect, "unix:@/root"}})});
    EXPECT_THAT(std::string(policy.status().message()),
                HasSubstr("every socket"));
  }
  const RootContext root = AllBut({});
  EXPECT_FALSE(root.context
                   ->Drop(PermissionSet(kConnect),
                          RulePattern::Text(tree_.At("unix:@/root")))
                   .ok());
  EXPECT_EQ(Asked(*root.context, kConnect, "@/run/s.sock"), kDeny)
      << "all was dropped";
  const RootContext linked = AllBut({{kDeny, kRead, "@/root/nowhere"}});
  EXPECT_EQ(Asked(*linked.context, kConnect, "@/root"), kDeny);
}

TEST_F(SocketBindingTest, ANameThatIsNotThereYetIsDenied) {
  const RootContext root =
      AllBut({{kDeny, kConnect, "unix:@/var/run/later.sock"}});
  const RootContext host = AllBut({});
  ASSERT_EQ(Acts(host, kListen, "@/run/later.sock"), 0);
  EXPECT_EQ(Acts(root, kConnect, "@/run/later.sock"), EACCES);
  EXPECT_EQ(Acts(root, kConnect, "@/far/later.sock"), EACCES);
  tree_.Remove("@/run/later.sock");
}

TEST_F(SocketBindingTest, AnEndpointIsNotTranslatedAgainWhenItIsUsed) {
  const RootContext root =
      MakeContext(Bind({Grants({{kAllow, kRead, "@"},
                                {kAllow, kWrite, "@/run"},
                                {kAllow, kWrite, "@/v*r/run/s.sock"},
                                {kAllow, kConnect, "unix:@/var/run"}})}));
  // A directory stands where the link was: nobody granted its sockets.
  tree_.Remove("@/var/run");
  tree_.Dir("@/var/run");
  tree_.HardLink("@/run/s.sock", "@/var/run/s.sock");
  const std::string there = tree_.At("@/var/run/s.sock");
  EXPECT_TRUE(
      root.context->Check(Access::CanonicalPath(kWrite, there)).allowed());
  EXPECT_EQ(Acts(root, kConnect, "@/var/run/s.sock"), EACCES);
  EXPECT_EQ(Acts(root, kConnect, "@/run/s.sock"), 0);
}

TEST_F(SocketBindingTest, AMoveGivesNoNameThatMayBeConnectedTo) {
  const RootContext root =
      MakeContext(Bind({Grants({{kAllow, kRead, "@"},
                                {kAllow, kWrite, "@"},
                                {kAllow, kConnect, "unix:@/mine.sock"}})}));
  auto files = fs::GuardedFs::Create(MakePathMonitor(root.context),
                                     fs::GuardedFsOptions());
  ASSERT_TRUE(files.ok()) << files.status();
  const std::string from = tree_.At("@/run/s.sock");
  const std::string to = tree_.At("@/mine.sock");
  EXPECT_EQ((*files)->Link(from, to).error_number, EXDEV);
  EXPECT_EQ((*files)->Rename(from, to).error_number, EXDEV);
  EXPECT_EQ((*files)->Link(from, tree_.At("@/other.sock")).error_number, 0);
  EXPECT_EQ(Acts(root, kConnect, "@/mine.sock"), ENOENT);
}

struct Yes final : AskHandler {
  Answer Ask(const Question&) override {
    Answer answer;
    answer.effect = kAllow;
    answer.lifetime = AnswerLifetime::kForever;
    return answer;
  }
};

TEST_F(SocketBindingTest, RightsToSocketsAreNotGainedByAMove) {
  struct Case {
    std::vector<RuleRow> rules;  // beside all files
    const char* from;
    const char* to;
    bool file, directory;
    int limited = -1;
    const char* dropped = "";
    const char* answered = "";
  };
  const std::string deep = absl::StrCat("@/", std::string(200, 'd'));
  const RuleRow all{kAllow, kConnect, ""}, hear{kAllow, kListen, ""};
  const RuleRow a{kAllow, kConnect, "unix:@/a"},
      b{kAllow, kConnect, "unix:@/b"};
  const RuleRow in{kAllow, kConnect, "unix:@/d/a"};
  const RuleRow bad{kDeny, kConnect, "unix:@/a"};
  const RuleRow ear{kAllow, kListen, "unix:@/a"};
  const RuleRow ear_b{kAllow, kListen, "unix:@/b"};
  const Case kCases[] = {
      {{}, "@/a", "@/b", true, true},
      {{all, hear}, "@/a", "@/b", true, true},
      {{all, hear}, "@/a", deep.c_str(), true, true},
      {{all, hear}, deep.c_str(), "@/b", true, true},
      {{a}, "@/x", "@/a", false, false},
      {{a}, deep.c_str(), "@/a", false, false},
      {{a}, "@/a", "@/x", true, true},
      {{a, b}, "@/a", "@/b", true, true},
      {{a, b}, "@/a", "@/b", false, false, 0},
      {{all, bad}, "@/a", "@/x", false, false},
      {{all, bad}, "@/x", "@/a", true, true},
      {{ear}, "@/a", "@/x", false, false},
      {{ear}, "@/x", "@/a", true, true},
      {{ear, ear_b}, "@/a", "@/b", true, true},
      {{in}, "@/d", "@/e", true, false},
      {{in}, "@/e", "@/d", true, false},
      {{in}, "@/d/e", "@/d/f", true, true},
      {{all}, "@/a", "@/x", false, false, -1, "unix:@/a"},
      {{all}, "@/d", "@/x", true, false, -1, "unix:@/d/a"},
      {{{kAsk, kConnect, ""}}, "@/a", "@/b", true, true, -1, "", ""},
      {{{kAsk, kConnect, ""}}, "@/a", "@/b", false, false, -1, "", "unix:@/b"},
      {{{kAsk, kConnect, ""}}, "@/a", "@/d", true, false, -1, "", "unix:@/d/x"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(&c - kCases, ": ", c.from, " to ", c.to));
    Layer layer = Grants(c.rules);
    if (c.limited >= 0) {
      layer.rules[static_cast<size_t>(c.limited)].limits.uses =
          std::make_shared<UseCounter>(1);
    }
    for (const Rule& rule :
         Grants({{kAllow, kRead, "@"}, {kAllow, kWrite, "@"}}).rules) {
      layer.rules.push_back(rule);
    }
    Yes yes;
    ContextOptions options;
    options.ask = &yes;
    const RootContext root = MakeContext(Bind({layer}), options);
    if (c.dropped[0] != '\0') {
      ASSERT_TRUE(root.context
                      ->Drop(PermissionSet(kConnect),
                             RulePattern::Text(tree_.At(c.dropped)))
                      .ok());
    }
    const std::string answered = tree_.At(c.answered);
    if (c.answered[0] != '\0') {
      EXPECT_TRUE(root.context->Enforce(Access::Endpoint(kConnect, answered))
                      .allowed());
    }
    const auto monitor = MakePathMonitor(root.context);
    const std::string from = tree_.At(c.from), to = tree_.At(c.to);
    EXPECT_EQ(monitor->CheckMove(from, to, false).allowed, c.file);
    EXPECT_EQ(monitor->CheckMove(from, to, true).allowed, c.directory);
  }
}

// Its rules would hold for no socket whose name passes a link.
TEST_F(SocketBindingTest, AnUnboundPolicyIsRefusedUnlessItIsAccepted) {
  const RootContext root =
      MakeContext(testing::BuildOrDie({Grants({{kAllow, kRead, "@"}})}));
  const auto sockets = MakeUnixSockets(root.context, fs::GuardedFsOptions());
  EXPECT_EQ(sockets.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(sockets.status().message()), HasSubstr("Bind()"));
  const auto files = fs::GuardedFs::Create(MakePathMonitor(root.context),
                                           fs::GuardedFsOptions());
  EXPECT_EQ(files.status().message(), sockets.status().message());
  EXPECT_TRUE(MakeUnixSockets(root.context, fs::GuardedFsOptions(),
                              testing::AcceptUnbound())
                  .ok());
  // A child is its root's.
  const auto child = root.context->Derive({}, {});
  ASSERT_TRUE(child.ok());
  EXPECT_FALSE(MakeUnixSockets(*child, fs::GuardedFsOptions()).ok());
}

TEST_F(SocketBindingTest, AConnectTakesOneUse) {
  Layer layer;
  layer.name = "grants";
  layer.rules = {
      testing::MakeRule(kAllow, PermissionSet::All(), RulePattern::Whole())};
  layer.rules[0].limits.uses = std::make_shared<UseCounter>(2);
  const RootContext root = MakeContext(Bind({layer}));
  EXPECT_EQ(Acts(root, kConnect, "@/run/s.sock"), 0);
  EXPECT_EQ(layer.rules[0].limits.uses->left(), 1u);
  EXPECT_EQ(Acts(root, kConnect, "@/far/s.sock"), 0);
  EXPECT_EQ(Acts(root, kConnect, "@/run/s.sock"), EACCES);
}

TEST_F(SocketBindingTest, RecordsTellBothSpellings) {
  RingAuditSink sink(8);
  ContextOptions options;
  options.audit = &sink;
  const RootContext root = MakeContext(Bind({Grants({{kAllow, kRead, "@"},
                                                     {kAllow, kWrite, "@/run"},
                                                     {kAllow, kConnect, ""}})}),
                                       options);
  EXPECT_EQ(Acts(root, kConnect, "@/far/s.sock"), 0);
  const std::vector<AuditEvent> events = sink.Events();
  ASSERT_EQ(events.size(), 3u);  // read, write, connect
  EXPECT_EQ(events[0].asked, tree_.At("@/far/s.sock"));
  EXPECT_EQ(events[0].canonical, tree_.At("@/run/s.sock"));
  EXPECT_EQ(events[2].permission, kConnect);
  EXPECT_EQ(events[2].asked, tree_.At("unix:@/far/s.sock"));
  EXPECT_EQ(events[2].canonical, tree_.At("unix:@/run/s.sock"));
}

TEST_F(SocketBindingTest, ADenialByTheEndpointAloneIsOnRecord) {
  RingAuditSink sink(8);
  ContextOptions options;
  options.audit = &sink;
  Layer layer = Grants({{kAllow, kRead, "@"}, {kAllow, kWrite, "@/run"}});
  const auto uses = std::make_shared<UseCounter>(1);
  layer.rules[1].limits.uses = uses;
  const RootContext root = MakeContext(Bind({layer}), options);
  for (const Permission permission : {kConnect, kListen}) {
    const std::string name =
        permission == kConnect ? "@/far/s.sock" : "@/far/new.sock";
    EXPECT_EQ(Acts(root, permission, name), EACCES);
    const std::vector<AuditEvent> events = sink.Events();
    ASSERT_EQ(events.size(), permission == kConnect ? 1u : 2u);
    EXPECT_EQ(events.back().permission, permission);
    EXPECT_EQ(events.back().asked, tree_.At(absl::StrCat("unix:", name)));
    EXPECT_EQ(events.back().decision.effect(), kDeny);
  }
  EXPECT_EQ(uses->left(), 1u) << "nothing is taken for the file in vain";
}

TEST_F(SocketBindingTest, AUseThatIsGoneGrantsNoOtherName) {
  Layer layer = Grants({{kAllow, kRead, "@"},
                        {kAllow, kWrite, "@"},
                        {kDeny, kConnect, "unix:@/run"},
                        {kAllow, kConnect, "unix:@/run/s.sock"},
                        {kAllow, kConnect, "unix:@/hard.sock"}});
  layer.precedence = Precedence::kMostSpecific;
  layer.rules[3].limits.uses = std::make_shared<UseCounter>(1);
  const RootContext root = MakeContext(Bind({layer}));
  EXPECT_EQ(Acts(root, kConnect, "@/hard.sock"), 0);
  EXPECT_EQ(Acts(root, kConnect, "@/run/s.sock"), 0);
  EXPECT_EQ(Acts(root, kConnect, "@/run/s.sock"), EACCES);
  EXPECT_EQ(Acts(root, kConnect, "@/hard.sock"), EACCES);
}

TEST_F(SocketBindingTest, ExplanationsTellBothSpellings) {
  const RootContext root = AllBut({{kDeny, kConnect, "unix:@/var/run"}});
  const std::string asked = tree_.At("unix:@/var/run/s.sock");
  const Access access = Access::Endpoint(kConnect, asked);
  const auto explanation =
      root.context->Explain(root.context->Check(access), access);
  ASSERT_TRUE(explanation.ok()) << explanation.status();
  EXPECT_EQ(explanation->resource, asked);
  EXPECT_EQ(explanation->canonical, tree_.At("unix:@/run/s.sock"));
  EXPECT_EQ(explanation->rule, tree_.At("unix:@/var/run"));
}

}  // namespace
}  // namespace postern
