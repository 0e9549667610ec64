// A session beside a twin that is as simple as can be: random sequences of
// messages of both sides, and the same must come out of both.

#include <deque>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "bindings/mcp/session.h"
#include "gtest/gtest.h"
#include "rapidjson/document.h"
#include "tests/amount.h"
#include "tests/bindings/mcp/guest.h"

namespace postern {
namespace mcp {
namespace {

constexpr char kPolicy[] = R"(
  version: 1
  layers {
    name: "grants"
    rules { allow: "plugin.call" call { function: "t.none" no_args: true } }
    rules { allow: "plugin.call" call { function: "t.free" args: ["**"] } }
    rules { allow: "plugin.call" call { function: "client.roots.list" } }
  })";
constexpr size_t kMaxPending = 5;

enum class What { kPing, kList, kGranted, kDenied, kFree, kUnknown };
constexpr int kWhats = 6;

std::string RequestText(const std::string& id, What what) {
  const char* const kRests[] = {
      R"("ping")",
      R"("tools/list")",
      R"("tools/call","params":{"name":"none"})",
      R"("tools/call","params":{"name":"rm"})",
      R"("tools/call","params":{"name":"free","arguments":{"x":1}})",
      R"("no/such")",
  };
  return absl::StrCat(R"({"jsonrpc":"2.0","id":)", id, R"(,"method":)",
                      kRests[static_cast<int>(what)], "}");
}

// What matters of a message that comes out: "7 result", "3 tools/call".
std::string Summary(const rapidjson::Value& message) {
  if (message.IsArray()) {
    std::vector<std::string> parts;
    for (const auto& part : message.GetArray()) parts.push_back(Summary(part));
    return absl::StrCat("[", absl::StrJoin(parts, ","), "]");
  }
  std::string id = "-";
  if (message.HasMember("id")) {
    const auto& value = message["id"];
    id = value.IsNull()  ? "null"
         : value.IsInt() ? absl::StrCat(value.GetInt())
                         : value.GetString();
  }
  if (message.HasMember("method")) {
    std::string about;
    if (message["method"] == "notifications/cancelled") {
      const auto& value = message["params"]["requestId"];
      about = value.IsInt() ? absl::StrCat(" ", value.GetInt())
                            : absl::StrCat(" ", value.GetString());
    }
    return absl::StrCat(id, " ", message["method"].GetString(), about);
  }
  if (message.HasMember("error")) {
    return absl::StrCat(id, " error ", message["error"]["code"].GetInt());
  }
  return absl::StrCat(
      id, message["result"].HasMember("isError") ? " denied" : " result");
}

class Twin {
 public:
  std::vector<std::string> client, server;  // what each got

  void Request(const std::string& id, What what, int batch) {
    if (batch != 0) ++batches_[batch].open;
    if (open_.count(id) != 0) return Tell("null error -32600", batch);
    if (open_.size() >= kMaxPending) return Tell(id + " error -32003", batch);
    switch (what) {
      case What::kUnknown:
        return Tell(id + " error -32601", batch);
      case What::kPing:
        return Pass(id, "ping", what, batch);
      case What::kList:
        return Pass(id, "tools/list", what, batch);
      case What::kFree:
        if (!learnt_ && !asked_ && !done_) {
          asked_ = true;
          waits_[next_] = Wait{"", what, 0};
          server.push_back(absl::StrCat(next_++, " tools/list"));
        }
        break;
      case What::kGranted:
      case What::kDenied:
        break;
    }
    if (!asked_) return Decide(id, what, batch);
    open_[id] = 0;
    held_.push_back({id, what, batch});
  }

  void BeginBatch(int batch) { batches_[batch].open = 1; }
  void EndBatch(int batch) { One(batch); }

  void Cancel(const std::string& id) {
    const auto it = open_.find(id);
    if (it == open_.end()) return;
    const int number = it->second;
    open_.erase(it);
    if (number == 0) {
      for (size_t i = 0; i < held_.size(); ++i) {
        if (held_[i].id != id) continue;
        const int batch = held_[i].batch;
        held_.erase(held_.begin() + i);
        return One(batch);
      }
      return;
    }
    const int batch = waits_[number].batch;
    waits_.erase(number);
    server.push_back(absl::StrCat("- notifications/cancelled ", number));
    One(batch);
  }

  // `with_free`: the answer lists the tool "free".
  void Answer(int number, bool error, bool with_free) {
    const auto it = waits_.find(number);
    if (it == waits_.end()) return;
    const Wait wait = it->second;
    waits_.erase(it);
    const bool list = wait.what == What::kList || wait.id.empty();
    if (list && !error && with_free) learnt_ = true;
    if (!wait.id.empty()) {
      open_.erase(wait.id);
      return Tell(wait.id + (error ? " error -5" : " result"), wait.batch);
    }
    asked_ = false;
    done_ = true;
    std::deque<Held> held;
    held.swap(held_);
    for (const Held& one : held) open_.erase(one.id);
    for (const Held& one : held) Decide(one.id, one.what, one.batch);
  }

  void ServerRequest(const std::string& id, const std::string& method) {
    if (asking_.count(id) != 0) return server.push_back("null error -32600");
    if (asking_.size() >= kMaxPending)
      return server.push_back(id + " error -32003");
    if (method == "sampling/createMessage") {
      return server.push_back(id + " error -32601");
    }
    asking_.insert(id);
    client.push_back(absl::StrCat(id, " ", method));
  }
  void ServerCancel(const std::string& id) {
    if (asking_.erase(id) == 0) return;
    client.push_back("- notifications/cancelled " + id);
  }
  void ClientAnswer(const std::string& id) {
    if (asking_.erase(id) != 0) server.push_back(id + " result");
  }
  void ToolsChanged() {
    done_ = false;
    client.push_back("- notifications/tools/list_changed");
  }

 private:
  struct Wait {
    std::string id;  // "" = the proxy's own question
    What what;
    int batch;
  };
  struct Held {
    std::string id;
    What what;
    int batch;
  };
  struct Batch {
    int open = 0;
    std::vector<std::string> replies;
  };

  void Decide(const std::string& id, What what, int batch) {
    const bool granted =
        what == What::kGranted || (what == What::kFree && learnt_);
    if (granted) return Pass(id, "tools/call", what, batch);
    Tell(id + " denied", batch);
  }
  void Pass(const std::string& id, const std::string& method, What what,
            int batch) {
    open_[id] = next_;
    waits_[next_] = Wait{id, what, batch};
    server.push_back(absl::StrCat(next_++, " ", method));
  }
  void Tell(const std::string& text, int batch) {
    if (batch == 0) return client.push_back(text);
    batches_[batch].replies.push_back(text);
    One(batch);
  }
  void One(int batch) {
    if (batch == 0 || --batches_[batch].open > 0) return;
    if (!batches_[batch].replies.empty()) {
      client.push_back(
          absl::StrCat("[", absl::StrJoin(batches_[batch].replies, ","), "]"));
    }
    batches_.erase(batch);
  }

  int next_ = 2;  // 1 was "initialize"
  std::map<std::string, int> open_;
  std::map<int, Wait> waits_;
  std::deque<Held> held_;
  std::map<int, Batch> batches_;
  std::set<std::string> asking_;
  bool learnt_ = false, asked_ = false, done_ = false;
};

std::vector<std::string> Summaries(std::string* lines) {
  std::vector<std::string> summaries;
  for (const std::string& line : TakeLines(lines)) {
    rapidjson::Document document;
    document.Parse(line.data(), line.size());
    EXPECT_FALSE(document.HasParseError()) << line;
    if (!document.HasParseError()) summaries.push_back(Summary(document));
  }
  return summaries;
}

// One random walk; returns how many messages came out.
class Walk {
 public:
  Walk(postern_context* context, unsigned seed) : random_(seed) {
    SessionOptions options;
    options.server = "t";
    options.max_pending = kMaxPending;
    session_ = std::make_unique<Session>(context, options);
    session_->FromClient(
        R"({"jsonrpc":"2.0","id":"i","method":"initialize","params":{"capabilities":{}}})");
    session_->FromServer(
        R"({"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-03-26"}})");
    TakeLines(&session_->to_client);
    TakeLines(&session_->to_server);
  }

  size_t Run(int steps) {
    size_t count = 0;
    for (int i = 0; i < steps && !::testing::Test::HasFailure(); ++i) {
      Step();
      EXPECT_EQ(Summaries(&session_->to_client), twin_.client) << trace_;
      EXPECT_EQ(Summaries(&session_->to_server), twin_.server) << trace_;
      count += twin_.client.size() + twin_.server.size();
      twin_.client.clear();
      twin_.server.clear();
    }
    return count;
  }

 private:
  int Pick(int n) { return std::uniform_int_distribution<>(0, n - 1)(random_); }
  std::string Id() { return absl::StrCat(Pick(8)); }
  void FromClient(const std::string& line) {
    absl::StrAppend(&trace_, "c ", line, "\n");
    session_->FromClient(line);
  }
  void FromServer(const std::string& line) {
    absl::StrAppend(&trace_, "s ", line, "\n");
    session_->FromServer(line);
  }

  void Step() {
    switch (Pick(10)) {
      case 0:
      case 1:
      case 2:
        return OneRequest();
      case 3:
        return BatchOfRequests();
      case 4:
      case 5:
      case 6:
        return AnAnswer();
      case 7:
        return ACancel();
      case 8:
        return AServerRequest();
      case 9:
        return AChange();
    }
  }

  void OneRequest() {
    const std::string id = Id();
    const What what = static_cast<What>(Pick(kWhats));
    twin_.Request(id, what, 0);
    FromClient(RequestText(id, what));
  }
  void BatchOfRequests() {
    std::vector<std::string> texts;
    const int batch = ++batches_;
    twin_.BeginBatch(batch);
    for (int i = 1 + Pick(3); i > 0; --i) {
      const std::string id = Id();
      const What what = static_cast<What>(Pick(kWhats));
      twin_.Request(id, what, batch);
      texts.push_back(RequestText(id, what));
    }
    twin_.EndBatch(batch);
    FromClient(absl::StrCat("[", absl::StrJoin(texts, ","), "]"));
  }
  // Of the last few ids that went out, whether they wait or not.
  void AnAnswer() {
    static constexpr const char* kBodies[] = {
        R"("result":{"tools":[]})", R"("error":{"code":-5,"message":""})",
        R"("result":{"tools":[{"name":"free","inputSchema":{"properties":{"x":{}}}}]})"};
    const int number = 1 + Pick(highest_ += Pick(2));
    const int body = Pick(3);
    twin_.Answer(number, body == 1, body == 2);
    FromServer(absl::StrCat(R"({"jsonrpc":"2.0","id":)", number, ",",
                            kBodies[body], "}"));
  }
  void ACancel() {
    const std::string id = Id();
    const std::string text = absl::StrCat(
        R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)",
        id, "}}");
    if (Pick(2) == 0) {
      twin_.Cancel(id);
      FromClient(text);
    } else {
      twin_.ServerCancel(id);
      FromServer(text);
    }
  }
  void AServerRequest() {
    static constexpr const char* kMethods[] = {"ping", "roots/list",
                                               "sampling/createMessage"};
    const std::string id = Id();
    if (Pick(2) == 0) {
      const char* const method = kMethods[Pick(3)];
      twin_.ServerRequest(id, method);
      FromServer(absl::StrCat(R"({"jsonrpc":"2.0","id":)", id, R"(,"method":")",
                              method, "\"}"));
    } else {
      twin_.ClientAnswer(id);
      FromClient(
          absl::StrCat(R"({"jsonrpc":"2.0","id":)", id, R"(,"result":{}})"));
    }
  }
  void AChange() {
    // While tools are asked for, a change is heard of and changes nothing.
    twin_.ToolsChanged();
    FromServer(
        R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
  }

  std::mt19937 random_;
  Twin twin_;
  std::unique_ptr<Session> session_;
  int batches_ = 0;
  int highest_ = 2;
  std::string trace_;
};

TEST(SessionModelTest, RandomWalksGiveWhatTheTwinGives) {
  const ContextPtr context = ContextOf(kPolicy);
  ASSERT_NE(context, nullptr);
  size_t count = 0;
  const int64_t walks = postern::testing::AmountOf({800, 80, 20000});
  for (unsigned seed = 0; seed < walks && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    count += Walk(context.get(), seed).Run(60);
  }
  // Or the walks lead nowhere.
  EXPECT_GT(count, static_cast<size_t>(walks) * 25);
}

}  // namespace
}  // namespace mcp
}  // namespace postern
