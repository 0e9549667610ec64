#ifndef POSTERN_PERMISSION_PROTO_TEXT_TREE_H_
#define POSTERN_PERMISSION_PROTO_TEXT_TREE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace postern {

// protobuf's text format with its comments, as it is written: for who changes
// its layout. A value type.
struct TextNode {
  enum class Kind : unsigned char {
    kComment,  // `text`, on a line of its own
    kScalar,   // `text`: a string, a number, a word
    kMessage,  // `children` are comments and fields
    kList,     // `children` are comments and values without a name
  };
  Kind kind = Kind::kScalar;
  std::string name;  // of the field; "" of comments and of values in a list
  std::string text;
  std::vector<TextNode> children;
  // Comments, each with its "#": behind the opening brace or bracket, and
  // behind the value on its last line; "" if there are none.
  std::string opening_comment;
  std::string trailing_comment;
  bool blank_before = false;  // an empty line stands before it
};

// The fields and comments of `text`, which ParsePolicyText() or its like
// accepted: of other input, some tree. Depth of the result is at most 100;
// what is nested deeper is left out.
std::vector<TextNode> ReadTextTree(absl::string_view text);

}  // namespace postern

#endif  // POSTERN_PERMISSION_PROTO_TEXT_TREE_H_
