#include "bindings/c/json_writer.h"

#include "gtest/gtest.h"

namespace postern {
namespace c {
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
      {absl::string_view("\0\x1b[1m\n", 6), "\\u0000\\u001b[1m\\u000a"},
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
}  // namespace c
}  // namespace postern
