#include <cstddef>

#include "absl/strings/str_cat.h"
#include "permission/proto/readers.h"
#include "rapidjson/memorystream.h"
#include "rapidjson/reader.h"

namespace postern {
namespace {

using Look = MessageFiller::Look;

// Hands the parser's events to the filler, with the place where each token
// begins: for most, the first byte after the last token that is neither white
// space nor a separator.
class Handler {
 public:
  Handler(absl::string_view input, const rapidjson::MemoryStream* stream,
          MessageFiller* filler)
      : input_(input), stream_(stream), filler_(filler) {}

  bool Null() { return Scalar(Look::kWord, "null"); }
  bool Bool(bool b) { return Scalar(Look::kWord, b ? "true" : "false"); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    return Scalar(Look::kNumber, absl::string_view(text, size));
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    return Scalar(Look::kString, absl::string_view(text, size));
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    return filler_->Field(absl::string_view(text, size), Begin());
  }
  bool StartObject() { return filler_->BeginMessage(Bracket()); }
  bool EndObject(rapidjson::SizeType) {
    Bracket();
    return filler_->EndMessage();
  }
  bool StartArray() { return filler_->BeginList(Bracket()); }
  bool EndArray(rapidjson::SizeType) { return filler_->EndList(Bracket()); }

  // Numbers come as text; the parser has no use for these.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(int64_t) { return false; }
  bool Uint64(uint64_t) { return false; }
  bool Double(double) { return false; }

 private:
  bool Scalar(Look look, absl::string_view text) {
    return filler_->Scalar(look, text, Begin());
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
  MessageFiller* const filler_;
  size_t end_of_last_ = 0;
};

absl::string_view Describe(rapidjson::ParseErrorCode code) {
  switch (code) {
    case rapidjson::kParseErrorNone:
    case rapidjson::kParseErrorTermination:
      return "unreadable JSON";
    case rapidjson::kParseErrorDocumentEmpty:
      return "empty file, expected fields in braces";
    case rapidjson::kParseErrorDocumentRootNotSingular:
      return "text after the end, expected nothing more";
    case rapidjson::kParseErrorValueInvalid:
      return "invalid value, expected JSON";
    case rapidjson::kParseErrorObjectMissName:
      return "expected the name of a field in double quotes";
    case rapidjson::kParseErrorObjectMissColon:
      return "expected \":\"";
    case rapidjson::kParseErrorObjectMissCommaOrCurlyBracket:
      return "expected \",\" or \"}\"";
    case rapidjson::kParseErrorArrayMissCommaOrSquareBracket:
      return "expected \",\" or \"]\"";
    case rapidjson::kParseErrorStringUnicodeEscapeInvalidHex:
      return "invalid escape, expected u and four hexadecimal digits";
    case rapidjson::kParseErrorStringUnicodeSurrogateInvalid:
      return "half of a surrogate pair, expected both";
    case rapidjson::kParseErrorStringEscapeInvalid:
      return "invalid escape or control character in a string, expected an "
             "escape of RFC 8259";
    case rapidjson::kParseErrorStringMissQuotationMark:
      return "unended string, expected a double quote";
    case rapidjson::kParseErrorStringInvalidEncoding:
      return "broken UTF-8, expected UTF-8";
    case rapidjson::kParseErrorNumberTooBig:
      return "number too big";
    case rapidjson::kParseErrorNumberMissFraction:
      return "expected digits after \".\"";
    case rapidjson::kParseErrorNumberMissExponent:
      return "expected digits in the exponent";
    case rapidjson::kParseErrorUnspecificSyntaxError:
      return "not JSON";
  }
  return "not JSON";
}

}  // namespace

bool ReadJson(absl::string_view input, MessageFiller* filler) {
  // Iterative: depth costs heap, and the filler ends it before that matters.
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag |
                              rapidjson::kParseValidateEncodingFlag |
                              rapidjson::kParseNumbersAsStringsFlag;
  rapidjson::MemoryStream stream(input.data(), input.size());
  Handler handler(input, &stream, filler);
  rapidjson::Reader reader;
  const rapidjson::ParseResult result = reader.Parse<kFlags>(stream, handler);
  if (!result) filler->Fail(result.Offset(), Describe(result.Code()));
  return !filler->failed();
}

}  // namespace postern
