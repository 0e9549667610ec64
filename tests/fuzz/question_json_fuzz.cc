// A question in JSON: no crash, one-line errors, and an id that is JSON.

#include <cstddef>
#include <cstdint>
#include <string>

#include "bindings/cli/question_json.h"
#include "rapidjson/document.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  std::string id = "left from before";
  const auto question = postern::cli::ParseJsonQuestion(input, &id);
  if (!question.ok()) {
    postern::Require(!question.status().message().empty(), "a message");
  } else {
    (void)question->asked->access();
  }
  if (id.empty()) return 0;
  rapidjson::Document json;
  json.Parse(id.c_str(), id.size());
  postern::Require(!json.HasParseError(), "the id is JSON");
  postern::Require(json.IsString() || json.IsInt64(), "of one of two kinds");
  return 0;
}
