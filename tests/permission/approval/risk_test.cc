#include "permission/approval/risk.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"

namespace postern {
namespace {

std::string Codes(absl::string_view permission, const RulePattern& pattern) {
  return absl::StrJoin(
      RisksOf(PermissionSet::Parse(permission).value(), pattern), " ",
      [](std::string* out, const RiskNote& note) {
        absl::StrAppend(out, note.code);
      });
}

struct Case {
  const char* permission;
  const char* pattern;
  const char* codes;
};

TEST(RiskTest, NotesOnPathsAndNames) {
  constexpr Case kCases[] = {
      {"fs.read", "/srv/app/data", ""},
      {"fs.read", "/", "broad-path"},
      {"fs.read", "/etc", "broad-path"},
      {"fs.read", "/etc/", "broad-path"},
      {"fs.read", "//etc/.", "broad-path"},
      {"fs.read", "/etc/ssl", ""},
      {"fs.read", "/srv/{a,b}", ""},
      {"fs.read", "/{srv/a,etc}", "broad-path"},
      {"fs.read", "/home/jo", "broad-path"},
      {"fs.read", "/home/jo/notes", ""},
      {"fs.read", "${HOME}", "broad-path"},
      {"fs.read", "${HOME}/notes", ""},
      {"fs.read", "/**", "broad-path"},
      {"fs.read", "/**/secret", "broad-path"},
      {"fs.read", "/srv/app/**", ""},
      {"fs.read", "exact:/etc", ""},
      {"fs.read", "../../..", "broad-path"},
      {"fs.read", "[", "unreadable-pattern"},
      {"fs.write", "/srv/app/data", "write-access"},
      {"fs.write", "/", "voids-model broad-path write-access"},
      {"fs.write", "/proc", "voids-model broad-path write-access"},
      {"fs.write", "/proc/self/mem", "voids-model write-access"},
      {"fs.write", "exact:/proc/self/mem", "voids-model write-access"},
      {"fs.write", "/./proc//self", "voids-model write-access"},
      {"fs.write", "/p*c/self/mem", "voids-model write-access"},
      {"fs.write", "/{srv/a,proc/1}", "voids-model write-access"},
      {"fs.write", "/**/mem", "voids-model broad-path write-access"},
      {"fs.write", "/processes/x", "write-access"},
      {"fs.read", "/proc/self", "voids-model"},
      {"fs.read", "/proc", "voids-model broad-path"},
      {"fs.read", "exact:/proc/*/environ", "voids-model"},
      {"fs.read", "/proc/self/status", ""},
      {"fs.read", "/proc/meminfo", ""},
      {"fs.read", "/p*c/self/mem", ""},
      {"fs", "/srv/app/data", "write-access"},
      {"code.load", "/srv/app/a.so", "voids-model"},
      {"process.spawn", "/usr/bin/du", ""},
      {"process.spawn", "/bin/sh", "voids-model"},
      {"process.spawn", "python3.11", "voids-model"},
      {"process.spawn", "shred", ""},
      {"fs.read", "/*", "broad-path"},
      {"fs.read", "/?*", "broad-path"},
      {"fs.read", "/*/**", "broad-path"},
      {"fs.read", "/[!x]*", "unreadable-pattern"},
      {"fs.read", "/home/*", "broad-path"},
      {"fs.read", "/home/?*/**", "broad-path"},
      {"fs.read", "/home/*/.config", ""},
      {"fs.read", "/srv/*", ""},
      {"device.use", "/dev/video0", ""},
      {"device.use", "/dev/video*", ""},
      {"device.use", "/dev", "every-resource broad-path"},
      {"device.use", "/dev/?*", "every-resource"},
      {"device.use", "/dev/*", "every-resource"},
      {"device.use", "/{dev,x}/*", "every-resource"},
      {"plugin.load", "*", "every-resource"},
      {"plugin.load", "exec.*", ""},
      {"plugin.load", "?*", "unreadable-pattern"},
      {"code.import", "*", "every-resource code-from-outside"},
      {"code.import", "http*", "every-resource code-from-outside"},
      {"code.import", "https://*", "every-resource code-from-outside"},
      {"code.import", "https://a.example/*", "code-from-outside"},
      // One host's are not from anywhere, and no pattern ends within a host.
      {"code.import", "https://a.test/*", "code-from-outside"},
      {"code.import", "https://a*", "code-from-outside unreadable-pattern"},
      {"code.import", "https://b*", "code-from-outside unreadable-pattern"},
      {"code.import", "https://b.test*",
       "code-from-outside unreadable-pattern"},
      {"env.read", "LC_*", ""},
      {"env.read", "https:*", ""},
      {"sys.info", "hostname", ""},
      {"env.read", "*", "every-resource"},
      {"env.read", "?*", "unreadable-pattern"},
      {"env.read", "LANG", ""},
      {"net.listen", ":8080", "accepts-connections"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.permission, " ", c.pattern));
    EXPECT_EQ(Codes(c.permission, RulePattern::Text(c.pattern)), c.codes);
  }
}

struct NetCase {
  const char* permission;
  const char* endpoint;
  std::vector<std::string> resolves_to;
  const char* codes;
  const char* why;
};

TEST(RiskTest, NotesOnEndpoints) {
  const NetCase kCases[] = {
      {"net.connect", "a.test:443", {}, "", "one host, one port"},
      {"net.connect", "a.test:1-65535", {}, "", "ports are named"},
      {"net.connect", "a.test", {}, "any-port", "no port is every port"},
      {"net.connect", ":443", {}, "any-host", "no host is every host"},
      {"net.connect", "*.a.test:443", {}, "many-hosts", "wildcard"},
      {"net.connect", "8.8.8.8:53", {}, "", "one public address"},
      {"net.connect", "8.8.8.8", {}, "any-port", "the same on every port"},
      {"net.connect", "8.8.8.0/24:53", {}, "many-hosts", "public block"},
      {"net.connect", "8.8.8.8/32:53", {}, "", "block of one"},
      {"net.connect", "@public:53", {}, "many-hosts", "class"},
      {"net.connect", "10.1.2.3:80", {}, "local-address", "private"},
      {"net.connect", "127.0.0.1:80", {}, "local-address", "loopback"},
      {"net.connect", "[::1]:80", {}, "local-address", "loopback"},
      {"net.connect", "0.0.0.0:80", {}, "local-address", "is loopback here"},
      {"net.connect", "[fe80::1]:80", {}, "local-address", "link-local"},
      {"net.connect", "224.0.0.1:80", {}, "local-address", "multicast"},
      {"net.connect",
       "[64:ff9b::a00:1]:80",
       {},
       "local-address",
       "embeds 10.0.0.1"},
      {"net.connect",
       "[::ffff:10.0.0.1]:80",
       {},
       "local-address",
       "is 10.0.0.1"},
      {"net.connect",
       "169.254.169.254:80",
       {},
       "metadata-address",
       "credentials"},
      {"net.connect",
       "@metadata:80",
       {},
       "many-hosts metadata-address",
       "credentials"},
      {"net.connect", "@private:80", {}, "many-hosts local-address", "class"},
      {"net.connect",
       "0.0.0.0/0:80",
       {},
       "many-hosts local-address metadata-address",
       "holds them all"},
      {"net.connect",
       "169.254.0.0/16:80",
       {},
       "many-hosts local-address metadata-address",
       "the block around"},
      {"net.connect",
       "172.0.0.0/8:80",
       {},
       "many-hosts local-address",
       "wider than a private block"},
      {"net.connect",
       "10.1.0.0/16:80",
       {},
       "many-hosts local-address",
       "narrower than a private block"},
      {"net.connect",
       "[2002::/16]:80",
       {},
       "many-hosts local-address",
       "6to4 embeds"},
      {"net.connect", "[2a00::/16]:80", {}, "many-hosts", "public block"},
      {"net.connect",
       "a.test:80",
       {"@private"},
       "local-address",
       "may lead there"},
      {"net.connect",
       "a.test:80",
       {"8.8.8.8", "@metadata"},
       "metadata-address",
       "one of its addresses"},
      {"net.connect", "a.test:80", {"8.8.8.8"}, "", "is public anyway"},
      {"net.connect", "unix:/run/x", {}, "local-socket", "unix"},
      {"net.connect", "unix-abstract:x", {}, "local-socket", "abstract"},
      {"net.connect", "vsock:2:1024", {}, "local-socket", "vsock"},
      {"net.connect", "vsock:2", {}, "any-port local-socket", "vsock"},
      {"net.resolve", "a.test", {}, "", "look-ups have no port"},
      {"net.resolve", "*.a.test", {}, "many-hosts", "wildcard"},
      {"net.listen",
       "127.0.0.1:80",
       {},
       "accepts-connections",
       "the own end is no host that is reached"},
      {"net.listen", "@private", {}, "accepts-connections", "the own end"},
      {"net", "a.test", {}, "any-port accepts-connections", "all of them"},
      {"net.connect", "127.1:80", {}, "unreadable-pattern", "refused"},
      {"net.resolve", "a.test:53", {}, "unreadable-pattern", "refused"},
      {"net.resolve", "a.test", {"@private"}, "unreadable-pattern", "refused"},
      {"net.connect",
       "10.0.0.1:80",
       {"@private"},
       "unreadable-pattern",
       "refused"},
  };
  for (const NetCase& c : kCases) {
    SCOPED_TRACE(absl::StrCat(c.permission, " ", c.endpoint, ": ", c.why));
    EXPECT_EQ(
        Codes(c.permission, RulePattern::Resolving(c.endpoint, c.resolves_to)),
        c.codes);
  }
}

TEST(RiskTest, NotesOnWholePermissions) {
  constexpr Case kCases[] = {
      {"fs.read", "", "every-resource"},
      {"fs.write", "", "voids-model every-resource write-access"},
      {"process.spawn", "", "voids-model every-resource"},
      {"debug.attach", "", "voids-model"},
      {"thread.create", "", ""},
      {"code.eval", "", "code-from-outside"},
      {"secret.reveal", "", "every-resource sees-secret"},
      {"net.connect", "", "every-resource"},
      {"net.listen", "", "every-resource accepts-connections"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.permission);
    EXPECT_EQ(Codes(c.permission, RulePattern::Whole()), c.codes);
  }
}

struct CallCase {
  std::vector<std::string> args;
  CallForm form;
  const char* codes;
};

void ExpectCalls(absl::string_view function,
                 const std::vector<CallCase>& cases) {
  for (const CallCase& c : cases) {
    SCOPED_TRACE(absl::StrJoin(c.args, " "));
    EXPECT_EQ(Codes("plugin.call", RulePattern::Call(function, c.args, c.form)),
              c.codes);
  }
}

TEST(RiskTest, NotesOnCalls) {
  ExpectCalls(
      "exec.in.run",
      {
          {{"ls"}, CallForm::kExact, ""},
          {{"ls"}, CallForm::kList, "further-arguments"},
          {{}, CallForm::kExact, ""},
          {{}, CallForm::kList, "further-arguments any-call interpreter"},
          {{"**"}, CallForm::kExact, "any-argument any-call interpreter"},
          {{"*", "*"}, CallForm::kExact, "any-argument any-call interpreter"},
          {{"*", "-c"}, CallForm::kExact, "any-argument interpreter"},
          {{"ls", "*"}, CallForm::kExact, "any-argument"},
          {{"ls", "**"}, CallForm::kExact, "any-argument"},
          {{"ls", "re:..+"}, CallForm::kExact, "any-argument"},
          {{"ls", "re:[^;]*"}, CallForm::kExact, "any-argument"},
          {{"ls", "re:\\S{20,}"}, CallForm::kExact, "any-argument"},
          {{"ls", "re:[a-z/]*"}, CallForm::kExact, ""},
          {{"ls", "re:[^-].*"}, CallForm::kExact, ""},
          {{"/bin/bash"}, CallForm::kExact, "interpreter"},
          {{"bash"}, CallForm::kList, "further-arguments interpreter"},
          {{"re:(da|ba)?sh", "re:-c", "re:.*?"},
           CallForm::kExact,
           "any-argument interpreter"},
          {{"git", "status"}, CallForm::kExact, "interpreter obeys-folder"},
          {{"git", "**"},
           CallForm::kExact,
           "any-argument interpreter obeys-folder"},
          {{"du", "-s"}, CallForm::kExact, ""},
          {{"du", "**"}, CallForm::kExact, "any-argument names-files"},
          {{"du"}, CallForm::kList, "further-arguments names-files"},
          {{"du", "--", "path:/srv"}, CallForm::kExact, ""},
          {{"du", "--", "path:/"}, CallForm::kExact, "operand"},
          {{"dd", "path:."}, CallForm::kExact, "operand"},
          {{"ls", "path:${APP}"}, CallForm::kExact, "operand"},
          {{"du", "re:-.*"}, CallForm::kExact, "names-files"},
          {{"path:/{a,b,c,d,e,f,g,h}/*"}, CallForm::kExact, ""},
          {{"path:/{a,b,c,d,e,f,g,h,i}/*"},
           CallForm::kExact,
           "interpreter obeys-folder"},
          {{"ls", "path:["}, CallForm::kExact, "unreadable-pattern"},
          {{"ls", "re:("}, CallForm::kExact, "unreadable-pattern"},
      });
  ExpectCalls(
      "exec.in.run_in",
      {
          {{"/srv/x", "ls"}, CallForm::kExact, ""},
          {{"/srv/x", "make"}, CallForm::kExact, "interpreter obeys-folder"},
          {{"/srv/x"}, CallForm::kList, "further-arguments interpreter"},
      });
  // A word for something else.
  ExpectCalls("kv.get", {{{"re:[a-z]+"}, CallForm::kExact, ""},
                         {{"*", "x"}, CallForm::kExact, "any-argument"},
                         {{"{bash,ls}"}, CallForm::kExact, "interpreter"}});
}

TEST(RiskTest, InterpretersByWhatThePatternMatches) {
  for (const char* program : {"{bash,ls}",
                              "re:bash",
                              "\\bash",
                              "re:b.?sh",
                              "re:[a-z]*",
                              "re:.*sh",
                              "re:(?i)BASH",
                              "bash-static",
                              "perl5.36-x86_64-linux-gnu",
                              "nodejs",
                              "re:perl5\\.36-x86_64.*",
                              "re:python3\\.1[0-9]",
                              "python3-dbg",
                              "npm",
                              "npx",
                              "git",
                              "docker",
                              "tar",
                              "flock",
                              "tmux",
                              "nvim",
                              "sudo",
                              "path:/bin/sh",
                              "path:/usr/bin",
                              "re:/usr/bin/(ba)?sh",
                              "{/usr/bin/env,ls}",
                              "re:(timeout|ls)",
                              "x86_64-linux-gnu-gcc-12",
                              "ld-linux-x86-64.so.2",
                              "re:.+",
                              "re:.*$",
                              "re:(?s).*",
                              "re:(.*)",
                              "re:[^x]*x?"}) {
    EXPECT_NE(
        Codes("plugin.call", RulePattern::Call("exec.in.run", {program, "-x"},
                                               CallForm::kExact))
            .find("interpreter"),
        std::string::npos)
        << program;
  }
  for (const char* program :
       {"ls", "shred", "re:l.?s", "{ls,readlink}", "path:/srv/bin", "bashful",
        "re:[0-9]+", "environment", "makeup"}) {
    EXPECT_EQ(
        Codes("plugin.call", RulePattern::Call("exec.in.run", {program, "-x"},
                                               CallForm::kExact)),
        "")
        << program;
  }
}

TEST(RiskTest, EverySpellingOfAnyArgumentIsARisk) {
  for (const char* any :
       {"*", "re:.*", "re:.+", "re:.*?", "re:(.*)", "re:.*$", "re:^.*$",
        "re:(?s).*", "re:(a|[^a])*", "re:.{1,999}", "re:[^\\x00]+"}) {
    EXPECT_EQ(Codes("plugin.call",
                    RulePattern::Call("kv.get", {any}, CallForm::kExact)),
              "any-argument any-call")
        << any;
  }
  for (const char* some : {"re:[a-z]+", "re:-.*", "x", "{a,b}", "path:/"}) {
    EXPECT_EQ(Codes("plugin.call",
                    RulePattern::Call("kv.get", {some}, CallForm::kExact))
                  .find("any-"),
              std::string::npos)
        << some;
  }
}

TEST(RiskTest, NotesOnSecrets) {
  EXPECT_EQ(Codes("secret.use", RulePattern::Secret({"db", "*"})), "");
  EXPECT_EQ(Codes("secret.use", RulePattern::Secret({"**"})), "every-resource");
  EXPECT_EQ(Codes("secret.use", RulePattern::Secret({"*", "**"})),
            "every-resource");
  EXPECT_EQ(Codes("secret.use", RulePattern::Secret({"*", "*"})),
            "every-resource");
}

}  // namespace
}  // namespace postern
