// What Deno's permission broker is answered.

#include "bindings/deno/broker.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "bindings/deno/broker_server.h"
#include "gtest/gtest.h"

namespace postern {
namespace deno {
namespace {

constexpr char kPolicy[] = R"(
  version: 1
  base_directory: "/srv"
  layers {
    name: "grants"
    rules { allow: "fs.read" pattern: "/srv/app" }
    rules { deny: "fs.read" pattern: "/srv/app/keys" }
    rules { allow: "fs.write" pattern: "/tmp" }
    rules { allow: "fs.write" pattern: "/srv/app/<TMP>" }
    rules { allow: "net.connect" pattern: "api.example.com:443" }
    rules { allow: "net.connect" pattern: "inside.example.com:443" }
    rules { allow: "net.connect" pattern: "10.0.0.1:80" }
    rules { allow: "net.listen" pattern: "127.0.0.1:8000" }
    rules { allow: "env.read" pattern: "LANG" }
    rules { allow: "process.spawn" pattern: "/usr/bin/du **" }
    rules { allow: "process.spawn" pattern: "/usr/bin/df -h" }
    rules { allow: "process.spawn" pattern: "/usr/bin/id *" }
    rules { allow: "sys.info" pattern: "hostname" }
    rules { allow: "code.load" pattern: "/srv/app/lib" }
    rules { allow: "code.import" pattern: "https://deno.land/*" }
    rules { allow: "code.import" pattern: "https://part.example/v1/*" }
  })";

struct FreeContext {
  void operator()(postern_context* c) const { postern_context_free(c); }
};

class BrokerTest : public ::testing::Test {
 protected:
  BrokerTest() {
    postern_policy* policy = nullptr;
    postern_policy_from_text(kPolicy, sizeof(kPolicy) - 1, nullptr, &policy,
                             nullptr);
    EXPECT_NE(policy, nullptr);
    postern_context_options options = {};
    options.struct_size = sizeof(options);
    postern_context* context = nullptr;
    postern_context_new(policy, &options, &context, nullptr, nullptr);
    postern_policy_free(policy);
    context_.reset(context);
    BrokerOptions how;
    how.look_up = [this](const std::string& host) {
      looked_up_.push_back(host);
      return host == "api.example.com"
                 ? std::vector<std::string>{"93.184.216.34", "2606:4700::1"}
             : host == "inside.example.com"
                 ? std::vector<std::string>{"93.184.216.34", "127.0.0.1"}
                 : std::vector<std::string>();
    };
    how.recorded = [this] { return recorded_; };
    broker_ = std::make_unique<Broker>(context_.get(), how);
    deno_.directory = "/srv/app";
    deno_.temporary = "/tmp";
    deno_.program_folders = {"/usr/bin"};
    deno_.denied_names = [](const std::string& path) {
      return path == "/srv/app/alias"
                 ? std::vector<std::string>{"/srv/app/alias", "/srv/app/keys/a"}
                 : std::vector<std::string>();
    };
    deno_.real_name = [](const std::string& path) {
      if (path == "/srv/app/out") return std::string("/etc/shadow");
      if (path == "/srv/app/lost") return std::string();
      return path;
    };
  }

  std::string Answer(const std::string& line) {
    return broker_->Answer(line, deno_).value_or("(closed)");
  }
  bool Allows(const std::string& permission, const std::string& value) {
    const std::string answer = Answer(
        absl::StrCat(R"({"v":1,"pid":1,"id":5,"datetime":"x","permission":")",
                     permission, R"(","value":)", value, "}"));
    EXPECT_TRUE(absl::StartsWith(answer, R"({"id":5,"result":")")) << answer;
    EXPECT_EQ(answer.back(), '\n');
    return absl::StrContains(answer, R"("result":"allow")");
  }

  std::unique_ptr<postern_context, FreeContext> context_;
  std::unique_ptr<Broker> broker_;
  AskingDeno deno_;
  bool recorded_ = true;
  std::vector<std::string> looked_up_;
};

TEST_F(BrokerTest, EachPermissionMeansOneOfOurs) {
  const struct {
    const char* permission;
    const char* value;
    bool allowed;
    const char* why;
  } kCases[] = {
      {"read", R"("/srv/app/a")", true, "granted"},
      {"read", R"("a")", true, "from the working directory on"},
      {"read", R"("./x/../a")", true, "settled in the text, as Deno does"},
      {"read", R"("../a")", false, "out of it"},
      {"read", R"("/srv/app/../secret")", false, "path traversal"},
      {"read", R"("keys/k")", false, "denied inside of what is granted"},
      {"read", R"("/srv/app/out")", false, "a link that leads out"},
      {"read", R"("/srv/app/alias")", false,
       "a file that is denied by another name"},
      {"read", R"("/srv/app/lost")", false,
       "a link that leads nobody knows where"},
      {"read", R"("/srv/app/a\u0000b")", false, "a NUL"},
      {"read", R"("")", false, "no name"},
      {"read", "null", false, "everything"},
      {"write", R"("/srv/app/a")", false, "another permission"},
      {"write", R"("<TMP>")", true,
       "granted as a file and as what it stands for"},
      {"read", R"("<TMP>")", false, "granted as a file alone"},
      {"write", R"("<CWD>")", false, "a place that is not known"},
      {"net", R"("api.example.com:443")", true, "a name, on public addresses"},
      {"net", R"("api.example.com:80")", false, "another port"},
      {"net", R"("inside.example.com:443")", false,
       "one address is inside (SSRF)"},
      {"net", R"("10.0.0.1:80")", true, "an address"},
      {"net", R"("127.0.0.1:8000")", true, "granted to listen"},
      {"net", R"("0x7f.1:8000")", false, "no strict address"},
      {"net", R"("unix:/run/x")", false, "a unix socket"},
      {"net", "null", false, "everything"},
      {"env", R"("LANG")", true, ""},
      {"env", R"("lang")", false, "names have case"},
      {"env", "null", false, "everything"},
      {"run", R"("/usr/bin/du")", true, "with any arguments"},
      {"run", R"("du")", true, "found as Deno finds it"},
      {"run", R"("/usr/bin/df")", false, "granted with one argument only"},
      {"run", R"("/usr/bin/id")", false, "granted with one of any kind"},
      {"run", R"("./du")", false, "another program"},
      {"run", "null", false, "any program"},
      {"sys", R"("hostname")", true, ""},
      {"sys", R"("umask")", false, "no fact that rules know"},
      {"ffi", R"("/srv/app/lib/x.so")", true, ""},
      {"ffi", R"("/srv/app/x.so")", false, ""},
      {"ffi", "null", false, "memory by number"},
      {"import", R"("deno.land:443")", true, "all that is there"},
      {"import", R"("deno.land:80")", false, "without TLS"},
      {"import", R"("deno.land:8443")", false, "by one of two schemes"},
      {"import", R"("deno.land/x:443")", false, "no host"},
      {"import", R"("deno.land")", false, "no port"},
      {"import", R"("deno.land/@evil.example:443")", false, "no host"},
      {"import", R"("deno.land/:443")", false, "no host"},
      {"import", R"("part.example:443")", false,
       "some of it, and which is not told"},
      {"hrtime", R"("x")", false, "a permission that is not known"},
      {"Read", R"("/srv/app/a")", false, "names have case"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Allows(c.permission, c.value), c.allowed)
        << c.permission << " " << c.value << ": " << c.why;
  }
}

TEST_F(BrokerTest, NoPacketLeavesForANameThatIsNotGranted) {
  EXPECT_FALSE(Allows("net", R"("evil.example.com:443")"));
  EXPECT_TRUE(looked_up_.empty());
}

TEST_F(BrokerTest, ADenialByAnotherNameDoesNotTellIt) {
  const std::string answer = Answer(
      R"({"v":1,"pid":1,"id":5,"datetime":"x","permission":"read","value":"/srv/app/alias"})");
  EXPECT_TRUE(absl::StrContains(answer, "another name")) << answer;
  EXPECT_FALSE(absl::StrContains(answer, "keys")) << answer;
}

TEST_F(BrokerTest, ADenialSaysWhatWouldAllowIt) {
  const std::string answer = Answer(
      R"({"v":1,"pid":1,"id":5,"datetime":"x","permission":"env","value":"HOME"})");
  EXPECT_TRUE(absl::StrContains(answer, "env.read HOME")) << answer;
}

TEST_F(BrokerTest, WhatIsNotUnderstoodIsDenied) {
  const char* const kDenied[] = {
      R"({"v":2,"pid":1,"id":5,"datetime":"x","permission":"env","value":"LANG"})",
      R"({"v":"1","pid":1,"id":5,"datetime":"x","permission":"env","value":"LANG"})",
      R"({"pid":1,"id":5,"datetime":"x","permission":"env","value":"LANG"})",
      R"({"v":1,"id":5,"permission":"env","value":["LANG"]})",
      R"({"v":1,"id":5,"permission":"env"})",
      R"({"v":1,"id":5,"value":"LANG"})",
      R"({"v":1,"id":5,"permission":["env"],"value":"LANG"})",
      R"({"v":1,"id":5,"permission":"env","value":"HOME","value":"LANG"})",
      R"({"v":1,"id":5,"permission":"env","value":"LANG","api":"x"})",
      R"({"v":1,"id":5,"datetime":"x","permission":"env","value":"LANG"})",
      R"({"v":1,"pid":{},"id":5,"datetime":"x","permission":"env","value":"LANG"})",
      R"({"v":1,"pid":-1,"id":5,"datetime":"x","permission":"env","value":"LANG"})",
      R"({"v":1,"pid":1,"id":5,"permission":"env","value":"LANG"})",
      R"({"v":1,"pid":1,"id":5,"datetime":7,"permission":"env","value":"LANG"})",
      R"({"v":1,"pid":1,"id":5,"datetime":"x","permission":"env","value":"\udc80"})",
      R"({"v":1,"pid":1,"id":5,"datetime":"x","permission":"\udc80","value":null})",
  };
  for (const char* line : kDenied) {
    EXPECT_TRUE(absl::StartsWith(Answer(line), R"({"id":5,"result":"deny")"))
        << line;
  }
  for (const char* line :
       {"", "{", "7", "[]", R"({"v":1})", R"({"id":-1})", R"({"id":"5"})",
        R"({"id":1e400})", R"({"id":18446744073709551616})", "\xff"}) {
    EXPECT_EQ(Answer(line), "(closed)") << line;
  }
  const std::string good =
      R"({"v":1,"pid":1,"id":5,"datetime":"x","permission":"env","value":"LANG"})";
  EXPECT_EQ(Answer(good), "{\"id\":5,\"result\":\"allow\"}\n");
  EXPECT_EQ(Answer(absl::StrCat(good, std::string(1, '\0'), good)), "(closed)");
  EXPECT_EQ(Answer("\xef\xbb\xbf" + good), "(closed)");
}

TEST_F(BrokerTest, WithoutAWorkingDirectoryRelativeNamesAreDenied) {
  deno_.directory = "";
  EXPECT_FALSE(Allows("read", R"("a")"));
  EXPECT_TRUE(Allows("read", R"("/srv/app/a")"));
}

TEST_F(BrokerTest, TheBrokersOwnFilesAreForNoScript) {
  EXPECT_TRUE(Allows("write", R"("/tmp/run/broker")"));
  deno_.own_folder = "/tmp/run";
  for (const char* path : {R"("/tmp/run")", R"("/tmp/run/broker")",
                           R"("/tmp/x/../run/cache/a")"}) {
    EXPECT_FALSE(Allows("write", path)) << path;
  }
  EXPECT_TRUE(Allows("write", R"("/tmp/run2")"));
}

TEST_F(BrokerTest, NothingIsGrantedThatCannotBeWrittenDown) {
  recorded_ = false;
  EXPECT_FALSE(Allows("env", R"("LANG")"));
}

// A listening socket, and a client at it.
TEST_F(BrokerTest, LinesInPiecesAreAnsweredAndNonsenseEndsAConnection) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  // An abstract name that the kernel chooses (unix(7), autobind).
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address),
                 sizeof(sa_family_t)),
            0);
  ASSERT_EQ(listen(listener, 4), 0);
  socklen_t size = sizeof(address);
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  const int client = socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(connect(client, reinterpret_cast<sockaddr*>(&address), size), 0);
  BrokerServer server(broker_.get(), listener, deno_);
  server.Turn({});
  const std::string line =
      R"({"v":1,"pid":1,"id":5,"datetime":"x","permission":"env","value":"LANG"})"
      "\n";
  ASSERT_EQ(write(client, line.data(), 9), 9);
  server.Turn({});
  ASSERT_GT(write(client, line.data() + 9, line.size() - 9), 0);
  server.Turn({});
  char answer[100];
  EXPECT_EQ(std::string(answer, read(client, answer, sizeof(answer))),
            "{\"id\":5,\"result\":\"allow\"}\n");
  ASSERT_EQ(write(client, "{}\n", 3), 3);
  server.Turn({});
  EXPECT_EQ(read(client, answer, sizeof(answer)), 0);
  close(client);
  close(listener);
}

}  // namespace
}  // namespace deno
}  // namespace postern
