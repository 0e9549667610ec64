#include "permission/proto/json_events.h"

namespace postern {
namespace internal {

absl::string_view DescribeJsonError(rapidjson::ParseErrorCode code) {
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

}  // namespace internal
}  // namespace postern
