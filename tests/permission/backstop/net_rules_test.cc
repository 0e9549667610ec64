// Which ports and kinds of sockets a policy leaves open in the kernel.

#include "permission/backstop/net_rules.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "permission/backstop/granted_ports.h"
#include "permission/backstop/policy_rights.h"
#include "tests/permission/policy_fixture.h"

namespace postern {
namespace {

using testing::BuildOrDie;
using testing::MakeContext;
using testing::MakeLayer;
using testing::MakeRule;
using testing::RuleRow;

constexpr Effect kAllow = Effect::kAllow, kDeny = Effect::kDeny,
                 kAsk = Effect::kAsk;
constexpr Permission kConnect = Permission::kNetConnect,
                     kListen = Permission::kNetListen;

PolicyRights RightsOf(std::vector<Layer> layers) {
  RootContext root = MakeContext(BuildOrDie(std::move(layers)));
  auto rights = PolicyRights::Make(root.context, Approximation::kNarrower);
  EXPECT_TRUE(rights.ok()) << rights.status();
  return *std::move(rights);
}

// "80 443", "1-65535", "all".
std::string Show(const PortSet& ports) {
  if (ports.all()) return "all";
  std::string text;
  const auto has = [&](size_t port) {
    return port < kPortCount && ports.Contains(static_cast<uint16_t>(port));
  };
  for (size_t first = 0; first < kPortCount; ++first) {
    if (!has(first)) continue;
    size_t last = first;
    while (has(last + 1)) ++last;
    absl::StrAppend(&text, text.empty() ? "" : " ", first);
    if (last > first) absl::StrAppend(&text, "-", last);
    first = last;
  }
  return text;
}

struct PortCase {
  const char* what;
  std::vector<RuleRow> grants;
  std::vector<RuleRow> ceiling;
  const char* every_host;
  const char* some_host;
};

TEST(GrantedPortsTest, AreThoseOfTheRules) {
  const PortCase cases[] = {
      {"nothing", {}, {}, "", ""},
      {"a port", {{kAllow, kConnect, ":443"}}, {}, "443", "443"},
      {"a host's port",
       {{kAllow, kConnect, "a.example:443"}, {kAllow, kConnect, ":80"}},
       {},
       "80",
       "80 443"},
      {"a host", {{kAllow, kConnect, "a.example"}}, {}, "", "all"},
      {"a range", {{kAllow, kConnect, ":10-12"}}, {}, "10-12", "10-12"},
      {"a host that is denied",
       {{kAllow, kConnect, ":80-81"}, {kDeny, kConnect, "b.example:81"}},
       {},
       "80",
       "80-81"},
      {"a port that is denied",
       {{kAllow, kConnect, ":80-81"}},
       {{kDeny, kConnect, ":81"}},
       "80",
       "80"},
      {"a question",
       {{kAllow, kConnect, ":80-81"}, {kAsk, kConnect, ":81"}},
       {},
       "80",
       "80"},
      {"another permission", {{kAllow, kListen, ":80"}}, {}, "", ""},
      {"a unix socket", {{kAllow, kConnect, "unix:/run/x"}}, {}, "", ""},
  };
  for (const PortCase& c : cases) {
    const PortGrant grant =
        FindGrantedPorts(RightsOf({MakeLayer("grants", kDeny, c.grants),
                                   MakeLayer("ceiling", kAllow, c.ceiling)}),
                         kConnect);
    EXPECT_EQ(Show(grant.every_host), c.every_host) << c.what;
    EXPECT_EQ(Show(grant.some_host), c.some_host) << c.what;
    EXPECT_FALSE(grant.whole) << c.what;
  }
}

TEST(GrantedPortsTest, TwoLayersThatGrantMustBothDoSo) {
  const PortGrant grant = FindGrantedPorts(
      RightsOf({MakeLayer("a", kDeny, {{kAllow, kConnect, ":80-90"}}),
                MakeLayer("b", kDeny, {{kAllow, kConnect, ":85-99"}})}),
      kConnect);
  EXPECT_EQ(Show(grant.every_host), "85-90");
}

TEST(GrantedPortsTest, TheWholePermissionIsEverything) {
  Layer layer = MakeLayer("grants", kDeny, {});
  layer.rules.push_back(MakeRule(kAllow, PermissionSet(kConnect)));
  const PortGrant grant = FindGrantedPorts(RightsOf({layer}), kConnect);
  EXPECT_TRUE(grant.whole);
  EXPECT_TRUE(grant.every_host.all());
}

TEST(GrantedPortsTest, AfterADropNothingIsCertain) {
  RootContext root = MakeContext(BuildOrDie(
      {MakeLayer("grants", kDeny,
                 {{kAllow, kConnect, ":80"}, {kAllow, kConnect, ":443"}})}));
  ASSERT_TRUE(
      root.context->Drop(PermissionSet(kConnect), RulePattern::Text(":80"))
          .ok());
  auto rights = PolicyRights::Make(root.context, Approximation::kNarrower);
  ASSERT_TRUE(rights.ok());
  const PortGrant grant = FindGrantedPorts(*rights, kConnect);
  EXPECT_EQ(Show(grant.every_host), "");
  EXPECT_EQ(Show(grant.some_host), "443");
}

process::KernelCaps Caps(int abi) {
  process::KernelCaps caps;
  caps.landlock_abi = abi;
  caps.seccomp = caps.net_namespace = true;
  return caps;
}

std::string ShowRules(const NetRules& rules) {
  std::string text = absl::StrCat("connect ", Show(rules.connect.open));
  absl::StrAppend(&text, rules.connect.held ? " held" : "",
                  rules.connect.tcp_leaks ? " leaks" : "", "; listen ",
                  Show(rules.listen.open), rules.listen.held ? " held" : "",
                  rules.listen.tcp_leaks ? " leaks" : "", ";");
  const process::SocketKinds& kinds = rules.kinds;
  if (kinds.tcp) text += " tcp";
  if (kinds.udp) text += " udp";
  if (kinds.unix_domain) text += " unix";
  if (kinds.vsock) text += " vsock";
  if (kinds.listen) text += " listen";
  if (rules.refuses_bind) text += " nobind";
  if (rules.abstract_held) text += " scope";
  if (rules.network_namespace) text += " netns";
  return text;
}

struct KernelCase {
  const char* what;
  std::vector<RuleRow> rules;
  int abi;
  Approximation hosts;
  const char* want;
};

TEST(NetRulesTest, OpenWhatTheKernelCanTellApart) {
  constexpr Approximation kNarrower = Approximation::kNarrower;
  constexpr Approximation kWider = Approximation::kWider;
  const std::vector<RuleRow> host = {{kAllow, kConnect, "a.example:443"}};
  const std::vector<RuleRow> port = {{kAllow, kConnect, ":443"}};
  const std::vector<RuleRow> both = {{kAllow, kConnect, ":443"},
                                     {kAllow, kListen, ":80"}};
  const std::vector<RuleRow> socket = {{kAllow, kConnect, "unix:/run/x"}};
  const KernelCase cases[] = {
      {"nothing is granted",
       {},
       7,
       kNarrower,
       "connect  held; listen  held; nobind scope netns"},
      {"nothing, without Landlock",
       {},
       0,
       kNarrower,
       "connect ; listen ; nobind netns"},
      {"a host: nothing, or its port", host, 7, kNarrower,
       "connect  held; listen  held; nobind scope netns"},
      {"a host, generously", host, 7, kWider,
       "connect 443 held; listen  held; tcp udp nobind scope"},
      {"a port", port, 7, kNarrower,
       "connect 443 held; listen  held; tcp nobind scope"},
      {"a port, where ports are not held", port, 3, kNarrower,
       "connect ; listen ; nobind netns"},
      {"the same, generously", port, 3, kWider,
       "connect all; listen ; tcp udp nobind"},
      {"connecting and listening", both, 7, kNarrower,
       "connect 443 held; listen 80 held; tcp listen scope"},
      {"UDP's ports", both, 10, kNarrower,
       "connect 443 held; listen 80 held; tcp udp listen scope"},
      {"a unix socket, which older kernels cannot hold", socket, 7, kNarrower,
       "connect  held; listen  held; nobind scope netns"},
      {"a unix socket, generously", socket, 7, kWider,
       "connect  held; listen  held; unix nobind scope netns"},
      {"a unix socket, by its path", socket, 9, kNarrower,
       "connect  held; listen  held; unix nobind scope netns"},
  };
  for (const KernelCase& c : cases) {
    LowerOptions options;
    options.hosts = c.hosts;
    const PolicyRights rights = RightsOf({MakeLayer("g", kDeny, c.rules)});
    EXPECT_EQ(ShowRules(FindNetRules(rights, Caps(c.abi), options)), c.want)
        << c.what;
  }
}

TEST(NetRulesTest, SocketsThatMayConnectAnywhereCannotListen) {
  Layer layer = MakeLayer("grants", kDeny, {});
  layer.rules.push_back(MakeRule(kAllow, PermissionSet(kConnect)));
  EXPECT_EQ(ShowRules(FindNetRules(RightsOf({layer}), Caps(3), {})),
            "connect all; listen ; tcp udp unix vsock nobind");
  layer.rules.push_back(MakeRule(kAllow, PermissionSet(kListen), ":80"));
  EXPECT_EQ(ShowRules(FindNetRules(RightsOf({layer}), Caps(3), {})),
            "connect all; listen ; tcp udp unix vsock nobind");
  EXPECT_EQ(ShowRules(FindNetRules(RightsOf({layer}), Caps(7), {})),
            "connect all; listen 80 held; tcp unix listen");
}

TEST(NetRulesTest, WhoMayOnlyListenDoesNotConnectToMachines) {
  Layer layer = MakeLayer("grants", kDeny, {});
  layer.rules.push_back(MakeRule(kAllow, PermissionSet(kListen)));
  EXPECT_EQ(ShowRules(FindNetRules(RightsOf({layer}), Caps(7), {})),
            "connect  held; listen all; tcp unix listen");
  LowerOptions wider;
  wider.hosts = Approximation::kWider;
  EXPECT_TRUE(FindNetRules(RightsOf({layer}), Caps(7), wider).kinds.vsock);
  layer.rules.push_back(MakeRule(kAllow, PermissionSet(kConnect)));
  EXPECT_EQ(ShowRules(FindNetRules(RightsOf({layer}), Caps(7), {})),
            "connect all; listen all; tcp udp unix vsock listen");
}

TEST(NetRulesTest, TooManyPortsAreNone) {
  LowerOptions options;
  options.max_ports = 3;
  const PolicyRights rights =
      RightsOf({MakeLayer("g", kDeny, {{kAllow, kConnect, ":80-90"}})});
  const NetRules rules = FindNetRules(rights, Caps(7), options);
  EXPECT_TRUE(rules.connect.open.none());
  EXPECT_EQ(rules.connect.less, EnforcementReason::kPortsNotGranted);
}

}  // namespace
}  // namespace postern
