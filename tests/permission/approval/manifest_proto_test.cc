#include "permission/approval/manifest_proto.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "net/csp/directive.h"
#include "permission/builder.h"

namespace postern {
namespace {

constexpr char kText[] = R"(version: 1
app: "notes.acme_editor_1.0"
title: "Notes"

# exec.in.run ["du"]
calls { function: "exec.in.run" args: ["du"] reason: "shows disk usage" }
calls { function: "clock.now" exact: true }
modules { id: "exec.in" }
fs { path: "/srv/notes/**" access: READ_WRITE }
fs { path: "/srv/shared/read" }
fs { access: WRITE reason: "an editor" }
env { name: "HOME" }
env { name: "LC_*" access: WRITE }
secrets { key: ["db", "password"] }
secrets { key: "db" key: "user" access: REVEAL }
devices { path: "/dev/ttyUSB0" }
sys { fact: "hostname" }
code { import: "https://example.org/mod.js" }
code { load: "/usr/lib/x.so" reason: "codec" }
code { eval: true reason: "formulas" }
code { threads: true reason: "search" }
net { endpoint: "api.example.org:443" }
net { endpoint: "*.example.org" access: RESOLVE reason: "mirrors" }
net { endpoint: "@loopback:8080" access: LISTEN reason: "a preview" }
net {
  endpoint: "db.corp.example:5432"
  resolves_to: ["10.0.0.0/8", "@private"]
  reason: "its database"
}
net { reason: "a browser" }
process { spawn: "/usr/bin/du -k **" }
process { signal: "@children" }
csp { directive: "img-src" sources: ["https://Pics.example.org:443/", "data:"] }
csp { directive: "IMG-SRC" sources: "https:" reason: "linked pictures" }
csp { sources: "allow-forms" directive: "sandbox" reason: "it is enough" }
csp { directive: "upgrade-insecure-requests" reason: "old links" }
)";

constexpr char kJson[] = R"({
  "version": 1,
  "app": "notes.acme_editor_1.0",
  "title": "Notes",
  "calls": [
    {"function": "exec.in.run", "args": ["du"], "reason": "shows disk usage"},
    {"function": "clock.now", "exact": true}
  ],
  "modules": [{"id": "exec.in"}],
  "fs": [
    {"path": "/srv/notes/**", "access": "READ_WRITE"},
    {"path": "/srv/shared/read"},
    {"access": "WRITE", "reason": "an editor"}
  ],
  "env": [{"name": "HOME"}, {"name": "LC_*", "access": "WRITE"}],
  "secrets": [
    {"key": ["db", "password"]},
    {"key": ["db", "user"], "access": "REVEAL"}
  ],
  "devices": [{"path": "/dev/ttyUSB0"}],
  "sys": [{"fact": "hostname"}],
  "code": [
    {"import": "https://example.org/mod.js"},
    {"load": "/usr/lib/x.so", "reason": "codec"},
    {"eval": true, "reason": "formulas"},
    {"threads": true, "reason": "search"}
  ],
  "net": [
    {"endpoint": "api.example.org:443"},
    {"endpoint": "*.example.org", "access": "RESOLVE", "reason": "mirrors"},
    {"endpoint": "@loopback:8080", "access": "LISTEN", "reason": "a preview"},
    {"endpoint": "db.corp.example:5432", "reason": "its database",
     "resolvesTo": ["10.0.0.0/8", "@private"]},
    {"reason": "a browser"}
  ],
  "process": [{"spawn": "/usr/bin/du -k **"}, {"signal": "@children"}],
  "csp": [
    {"directive": "img-src", "sources": ["https://pics.example.org", "data:"]},
    {"directive": "img-src", "sources": ["https:"],
     "reason": "linked pictures"},
    {"directive": "sandbox", "sources": ["allow-forms"],
     "reason": "it is enough"},
    {"directive": "upgrade-insecure-requests", "reason": "old links"}
  ]
}
)";

constexpr char kRequests[] = R"(notes.acme_editor_1.0 "Notes"
plugin.call exec.in.run ["du"] and further arguments (shows disk usage)
plugin.call clock.now [] ()
plugin.load exec.in ()
fs /srv/notes/** ()
fs.read /srv/shared/read ()
fs.write (everything) (an editor)
env.read HOME ()
env.write LC_* ()
secret.use db/password ()
secret.reveal db/user ()
device.use /dev/ttyUSB0 ()
sys.info hostname ()
code.import https://example.org/mod.js ()
code.load /usr/lib/x.so (codec)
code.eval (everything) (formulas)
thread.create (everything) (search)
net.connect api.example.org:443 ()
net.resolve *.example.org (mirrors)
net.listen @loopback:8080 (a preview)
net.connect db.corp.example:5432 (resolves to 10.0.0.0/8, @private) (its database)
net.connect (everything) (a browser)
process.spawn /usr/bin/du -k ** ()
process.signal @children ()
img-src https://pics.example.org ()
img-src data: ()
img-src https: (linked pictures)
sandbox allow-forms (it is enough)
upgrade-insecure-requests  (old links)
)";

std::string Describe(const Manifest& manifest) {
  std::string out =
      absl::StrCat(manifest.app.id(), " \"", manifest.title, "\"\n");
  for (const PermissionRequest& request : manifest.requests) {
    absl::StrAppend(&out, request.permissions.ToString(), " ",
                    request.pattern.ToString(), " (", request.reason, ")\n");
  }
  for (const CspRequest& request : manifest.csp) {
    absl::StrAppend(&out, csp::DirectiveName(request.directive), " ",
                    request.word, " (", request.reason, ")\n");
  }
  return out;
}

std::string MessageOf(const absl::StatusOr<Manifest>& manifest) {
  return std::string(manifest.status().message());
}

TEST(ManifestProtoTest, TextAndJsonSayTheSame) {
  const auto text = ParseManifestText(kText, "app.policy");
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(Describe(*text), kRequests);
  const auto json = ParseManifestJson(kJson, "app.json");
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_EQ(Describe(*json), kRequests);
}

TEST(ManifestProtoTest, EachFormCanBecomeEachOther) {
  Manifest manifest = ParseManifestText(kText, "f").value();
  manifest = ParseManifestJson(ManifestToJson(manifest).value(), "f").value();
  EXPECT_EQ(Describe(manifest), kRequests);
  manifest =
      ParseManifestBinary(ManifestToBinary(manifest).value(), "f").value();
  EXPECT_EQ(Describe(manifest), kRequests);
  manifest = ParseManifestText(ManifestToText(manifest).value(), "f").value();
  EXPECT_EQ(Describe(manifest), kRequests);
}

TEST(ManifestProtoTest, RequestsKnowWhereTheyStand) {
  const Manifest text = ParseManifestText(kText, "app.policy").value();
  EXPECT_EQ(text.requests[0].source.ToString(), "app.policy:6:1");
  EXPECT_EQ(text.requests[2].source.ToString(), "app.policy:8:1");
  EXPECT_EQ(text.csp[0].source.ToString(), "app.policy:33:1");
  EXPECT_EQ(text.csp[1].source.ToString(), "app.policy:33:1");
  EXPECT_EQ(text.csp[2].source.ToString(), "app.policy:34:1");
  const Manifest json = ParseManifestJson(kJson, "app.json").value();
  EXPECT_EQ(json.requests[0].source.ToString(), "app.json:6:5");
  EXPECT_EQ(json.requests[2].source.ToString(), "app.json:9:15");
}

struct Case {
  const char* text;  // after a head of one line with version and app
  const char* error;
};

constexpr char kHead[] = "version: 1 app: \"a\"\n";

constexpr Case kBad[] = {
    {"title: \"\" resources {}",
     "f:2:11: section \"resources\" is not supported yet"},
    {"process {}",
     "f:2:1: process without \"spawn\" or \"signal\", expected one"},
    {"resources: [{}]", "f:2:1: section \"resources\" is not supported yet"},
    {"file {}",
     "f:2:1: unknown field \"file\" in Manifest, expected one of version, app, "
     "title, calls, modules, fs, env, secrets, devices, sys, code, net, "
     "process, csp"},
    {"fs { write: \"/a/b\" }",
     "f:2:6: unknown field \"write\" in FsRequest, expected one of path, "
     "access, "
     "reason"},
    {"fs { path: \"/a/b\" access: REQUEST_ACCESS_UNSPECIFIED }",
     "f:2:27: wrong value for \"access\", expected one of READ, WRITE, "
     "READ_WRITE"},
    {"fs { path: \"\" }", "f:2:12: \"path\" is empty, expected some text"},
    {"calls { args: \"du\" reason: \"r\" }",
     "f:2:1: call without \"function\", expected its full name"},
    {"calls { function: \"a.b\" args: [] }",
     "f:2:32: empty list for \"args\", expected at least one string"},
    {"code { reason: \"r\" }",
     "f:2:1: code request for nothing, expected load, import, eval: true or "
     "threads: true"},
    {"code { eval: false reason: \"r\" }",
     "f:2:1: code request for nothing, expected load, import, eval: true or "
     "threads: true"},
    {"code { load: \"/a/b/c\" eval: true }",
     "f:2:23: field \"eval\" beside \"load\", expected only one of them"},
    {"secrets { key: [] }",
     "f:2:17: empty list for \"key\", expected at least one string"},
};

void ExpectErrors(absl::Span<const Case> cases) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.text);
    const auto manifest = ParseManifestText(absl::StrCat(kHead, c.text), "f");
    ASSERT_FALSE(manifest.ok());
    EXPECT_EQ(MessageOf(manifest), c.error);
  }
}

TEST(ManifestProtoTest, EndpointsAreReadStrictly) {
  constexpr Case kCases[] = {
      {"net { host: \"a\" }",
       "f:2:7: unknown field \"host\" in NetRequest, expected one of "
       "endpoint, access, resolves_to, reason"},
      {"net { endpoint: \"a:1\" access: READ }",
       "f:2:31: wrong value for \"access\", expected one of CONNECT, LISTEN, "
       "RESOLVE"},
      {"net { endpoint: \"\" }",
       "f:2:17: \"endpoint\" is empty, expected some text"},
      {"net { endpoint: \"127.1:80\" }",
       "f:2:17: invalid endpoint \"127.1:80\" at column 6: expected four "
       "decimal numbers of at most 255 without leading zeros"},
      {"net { reason: \"r\" endpoint: \"10.0.0.1/8\" }",
       "f:2:29: invalid endpoint \"10.0.0.1/8\" at column 9: bits are set "
       "behind the length"},
      {"net { access: RESOLVE endpoint: \"a.test:53\" }",
       "f:2:1: invalid host name \"a.test:53\" at column 7: a look-up has no "
       "port"},
      {"net { access: RESOLVE endpoint: \"10.0.0.1\" }",
       "f:2:1: invalid host name \"10.0.0.1\" at column 1: only names are "
       "looked up"},
      {"net { endpoint: \"a:1\" resolves_to: \"b.test\" }",
       "f:2:36: invalid address \"b.test\" at column 1: expected four "
       "decimal numbers of at most 255 without leading zeros"},
      {"net { endpoint: \"a:1\" resolves_to: [] }",
       "f:2:37: empty list for \"resolves_to\", expected at least one "
       "string"},
      {"net { endpoint: \"a:1\" resolves_to: \"\" }",
       "f:2:36: \"resolves_to\" is empty, expected some text"},
      {"net { endpoint: \"10.0.0.1:1\" resolves_to: \"@private\" }",
       "f:2:1: \"resolves_to\" goes with a host name that is connected to or "
       "listened on"},
      {"net { access: RESOLVE endpoint: \"a\" resolves_to: \"@private\" }",
       "f:2:1: \"resolves_to\" goes with a host name that is connected to or "
       "listened on"},
      {"net { resolves_to: \"@private\" reason: \"r\" }",
       "f:2:1: \"resolves_to\" without \"endpoint\", expected a host name"},
  };
  ExpectErrors(kCases);
}

// Of endpoints that a manifest takes, PolicyBuilder::Build takes all.
TEST(ManifestProtoTest, WhatIsAskedForCanBeGranted) {
  const auto builds = [](const PermissionRequest& request) {
    Rule rule;
    rule.effect = Effect::kAllow;
    rule.permissions = request.permissions;
    rule.pattern = request.pattern;
    Layer grants;
    grants.name = "grants";
    grants.rules.push_back(rule);
    return PolicyBuilder().AddLayer(grants).Build().status();
  };
  for (const char* endpoint :
       {"a", "a:1", ":1", "*.a:1-2", "10.0.0.0/8", "[2001:db8::/32]:1",
        "@public", "unix:/run/x", "unix-abstract:x*", "vsock:2:1", "unix"}) {
    for (const char* access : {"CONNECT", "LISTEN", "RESOLVE"}) {
      for (const char* more : {"", "resolves_to: \"@private\""}) {
        const std::string text =
            absl::StrCat(kHead, "net { endpoint: \"", endpoint,
                         "\" access: ", access, " reason: \"r\" ", more, " }");
        SCOPED_TRACE(text);
        const auto manifest = ParseManifestText(text, "f");
        if (manifest.ok()) {
          EXPECT_EQ(builds(manifest->requests[0]), absl::OkStatus());
        }
      }
    }
  }
  std::string many = absl::StrCat(
      kHead, "net { endpoint: \"a:1\" reason: \"r\" resolves_to: \"10.0.0.1\"");
  for (int i = 1; i < 64; ++i) {
    absl::StrAppend(&many, " resolves_to: \"10.0.0.1\"");
  }
  EXPECT_EQ(builds(ParseManifestText(many + "}", "f").value().requests[0]),
            absl::OkStatus());
  EXPECT_EQ(
      MessageOf(ParseManifestText(many + "resolves_to: \"10.0.0.1\" }", "f")),
      "f:2:1: \"resolves_to\" has more than 64 addresses");
}

TEST(ManifestProtoTest, WordsForPagesAreReadStrictly) {
  constexpr Case kCases[] = {
      {"csp: 1", "f:2:6: wrong value for \"csp\", expected fields in braces"},
      {"csp { directive: \"image-src\" }",
       "f:2:18: unknown directive \"image-src\", expected one such as img-src"},
      {"csp { directive: \"\" }",
       "f:2:18: \"directive\" is empty, expected some text"},
      {"csp { reason: \"r\" }",
       "f:2:1: no \"directive\", expected one such as img-src"},
      {"csp { directive: \"img-src\" }",
       "f:2:1: no sources for img-src, expected at least one"},
      {"csp { directive: \"img-src\" sources: [] }",
       "f:2:38: empty list for \"sources\", expected at least one string"},
      {"csp { directive: \"img-src\" sources: [\"a.test\", \"b.test;x\"] }",
       "f:2:48: source \"b.test;x\": \";\" and \",\" end a directive or "
       "policy; write %3B or %2C in a path"},
      {"csp { sources: \"b.test,x\" directive: \"img-src\" }",
       "f:2:1: source \"b.test,x\": \";\" and \",\" end a directive or policy; "
       "write %3B or %2C in a path"},
      {"csp { directive: \"img-src\" sources: \"a b\" }",
       "f:2:37: source \"a b\": a space or control byte"},
      {"csp { directive: \"img-src\" sources: \"a\\r\\n\" }",
       "f:2:37: source \"a\\\\r\\\\n\": a space or control byte"},
      {"csp { directive: \"img-src\" sources: \"self\" }",
       "f:2:37: source \"self\": a host name; the keyword is written 'self'"},
      {"csp { directive: \"img-src\" sources: \"a.test:99999\" }",
       "f:2:37: source \"a.test:99999\": no port from 0 to 65535"},
      {"csp { directive: \"img-src\" sources: \"'none'\" }",
       "f:2:37: 'none' in img-src asks for nothing, expected the sources that "
       "the app needs"},
      {"csp { directive: \"upgrade-insecure-requests\" sources: \"x\" }",
       "f:2:55: upgrade-insecure-requests takes no value, expected none"},
      {"csp { directive: \"base-uri\" sources: \"'none'\" reason: \"r\" } "
       "csp { directive: \"base-uri\" sources: \"'self'\" reason: \"r\" }",
       "f:2:61: 'none' beside other sources of base-uri, expected one or the "
       "other"},
      {"csp { directive: \"base-uri\" sources: \"'self'\" reason: \"r\" } "
       "csp { directive: \"base-uri\" sources: \"'none'\" reason: \"r\" }",
       "f:2:61: 'none' beside other sources of base-uri, expected one or the "
       "other"},
      {"csp { directive: \"base-uri\" sources: [\"'self'\", \"'none'\"] "
       "reason: \"r\" }",
       "f:2:1: 'none' beside other sources of base-uri, expected one or the "
       "other"},
      {"csp { directive: \"img-src\" sources: \"data:\" } "
       "csp { sources: \"data:\" reason: \"r\" }",
       "f:2:47: no \"directive\", expected one such as img-src"},
  };
  ExpectErrors(kCases);
}

TEST(ManifestProtoTest, WordsForPagesAreLimited) {
  std::string text(kHead);
  for (int i = 0; i < 20; ++i) {
    absl::StrAppend(&text, "csp { directive: \"img-src\" sources: [\"data:\"");
    for (int n = 1; n < 100; ++n) absl::StrAppend(&text, ", \"a", n, ".test\"");
    absl::StrAppend(&text, "] }\n");
  }
  EXPECT_EQ(ParseManifestText(text, "f").value().csp.size(), 2000u);
  EXPECT_EQ(
      MessageOf(ParseManifestText(
          text + "csp { directive: \"font-src\" sources: \"a.test\" }", "f")),
      "f:22:1: too many sources, expected at most 2000");
}

TEST(ManifestProtoTest, ErrorsNameTheirPlace) {
  ExpectErrors(kBad);
  EXPECT_EQ(MessageOf(ParseManifestText("app: \"a\"", "f")),
            "f:1:1: no \"version\", expected version 1");
  EXPECT_EQ(MessageOf(ParseManifestText("app: \"a\" version: 3", "f")),
            "f:1:19: version 3 is not supported, expected version 1");
  EXPECT_EQ(MessageOf(ParseManifestText("version: 1", "f")),
            "f:1:1: no \"app\", expected an app id");
  EXPECT_EQ(MessageOf(ParseManifestJson(
                "{\"app\": \"a\",\n\"resources\": null}", "f")),
            "f:2:1: section \"resources\" is not supported yet");
}

TEST(ManifestProtoTest, BadAppIdsAreRefused) {
  for (const char* id : {"", "a.", "a_b/c", "a\\n", "_1", "a_b_c_d"}) {
    SCOPED_TRACE(id);
    const auto text =
        ParseManifestText(absl::StrCat("version: 1\napp: \"", id, "\""), "f");
    ASSERT_FALSE(text.ok());
    EXPECT_EQ(MessageOf(text).substr(0, 22), "f:2:6: invalid app id ");
    EXPECT_EQ(MessageOf(text).find('\n'), std::string::npos);
  }
}

// What asks for much says why.
TEST(ManifestProtoTest, BroadRequestsNeedAReason) {
  constexpr Case kBroad[] = {
      {"fs { }", "not limited to any resource"},
      {"fs { path: \"/\" }", "a whole top-level or home directory"},
      {"fs { path: \"/**\" }", "a whole top-level or home directory"},
      {"fs { path: \"/srv\" }", "a whole top-level or home directory"},
      {"fs { path: \"/srv/**\" }", "a whole top-level or home directory"},
      {"fs { path: \"/home/*/**\" }", "a whole top-level or home directory"},
      {"fs { path: \"/*\" }", "a whole top-level or home directory"},
      {"fs { path: \"/?*\" }", "a whole top-level or home directory"},
      {"devices { path: \"/dev\" }", "not limited to any resource"},
      {"devices { path: \"/dev/?*\" }", "not limited to any resource"},
      {"process { spawn: \"* **\" }",
       "an interpreter runs whatever it is told"},
      {"process { spawn: \"/bin/sh **\" }",
       "an interpreter runs whatever it is told"},
      {"env { name: \"*\" }", "not limited to any resource"},
      {"modules { }", "not limited to any resource"},
      {"modules { id: \"*\" }", "not limited to any resource"},
      {"sys { }", "not limited to any resource"},
      {"calls { }", "not limited to any resource"},
      {"calls { function: \"exec.in.run\" }", "accepts any arguments"},
      {"calls { function: \"exec.in.run\" args: \"*\" }",
       "accepts any arguments"},
      {"calls { function: \"exec.in.run\" args: [\"*\", \"**\"] exact: true }",
       "accepts any arguments"},
      {"secrets { }", "not limited to any resource"},
      {"calls { function: \"mail.send\" args: \"re:(.*)\" }",
       "accepts any arguments"},
      {"calls { function: \"mail.send\" args: [\"re:.*?\", \"re:(?s).+\"] "
       "exact: true }",
       "accepts any arguments"},
      {"calls { function: \"exec.in.run\" args: [\"re:(da|ba)?sh\", "
       "\"re:-c\", \"re:.*?\"] exact: true }",
       "may start a program that runs whatever its arguments say"},
      {"calls { function: \"exec.in.run\" args: [\"*\", \"-c\"] exact: true }",
       "may start a program that runs whatever its arguments say"},
      {"secrets { key: \"**\" }", "not limited to any resource"},
      {"secrets { key: [\"*\", \"*\"] }", "not limited to any resource"},
      {"code { import: \"https://*\" }", "not limited to any resource"},
      {"code { eval: true }", "not limited to any resource"},
      {"code { load: \"/usr/lib/x/y.so\" }", "native code is not held back"},
      {"fs { path: \"/proc/self/mem\" access: WRITE }",
       "writing to /proc can change any program's memory"},
      {"net { }", "not limited to any resource"},
      {"net { endpoint: \"a.test\" }", "every port"},
      {"net { endpoint: \":443\" }",
       "every host, those of this machine and its network too"},
      {"net { endpoint: \"*.a.test:443\" }", "more hosts than one"},
      {"net { endpoint: \"8.8.8.0/24:53\" }", "more hosts than one"},
      {"net { endpoint: \"*.a.test\" access: RESOLVE }", "more hosts than one"},
      {"net { endpoint: \"127.0.0.1:80\" }",
       "reaches this machine or the network that it is in"},
      {"net { endpoint: \"a.test:80\" resolves_to: \"10.1.2.3\" }",
       "reaches this machine or the network that it is in"},
      {"net { endpoint: \"169.254.169.254:80\" }",
       "reaches where clouds tell machines their credentials"},
      {"net { endpoint: \"unix:/run/x\" }",
       "reaches services by sockets of this machine"},
      {"net { endpoint: \"127.0.0.1:80\" access: LISTEN }",
       "others can connect to the app"},
      {"csp { directive: \"img-src\" sources: [\"a.test\", \"*\"] }",
       "medium: images may come from every host, and data may leave to it"},
      {"csp { directive: \"img-src\" sources: \"*.a.test\" }",
       "every host below that name"},
      {"csp { directive: \"sandbox\" }",
       "changes more than it adds: has no effect until the administrator "
       "accepts \"sandbox\""},
  };
  for (const Case& c : kBroad) {
    SCOPED_TRACE(c.text);
    const std::string text = absl::StrCat(kHead, c.text);
    EXPECT_EQ(MessageOf(ParseManifestText(text, "f")),
              absl::StrCat("f:2:1: broad request without a reason (", c.error,
                           "), expected \"reason\""));
    std::string reasoned = text;
    reasoned.insert(reasoned.rfind('}'), " reason: \"why\" ");
    EXPECT_EQ(MessageOf(ParseManifestText(reasoned, "f")), "");
    std::string empty = text;
    empty.insert(empty.rfind('}'), " reason: \"\" ");
    EXPECT_FALSE(ParseManifestText(empty, "f").ok());
  }
  for (const char* narrow :
       {"fs { path: \"/srv/notes\" }", "fs { path: \"exact:/srv\" }",
        "calls { function: \"exec.in.run\" args: [\"du\", \"*\"] }",
        "calls { function: \"clock.now\" exact: true }",
        "secrets { key: [\"db\", \"**\"] }", "env { name: \"LC_*\" }",
        "net { endpoint: \"a.test:443\" }",
        "net { endpoint: \"a.test\" access: RESOLVE }",
        "csp { directive: \"img-src\" sources: [\"https://a.test\", "
        "\"data:\"] }"}) {
    EXPECT_EQ(MessageOf(ParseManifestText(absl::StrCat(kHead, narrow), "f")),
              "");
  }
}

TEST(ManifestProtoTest, LimitsRequestsAndBytes) {
  EXPECT_EQ(ManifestReadLimits().max_bytes, 1u << 20);
  std::string text(kHead);
  for (int i = 0; i < 10000; ++i)
    absl::StrAppend(&text, "env { name: \"A\" }\n");
  EXPECT_EQ(ParseManifestText(text, "f").value().requests.size(), 10000u);
  EXPECT_EQ(MessageOf(ParseManifestText(text + "env { name: \"A\" }", "f")),
            "f:10002:1: too many requests, expected at most 10000");
  text.resize((1 << 20) + 1, ' ');
  EXPECT_EQ(MessageOf(ParseManifestText(text, "f")),
            "f: 1048577 bytes, expected at most 1048576");
}

TEST(ManifestProtoTest, FilesAreReadByTheirNames) {
  const std::string path = ::testing::TempDir() + "/app.json";
  std::ofstream(path, std::ios::binary) << kJson;
  EXPECT_EQ(Describe(ReadManifestFile(path).value()), kRequests);
  EXPECT_FALSE(ReadManifestFile(::testing::TempDir() + "/app.txt").ok());
}

TEST(ManifestProtoTest, FilesThatCannotBeReadAreErrors) {
  const std::string directory = ::testing::TempDir();
  for (const char* end : {".json", ".textproto", ".binpb"}) {
    SCOPED_TRACE(end);
    const std::string path = absl::StrCat(directory, "/cannot", end);
    EXPECT_EQ(ReadManifestFile(path).status().code(),
              absl::StatusCode::kNotFound);
    std::ofstream(path, std::ios::binary) << std::string(100, ' ');
    ReadLimits limits;
    limits.max_bytes = 99;
    EXPECT_FALSE(ReadManifestFile(path, limits).ok());
  }
  EXPECT_FALSE(ReadManifestFile("/dev/null.json").ok());
}

// As all of its resources is how a manifest asks where it names none.
TEST(ManifestProtoTest, WholePermissionsComeBack) {
  for (Permission permission :
       {Permission::kSecretUse, Permission::kSecretReveal,
        Permission::kPluginCall, Permission::kFsRead, Permission::kEnvRead,
        Permission::kNetConnect}) {
    Manifest manifest;
    manifest.app = Principal::Parse("a").value();
    manifest.requests.emplace_back();
    manifest.requests[0].permissions = PermissionSet(permission);
    manifest.requests[0].pattern = RulePattern::Whole();
    manifest.requests[0].reason = "why";
    SCOPED_TRACE(manifest.requests[0].permissions.ToString());
    const absl::StatusOr<std::string> text = ManifestToText(manifest);
    ASSERT_TRUE(text.ok()) << text.status();
    const absl::StatusOr<Manifest> read = ParseManifestText(*text, "f");
    ASSERT_TRUE(read.ok()) << read.status() << "\n" << *text;
    ASSERT_EQ(read->requests.size(), 1u);
    EXPECT_EQ(read->requests[0].permissions, manifest.requests[0].permissions);
    EXPECT_EQ(read->requests[0].pattern.kind(), RulePattern::Kind::kWhole);
  }
}

TEST(ManifestProtoTest, WritingRefusesWhatTheFormsCannotSay) {
  Manifest manifest;
  EXPECT_EQ(std::string(ManifestToText(manifest).status().message()),
            "manifest cannot be written, expected an app id and a title in "
            "UTF-8");
  manifest.app = Principal::Parse("a").value();
  EXPECT_TRUE(ManifestToText(manifest).ok());
  manifest.requests.emplace_back();
  PermissionRequest& request = manifest.requests[0];
  const auto refused = [&](PermissionSet permissions, RulePattern pattern) {
    request.permissions = permissions;
    request.pattern = pattern;
    return !ManifestToText(manifest).ok();
  };
  EXPECT_TRUE(refused(PermissionSet(), RulePattern::Whole()));
  EXPECT_TRUE(refused(PermissionSet::All(), RulePattern::Whole()));
  EXPECT_TRUE(
      refused(PermissionSet(Permission::kDebugAttach), RulePattern::Whole()));
  EXPECT_TRUE(
      refused(PermissionSet(Permission::kFsRead), RulePattern::Secret({"a"})));
  EXPECT_TRUE(
      refused(PermissionSet(Permission::kFsRead), RulePattern::Text("/\xff")));
  EXPECT_TRUE(
      refused(PermissionSet(Permission::kCodeLoad), RulePattern::Whole()));
  EXPECT_FALSE(
      refused(PermissionSet(Permission::kFsRead), RulePattern::Text("/a")));
  const PermissionSet connect(Permission::kNetConnect);
  EXPECT_TRUE(refused(PermissionSet::Parse("net").value(),
                      RulePattern::Text("a.test")));
  EXPECT_TRUE(refused(connect, RulePattern::Text("127.1")));
  EXPECT_TRUE(refused(connect, RulePattern::Secret({"a.test"})));
  EXPECT_TRUE(refused(PermissionSet(Permission::kNetResolve),
                      RulePattern::Resolving("a.test", {"@private"})));
  EXPECT_FALSE(refused(connect, RulePattern::Text("a.test")));
  EXPECT_FALSE(refused(connect, RulePattern::Whole()));
}

TEST(ManifestProtoTest, WritingRefusesWordsThatAreNone) {
  Manifest manifest;
  manifest.app = Principal::Parse("a").value();
  manifest.csp.emplace_back();
  EXPECT_FALSE(ManifestToText(manifest).ok()) << "no source";
  manifest.csp[0].word = "https://A.test";
  EXPECT_FALSE(ManifestToText(manifest).ok()) << "not canonical";
  manifest.csp[0].word = "https://a.test";
  EXPECT_TRUE(ManifestToText(manifest).ok());
  manifest.csp[0].reason = "\xff";
  EXPECT_FALSE(ManifestToText(manifest).ok()) << "no UTF-8";
}

}  // namespace
}  // namespace postern
