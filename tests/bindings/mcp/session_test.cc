// What passes the proxy for the Model Context Protocol, and as what.

#include "bindings/mcp/session.h"

#include <ctime>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bindings/mcp/relay.h"
#include "gtest/gtest.h"
#include "tests/bindings/mcp/guest.h"

namespace postern {
namespace mcp {
namespace {

constexpr char kPolicy[] = R"(
  version: 1
  layers {
    name: "grants"
    rules { allow: "plugin.call" call { function: "t.read" args: ["path:/srv"] further_args: true } }
    rules { allow: "plugin.call" call { function: "t.say" args: ["hello"] } }
    rules { allow: "plugin.call" call { function: "t.free" args: ["**"] } }
    rules { allow: "plugin.call" call { function: "t.none" no_args: true } }
    rules { allow: "plugin.call" call { function: "t.resources.read" args: ["note:{a,b}"] } }
    rules { allow: "plugin.call" call { function: "t.prompts.get" args: ["greet", "**"] } }
    rules { allow: "plugin.call" call { function: "client.roots.list" } }
  }
  layers {
    name: "hidden"
    default: ALLOW
    deny_as: NOT_FOUND
    rules { deny: "plugin.call" call { function: "t.secret" } }
  })";

// Both sides of a session, spoken for by hand.
class SessionTest : public ::testing::Test {
 protected:
  SessionTest() : context_(ContextOf(kPolicy)) {
    EXPECT_NE(context_, nullptr);
    Restart({});
  }

  void Restart(Signatures signatures) {
    SessionOptions options;
    options.server = "t";
    options.signatures = std::move(signatures);
    options.note = [this](const std::string& text) { notes_.push_back(text); };
    session_ = std::make_unique<Session>(context_.get(), options);
  }

  std::string ToServer() {
    return absl::StrJoin(TakeLines(&session_->to_server), "\n");
  }
  std::string ToClient() {
    return absl::StrJoin(TakeLines(&session_->to_client), "\n");
  }
  // What the client gets at once, and the server.
  std::string Client(const std::string& line) {
    session_->FromClient(line);
    return ToClient();
  }
  std::string Server(const std::string& line) {
    session_->FromServer(line);
    return ToClient();
  }

  void Begin(const std::string& version) {
    Client(absl::StrCat(
        R"({"jsonrpc":"2.0","id":"i","method":"initialize","params":{"protocolVersion":")",
        version,
        R"(","capabilities":{"sampling":{},"roots":{"listChanged":true},"tasks":{}}}})"));
    ToServer();
    Server(
        absl::StrCat(R"({"jsonrpc":"2.0","id":1,"result":{"protocolVersion":")",
                     version, R"(","capabilities":{"tools":{},"tasks":{}}}})"));
  }

  static std::string Call(const std::string& tool, const std::string& arguments,
                          const std::string& id = "7") {
    return absl::StrCat(R"({"jsonrpc":"2.0","id":)", id,
                        R"(,"method":"tools/call","params":{"name":")", tool,
                        R"(","arguments":)", arguments, "}}");
  }

  ContextPtr context_;
  std::vector<std::string> notes_;
  std::unique_ptr<Session> session_;
};

TEST_F(SessionTest, ArgumentsByNameAreJudgedByThePolicysOrder) {
  Restart({{"t.say", {"text", "to"}}});
  EXPECT_EQ(Client(Call("say", R"({"text":"hello"})")), "");
  EXPECT_EQ(
      ToServer(),
      R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"say","arguments":{"text":"hello"}}})");
  const struct {
    const char* arguments;
    const char* why;
  } kDenied[] = {
      {R"({"text":"bye"})", "another text"},
      {R"({"to":"hello"})", "the right text as another argument"},
      {R"({"text":"hello","to":"all"})", "one more"},
      {R"({"text":["hello"]})", "no text"},
      {R"({"Text":"hello"})", "a name that differs in case"},
      {R"({"text":"hello","x":1})", "a name that nobody declared"},
      {R"({"text":"hello\u0000"})", "a NUL"},
  };
  for (const auto& c : kDenied) {
    SCOPED_TRACE(c.why);
    const std::string reply = Client(Call("say", c.arguments, "8"));
    EXPECT_TRUE(absl::StrContains(reply, "\"isError\":true")) << reply;
    EXPECT_TRUE(absl::StrContains(reply, "plugin.call t.say")) << reply;
    EXPECT_EQ(ToServer(), "");
  }
}

TEST_F(SessionTest, ADenialSaysWhatWouldAllowIt) {
  Restart({{"t.say", {"text"}}});
  const std::string reply = Client(Call("say", R"({"text":"bye"})"));
  EXPECT_TRUE(absl::StrContains(reply, R"(expected \"hello\")")) << reply;
}

TEST_F(SessionTest, WithoutAnOrderTheServerIsAskedAndCallsWait) {
  EXPECT_EQ(Client(Call("say", R"({"text":"hello"})")), "");
  EXPECT_EQ(ToServer(),
            R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}})");
  // Another call does not overtake it.
  EXPECT_EQ(Client(Call("none", "{}", "8")), "");
  EXPECT_EQ(ToServer(), "");
  Server(
      R"({"jsonrpc":"2.0","id":1,"result":{"tools":[],"nextCursor":"p\"2"}})");
  EXPECT_EQ(
      ToServer(),
      R"({"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"cursor":"p\"2"}})");
  Server(
      R"({"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"say","inputSchema":{"properties":{"text":{}}}}]}})");
  EXPECT_EQ(
      ToServer(),
      R"({"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"say","arguments":{"text":"hello"}}})"
      "\n"
      R"({"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"none","arguments":{}}})");
}

TEST_F(SessionTest, AToolThatIsDescribedOtherwiseLaterIsUsedNoMore) {
  const auto list = [&](int id, const std::string& properties) {
    Client(R"({"jsonrpc":"2.0","id":0,"method":"tools/list"})");
    Server(absl::StrCat(
        R"({"jsonrpc":"2.0","id":)", id,
        R"(,"result":{"tools":[{"name":"say","inputSchema":{"properties":)",
        properties, "}}]}}"));
    ToServer();
  };
  list(1, R"({"text":{},"to":{}})");
  EXPECT_EQ(Client(Call("say", R"({"text":"hello"})")), "");
  ToServer();
  list(3, R"({"to":{},"text":{}})");
  // It is not asked for again: the server said both.
  session_->FromClient(Call("say", R"({"to":"hello"})", "9"));
  Server(R"({"jsonrpc":"2.0","id":4,"result":{"tools":[]}})");
  EXPECT_FALSE(absl::StrContains(ToServer(), "tools/call"));
}

TEST_F(SessionTest, PathsGoOnAsTheyWereJudged) {
  Restart({{"t.read", {"path", "head"}}});
  EXPECT_EQ(Client(Call("read", R"({"path":"a/../b","head":1e2})")), "");
  EXPECT_TRUE(absl::StrContains(ToServer(), R"("path":"/srv/b")"));
  for (const char* path : {"../etc/passwd", "/etc/passwd", "/srv/../etc"}) {
    EXPECT_TRUE(absl::StrContains(
        Client(Call("read", absl::StrCat("{\"path\":\"", path, "\"}"), "8")),
        "isError"))
        << path;
    EXPECT_EQ(ToServer(), "");
  }
}

TEST_F(SessionTest, NumbersPassAsTheyWereWritten) {
  Restart({{"t.free", {"n"}}});
  const std::string n = "[1.0,1E5,123456789012345678901234567890,-0]";
  EXPECT_EQ(Client(Call("free", absl::StrCat("{\"n\":", n, "}"))), "");
  EXPECT_TRUE(absl::StrContains(ToServer(), n));
}

TEST_F(SessionTest, OnlyWhatIsGrantedIsListed) {
  Client(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
  EXPECT_EQ(
      Server(
          R"({"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"rm"},{"name":"say"},{"name":"say"},{"name":"secret"},{"name":7},{"name":"a/b"},{"name":"none"}],"nextCursor":"x"}})"),
      R"({"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"say"},{"name":"none"}],"nextCursor":"x"}})");
  Client(R"({"jsonrpc":"2.0","id":1,"method":"resources/list"})");
  EXPECT_EQ(
      Server(
          R"({"jsonrpc":"2.0","id":2,"result":{"resources":[{"uri":"note:a"},{"uri":"note:c"},{"uri":1}]}})"),
      R"({"jsonrpc":"2.0","id":1,"result":{"resources":[{"uri":"note:a"}]}})");
  Client(R"({"jsonrpc":"2.0","id":1,"method":"prompts/list"})");
  EXPECT_EQ(
      Server(
          R"({"jsonrpc":"2.0","id":3,"result":{"prompts":[{"name":"greet"},{"name":"x"}]}})"),
      R"({"jsonrpc":"2.0","id":1,"result":{"prompts":[{"name":"greet"}]}})");
  Client(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
  EXPECT_TRUE(absl::StrContains(
      Server(R"({"jsonrpc":"2.0","id":4,"result":{"tool":[]}})"), "-32603"));
}

TEST_F(SessionTest, ResourcesAndPromptsNeedRules) {
  const auto ask = [&](const std::string& method, const std::string& params) {
    const std::string reply =
        Client(absl::StrCat(R"({"jsonrpc":"2.0","id":5,"method":")", method,
                            "\",\"params\":", params, "}"));
    const std::string passed = ToServer();
    Client(
        R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}})");
    ToServer();
    return passed.empty() ? reply : "passed";
  };
  EXPECT_EQ(ask("resources/read", R"({"uri":"note:a"})"), "passed");
  EXPECT_EQ(ask("resources/subscribe", R"({"uri":"note:b"})"), "passed");
  EXPECT_EQ(ask("prompts/get", R"({"name":"greet","arguments":{"x":"y"}})"),
            "passed");
  for (
      const auto& c : std::vector<std::pair<const char*, const char*>>{
          {"resources/read", R"({"uri":"file:///etc/shadow"})"},
          {"resources/subscribe", R"({"uri":"note:c"})"},
          {"prompts/get", R"({"name":"x"})"},
          {"completion/complete",
           R"({"ref":{"type":"ref/prompt","name":"greet"},"argument":{"name":"a","value":"b"}})"}}) {
    EXPECT_TRUE(absl::StrContains(ask(c.first, c.second), "-32001")) << c.first;
  }
  EXPECT_TRUE(absl::StrContains(
      ask("resources/read", R"({"uri":"note:a","as":"root"})"), "-32602"));
}

// A server might call one so, to be granted by a rule for the other.
TEST_F(SessionTest, AToolIsNoResourceByItsName) {
  Restart({{"t.resources.read", {"uri"}}});
  Client(Call("resources.read", R"({"uri":"note:a"})"));
  EXPECT_TRUE(absl::StrContains(ToServer(), "tools/list"));
  EXPECT_TRUE(absl::StrContains(
      Server(
          R"({"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"resources.read","inputSchema":{"properties":{"uri":{}}}}]}})"),
      "isError"));
  EXPECT_EQ(ToServer(), "");
}

TEST_F(SessionTest, WhatIsConcealedDoesNotExist) {
  EXPECT_EQ(
      Client(Call("secret", "{}")),
      R"({"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"Unknown tool: secret"}})");
}

TEST_F(SessionTest, TheServerHearsOnlyOfWhatItMayAskFor) {
  Client(
      R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{"sampling":{},"roots":{},"x":{}}}})");
  EXPECT_EQ(
      ToServer(),
      R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{"roots":{}}}})");
  EXPECT_EQ(Server(R"({"jsonrpc":"2.0","id":"r","method":"roots/list"})"),
            R"({"jsonrpc":"2.0","id":"r","method":"roots/list"})");
  EXPECT_EQ(
      Server(
          R"({"jsonrpc":"2.0","id":2,"method":"sampling/createMessage","params":{}})"),
      "");
  EXPECT_EQ(Server(R"({"jsonrpc":"2.0","id":3,"method":"shell/run"})"), "");
  EXPECT_TRUE(absl::StrContains(ToServer(), "-32601"));
  // One answer, to a question that was asked.
  Client(R"({"jsonrpc":"2.0","id":2,"result":{"x":1}})");
  EXPECT_EQ(ToServer(), "");
  Client(R"({"jsonrpc":"2.0","id":"r","result":{"roots":[]}})");
  EXPECT_EQ(ToServer(), R"({"jsonrpc":"2.0","id":"r","result":{"roots":[]}})");
  Client(R"({"jsonrpc":"2.0","id":"r","result":{"roots":[]}})");
  EXPECT_EQ(ToServer(), "");
}

TEST_F(SessionTest, ManyCapabilitiesCostNoMoreThanTheirNumber) {
  const auto seconds = [this](int count) {
    Restart({});
    std::string many;
    for (int i = 0; i < count; ++i) absl::StrAppend(&many, "\"c", i, "\":{},");
    const std::clock_t begin = std::clock();  // of this process alone
    Client(absl::StrCat(
        R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{)",
        many, R"("roots":{}}}})"));
    EXPECT_TRUE(absl::EndsWith(ToServer(), R"("capabilities":{"roots":{}}}})"));
    return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  };
  const double few = seconds(25000);
  // Eight times as many. Quadratic, it was about sixty times as long.
  EXPECT_LT(seconds(200000), 30 * few);
}

TEST_F(SessionTest, AListHasNoOtherMembers) {
  Client(R"({"jsonrpc":"2.0","id":0,"method":"tools/list"})");
  const std::string reply = Server(
      R"({"jsonrpc":"2.0","id":1,"result":{"tools":[],"Tools":[{"name":"rm"}],"nextCursor":"2"}})");
  EXPECT_EQ(
      reply,
      R"({"jsonrpc":"2.0","id":0,"result":{"tools":[],"nextCursor":"2"}})");
}

TEST_F(SessionTest, AnUnknownRevisionIsNoSession) {
  Client(
      R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2031-01-01","capabilities":{}}})");
  EXPECT_TRUE(absl::StrContains(
      Server(
          R"({"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2031-01-01","capabilities":{}}})"),
      "-32603"));
}

// None of these reaches the server.
TEST_F(SessionTest, BrokenMessagesAreAnsweredByTheBook) {
  Begin("2025-06-18");
  const struct {
    const char* line;
    const char* id;
    int code;
  } kCases[] = {
      {"{", "null", -32700},
      {"7", "null", -32600},
      {"nonsense", "null", -32700},
      {"\xff", "null", -32700},
      {R"({"jsonrpc":"2.0","id":1,"method":"ping","x":"\ud800"})", "null",
       -32700},
      {R"({"jsonrpc":"2.0","id":1,"method":"ping","x":"\udc80"})", "null",
       -32700},
      {R"({"jsonrpc":"2.0","id":1,"method":"ping","params":{"\udc80":1}})",
       "null", -32700},
      {R"({"id":1,"method":"ping"})", "1", -32600},
      {R"({"jsonrpc":"1.0","id":1,"method":"ping"})", "1", -32600},
      {R"({"jsonrpc":"2.0","id":null,"method":"ping"})", "null", -32600},
      {R"({"jsonrpc":"2.0","id":1.5,"method":"ping"})", "null", -32600},
      {R"({"jsonrpc":"2.0","id":[1],"method":"ping"})", "null", -32600},
      {R"({"jsonrpc":"2.0","id":1,"method":7})", "1", -32600},
      {R"({"jsonrpc":"2.0","id":1,"method":"ping","params":[]})", "1", -32602},
      {R"({"jsonrpc":"2.0","id":1,"method":"ping","result":{}})", "1", -32600},
      {R"({"jsonrpc":"2.0","id":1,"method":"ping","extra":{}})", "1", -32600},
      {R"({"jsonrpc":"2.0","id":1,"method":"tasks/list"})", "1", -32601},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call"})", "1", -32602},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":7}})",
       "1", -32602},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"none","arguments":[]}})",
       "1", -32602},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"none","task":{}}})",
       "1", -32602},
      {R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}})",
       "1", -32600},
      {"[]", "null", -32600},
      {R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])", "null", -32600},
      // A name twice, also for readers that do not look at case.
      {R"({"jsonrpc":"2.0","id":1,"id":2,"method":"ping"})", "null", -32700},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"none","name":"rm"}})",
       "null", -32700},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"none","Name":"rm"}})",
       "null", -32700},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"free","arguments":{"key":"a","\u212aEY":"b"}}})",
       "null", -32700},
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"free","arguments":{"a":{"b":1,"b":2}}}})",
       "null", -32700},
  };
  const std::string ping = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";
  EXPECT_TRUE(absl::StrContains(
      Client(absl::StrCat(ping, std::string(1, '\0'), ping)), "NUL"));
  for (const auto& c : kCases) {
    const std::string reply = Client(c.line);
    EXPECT_TRUE(absl::StartsWith(
        reply, absl::StrCat(R"({"jsonrpc":"2.0","id":)", c.id,
                            R"(,"error":{"code":)", c.code, ",")))
        << c.line << "\n"
        << reply;
    EXPECT_EQ(ToServer(), "") << c.line;
  }
  const std::string deep =
      absl::StrCat(R"({"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":)",
                   std::string(100000, '['));
  EXPECT_TRUE(absl::StrContains(Client(deep), "levels deep"));
}

TEST_F(SessionTest, HalfOfACharacterReachesNobody) {
  const std::string reply =
      Client(Call("say", R"({"text":"a"})", R"("\udc80")"));
  EXPECT_TRUE(absl::StrContains(reply, "surrogate")) << reply;
  EXPECT_EQ(ToServer(), "");
  EXPECT_EQ(Server(R"({"jsonrpc":"2.0","id":"\udc80","method":"roots/list"})"),
            "");
  EXPECT_EQ(notes_.size(), 1u);
}

TEST_F(SessionTest, ACarriageReturnMakesNoMessageOfItsOwn) {
  Restart({{"t.free", {"x"}}});
  const std::string inner =
      R"({"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"rm","arguments":{}}})";
  Client(Call("free", absl::StrCat("{\"x\":\r", inner, "\r}")));
  const std::string passed = ToServer();
  EXPECT_TRUE(absl::StrContains(passed, inner));
  EXPECT_FALSE(absl::StrContains(passed, "\r"));
}

TEST_F(SessionTest, AnIdThatWaitsIsNotTakenTwice) {
  Client(R"({"jsonrpc":"2.0","id":1,"method":"ping"})");
  ToServer();
  for (const char* line : {R"({"jsonrpc":"2.0","id":1,"method":"ping"})",
                           R"({"jsonrpc":"2.0","id":1,"method":7})"}) {
    const std::string reply = Client(line);
    EXPECT_TRUE(
        absl::StartsWith(reply, R"({"jsonrpc":"2.0","id":null,"error")"))
        << reply;
    EXPECT_EQ(ToServer(), "");
  }
  // "1" is another one than 1.
  Client(R"({"jsonrpc":"2.0","id":"1","method":"ping"})");
  EXPECT_NE(ToServer(), "");
  EXPECT_EQ(Server(R"({"jsonrpc":"2.0","id":2,"result":{}})"),
            R"({"jsonrpc":"2.0","id":"1","result":{}})");
  EXPECT_EQ(Server(R"({"jsonrpc":"2.0","id":1,"result":{}})"),
            R"({"jsonrpc":"2.0","id":1,"result":{}})");
  EXPECT_EQ(session_->pending(), 0u);
}

TEST_F(SessionTest, AnswersThatNobodyWaitsForAreDropped) {
  Client(R"({"jsonrpc":"2.0","id":1,"method":"ping"})");
  ToServer();
  for (const char* id : {"2", "\"1\"", "01", "1.0", "-1", "null", "0"}) {
    EXPECT_EQ(Server(absl::StrCat(R"({"jsonrpc":"2.0","id":)", id,
                                  R"(,"result":{}})")),
              "")
        << id;
  }
  EXPECT_EQ(notes_.size(), 7u);
  EXPECT_EQ(session_->pending(), 1u);
}

TEST_F(SessionTest, ACancelledCallIsForgotten) {
  Restart({{"t.free", {"x"}}});
  const std::string cancel =
      R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7,"reason":"r"}})";
  Client(Call("free", R"({"x":1})"));
  ToServer();
  EXPECT_EQ(Client(cancel), "");
  EXPECT_EQ(
      ToServer(),
      R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"reason":"r"}})");
  EXPECT_EQ(Server(R"({"jsonrpc":"2.0","id":1,"result":{}})"), "");
  EXPECT_EQ(Client(cancel), "");
  EXPECT_EQ(ToServer(), "");
  // One that waits for the tools never reaches the server.
  Restart({});
  Client(Call("free", R"({"x":1})"));
  ToServer();
  Client(cancel);
  Server(R"({"jsonrpc":"2.0","id":1,"result":{"tools":[]}})");
  EXPECT_EQ(ToServer(), "");
  EXPECT_EQ(ToClient(), "");
}

TEST_F(SessionTest, ABatchIsAnsweredAsOne) {
  Begin("2025-03-26");
  EXPECT_EQ(
      Client(
          R"([{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"notifications/initialized"},{"jsonrpc":"2.0","id":2,"method":"x"},{"jsonrpc":"2.0","id":3,"method":"ping"},9])"),
      "");
  EXPECT_EQ(ToServer(),
            R"({"jsonrpc":"2.0","id":2,"method":"ping"})"
            "\n"
            R"({"jsonrpc":"2.0","method":"notifications/initialized"})"
            "\n"
            R"({"jsonrpc":"2.0","id":3,"method":"ping"})");
  EXPECT_EQ(
      Server(
          R"([{"jsonrpc":"2.0","id":3,"result":{}},{"jsonrpc":"2.0","method":"notifications/message","params":{}}])"),
      R"({"jsonrpc":"2.0","method":"notifications/message","params":{}})");
  const std::string all = Server(R"({"jsonrpc":"2.0","id":2,"result":{}})");
  EXPECT_TRUE(absl::StartsWith(all, "[{")) << all;
  for (const char* part : {R"("id":1,"result")", R"("id":2,"error")",
                           R"("id":3,"result")", R"("id":null,"error")"}) {
    EXPECT_TRUE(absl::StrContains(all, part)) << all;
  }
}

TEST_F(SessionTest, TheEndOfTheServerAnswersWhatWaits) {
  Client(R"({"jsonrpc":"2.0","id":1,"method":"ping"})");
  Client(Call("free", R"({"x":1})", "2"));
  session_->ServerEnded();
  const std::vector<std::string> lines = TakeLines(&session_->to_client);
  ASSERT_EQ(lines.size(), 2u);
  for (const std::string& line : lines) {
    EXPECT_TRUE(absl::StrContains(line, "-32000")) << line;
  }
  EXPECT_TRUE(absl::StrContains(
      Client(R"({"jsonrpc":"2.0","id":3,"method":"ping"})"), "-32000"));
}

// A person who says yes once, and what was shown by then.
struct Person {
  Session* session = nullptr;
  std::vector<std::string> shown;
  int64_t deadline_unix_ns = 0;

  static void Ask(void* self, const postern_question* question,
                  postern_answer* answer) {
    Person* const person = static_cast<Person*>(self);
    person->shown.emplace_back(person->session->deciding());
    person->deadline_unix_ns = question->deadline_unix_ns;
    postern_answer_set(answer, POSTERN_ALLOW, POSTERN_SINGLE, 0);
  }
};

class AskingSessionTest : public SessionTest {
 protected:
  AskingSessionTest() {
    constexpr char kAsks[] = R"(
      version: 1
      layers {
        name: "asks"
        rules { ask: "plugin.call" call { function: "t.set" args: ["**"] } }
        rules { ask: "plugin.call" call { function: "t.stop" no_args: true } }
        rules { ask: "plugin.call" call { function: "t.resources.read" args: ["note:a"] } }
      })";
    context_ = ContextOf(kAsks, &Person::Ask, &person_);
    Restart({{"t.set", {"n"}}});
    person_.session = session_.get();
  }

  Person person_;
};

TEST_F(AskingSessionTest, APersonIsShownWhatWouldPass) {
  const absl::Time begin = absl::Now();
  EXPECT_EQ(Client(Call("set", R"({"n":[1e3]})")), "");
  EXPECT_TRUE(absl::StrContains(ToServer(), R"({"n":[1e3]})"));
  EXPECT_EQ(person_.shown, std::vector<std::string>(
                               {R"({"name":"set","arguments":{"n":[1e3]}})"}));
  // Nobody looks at the message after the question.
  EXPECT_EQ(session_->deciding(), "");
  const absl::Duration left =
      absl::FromUnixNanos(person_.deadline_unix_ns) - begin;
  EXPECT_GE(left, absl::Seconds(60));
  EXPECT_LT(left, absl::Seconds(90));
  Client(Call("set", R"({"n":[1e3]})", "8"));
  EXPECT_EQ(person_.shown.size(), 2u) << "an answer is for one call";
  EXPECT_TRUE(absl::StrContains(Client(Call("wipe", "{}", "9")), "isError"));
  EXPECT_EQ(person_.shown.size(), 2u) << "what is denied asks nobody";
}

TEST_F(AskingSessionTest, WhatAPersonMayAllowIsListedWithoutAsking) {
  Client(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
  EXPECT_EQ(
      Server(
          R"({"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"set"},{"name":"stop"},{"name":"wipe"}]}})"),
      R"({"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"set"},{"name":"stop"}]}})");
  Client(R"({"jsonrpc":"2.0","id":1,"method":"resources/list"})");
  EXPECT_EQ(
      Server(
          R"({"jsonrpc":"2.0","id":2,"result":{"resources":[{"uri":"note:a"},{"uri":"note:b"}]}})"),
      R"({"jsonrpc":"2.0","id":1,"result":{"resources":[{"uri":"note:a"}]}})");
  EXPECT_TRUE(person_.shown.empty());
}

TEST_F(SessionTest, NothingIsGrantedThatCannotBeWrittenDown) {
  bool recorded = true;
  SessionOptions options;
  options.server = "t";
  options.recorded = [&] { return recorded; };
  session_ = std::make_unique<Session>(context_.get(), options);
  Client(Call("none", "{}", "1"));
  EXPECT_NE(ToServer(), "");
  recorded = false;
  EXPECT_TRUE(absl::StrContains(Client(Call("none", "{}", "2")), "audit log"));
  EXPECT_EQ(ToServer(), "");
}

TEST_F(SessionTest, TablesHaveBounds) {
  for (int i = 0; i < 1500; ++i) {
    Client(
        absl::StrCat(R"({"jsonrpc":"2.0","id":)", i, R"(,"method":"ping"})"));
    Server(
        absl::StrCat(R"({"jsonrpc":"2.0","id":)", i, R"(,"method":"ping"})"));
  }
  EXPECT_EQ(session_->pending(), 1000u);
  EXPECT_TRUE(absl::StrContains(
      Client(R"({"jsonrpc":"2.0","id":"x","method":"ping"})"), "-32003"));
}

TEST(LineSplitterTest, LongLinesAreToldAndNotKept) {
  LineSplitter splitter(4);
  std::vector<std::string> lines;
  const auto take = [&](const std::string& text) {
    splitter.Take(
        text, [&](const std::string& line) { lines.push_back(line); },
        [&] { lines.push_back("(too long)"); });
  };
  take("ab");
  take("cd\n\nabcde\nx");
  take(std::string(100, 'y'));
  take("\nend");
  EXPECT_EQ(absl::StrJoin(lines, "|"), "abcd||(too long)|(too long)");
  splitter.Finish([&](const std::string& line) { lines.push_back(line); },
                  [] {});
  EXPECT_EQ(lines.back(), "end");
}

}  // namespace
}  // namespace mcp
}  // namespace postern
