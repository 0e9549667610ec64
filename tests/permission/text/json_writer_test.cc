#include "permission/text/json_writer.h"

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "fs/base/utf8.h"
#include "gtest/gtest.h"
#include "permission/text/display.h"
#include "rapidjson/document.h"

namespace postern {
namespace {

std::string Quoted(absl::string_view text) {
  return WriteJsonObject([&](JsonWriter& json) { json.Key("k").String(text); });
}

TEST(JsonWriterTest, WritesEveryKindOfValue) {
  EXPECT_EQ(WriteJsonObject([](JsonWriter& json) {
              json.Key("a").Array([&] {
                json.Integer(1).Bool(true).String("x");
                json.Object([] {});
                json.Array([] {});
              });
              json.Key("b").Object([&] { json.Key("c").Bool(false); });
            }),
            "{\"a\":[1,true,\"x\",{},[]],\"b\":{\"c\":false}}");
  EXPECT_EQ(WriteJsonObject([](JsonWriter&) {}), "{}");
}

// CVE-2023-28446, CVE-2024-27936: what a person is shown is what there is.
TEST(JsonWriterTest, NothingThatIsShownDeceives) {
  const struct {
    absl::string_view text;
    const char* want;
  } kCases[] = {
      {"a\"b\\", "a\\\"b\\\\"},
      {absl::string_view("\0\x1b[1m\n", 6), "\\u0000\\u001b[1m\\n"},
      {"\x7f", "\\u007f"},
      {"\xc2\x9b", "\\u009b"},                 // C1 control
      {"\xe2\x80\xae", "\\u202e"},             // right-to-left override
      {"\xe2\x80\x8b", "\\u200b"},             // zero width space
      {"\xef\xbb\xbf", "\\ufeff"},             // byte order mark
      {"\xe2\x81\xa6", "\\u2066"},             // isolate
      {"\xc2\xa0", "\\u00a0"},                 // no-break space
      {"\xf3\xa0\x80\xa1", "\\udb40\\udc21"},  // tag
      {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
      {"\xc3\xa4", "\xc3\xa4"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Quoted(c.text), "{\"k\":\"" + std::string(c.want) + "\"}");
  }
}

TEST(JsonWriterTest, EscapesEveryHiddenCharacter) {
  for (uint32_t c = 0; c <= 0x10ffff; ++c) {
    if (c >= 0xd800 && c <= 0xdfff) continue;
    std::string text;
    fs::AppendUtf8(c, &text);
    const std::string json = Quoted(text);
    const bool raw = json.find(text, 6) == 6 && c != '"' && c != '\\';
    ASSERT_EQ(raw, !internal::IsHiddenCharacter(c) && c != '"' && c != '\\')
        << json;
  }
}

TEST(JsonWriterTest, WhatIsWrittenReadsBack) {
  const std::string text = "a\"b\\c\n\xe2\x80\xae\xf3\xa0\x80\xa1 \xc3\xa4";
  rapidjson::Document json;
  json.Parse(Quoted(text).c_str());
  ASSERT_FALSE(json.HasParseError());
  EXPECT_EQ(json["k"].GetString(), text);
}

TEST(JsonWriterTest, IndentsEachLevel) {
  EXPECT_EQ(WriteIndentedJsonObject([](JsonWriter& json) {
              json.Key("a").Array([&] {
                json.Object([&] { json.Key("b").Null().Key("c").Number(0.5); });
                json.Object([] {}).Array([] {}).Raw("{\"d\":1}");
              });
            }),
            "{\n"
            "  \"a\": [\n"
            "    {\n"
            "      \"b\": null,\n"
            "      \"c\": 0.5\n"
            "    },\n"
            "    {},\n"
            "    [],\n"
            "    {\"d\":1}\n"
            "  ]\n"
            "}\n");
  EXPECT_EQ(WriteIndentedJsonObject([](JsonWriter&) {}), "{}\n");
}

TEST(JsonWriterTest, BytesThatAreNoTextAreKept) {
  EXPECT_EQ(Quoted("\xc3\xa4\xff"),
            "{\"k\":\"\\u00c3\\u00a4\\u00ff\",\"encoding\":\"latin1\"}");
  for (absl::string_view bad :
       {"\x80", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc3",
        "\xe2\x80", "\xf0\x80\x80\xaf"}) {
    EXPECT_NE(Quoted(bad).find("latin1"), std::string::npos);
  }
}

}  // namespace
}  // namespace postern
