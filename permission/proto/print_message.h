#ifndef POSTERN_PERMISSION_PROTO_PRINT_MESSAGE_H_
#define POSTERN_PERMISSION_PROTO_PRINT_MESSAGE_H_

#include <string>

#include "google/protobuf/message.h"

namespace postern {

// `message` in protobuf's text format and in JSON (camelCase, two spaces
// indent), both ended by a line break and read back by ReadMessage(). Strings
// are UTF-8; control, bidi and zero-width characters are escaped.
std::string PrintText(const google::protobuf::Message& message);
std::string PrintJson(const google::protobuf::Message& message);

}  // namespace postern

#endif  // POSTERN_PERMISSION_PROTO_PRINT_MESSAGE_H_
