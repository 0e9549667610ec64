#include "permission/approval/manifest_proto.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

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
)";

std::string Describe(const Manifest& manifest) {
  std::string out =
      absl::StrCat(manifest.app.id(), " \"", manifest.title, "\"\n");
  for (const PermissionRequest& request : manifest.requests) {
    absl::StrAppend(&out, request.permissions.ToString(), " ",
                    request.pattern.ToString(), " (", request.reason, ")\n");
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
    {"net { host: \"a\" }", "f:2:1: section \"net\" is not supported yet"},
    {"title: \"\" process {}",
     "f:2:11: section \"process\" is not supported yet"},
    {"csp: 1", "f:2:1: section \"csp\" is not supported yet"},
    {"resources: [{}]", "f:2:1: section \"resources\" is not supported yet"},
    {"file {}",
     "f:2:1: unknown field \"file\" in Manifest, expected one of version, app, "
     "title, calls, modules, fs, env, secrets, devices, sys, code"},
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

TEST(ManifestProtoTest, ErrorsNameTheirPlace) {
  for (const Case& c : kBad) {
    SCOPED_TRACE(c.text);
    const auto manifest = ParseManifestText(absl::StrCat(kHead, c.text), "f");
    ASSERT_FALSE(manifest.ok());
    EXPECT_EQ(MessageOf(manifest), c.error);
  }
  EXPECT_EQ(MessageOf(ParseManifestText("app: \"a\"", "f")),
            "f:1:1: no \"version\", expected version 1");
  EXPECT_EQ(MessageOf(ParseManifestText("app: \"a\" version: 3", "f")),
            "f:1:19: version 3 is not supported, expected version 1");
  EXPECT_EQ(MessageOf(ParseManifestText("version: 1", "f")),
            "f:1:1: no \"app\", expected an app id");
  EXPECT_EQ(
      MessageOf(ParseManifestJson("{\"app\": \"a\",\n\"net\": null}", "f")),
      "f:2:1: section \"net\" is not supported yet");
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
      {"devices { path: \"/dev\" }", "a whole top-level or home directory"},
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
      {"secrets { key: \"**\" }", "not limited to any secret"},
      {"code { eval: true }", "not limited to any resource"},
      {"code { load: \"/usr/lib/x/y.so\" }", "native code is not held back"},
      {"fs { path: \"/proc/self/mem\" access: WRITE }",
       "writing to /proc can change any program's memory"},
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
        "secrets { key: [\"db\", \"**\"] }", "env { name: \"LC_*\" }"}) {
    EXPECT_EQ(MessageOf(ParseManifestText(absl::StrCat(kHead, narrow), "f")),
              "");
  }
}

TEST(ManifestProtoTest, LimitsAreSmall) {
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
}

}  // namespace
}  // namespace postern
