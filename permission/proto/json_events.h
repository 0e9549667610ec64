#ifndef POSTERN_PERMISSION_PROTO_JSON_EVENTS_H_
#define POSTERN_PERMISSION_PROTO_JSON_EVENTS_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "rapidjson/memorystream.h"
#include "rapidjson/reader.h"

namespace postern {
namespace internal {

// Hands the parser's events to a sink that is called as MessageFiller is, with
// the place where each token begins: for most, the first byte after the last
// token that is neither white space nor a separator.
template <typename Sink>
class JsonHandler {
 public:
  JsonHandler(absl::string_view input, const rapidjson::MemoryStream* stream,
              Sink* sink)
      : input_(input), stream_(stream), sink_(sink) {}

  bool Null() { return Scalar(Look::kWord, "null"); }
  bool Bool(bool b) { return Scalar(Look::kWord, b ? "true" : "false"); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    return Scalar(Look::kNumber, absl::string_view(text, size));
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    return Scalar(Look::kString, absl::string_view(text, size));
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    return sink_->Field(absl::string_view(text, size), Begin());
  }
  bool StartObject() { return sink_->BeginMessage(Bracket()); }
  bool EndObject(rapidjson::SizeType) {
    Bracket();
    return sink_->EndMessage();
  }
  bool StartArray() { return sink_->BeginList(Bracket()); }
  bool EndArray(rapidjson::SizeType) { return sink_->EndList(Bracket()); }

  // Numbers come as text; the parser has no use for these.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(int64_t) { return false; }
  bool Uint64(uint64_t) { return false; }
  bool Double(double) { return false; }

 private:
  using Look = typename Sink::Look;

  bool Scalar(Look look, absl::string_view text) {
    return sink_->Scalar(look, text, Begin());
  }

  // Where the string, number or word that was just read begins.
  size_t Begin() {
    const size_t at = input_.find_first_not_of(" \t\r\n,:", end_of_last_);
    end_of_last_ = stream_->Tell();
    return at;
  }

  // Where the bracket or brace is that will be read next: the parser tells of
  // them before it takes them.
  size_t Bracket() {
    const size_t at = stream_->Tell();
    end_of_last_ = at + 1;
    return at;
  }

  absl::string_view input_;
  const rapidjson::MemoryStream* const stream_;
  Sink* const sink_;
  size_t end_of_last_ = 0;
};

// What is wrong with the input, for a person.
absl::string_view DescribeJsonError(rapidjson::ParseErrorCode code);

// Tells `sink` what `input`, JSON (RFC 8259) in UTF-8, says, in order; false
// after the first problem, its own or the sink's. Linear; depth costs heap, and
// the sink ends it.
template <typename Sink>
bool ReadJsonEvents(absl::string_view input, Sink* sink) {
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag |
                              rapidjson::kParseValidateEncodingFlag |
                              rapidjson::kParseNumbersAsStringsFlag;
  rapidjson::MemoryStream stream(input.data(), input.size());
  JsonHandler<Sink> handler(input, &stream, sink);
  rapidjson::Reader reader;
  const rapidjson::ParseResult result =
      reader.template Parse<kFlags>(stream, handler);
  if (!result) sink->Fail(result.Offset(), DescribeJsonError(result.Code()));
  return !sink->failed();
}

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_PROTO_JSON_EVENTS_H_
