#include "permission/proto/text_tree.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace postern {
namespace {

constexpr int kMaxDepth = 100;
constexpr absl::string_view kSigns = "{}[]:,;";

struct Token {
  enum class Kind : unsigned char { kComment, kString, kSign, kWord, kEnd };
  Kind kind = Kind::kEnd;
  std::string text;
  int line = 0;      // from 1
  int end_line = 0;  // of the token before it
};

class Lexer {
 public:
  explicit Lexer(absl::string_view input) : input_(input) {}

  Token Next() {
    Token token;
    token.end_line = line_;
    SkipSpace();
    token.line = line_;
    if (at_ == input_.size()) return token;
    const size_t begin = at_;
    token.kind = Pass();
    token.text = std::string(input_.substr(begin, at_ - begin));
    if (token.kind == Token::Kind::kComment) {
      absl::StripTrailingAsciiWhitespace(&token.text);
    }
    return token;
  }

 private:
  void SkipSpace() {
    while (at_ < input_.size() &&
           absl::ascii_isspace(static_cast<unsigned char>(input_[at_]))) {
      if (input_[at_++] == '\n') ++line_;
    }
  }

  // Moves behind the token that begins here.
  Token::Kind Pass() {
    const char c = input_[at_];
    if (c == '#') {
      at_ = std::min(input_.find('\n', at_), input_.size());
      return Token::Kind::kComment;
    }
    if (c == '"' || c == '\'') {
      PassString(c);
      return Token::Kind::kString;
    }
    if (kSigns.find(c) != kSigns.npos) {
      ++at_;
      return Token::Kind::kSign;
    }
    const absl::string_view end = "{}[]:,;\"'# \t\r\n\v\f";
    at_ = std::min(input_.find_first_of(end, at_ + 1), input_.size());
    return Token::Kind::kWord;
  }

  void PassString(char quote) {
    for (++at_; at_ < input_.size(); ++at_) {
      if (input_[at_] == '\\') {
        ++at_;
      } else if (input_[at_] == quote || input_[at_] == '\n') {
        break;
      }
    }
    at_ = std::min(at_ + 1, input_.size());
  }

  absl::string_view input_;
  size_t at_ = 0;
  int line_ = 1;
};

class TreeReader {
 public:
  explicit TreeReader(absl::string_view input) : lexer_(input) { Next(); }

  std::vector<TextNode> Read() {
    std::vector<TextNode> all;
    while (token_.kind != Token::Kind::kEnd) {
      ReadChildren(/*in_list=*/false, 0, &all);
      Next();  // a brace too many
    }
    return all;
  }

 private:
  bool Is(absl::string_view sign) const {
    return token_.kind == Token::Kind::kSign && token_.text == sign;
  }
  bool IsComment() const { return token_.kind == Token::Kind::kComment; }
  bool OnSameLine() const { return token_.line == token_.end_line; }
  void Next() { token_ = lexer_.Next(); }

  // To the closing brace or bracket, or the end.
  void ReadChildren(bool in_list, int depth, std::vector<TextNode>* out) {
    bool first = true;
    while (token_.kind != Token::Kind::kEnd && !Is("}") && !Is("]")) {
      if (Is(",") || Is(";") || (in_list && Is(":"))) {
        Next();
        if (IsComment() && OnSameLine() && !out->empty()) TakeTrailing(out);
        continue;
      }
      const bool blank = !first && token_.line > token_.end_line + 1;
      first = false;
      TextNode node;
      if (IsComment()) {
        node.kind = TextNode::Kind::kComment;
        node.text = token_.text;
        Next();
      } else {
        early_comments_.clear();
        if (!in_list) ReadName(&node);
        ReadValue(depth, &node);
        for (std::string& text : early_comments_) {
          TextNode comment;
          comment.kind = TextNode::Kind::kComment;
          comment.text = std::move(text);
          comment.blank_before = blank && &text == &early_comments_[0];
          out->push_back(std::move(comment));
        }
      }
      node.blank_before =
          blank && (IsCommentNode(node) || early_comments_.empty());
      out->push_back(std::move(node));
      if (IsComment() && OnSameLine() && !IsCommentNode(out->back())) {
        TakeTrailing(out);
      }
    }
  }

  static bool IsCommentNode(const TextNode& node) {
    return node.kind == TextNode::Kind::kComment;
  }

  void TakeTrailing(std::vector<TextNode>* out) {
    TextNode& last = out->back();
    if (IsCommentNode(last) || !last.trailing_comment.empty()) return;
    last.trailing_comment = token_.text;
    Next();
  }

  // Comments between a name and its value go before the field.
  void PassComments() {
    while (IsComment()) {
      early_comments_.push_back(token_.text);
      Next();
    }
  }

  void ReadName(TextNode* node) {
    node->name = token_.text;
    Next();
    PassComments();
    if (Is(":")) Next();
    PassComments();
  }

  void ReadValue(int depth, TextNode* node) {
    if (Is("{") || Is("[")) return ReadBlock(depth, node);
    while (token_.kind == Token::Kind::kString) {
      absl::StrAppend(&node->text, node->text.empty() ? "" : " ", token_.text);
      Next();
      // Neighbouring strings are one, whatever stands between them.
      if (IsComment() && PeekIsString()) PassComments();
    }
    if (!node->text.empty()) return;
    while (token_.kind == Token::Kind::kWord) {  // "- 1" is two
      const bool sign = token_.text == "-";
      node->text += token_.text;
      Next();
      if (!sign) break;
    }
  }

  bool PeekIsString() const {
    Lexer ahead = lexer_;
    Token token = ahead.Next();
    while (token.kind == Token::Kind::kComment) token = ahead.Next();
    return token.kind == Token::Kind::kString;
  }

  void ReadBlock(int depth, TextNode* node) {
    const bool list = Is("[");
    node->kind = list ? TextNode::Kind::kList : TextNode::Kind::kMessage;
    Next();
    if (IsComment() && OnSameLine()) {
      node->opening_comment = token_.text;
      Next();
    }
    if (depth >= kMaxDepth) return SkipBlock();
    std::vector<std::string> early = std::move(early_comments_);
    ReadChildren(list, depth + 1, &node->children);
    early_comments_ = std::move(early);
    if (token_.kind != Token::Kind::kEnd) Next();
  }

  // Behind the end of the block whose opening was passed, without recursion.
  void SkipBlock() {
    for (int open = 1; open > 0 && token_.kind != Token::Kind::kEnd; Next()) {
      if (Is("{") || Is("[")) ++open;
      if (Is("}") || Is("]")) --open;
    }
  }

  Lexer lexer_;
  Token token_;
  std::vector<std::string> early_comments_;
};

}  // namespace

std::vector<TextNode> ReadTextTree(absl::string_view text) {
  return TreeReader(text).Read();
}

}  // namespace postern
