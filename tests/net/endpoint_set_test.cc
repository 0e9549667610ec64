#include "net/endpoint_set.h"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "net/coverage.h"
#include "net/purpose.h"
#include "tests/amount.h"

namespace postern {
namespace net {
namespace {

Endpoint Read(absl::string_view text) {
  Endpoint endpoint;
  SyntaxError error;
  EXPECT_TRUE(Endpoint::Parse(text, &endpoint, &error)) << text;
  return endpoint;
}

EndpointPattern Pattern(absl::string_view text) {
  auto pattern = ParseEndpointPattern(text);
  EXPECT_TRUE(pattern.ok()) << pattern.status();
  return *pattern;
}

// The best that any alternative of the rule says, by the set, which has to be
// what it says when asked one by one.
Coverage BySet(absl::string_view rule, absl::string_view endpoint,
               Purpose purpose) {
  EndpointSet::Builder builder;
  Coverage best = Coverage::kNone, one_by_one = Coverage::kNone;
  for (const EndpointPattern& alternative : AlternativesOf(Pattern(rule))) {
    builder.Add(alternative);
    one_by_one =
        std::max(one_by_one, CoverageOf(alternative, Read(endpoint), purpose));
  }
  const EndpointSet set = builder.Build();
  set.Match(Read(endpoint), purpose, [&](EndpointSet::SetId, Coverage found) {
    best = std::max(best, found);
  });
  EXPECT_EQ(best, one_by_one);
  return best;
}

TEST(EndpointSetTest, CoversWhatTheDesignSays) {
  constexpr Coverage kNo = Coverage::kNone, kAlias = Coverage::kAlias,
                     kYes = Coverage::kItself;
  struct Case {
    const char* rule;
    const char* endpoint;
    Coverage want;
    const char* why;
  };
  const Case kCases[] = {
      {"x.io", "x.io:80", kYes, "no port covers every port"},
      {"x.io", "x.io", kYes, "and none"},
      {"x.io:80", "x.io", kNo, "a port does not cover none"},
      {"x.io:80", "x.io:81", kNo, "other port"},
      {"x.io:80-90", "x.io:90", kYes, "range"},
      {"x.io", "X.IO.:80", kYes, "one name"},
      {"x.io", "a.x.io:80", kNo, "a name is not what is below"},
      {"*.x.io", "a.x.io:80", kYes, "below"},
      {"*.x.io", "b.a.x.io:80", kYes, "at any depth"},
      {"*.x.io", "x.io:80", kNo, "not itself"},
      {"*.x.io", "ax.io:80", kNo, "labels, not bytes"},
      {"*.x.io", "x.io.evil:80", kNo, "not in the middle"},
      {"*.x.io", "a.y.io:80", kNo, "another name as long"},
      {"*.x.io", "a.x.iq:80", kNo, "another name as long"},
      {"x.io", "notx.io", kNo, "look-alike"},
      {":80", "x.io:80", kYes, "any host"},
      {":80", "10.0.0.1:80", kYes, "any host"},
      {":80", "unix:/x", kNo, "a unix socket is no host"},
      {":80", "vsock:2:80", kNo, "nor is a virtual machine"},
      {"0.0.0.0/0", "x.io:80", kNo, "a name is no address"},
      {"::/0", "unix:/x", kNo, "nor is a path"},
      {"@unspecified", "unix-abstract:x", kNo, "nor an abstract name"},
      {"::", "vsock:2:80", kNo, "nor a virtual machine"},
      {"x.io", "unix-abstract:x.io", kNo, "an abstract name is no name"},
      {"10.0.0.0/8", "10.1.2.3:80", kYes, "block"},
      {"10.0.0.0/8", "[::ffff:10.1.2.3]:80", kYes, "mapped"},
      {"::/0", "10.1.2.3", kNo, "other family"},
      {"::/96", "[::ffff:0:1]", kNo, "other range"},
      {"10.0.0.0/8", "[64:ff9b::10.1.2.3]:80", kAlias, "NAT64"},
      {"10.0.0.0/8", "[2002:a01:203::1]:80", kAlias, "6to4"},
      {"127.0.0.1", "0.0.0.0:80", kAlias, "unspecified is loopback"},
      {"::1", "[::]:80", kAlias, "unspecified is loopback"},
      {"127.0.0.1", "[::]:80", kAlias, "unspecified is loopback"},
      {"10.0.0.1", "0.0.0.0:80", kNo, "and nothing else"},
      {"0.0.0.0", "0.0.0.0:80", kYes, "itself"},
      {"fe80::/10", "[fe80::1%eth0]:80", kYes, "every zone"},
      {"@loopback", "127.9.9.9:80", kYes, "class"},
      {"@loopback", "[::1]:80", kYes, "class"},
      {"@loopback", "0.0.0.0", kAlias, "unspecified is loopback"},
      {"@loopback:80", "127.0.0.1:81", kNo, "other port"},
      {"@private", "[fd00::1]:80", kYes, "unique-local"},
      {"@private", "[64:ff9b::10.0.0.1]:80", kAlias, "NAT64"},
      {"@public", "8.8.8.8:80", kYes, "class"},
      {"@public", "[64:ff9b::8.8.8.8]:80", kYes, "NAT64 of public"},
      {"@public", "10.0.0.1", kNo, "not public"},
      {"@public", "localhost", kNo, "a name is no address"},
      {"@link-local", "169.254.1.1", kYes, "class"},
      {"@link-local", "169.254.169.254", kAlias, "metadata is named itself"},
      {"@metadata", "169.254.169.254", kYes, "class"},
      {"@metadata", "169.254.169.253", kNo, "its neighbour"},
      {"@public", "168.63.129.16", kAlias, "metadata is named itself"},
      {"unix:/run/a", "unix:/run/a", kYes, "itself"},
      {"unix:/run", "unix:/run/a/b", kYes, "beneath"},
      {"unix:/run/a", "unix:/run/ab", kNo, "components"},
      {"unix:/run/a", "unix:/run", kNo, "above"},
      {"unix:/run/a", "unix-abstract:/run/a", kNo, "abstract names apart"},
      {"unix-abstract:/run/a", "unix:/run/a", kNo, "abstract names apart"},
      {"unix-abstract:a/b", "unix-abstract:a/b", kYes, "itself"},
      {"unix-abstract:a/b", "unix-abstract:a/b/c", kNo, "whole names"},
      {"unix-abstract:a/*", "unix-abstract:a/b/c", kYes, "beginning"},
      {"unix-abstract:a/*", "unix-abstract:a", kNo, "beginning"},
      {"vsock:2:80", "vsock:2:80", kYes, "itself"},
      {"vsock:2", "vsock:2:80", kYes, "any port"},
      {"vsock:2:80", "vsock:3:80", kNo, "other machine"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.rule, " vs ", c.endpoint, ": ", c.why));
    EXPECT_EQ(BySet(c.rule, c.endpoint, Purpose::kConnect), c.want);
  }
}

TEST(EndpointSetTest, AListenerOnEveryAddressMeetsEveryDenial) {
  constexpr Coverage kNo = Coverage::kNone, kAlias = Coverage::kAlias,
                     kYes = Coverage::kItself;
  struct Case {
    const char* rule;
    const char* endpoint;
    Coverage want;
    const char* why;
  };
  const Case kCases[] = {
      {"127.0.0.1:80", "0.0.0.0:80", kAlias, "no grant"},
      {"10.0.0.5:80", "0.0.0.0:80", kAlias, "an own address perhaps"},
      {"10.0.0.5:80", "0.0.0.0:81", kNo, "other port"},
      {"2001:db8::1", "0.0.0.0:80", kNo, "other family"},
      {"10.0.0.5", "[::]:80", kAlias, "takes IPv4 too"},
      {"2001:db8::1", "[::]:80", kAlias, "an own address perhaps"},
      {"@public", "0.0.0.0:80", kAlias, "an own address perhaps"},
      {"0.0.0.0/0", "0.0.0.0:80", kYes, "in the block"},
      {"0.0.0.0:80", "0.0.0.0:80", kYes, "itself"},
      {"127.0.0.1", "127.0.0.1:80", kYes, "itself"},
      {"10.0.0.1", "127.0.0.1:80", kNo, "another"},
      {"vsock:2:80", "vsock:4294967295:80", kAlias, "an own id perhaps"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.rule, " vs ", c.endpoint, ": ", c.why));
    EXPECT_EQ(BySet(c.rule, c.endpoint, Purpose::kListen), c.want);
  }
}

TEST(EndpointSetTest, NamesBesidePublicAddressesAreNamesAlone) {
  const auto names = NamesBeside(Pattern("@public:443"));
  ASSERT_TRUE(names.has_value());
  EndpointSet::Builder builder;
  builder.Add(*names);
  const EndpointSet set = builder.Build();
  const auto covers = [&](absl::string_view endpoint) {
    bool found = false;
    set.Match(Read(endpoint), Purpose::kConnect,
              [&](EndpointSet::SetId, Coverage) { found = true; });
    EXPECT_EQ(CoverageOf(*names, Read(endpoint), Purpose::kConnect),
              found ? Coverage::kItself : Coverage::kNone)
        << endpoint;
    return found;
  };
  EXPECT_TRUE(covers("x.io:443"));
  EXPECT_TRUE(covers("b.a.x.io:443"));
  EXPECT_TRUE(covers("io:443"));
  for (const char* other : {"x.io:80", "x.io", "8.8.8.8:443", "[2a00::1]:443",
                            "unix:/x", "vsock:2:443"}) {
    EXPECT_FALSE(covers(other)) << other;
  }
  for (const char* rule :
       {"@private:443", "8.8.8.8:443", "x.io:443", ":443", "vsock:2:443"}) {
    EXPECT_FALSE(NamesBeside(Pattern(rule)).has_value()) << rule;
  }
}

TEST(EndpointSetTest, RanksHostFirstThenPort) {
  // Each is more specific than the next.
  constexpr const char* kNames[] = {
      "b.a.x.io:80", "b.a.x.io:80-90", "b.a.x.io", "*.a.x.io:80", "*.a.x.io",
      "*.x.io:80",   "*.io:80",        ":80",      ":80-90"};
  constexpr const char* kAddresses[] = {
      "10.0.0.1:80",     "10.0.0.1",   "10.0.0.0/31:80", "10.0.0.0/8:80",
      "10.0.0.0/8:1-90", "10.0.0.0/8", "0.0.0.0/0:80",   ":80"};
  const auto check = [](absl::Span<const char* const> rules) {
    for (size_t i = 1; i < rules.size(); ++i) {
      EXPECT_GT(RankOf(Pattern(rules[i - 1])), RankOf(Pattern(rules[i])))
          << rules[i - 1] << " " << rules[i];
    }
  };
  check(kNames);
  check(kAddresses);
  EXPECT_EQ(RankOf(AlternativesOf(Pattern("@private"))[0]),
            RankOf(Pattern("10.0.0.0/8")));
}

// ---- Against trying every rule ----

// An address with what the twin has to know of it.
struct NaiveAddress {
  const char* text;
  const char* aliases;  // comma-separated
  const char* classes;  // as itself
  const char* listed;   // for denials besides
};
constexpr NaiveAddress kAddresses[] = {
    {"10.0.0.1", "", "private", ""},
    {"10.0.0.2", "", "private", ""},
    {"10.128.0.1", "", "private", ""},
    {"127.0.0.1", "", "loopback", ""},
    {"0.0.0.0", "127.0.0.1", "unspecified", ""},
    {"::", "::1,127.0.0.1", "unspecified", ""},
    {"::1", "", "loopback", ""},
    {"8.8.8.8", "", "public", ""},
    {"169.254.169.254", "", "metadata", "link-local"},
    {"2001:db8::1", "", "documentation", ""},
    {"64:ff9b::10.0.0.1", "10.0.0.1", "", "public"},
    {"64:ff9b::8.8.8.8", "8.8.8.8", "public", ""},
};

const NaiveAddress& Known(absl::string_view text) {
  for (const NaiveAddress& address : kAddresses) {
    if (text == address.text) return address;
  }
  ADD_FAILURE() << text;
  return kAddresses[0];
}

// The address in binary digits, 32 or 128 of them.
std::string Binary(absl::string_view text) {
  const IpAddress address = Read(text).address();
  std::string bits;
  for (int i = address.is_v4() ? 96 : 0; i < 128; ++i) {
    bits += address.bit(i) ? '1' : '0';
  }
  return bits;
}

struct NaiveRule {
  std::string host;  // as "10.0.0.0/8", "@private", "*.x.io", "x.io", ""
  absl::optional<std::pair<uint32_t, uint32_t>> ports;
};

bool NaiveIsIn(absl::string_view block, absl::string_view address) {
  const std::vector<absl::string_view> parts = absl::StrSplit(block, '/');
  const std::string base = Binary(parts[0]), bits = Binary(address);
  size_t length = base.size();
  EXPECT_TRUE(parts.size() == 1 || absl::SimpleAtoi(parts[1], &length));
  return base.size() == bits.size() &&
         base.substr(0, length) == bits.substr(0, length);
}

bool NaiveIsOf(absl::string_view host, const NaiveAddress& address,
               bool listed) {
  return host.substr(1) == address.classes ||
         (listed && host.substr(1) == address.listed);
}

Coverage NaiveHost(const std::string& host, const std::string& asked,
                   Purpose purpose) {
  const auto known = [](bool yes) {
    return yes ? Coverage::kItself : Coverage::kNone;
  };
  const bool name = absl::ascii_isalpha(static_cast<unsigned char>(asked[0])) &&
                    asked.find(':') == asked.npos;
  const bool names =
      !host.empty() && host[0] != '@' &&
      !absl::ascii_isdigit(static_cast<unsigned char>(host[0])) &&
      host.find(':') == host.npos;
  if (host.empty()) return Coverage::kItself;
  if (name != names) return Coverage::kNone;
  if (name) {
    return known(host[0] == '*' ? absl::EndsWith(asked, host.substr(1))
                                : asked == host);
  }
  const NaiveAddress& address = Known(asked);
  const auto is_in = [&](const NaiveAddress& one, bool listed) {
    return host[0] == '@' ? NaiveIsOf(host, one, listed)
                          : NaiveIsIn(host, one.text);
  };
  if (is_in(address, false)) return Coverage::kItself;
  if (is_in(address, true)) return Coverage::kAlias;
  for (absl::string_view alias : absl::StrSplit(address.aliases, ',')) {
    if (!alias.empty() && is_in(Known(alias), true)) return Coverage::kAlias;
  }
  if (purpose != Purpose::kListen) return Coverage::kNone;
  const bool v4_rule = host.find(':') == host.npos;  // classes hold both
  if (asked == "::") return Coverage::kAlias;
  return asked == "0.0.0.0" && v4_rule ? Coverage::kAlias : Coverage::kNone;
}

Coverage NaiveCoverage(const NaiveRule& rule, const std::string& host,
                       absl::optional<uint32_t> port, Purpose purpose) {
  if (rule.ports &&
      (!port || *port < rule.ports->first || *port > rule.ports->second)) {
    return Coverage::kNone;
  }
  return NaiveHost(rule.host, host, purpose);
}

std::string Written(const std::string& host, const std::string& port) {
  const bool brackets = host.find(':') != host.npos && !port.empty();
  return brackets ? absl::StrCat("[", host, "]:", port)
                  : absl::StrCat(host, port.empty() ? "" : ":", port);
}

class RandomCases {
 public:
  explicit RandomCases(uint64_t seed) : random_(seed) {}

  size_t Below(size_t limit) { return random_() % limit; }

  NaiveRule Rule() {
    static constexpr const char* kHosts[] = {
        "x.io",          "a.x.io",       "b.a.x.io",
        "ax.io",         "*.x.io",       "*.a.x.io",
        "*.io",          "10.0.0.1",     "10.0.0.0/8",
        "10.0.0.0/9",    "10.128.0.0/9", "10.0.0.0/30",
        "0.0.0.0/0",     "::/0",         "::1",
        "2001:db8::/32", "127.0.0.0/8",  "64:ff9b::/96",
        "@private",      "@loopback",    "@public",
        "@metadata",     "@link-local",  "@unspecified",
        "2001:db8::/33", "0.0.0.0",      "169.254.0.0/16",
        "::/64",         "8.0.0.0/7",    "8.8.8.8"};
    NaiveRule rule;
    if (Below(10) != 0) rule.host = kHosts[Below(30)];
    if (rule.host.empty() || Below(2) == 0) {
      const auto first = static_cast<uint32_t>(1 + Below(12));
      rule.ports = {first, first + static_cast<uint32_t>(Below(3) * Below(8))};
    }
    return rule;
  }
  std::string Host() {
    static constexpr const char* kNames[] = {"x.io",  "a.x.io", "b.a.x.io",
                                             "ax.io", "io",     "c.x.io"};
    return Below(2) == 0 ? kNames[Below(6)] : kAddresses[Below(12)].text;
  }
  absl::optional<uint32_t> Port() {
    if (Below(8) == 0) return absl::nullopt;
    return static_cast<uint32_t>(Below(22));
  }

 private:
  std::mt19937_64 random_;
};

std::string RuleText(const NaiveRule& rule) {
  const std::string port =
      rule.ports ? absl::StrCat(rule.ports->first, "-", rule.ports->second)
                 : "";
  return rule.host.empty() ? absl::StrCat(":", port) : Written(rule.host, port);
}

TEST(EndpointSetTest, AgreesWithTryingEveryRule) {
  const int64_t sets =
      testing::AmountOf({/*usual=*/2500, /*sanitized=*/120, 200000});
  RandomCases random(7);
  size_t covered = 0, aliased = 0, several = 0;
  for (int64_t i = 0; i < sets; ++i) {
    EndpointSet::Builder builder;
    std::vector<NaiveRule> rules;
    std::multimap<EndpointSet::SetId, size_t> owners;
    std::vector<std::pair<EndpointPattern, EndpointSet::SetId>> alternatives;
    const size_t count = 1 + random.Below(i % 10 == 0 ? 200 : 12);
    for (size_t r = 0; r < count; ++r) {
      rules.push_back(random.Rule());
      for (const EndpointPattern& alternative :
           AlternativesOf(Pattern(RuleText(rules.back())))) {
        const EndpointSet::SetId id = builder.Add(alternative);
        owners.emplace(id, r);
        alternatives.emplace_back(alternative, id);
      }
    }
    const EndpointSet set = builder.Build();
    for (int query = 0; query < 25; ++query) {
      const std::string host = random.Host();
      const absl::optional<uint32_t> port = random.Port();
      const Purpose purpose =
          random.Below(4) == 0 ? Purpose::kListen : Purpose::kConnect;
      const std::string text = Written(host, port ? absl::StrCat(*port) : "");
      const Endpoint endpoint = Read(text);
      std::map<EndpointSet::SetId, Coverage> by_set;
      std::vector<Coverage> got(count, Coverage::kNone);
      set.Match(endpoint, purpose, [&](EndpointSet::SetId id, Coverage found) {
        by_set[id] = std::max(by_set[id], found);
        const auto range = owners.equal_range(id);
        for (auto it = range.first; it != range.second; ++it) {
          got[it->second] = std::max(got[it->second], found);
        }
      });
      size_t matches = 0;
      for (size_t r = 0; r < count; ++r) {
        const Coverage want = NaiveCoverage(rules[r], host, port, purpose);
        ASSERT_EQ(got[r], want)
            << RuleText(rules[r]) << " vs " << text
            << (purpose == Purpose::kListen ? " to listen" : "");
        matches += want != Coverage::kNone ? 1 : 0;
        covered += want == Coverage::kItself ? 1 : 0;
        aliased += want == Coverage::kAlias ? 1 : 0;
      }
      several += matches > 1 ? 1 : 0;
      for (const auto& alternative : alternatives) {
        const auto found = by_set.find(alternative.second);
        ASSERT_EQ(CoverageOf(alternative.first, endpoint, purpose),
                  found == by_set.end() ? Coverage::kNone : found->second)
            << alternative.first.ToString() << " vs " << text;
      }
    }
  }
  const auto queries = static_cast<size_t>(sets) * 25;
  EXPECT_GT(covered, queries / 4);
  EXPECT_GT(aliased, queries / 20);
  EXPECT_GT(several, queries / 6);
}

TEST(EndpointSetTest, ManyPortsOfOneHostAreSearched) {
  EndpointSet::Builder builder;
  for (uint32_t port = 1; port <= 20000; ++port) {
    builder.Add(Pattern(absl::StrCat("x.io:", port)));
  }
  builder.Add(Pattern("x.io:1-65535"));
  const EndpointSet set = builder.Build();
  for (uint32_t port : {1u, 20000u, 777u, 30000u}) {
    size_t found = 0;
    set.Match(Read(absl::StrCat("x.io:", port)), Purpose::kConnect,
              [&](EndpointSet::SetId, Coverage) { ++found; });
    EXPECT_EQ(found, port <= 20000 ? 2u : 1u);
  }
}

TEST(EndpointSetTest, AnEmptySetCoversNothing) {
  const EndpointSet set;
  for (const char* text : {"x.io:80", "10.0.0.1", "unix:/a", "vsock:1:1",
                           "unix-abstract:a", "0.0.0.0"}) {
    set.Match(Read(text), Purpose::kListen,
              [](EndpointSet::SetId, Coverage) { FAIL(); });
  }
}

}  // namespace
}  // namespace net
}  // namespace postern
