#include <initializer_list>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bindings/mcp/session.h"
#include "permission/text/display.h"
#include "permission/text/json_writer.h"

namespace postern {
namespace mcp {
namespace {

using internal::QuoteForDisplay;
using rapidjson::Value;

constexpr size_t kMaxArguments = 1000;
constexpr size_t kMaxPages = 1000;
constexpr size_t kMaxCursorBytes = 4096;

const Value* Member(const Value* object, const char* name) {
  if (object == nullptr || !object->IsObject()) return nullptr;
  const auto it = object->FindMember(name);
  return it == object->MemberEnd() ? nullptr : &it->value;
}

// "" if there are no members but these: one that is not looked at here could
// mean something to the server.
std::string TroubleWith(const Value* params,
                        std::initializer_list<absl::string_view> known) {
  if (params == nullptr) return "no \"params\"";
  for (const auto& member : params->GetObject()) {
    bool found = false;
    for (const absl::string_view name : known) {
      found = found || name == TextOf(member.name);
    }
    if (found) continue;
    return absl::StrCat("unknown parameter ",
                        QuoteForDisplay(TextOf(member.name).substr(0, 64)));
  }
  return "";
}

host::Value ToValue(const Value& json) {
  return json.IsString() ? host::Value::Bytes(std::string(TextOf(json)))
                         : host::Value();
}

host::Value TextValue(const Value* object, const char* name) {
  const Value* const text = Member(object, name);
  return text == nullptr ? host::Value() : ToValue(*text);
}

std::string ToolError(absl::string_view text) {
  return WriteJsonObject([&](JsonWriter& json) {
    json.Key("content").Array([&] {
      json.Object([&] {
        json.Key("type").String("text");
        json.Key("text").String(text);
      });
    });
    json.Key("isError").Bool(true);
  });
}

// Takes the members away that `keep` does not want. Linear, whatever there is.
template <typename Keep>
void Retain(Value* object, rapidjson::Document* owner, Keep keep) {
  Value kept(rapidjson::kObjectType);
  for (auto& member : object->GetObject()) {
    if (!keep(TextOf(member.name))) continue;
    kept.AddMember(member.name, member.value, owner->GetAllocator());
  }
  *object = kept;
}

// The name of the list in an answer, null for other methods.
const char* ListName(ClientMethod method) {
  switch (method) {
    case ClientMethod::kListTools:
      return "tools";
    case ClientMethod::kListResources:
      return "resources";
    case ClientMethod::kListTemplates:
      return "resourceTemplates";
    case ClientMethod::kListPrompts:
      return "prompts";
    case ClientMethod::kUnknown:
    case ClientMethod::kInitialize:
    case ClientMethod::kPass:
    case ClientMethod::kCallTool:
    case ClientMethod::kReadResource:
    case ClientMethod::kGetPrompt:
    case ClientMethod::kComplete:
      break;
  }
  return nullptr;
}

}  // namespace

std::string Session::FunctionOf(absl::string_view name) const {
  return absl::StrCat(options_.server, ".", name);
}

// A tool that has the name of something else that rules know would be granted
// by rules that mean the other thing. It gets a name that no rule can have.
std::string Session::ToolOf(absl::string_view name) const {
  const bool taken = name == "resources.read" || name == "prompts.get" ||
                     name == "completion.complete";
  return FunctionOf(taken ? absl::StrCat("tool/", name) : std::string(name));
}

// ---- The beginning ----

// The server hears only of what it may ask the client for.
void Session::Initialize(const Message& message, uint64_t batch) {
  const Value* const given = message.Params();
  const Value* const has = Member(given, "capabilities");
  if (has == nullptr || !has->IsObject()) {
    return ReplyError(message.id, batch, kInvalidParams,
                      "expected \"capabilities\"");
  }
  if (initialized_ || batch != 0) {
    return ReplyError(message.id, batch, kInvalidRequest,
                      "a session begins once, and not in a batch");
  }
  initialized_ = true;
  rapidjson::Document params;
  params.CopyFrom(*given, params.GetAllocator());
  Retain(&params["capabilities"], &params, [this](absl::string_view name) {
    for (const ServerMethod& row : ServerMethods()) {
      Call call;
      call.function = row.function;
      if (name == row.capability) return gate_.MayCall(call);
    }
    return false;
  });
  Forward(message, ClientMethod::kInitialize, batch, ToJson(params));
}

std::string Session::InitializeResult(const Message& message,
                                      std::string* problem) {
  rapidjson::Document result;
  result.CopyFrom(*message.Result(), result.GetAllocator());
  const Value* const version = FindString(result, "protocolVersion");
  if (version == nullptr || !IsKnownVersion(TextOf(*version))) {
    *problem = "the server speaks a revision of the protocol that is not known";
    return "";
  }
  version_ = std::string(TextOf(*version));
  const auto has = result.FindMember("capabilities");
  if (has != result.MemberEnd() && has->value.IsObject()) {
    Retain(&has->value, &result, IsServerCapability);
  }
  return ToJson(result);
}

// ---- Tools ----

void Session::CallTool(const Message& message, uint64_t batch) {
  const Value* const params = message.Params();
  std::string trouble = TroubleWith(params, {"name", "arguments", "_meta"});
  const Value* const arguments = Member(params, "arguments");
  if (trouble.empty() && FindString(*params, "name") == nullptr) {
    trouble = "\"name\": expected a string";
  } else if (trouble.empty() && arguments != nullptr &&
             (!arguments->IsObject() ||
              arguments->MemberCount() > kMaxArguments)) {
    trouble = "\"arguments\": expected an object with not too many members";
  }
  if (!trouble.empty()) {
    return ReplyError(message.id, batch, kInvalidParams, trouble);
  }
  const bool unknown =
      arguments != nullptr && !arguments->ObjectEmpty() &&
      tools_.Find(ToolOf(TextOf(*FindString(*params, "name")))) == nullptr;
  if (unknown && learning_ == Learning::kNotYet) AskForTools("");
  // Calls stay in their order.
  if (learning_ != Learning::kAsked) return DecideTool(message, batch);
  Hold(message, batch);
}

void Session::Hold(const Message& message, uint64_t batch) {
  std::string text = CallText(message.method, message.id, message.params);
  if (text.size() > options_.max_held_bytes - held_bytes_) {
    return ReplyError(message.id, batch, kTooMany,
                      "too much waits until the tools are known");
  }
  held_bytes_ += text.size();
  by_client_[message.id] = 0;
  held_.push_back(Held{std::move(text), message.id, batch});
}

void Session::ReleaseHeld() {
  std::deque<Held> held;
  held.swap(held_);
  held_bytes_ = 0;
  for (const Held& one : held) {
    by_client_.erase(one.id);
    const Message message = ReadMessage(one.text, Author::kClient);
    if (message.kind == MessageKind::kRequest) {
      DecideTool(message, one.batch);
    } else {
      ReplyError(one.id, one.batch, kInternalError, message.problem);
    }
  }
}

Call Session::MakeToolCall(const std::string& function,
                           const Value* arguments) const {
  Call call;
  call.function = function;
  if (arguments == nullptr) return call;
  for (const auto& argument : arguments->GetObject()) {
    call.named.push_back(host::NamedValue{std::string(TextOf(argument.name)),
                                          ToValue(argument.value)});
  }
  const std::vector<std::string>* const parameters = tools_.Find(function);
  if (parameters != nullptr &&
      host::BindByName(*parameters, call.named, &call.args)) {
    call.named.clear();
  }
  return call;
}

// The parameters with the names of files in them that were judged: relative
// ones might start elsewhere for the server.
std::string Session::WithPaths(const Message& message, const Verdict& verdict,
                               const std::string& function) const {
  const std::vector<std::string>& parameters = *tools_.Find(function);
  rapidjson::Document params;
  params.CopyFrom(*message.Params(), params.GetAllocator());
  for (const auto& path : verdict.paths) {
    // A position beyond is one of a rest, which has no name.
    if (path.first >= parameters.size()) continue;
    const auto it =
        params["arguments"].FindMember(parameters[path.first].c_str());
    if (it == params["arguments"].MemberEnd()) continue;
    it->value.SetString(path.second.data(),
                        static_cast<rapidjson::SizeType>(path.second.size()),
                        params.GetAllocator());
  }
  return ToJson(params);
}

Verdict Session::Enforce(const Call& call) {
  deciding_ = call.json;
  Verdict verdict = gate_.Enforce(call);
  deciding_ = "";
  if (!verdict.granted || !options_.recorded || options_.recorded()) {
    return verdict;
  }
  verdict = Verdict();
  verdict.message = "denied: the audit log cannot be written";
  return verdict;
}

void Session::DecideTool(const Message& message, uint64_t batch) {
  const Value* const params = message.Params();
  const absl::string_view name = TextOf(*FindString(*params, "name"));
  const std::string function = ToolOf(name);
  Call call = MakeToolCall(function, Member(params, "arguments"));
  call.json = message.params;
  const Verdict verdict = Enforce(call);
  if (verdict.granted) {
    return Forward(message, ClientMethod::kCallTool, batch,
                   verdict.paths.empty()
                       ? message.params
                       : WithPaths(message, verdict, function));
  }
  if (verdict.concealed) {
    return ReplyError(
        message.id, batch, kInvalidParams,
        absl::StrCat("Unknown tool: ", internal::EscapeForDisplay(name)));
  }
  Reply(message.id, batch, "result", ToolError(verdict.message));
}

// ---- What else can be called ----

void Session::Decide(const Message& message, uint64_t batch,
                     const char* function, std::vector<host::Value> args) {
  Call call;
  call.function = FunctionOf(function);
  call.args = std::move(args);
  call.json = message.params;
  const Verdict verdict = Enforce(call);
  // A rule took for a file's name what is none.
  if (verdict.granted && verdict.paths.empty()) {
    return Forward(message, ClientMethod::kPass, batch, message.params);
  }
  if (verdict.concealed) {
    return ReplyError(message.id, batch, kResourceNotFound, "does not exist");
  }
  ReplyError(message.id, batch, kDenied,
             verdict.granted ? "denied: no rule for paths fits here"
                             : verdict.message);
}

void Session::ReadResource(const Message& message, uint64_t batch) {
  const Value* const params = message.Params();
  const std::string trouble = TroubleWith(params, {"uri", "_meta"});
  if (!trouble.empty()) {
    return ReplyError(message.id, batch, kInvalidParams, trouble);
  }
  Decide(message, batch, "resources.read", {TextValue(params, "uri")});
}

void Session::GetPrompt(const Message& message, uint64_t batch) {
  const Value* const params = message.Params();
  const std::string trouble =
      TroubleWith(params, {"name", "arguments", "_meta"});
  if (!trouble.empty()) {
    return ReplyError(message.id, batch, kInvalidParams, trouble);
  }
  std::vector<host::Value> args = {TextValue(params, "name")};
  if (params->HasMember("arguments")) args.emplace_back();
  Decide(message, batch, "prompts.get", std::move(args));
}

void Session::Complete(const Message& message, uint64_t batch) {
  const Value* const params = message.Params();
  const std::string trouble =
      TroubleWith(params, {"ref", "argument", "context", "_meta"});
  if (!trouble.empty()) {
    return ReplyError(message.id, batch, kInvalidParams, trouble);
  }
  const Value* const ref = Member(params, "ref");
  const Value* const argument = Member(params, "argument");
  const bool is_resource = Member(ref, "uri") != nullptr;
  // Of both, nobody knows which one the server takes.
  const host::Value about = is_resource && Member(ref, "name") != nullptr
                                ? host::Value()
                                : TextValue(ref, is_resource ? "uri" : "name");
  Decide(message, batch, "completion.complete",
         {about, TextValue(argument, "name"), TextValue(argument, "value")});
}

// ---- What is listed ----

std::string Session::Result(ClientMethod method, const Message& message,
                            std::string* problem) {
  if (method == ClientMethod::kInitialize) {
    return InitializeResult(message, problem);
  }
  return ListName(method) != nullptr ? Filtered(method, message, problem)
                                     : std::string(message.body);
}

// A page may be empty afterwards, and the next one not.
std::string Session::Filtered(ClientMethod method, const Message& message,
                              std::string* problem) {
  rapidjson::Document result;
  result.CopyFrom(*message.Result(), result.GetAllocator());
  const auto list = result.FindMember(ListName(method));
  if (list == result.MemberEnd() || !list->value.IsArray()) {
    *problem = "the server's answer has no list";
    return "";
  }
  if (method == ClientMethod::kListTools) LearnTools(result);
  Value kept(rapidjson::kArrayType);
  std::set<std::string> names;
  for (Value& item : list->value.GetArray()) {
    if (!IsListed(method, item)) continue;
    // Of two tools with one name, nobody knows which one is called.
    if (method == ClientMethod::kListTools &&
        !names.emplace(TextOf(item["name"])).second) {
      continue;
    }
    kept.PushBack(item, result.GetAllocator());
  }
  list->value = kept;
  // A client that takes "Tools" for "tools" would see what was taken out.
  Retain(&result, &result, [&](absl::string_view name) {
    return name == ListName(method) || name == "nextCursor" || name == "_meta";
  });
  return ToJson(result);
}

bool Session::IsListed(ClientMethod method, const Value& item) {
  const bool by_uri = method == ClientMethod::kListResources;
  const Value* const key =
      item.IsObject() ? FindString(item, by_uri ? "uri" : "name") : nullptr;
  if (key == nullptr) return false;
  if (method == ClientMethod::kListTools) {
    return gate_.MayCallSomehow(ToolOf(TextOf(*key)));
  }
  if (method == ClientMethod::kListTemplates) {
    return gate_.MayCallSomehow(FunctionOf("resources.read"));
  }
  Call call;
  call.function = FunctionOf(by_uri ? "resources.read" : "prompts.get");
  call.args.push_back(ToValue(*key));
  if (gate_.MayCall(call)) return true;
  if (by_uri) return false;
  call.args.emplace_back();  // with arguments
  return gate_.MayCall(call);
}

void Session::LearnTools(const Value& result) {
  const Value* const tools = Member(&result, "tools");
  if (tools == nullptr || !tools->IsArray()) return;
  for (const Value& tool : tools->GetArray()) {
    const Value* const name =
        tool.IsObject() ? FindString(tool, "name") : nullptr;
    if (name != nullptr) tools_.Learn(ToolOf(TextOf(*name)), tool);
  }
}

void Session::AskForTools(absl::string_view cursor) {
  if (learning_ != Learning::kAsked) pages_ = 0;
  learning_ = Learning::kAsked;
  ++pages_;
  const uint64_t id = next_id_++;
  pending_[id].own = true;
  const std::string params = WriteJsonObject([&](JsonWriter& json) {
    if (!cursor.empty()) json.Key("cursor").String(cursor);
  });
  absl::StrAppend(&to_server, CallText("tools/list", absl::StrCat(id), params),
                  "\n");
}

// Whatever the answer is, calls go on: with what is known by then.
void Session::ToolsAnswered(const Message& message) {
  const Value* const result = message.Result();
  if (message.kind == MessageKind::kResult) {
    LearnTools(*result);
    const Value* const cursor = FindString(*result, "nextCursor");
    if (cursor != nullptr && pages_ < kMaxPages &&
        cursor->GetStringLength() <= kMaxCursorBytes &&
        cursor->GetStringLength() > 0) {
      return AskForTools(TextOf(*cursor));
    }
  }
  learning_ = Learning::kDone;
  ReleaseHeld();
}

}  // namespace mcp
}  // namespace postern
