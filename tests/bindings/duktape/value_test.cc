#include "bindings/duktape/value.h"

#include <string>

#include "absl/types/variant.h"
#include "gtest/gtest.h"

namespace postern {
namespace duktape {
namespace {

using host::PluginCalls;
using host::Value;

// What is read, written again; or why it is not read.
std::string ThereAndBack(const std::string& json) {
  PluginCalls::Arguments arguments;
  const char* const problem = ArgumentsFromJson(json, &arguments);
  if (problem != nullptr) return problem;
  std::string text = ToJson(Value::OfList(arguments.args));
  for (const host::NamedValue& named : arguments.named) {
    text += named.name + "=" + ToJson(named.value);
  }
  return text;
}

TEST(ValueTest, DataGoesThereAndBack) {
  for (const char* json :
       {"[]", "[null,true,false,1,-1,1.5,\"a\",[1,[2]],9007199254740993]",
        "[1,{\"a\":{\"b\":[]}}]", "[\"\\u0000\"]", "[{}]"}) {
    EXPECT_EQ(ThereAndBack(json), json);
  }
  EXPECT_EQ(ThereAndBack("[{\"b\":1,\"a\":2}]"), "[]a=2b=1");
}

TEST(ValueTest, WhatIsNoDataIsRefused) {
  EXPECT_EQ(ThereAndBack("[\"\\ud800\"]"), "an argument is no data");
  EXPECT_EQ(ThereAndBack("[\"\xED\xA0\xBD\"]"),
            "an argument has a lone surrogate");
  for (const char* json : {"", "1", "{}", "[1", "[1]]", "[NaN]", "[,]"}) {
    EXPECT_EQ(ThereAndBack(json), "an argument is no data") << json;
  }
  EXPECT_EQ(ThereAndBack(std::string(100000, '[')), "an argument is no data");
  EXPECT_EQ(ThereAndBack(std::string(1000, '[') + std::string(1000, ']')),
            "arguments are too deep");
  EXPECT_EQ(ThereAndBack("[\"" + std::string(2 << 20, 'a') + "\"]"),
            "arguments are too long");
  std::string many = "[0";
  for (int i = 0; i < 1000; ++i) many += ",0";
  EXPECT_EQ(ThereAndBack(many + "]"), "too many arguments");
}

}  // namespace
}  // namespace duktape
}  // namespace postern
