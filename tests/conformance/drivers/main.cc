// Reads attempts, has them made by the host that this is linked with, and
// prints the answers. ../README.md says how each line looks.

#include <cstdio>
#include <cstring>
#include <deque>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "rapidjson/document.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"
#include "tests/conformance/drivers/attempt.h"

namespace {

using rapidjson::Value;

// One line, and what an attempt of it borrows.
class Line {
 public:
  explicit Line(const Value& object) : object_(object) {}

  // "" if there is none. It is a list's or a number's own place otherwise.
  postern_bytes Text(const char* key) {
    const Value* value = Find(key);
    if (value == nullptr || !value->IsString()) return Keep("");
    return Keep(std::string(value->GetString(), value->GetStringLength()));
  }
  int64_t Number(const char* key) const {
    const Value* value = Find(key);
    return value != nullptr && value->IsInt64() ? value->GetInt64() : 0;
  }
  bool Has(const char* key) const { return Find(key) != nullptr; }
  std::vector<std::string> Texts(const char* key) const {
    std::vector<std::string> texts;
    const Value* value = Find(key);
    if (value == nullptr || !value->IsArray()) return texts;
    for (const Value& one : value->GetArray()) {
      texts.emplace_back(one.GetString(), one.GetStringLength());
    }
    return texts;
  }
  const Value* Find(const char* key) const {
    const auto member = object_.FindMember(key);
    return member == object_.MemberEnd() ? nullptr : &member->value;
  }
  postern_bytes Keep(std::string text) {
    kept_.push_back(std::move(text));
    return {kept_.back().data(), kept_.back().size()};
  }

 private:
  const Value& object_;
  std::deque<std::string> kept_;
};

std::string FromHex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(
        static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

struct Lists {
  std::vector<postern_bytes> argv;
  std::vector<postern_bytes> environment;
  std::vector<postern_arg> args;
  std::vector<postern_named_arg> named;
};

void ReadLists(Line& line, Lists* lists, attempt* a) {
  for (std::string& word : line.Texts("argv")) {
    lists->argv.push_back(line.Keep(std::move(word)));
  }
  for (std::string& word : line.Texts("args")) {
    lists->args.push_back({line.Keep(std::move(word)), 1});
  }
  if (const Value* env = line.Find("env")) {
    for (const auto& member : env->GetObject()) {
      lists->environment.push_back(
          line.Keep(std::string(member.name.GetString()) + "=" +
                    member.value.GetString()));
    }
  }
  if (const Value* named = line.Find("named")) {
    for (const auto& member : named->GetObject()) {
      lists->named.push_back({line.Keep(member.name.GetString()),
                              {line.Keep(member.value.GetString()), 1}});
    }
  }
  a->argv = lists->argv.data();
  a->argc = lists->argv.size();
  a->environment = lists->environment.data();
  a->environment_count = lists->environment.size();
  a->args = lists->args.data();
  a->arg_count = lists->args.size();
  a->named = lists->named.data();
  a->named_count = lists->named.size();
}

void ReadTexts(Line& line, attempt* a) {
  const struct {
    const char* key;
    postern_bytes* to;
  } texts[] = {{"op", &a->op},
               {"form", &a->form},
               {"path", &a->path},
               {"directory", &a->directory},
               {"to", &a->to},
               {"target", &a->target},
               {"text", &a->text},
               {"name", &a->name},
               {"value", &a->value},
               {"host", &a->host},
               {"abstract", &a->abstract},
               {"code", &a->code},
               {"cwd", &a->cwd},
               {"fact", &a->fact},
               {"function", &a->function},
               {"permission", &a->permission},
               {"resource", &a->resource},
               {"pid", &a->pid}};
  for (const auto& text : texts) *text.to = line.Text(text.key);
  if (line.Has("path_hex")) {
    const postern_bytes hex = line.Text("path_hex");
    a->path = line.Keep(FromHex(std::string(hex.data, hex.size)));
  }
}

void ReadNumbers(Line& line, attempt* a) {
  a->pid_number = line.Number("pid");
  a->size = line.Number("size");
  a->time_ms = line.Number("time_ms");
  a->mode = static_cast<uint32_t>(line.Number("mode"));
  a->user = static_cast<uint32_t>(line.Number("user"));
  a->group = static_cast<uint32_t>(line.Number("group"));
  a->port = static_cast<uint16_t>(line.Number("port"));
  a->signal = static_cast<int32_t>(line.Number("signal"));
  a->has_resource = line.Has("resource");
  a->in_worker = line.Has("in");
  for (const std::string& flag : line.Texts("flags")) {
    if (flag == "nofollow") a->nofollow = 1;
    if (flag == "w") a->for_writing = 1;
  }
}

void Print(const std::string& id, const answer& said) {
  static constexpr const char* kNames[] = {"denied", "granted", "error",
                                           "unseen"};
  // Bytes that are no text stand as they are in Latin-1.
  std::string detail;
  for (size_t i = 0; i < said.size; ++i) {
    const auto byte = static_cast<unsigned char>(said.detail[i]);
    if (byte >= 0x80) detail.push_back(static_cast<char>(0xc0 | byte >> 6));
    detail.push_back(
        static_cast<char>(byte >= 0x80 ? (byte & 0x3f) | 0x80 : byte));
  }
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  writer.StartObject();
  writer.Key("id");
  writer.String(id.data(), static_cast<rapidjson::SizeType>(id.size()));
  writer.Key("verdict");
  writer.String(kNames[said.verdict]);
  writer.Key("detail");
  writer.String(detail.data(), static_cast<rapidjson::SizeType>(detail.size()));
  writer.EndObject();
  std::puts(buffer.GetString());
}

bool TryLine(host* by, const std::string& text) {
  rapidjson::Document document;
  document.Parse(text.data(), text.size());
  if (document.HasParseError() || !document.IsObject()) return false;
  Line line(document);
  attempt made = {};
  Lists lists;
  ReadTexts(line, &made);
  ReadNumbers(line, &made);
  ReadLists(line, &lists, &made);
  if (const Value* drop = line.Find("drop")) {
    Line dropped(*drop);
    const auto keep = [&](const char* key) {
      const postern_bytes value = dropped.Text(key);
      return line.Keep(std::string(value.data, value.size));
    };
    made.drop_permission = keep("permission");
    made.drop_resource = keep("resource");
    made.drop_when_opened = dropped.Has("when");
  }
  answer said;
  host_try(by, &made, &said);
  const postern_bytes id = line.Text("id");
  Print(std::string(id.data, id.size), said);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: DRIVER ATTEMPTS_FILE WORLD_FOLDER\n";
    return 2;
  }
  const std::string world = argv[2];
  const std::string folder = world + "/app";
  host* const made =
      host_new((world + "/policy.textproto").c_str(), folder.c_str());
  if (made == nullptr) return 2;
  std::ifstream file(argv[1]);
  std::string line;
  bool read = file.good();
  while (read && std::getline(file, line)) read = TryLine(made, line);
  host_free(made);
  return read ? 0 : 2;
}
