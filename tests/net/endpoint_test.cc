#include "net/endpoint.h"

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "net/endpoint_pattern.h"

namespace postern {
namespace net {
namespace {

std::string Read(absl::string_view text) {
  Endpoint endpoint;
  SyntaxError error;
  return Endpoint::Parse(text, &endpoint, &error) ? endpoint.ToString() : "";
}

std::string ReadPattern(absl::string_view text) {
  const absl::StatusOr<EndpointPattern> pattern = ParseEndpointPattern(text);
  return pattern.ok() ? pattern->ToString() : "";
}

TEST(EndpointTest, HasOneFormForEachEndpoint) {
  struct Case {
    absl::string_view text;
    const char* want;
    const char* why;
  };
  const Case kCases[] = {
      {"Example.COM.:443", "example.com:443", "name and port"},
      {"example.com", "example.com", "no port"},
      {"example.com:0", "example.com:0", "port 0 may be asked for"},
      {"example.com:65535", "example.com:65535", "largest port"},
      {"example.com:65536", "", "too large"},
      {"example.com:", "", "empty port"},
      {"example.com:080", "", "leading zero"},
      {"example.com:80-90", "", "a range is a rule's"},
      {":80", "", "no host"},
      {"", "", "nothing"},
      {"10.0.0.1:80", "10.0.0.1:80", "IPv4"},
      {"[::1]:80", "[::1]:80", "IPv6 and port"},
      {"[::1]", "::1", "brackets without port"},
      {"::1", "::1", "no brackets"},
      {"[::ffff:10.0.0.1]:80", "10.0.0.1:80", "mapped"},
      {"::ffff:10.0.0.1", "10.0.0.1", "mapped"},
      {"[10.0.0.1]:80", "", "IPv4 in brackets"},
      {"[example.com]:80", "", "name in brackets"},
      {"[::1", "", "not closed"},
      {"[::1]80", "", "no colon"},
      {"[::1]:", "", "empty port"},
      {"[[::1]]", "", "brackets twice"},
      {"::1]:80", "", "not opened"},
      {"10.0.0.0/8", "", "a block is a rule's"},
      {"*.example.com", "", "a wildcard is a rule's"},
      {"@loopback", "", "a class is a rule's"},
      {"127.1:80", "", "short address"},
      {"0x7f000001:80", "", "hexadecimal"},
      {"2130706433", "", "one number"},
      {"fe80::1%eth0", "fe80::1%eth0", "zone"},
      {"[fe80::1%eth0]:80", "[fe80::1%eth0]:80", "zone and port"},
      {"fe80::1%2", "fe80::1%2", "zone by number"},
      {"fe80::1%", "", "empty zone"},
      {"fe80::1%a/b", "", "slash in a zone"},
      {"fe80::1%sixteen-bytes-xx", "", "zone too long"},
      {"ff02::1%eth0", "ff02::1%eth0", "multicast on a link"},
      {"::1%lo", "", "loopback has no zone"},
      {"2001:db8::1%eth0", "", "nor has global unicast"},
      {"10.0.0.1%eth0", "", "nor IPv4"},
      {"::ffff:169.254.0.1%eth0", "", "mapped is IPv4"},
      {"unix:/run/x.sock", "unix:/run/x.sock", "unix"},
      {"unix:/run/*", "unix:/run/*", "a byte like others"},
      {"unix:run", "", "relative"},
      {"unix:/run/../x", "", "not in normal form"},
      {"unix:/run//x", "", "not in normal form"},
      {"unix:/run/", "", "not in normal form"},
      {"unix:/", "", "the root is no socket"},
      {absl::string_view("unix:/a\0b", 9), "", "NUL"},
      {"unix-abstract:a/b", "unix-abstract:a/b", "abstract"},
      {"unix-abstract:", "", "no name"},
      {absl::string_view("unix-abstract:a\0", 16), "", "NUL"},
      {"vsock:2:1024", "vsock:2:1024", "vsock"},
      {"vsock:4294967295:4294967295", "vsock:4294967295:4294967295", "largest"},
      {"vsock:2", "", "no port"},
      {"vsock:-1:80", "", "sign"},
      {"vsock:4294967296:1", "", "too large"},
      {"http://example.com", "", "a URL"},
      {"vsocK:233", "", "would read back as another kind"},
      {"UNIX:80", "", "would read back as another kind"},
      {"\xef\xbd\x95nix-abstract:80", "", "would read back as another kind"},
      {"unix", "", "the same without a port"},
      {"a.unix:80", "a.unix:80", "a label is no whole name"},
      {"example.com:443:1", "", "two ports"},
      {"::1:8080", "", "a port of ::1 or an address"},
      {"::1:443", "", "the same"},
      {"2001:db8::1:443", "", "the same"},
      {"::ffff:10.0.0.1:443", "", "the same"},
      {"::1:50051", "", "the same"},
      {"[::1:8080]", "[::1:8080]", "an address, certainly"},
      {"[::1:8080]:80", "[::1:8080]:80", "an address and a port"},
      {"fe80::1:2%eth0", "fe80::1:2%eth0", "nothing is behind a zone"},
      {"fd00:ec2::254", "fd00:ec2::254", "\"fd00:ec2:\" is no address"},
      {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8", "seven groups are no address"},
      {"::1:80a", "::1:80a", "not decimal"},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(Read(c.text), c.want) << c.text << ": " << c.why;
    if (c.want[0] != '\0') {
      EXPECT_EQ(Read(c.want), c.want);
    }
  }
}

TEST(EndpointTest, KnowsLengths) {
  EXPECT_NE(Read(absl::StrCat("unix-abstract:", std::string(107, 'a'))), "");
  EXPECT_EQ(Read(absl::StrCat("unix-abstract:", std::string(108, 'a'))), "");
  EXPECT_NE(Read(absl::StrCat("unix:/", std::string(4094, 'a'))), "");
  EXPECT_EQ(Read(absl::StrCat("unix:/", std::string(4095, 'a'))), "");
}

TEST(EndpointPatternTest, ReadsTheFormsOfTheDesign) {
  struct Case {
    absl::string_view text;
    const char* want;
    const char* why;
  };
  const Case kCases[] = {
      {"Example.com", "example.com", "host"},
      {"example.com.:443", "example.com:443", "host and port"},
      {"example.com:1000-2000", "example.com:1000-2000", "range"},
      {":443", ":443", "any host"},
      {":", "", "no port"},
      {"", "", "nothing"},
      {"*.example.com:443", "*.example.com:443", "below"},
      {"*.B\xc3\xbc\x63her.de", "*.xn--bcher-kva.de", "below, punycode"},
      {"*", "", "every host is written without a host"},
      {"*:443", "", "every host is written without a host"},
      {"*example.com", "", "no label"},
      {"a.*.com", "", "in the middle"},
      {"*.*.com", "", "twice"},
      {"*.1", "", "below a number"},
      {"10.0.0.0/8", "10.0.0.0/8", "block"},
      {"10.0.0.0/8:443", "10.0.0.0/8:443", "block and port"},
      {"10.0.0.1/8", "", "host bits"},
      {"2001:db8::/32", "2001:db8::/32", "IPv6 block"},
      {"[2001:db8::/32]:443", "[2001:db8::/32]:443", "IPv6 block and port"},
      {"[2001:db8::]/32:443", "", "one way is enough"},
      {"[::1]:80-90", "[::1]:80-90", "IPv6 and range"},
      {"::1", "::1", "IPv6"},
      {"[::ffff:10.0.0.1]:80", "10.0.0.1:80", "mapped"},
      {"fe80::1%eth0", "", "a rule is for every zone"},
      {"0.0.0.0", "0.0.0.0", "one address"},
      {"@loopback", "@loopback", "class"},
      {"@loopback:8080", "@loopback:8080", "class and port"},
      {"@local", "", "no class"},
      {"@", "", "no class"},
      {"example.com:0", "", "port 0"},
      {"example.com:http", "", "a service"},
      {"unix:/run/app", "unix:/run/app", "unix"},
      {"unix:/run/*", "", "no wildcards"},
      {"unix:/run/{a,b}", "", "no wildcards"},
      {"unix:/run/a?", "", "no wildcards"},
      {"unix:/run/[a]", "", "no wildcards"},
      {"unix:/run/a]", "", "no wildcards"},
      {"unix:/run/\\a", "", "no wildcards"},
      {"::1:8080", "", "a port of ::1 or an address"},
      {"[::1:8080]", "[::1:8080]", "an address, certainly"},
      {"2001:db8::1:0/112", "2001:db8::1:0/112", "a block ends in no port"},
      {"unix:/run/../x", "", "not in normal form"},
      {"unix-abstract:postern/a/b", "unix-abstract:postern/a/b", "abstract"},
      {"unix-abstract:postern/*", "unix-abstract:postern/*", "its beginning"},
      {"unix-abstract:*", "", "no beginning"},
      {"unix-abstract:a*b", "", "in the middle"},
      {"vsock:2:1024", "vsock:2:1024", "vsock"},
      {"vsock:2:1-70000", "vsock:2:1-70000", "vsock ports are 32 bits"},
      {"vsock:2", "vsock:2", "vsock, any port"},
      {"vsock:x:1", "", "no number"},
      {"a,b", "", "a list"},
      {"{a,b}.com", "", "groups are a path's"},
      {"https://example.com", "", "a URL"},
      {"Unix-Abstract:80", "", "would read back as another kind"},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(ReadPattern(c.text), c.want) << c.text << ": " << c.why;
    if (c.want[0] != '\0') {
      EXPECT_EQ(ReadPattern(c.want), c.want);
    }
  }
}

TEST(EndpointPatternTest, ErrorsSayWhere) {
  EXPECT_EQ(ParseEndpointPattern("10.0.0.1/8:443").status().message(),
            "invalid endpoint \"10.0.0.1/8:443\" at column 9: bits are set "
            "behind the length");
  EXPECT_EQ(ParseEndpointPattern("a.example:x").status().message(),
            "invalid endpoint \"a.example:x\" at column 11: expected a port "
            "from 1 to 65535 (vsock: to 4294967295), or two with \"-\" "
            "between");
  EXPECT_EQ(ParseEndpointPattern("*.exa mple").status().message(),
            "invalid endpoint \"*.exa mple\" at column 6: expected letters, "
            "digits, \"-\", \"_\" or \".\"");
}

TEST(EndpointPatternTest, ErrorsNameTheSpellingThatWasMeant) {
  EXPECT_EQ(ParseEndpointPattern("::1:8080").status().message(),
            "invalid endpoint \"::1:8080\" at column 1: the end may be a port, "
            "expected brackets, as in \"[::1]:443\" or \"[::1:443]\"");
  const struct {
    const char* url;
    const char* want;
  } kUrls[] = {{"https://github.com", "github.com:443"},
               {"https://GitHub.com/a/b?c#d", "github.com:443"},
               {"http://github.com", "github.com:80"},
               {"wss://github.com:8443/x", "github.com:8443"},
               {"HTTPS://github.com", "github.com:443"},
               {"ftp://github.com", "github.com:PORT"},
               {"ssh://[::1]/", "[::1]:PORT"},
               {"https://[::1]/x", "[::1]:443"}};
  for (const auto& c : kUrls) {
    EXPECT_EQ(ParseEndpointPattern(c.url).status().message(),
              absl::StrCat("invalid endpoint \"", c.url,
                           "\" at column 1: a URL is none, expected \"", c.want,
                           "\""));
  }
}

TEST(EndpointPatternTest, TheNameOfASocketMayLookLikeAUrl) {
  const auto pattern = ParseEndpointPattern("unix-abstract:app://x");
  ASSERT_TRUE(pattern.ok()) << pattern.status();
  EXPECT_EQ(pattern->name, "app://x");
}

TEST(NamePatternTest, IsForLookUpsOfNames) {
  EXPECT_EQ(ParseNamePattern("*.Example.com")->ToString(), "*.example.com");
  EXPECT_EQ(ParseNamePattern("a.b")->ToString(), "a.b");
  for (const char* text :
       {"a.b:80", "10.0.0.1", "@public", "::1", ":80", "", "unix:/a",
        "unix-abstract:a", "vsock:2", "10.0.0.0/8", "[::1]", "[::1", "[a.b",
        "[::1]x", "::1:443", "a_b c", "*.a.*"}) {
    EXPECT_FALSE(ParseNamePattern(text).ok()) << text;
  }
  EXPECT_EQ(ParseNamePattern("[::1").status().message(),
            "invalid host name \"[::1\" at column 5: expected \"]\"");
  EXPECT_EQ(ParseNamePattern("a.b:80").status().message(),
            "invalid host name \"a.b:80\" at column 4: a look-up has no port");
  EXPECT_EQ(ParseNamePattern("vsock:2").status().message(),
            "invalid host name \"vsock:2\" at column 1: expected a host name");
  EXPECT_EQ(ParseNamePattern("10.0.0.1").status().message(),
            "invalid host name \"10.0.0.1\" at column 1: only names are looked "
            "up");
}

}  // namespace
}  // namespace net
}  // namespace postern
