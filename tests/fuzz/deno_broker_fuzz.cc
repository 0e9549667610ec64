// What Deno asks its broker: no crash, one line of JSON for an answer, and
// nothing is allowed that the policy does not grant.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "bindings/c/postern.h"
#include "bindings/deno/broker.h"
#include "rapidjson/document.h"
#include "tests/fuzz/require.h"

namespace {

constexpr char kPolicy[] = R"(
  version: 1
  layers {
    name: "grants"
    rules { allow: "fs.read" pattern: "/srv" }
    rules { allow: "env.read" pattern: "LANG" }
  })";

postern_context* NewContext() {
  postern_policy* policy = nullptr;
  postern_policy_from_text(kPolicy, sizeof(kPolicy) - 1, nullptr, &policy,
                           nullptr);
  postern_context_options options = {};
  options.struct_size = sizeof(options);
  postern_context* context = nullptr;
  postern_context_new(policy, &options, &context, nullptr, nullptr);
  postern_policy_free(policy);
  return context;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static postern_context* const kContext = NewContext();
  postern::deno::BrokerOptions options;
  options.look_up = [](const std::string&) {
    return std::vector<std::string>{"127.0.0.1"};
  };
  const postern::deno::Broker broker(kContext, options);
  postern::deno::AskingDeno deno;
  deno.directory = "/srv";
  deno.temporary = "/tmp";
  deno.real_name = [](const std::string& path) { return path; };
  const absl::string_view line(reinterpret_cast<const char*>(data), size);
  const absl::optional<std::string> answer = broker.Answer(line, deno);
  if (!answer) return 0;
  postern::Require(answer->find('\n') == answer->size() - 1, "one line");
  rapidjson::Document json;
  json.Parse(answer->data(), answer->size());
  postern::Require(!json.HasParseError() && json["id"].IsUint64(), "JSON");
  if (json["result"] == "deny") return 0;
  postern::Require(json["result"] == "allow", "one of two");
  rapidjson::Document asked;
  asked.Parse(line.data(), line.size());
  const std::string permission = asked["permission"].GetString();
  const std::string value = asked["value"].GetString();
  const bool granted =
      permission == "read" || (permission == "env" && value == "LANG");
  postern::Require(granted, "granted: " + std::string(line));
  return 0;
}
