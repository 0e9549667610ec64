#include "permission/testing/naive_regex.h"

#include <bitset>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <set>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace postern {
namespace testing {

struct NaiveRegex::Node {
  enum class Kind { kByte, kSequence, kChoice, kRepeat };
  Kind kind = Kind::kSequence;
  std::bitset<256> bytes;                         // kByte
  std::vector<std::shared_ptr<const Node>> kids;  // one of them in kRepeat
  bool may_skip = false;                          // kRepeat: "*" and "?"
  bool may_loop = false;                          // kRepeat: "*" and "+"
};

namespace {

using Node = NaiveRegex::Node;
using NodePtr = std::shared_ptr<const Node>;
using Positions = std::set<size_t>;

class Parser {
 public:
  explicit Parser(absl::string_view text) : text_(text) {}

  NodePtr ParseAll() {
    // "i" of the flags in front; "s" and "U" change no full match.
    for (const char* flags : {"(?i)", "(?s)", "(?U)", "(?is)"}) {
      if (text_.substr(0, strlen(flags)) != flags) continue;
      text_.remove_prefix(strlen(flags));
      any_case_ = flags[2] == 'i';
      break;
    }
    NodePtr root = Choice();
    return ok_ && text_.empty() ? root : nullptr;
  }

 private:
  bool Take(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  uint8_t Next() {
    if (text_.empty()) {
      ok_ = false;
      return 0;
    }
    const uint8_t byte = static_cast<uint8_t>(text_[0]);
    text_.remove_prefix(1);
    return byte;
  }

  NodePtr Choice() {
    auto node = std::make_shared<Node>();
    node->kind = Node::Kind::kChoice;
    do {
      node->kids.push_back(Sequence());
    } while (ok_ && Take('|'));
    return node;
  }

  NodePtr Sequence() {
    auto node = std::make_shared<Node>();
    while (ok_ && !text_.empty() && text_[0] != '|' && text_[0] != ')') {
      node->kids.push_back(Repeat(Atom()));
    }
    return node;
  }

  NodePtr Repeat(NodePtr atom) {
    if (text_.empty()) return atom;
    const bool star = Take('*');
    const bool plus = !star && Take('+');
    const bool optional = !star && !plus && Take('?');
    if (!star && !plus && !optional) return atom;
    if (!text_.empty() &&
        absl::string_view("*+?").find(text_[0]) != absl::string_view::npos) {
      ok_ = false;  // "a**", "a*?": not known here
    }
    auto node = std::make_shared<Node>();
    node->kind = Node::Kind::kRepeat;
    node->kids = {std::move(atom)};
    node->may_skip = !plus;
    node->may_loop = !optional;
    return node;
  }

  NodePtr Atom() {
    auto node = std::make_shared<Node>();
    node->kind = Node::Kind::kByte;
    const uint8_t byte = Next();
    if (byte == '(') {
      if (Take('?')) ok_ = ok_ && Take(':');
      NodePtr group = Choice();
      ok_ = ok_ && Take(')');
      return group;
    }
    if (byte == '.') {
      node->bytes.set();
    } else if (byte == '[') {
      node->bytes = Class();
      return node;
    } else if (byte == '\\') {
      node->bytes.set(Escaped());
    } else if (absl::string_view("*+?{}]^$").find(static_cast<char>(byte)) !=
               absl::string_view::npos) {
      ok_ = false;
    } else {
      node->bytes.set(byte);
    }
    node->bytes = Folded(node->bytes);
    return node;
  }

  // With the other case of each ASCII letter, where that makes no difference.
  std::bitset<256> Folded(std::bitset<256> bytes) const {
    if (!any_case_) return bytes;
    for (int upper = 'A'; upper <= 'Z'; ++upper) {
      const int lower = std::tolower(upper);
      if (bytes[upper] || bytes[lower]) bytes.set(upper).set(lower);
    }
    return bytes;
  }

  uint8_t Escaped() {
    const uint8_t byte = Next();
    if (!std::ispunct(byte)) ok_ = false;
    return byte;
  }

  std::bitset<256> Class() {
    std::bitset<256> bytes;
    const bool negated = Take('^');
    while (ok_ && !Take(']')) {
      const uint8_t low = Next();
      const uint8_t high = Take('-') ? Next() : low;
      if (low == '[' || low == '\\' || high < low) ok_ = false;
      for (int b = low; b <= high; ++b) bytes.set(b);
    }
    bytes = Folded(bytes);
    return negated ? ~bytes : bytes;
  }

  absl::string_view text_;
  bool any_case_ = false;
  bool ok_ = true;
};

Positions Step(const Node& node, absl::string_view text, const Positions& from);

Positions StepRepeat(const Node& node, absl::string_view text,
                     const Positions& from) {
  Positions out;
  if (node.may_skip) out = from;
  Positions ends = Step(*node.kids[0], text, from);
  while (node.may_loop) {
    Positions more = Step(*node.kids[0], text, ends);
    const size_t before = ends.size();
    ends.insert(more.begin(), more.end());
    if (ends.size() == before) break;
  }
  out.insert(ends.begin(), ends.end());
  return out;
}

// Where a match of `node` that starts at one of `from` can end.
Positions Step(const Node& node, absl::string_view text,
               const Positions& from) {
  Positions out;
  switch (node.kind) {
    case Node::Kind::kByte:
      for (size_t at : from) {
        if (at < text.size() && node.bytes[static_cast<uint8_t>(text[at])]) {
          out.insert(at + 1);
        }
      }
      return out;
    case Node::Kind::kSequence:
      out = from;
      for (const NodePtr& kid : node.kids) out = Step(*kid, text, out);
      return out;
    case Node::Kind::kChoice:
      for (const NodePtr& kid : node.kids) {
        const Positions ends = Step(*kid, text, from);
        out.insert(ends.begin(), ends.end());
      }
      return out;
    case Node::Kind::kRepeat:
      return StepRepeat(node, text, from);
  }
  return out;
}

}  // namespace

absl::StatusOr<NaiveRegex> NaiveRegex::Parse(absl::string_view pattern) {
  NaiveRegex regex;
  regex.root_ = Parser(pattern).ParseAll();
  if (regex.root_ == nullptr) {
    return absl::InvalidArgumentError("not an expression known to the oracle");
  }
  return regex;
}

bool NaiveRegex::Matches(absl::string_view text) const {
  return Step(*root_, text, {0}).count(text.size()) != 0;
}

}  // namespace testing
}  // namespace postern
