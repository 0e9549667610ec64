#include "permission/proto/binary_rule.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "permission/proto/policy.pb.h"
#include "permission/proto/values.h"

namespace postern {
namespace {

// The tag of a string field of v1::Rule: a number below 16 and wire type 2
// (https://protobuf.dev/programming-guides/encoding).
constexpr uint8_t StringTag(int field) {
  return static_cast<uint8_t>(field << 3 | 2);
}

// Takes the next field's tag and, of at most 16383 bytes, its text.
bool TakeString(absl::string_view* rest, uint8_t* tag,
                absl::string_view* text) {
  if (rest->size() < 2) return false;
  *tag = static_cast<uint8_t>((*rest)[0]);
  size_t size = static_cast<uint8_t>((*rest)[1]);
  size_t at = 2;
  if (size >= 0x80) {
    if (rest->size() < 3) return false;
    const size_t high = static_cast<uint8_t>((*rest)[at++]);
    if (high >= 0x80) return false;
    size = (size & 0x7f) | high << 7;
  }
  if (size > rest->size() - at) return false;
  *text = rest->substr(at, size);
  rest->remove_prefix(at + size);
  return IsWritable(*text);
}

class PlainRuleReader {
 public:
  explicit PlainRuleReader(Rule* rule) : rule_(*rule) {}

  bool Read(absl::string_view bytes) {
    uint8_t tag;
    absl::string_view text;
    while (!bytes.empty()) {
      if (!TakeString(&bytes, &tag, &text) || !Take(tag, text)) return false;
    }
    return !rule_.permissions.empty();
  }

 private:
  bool Take(uint8_t tag, absl::string_view text) {
    switch (tag) {
      case StringTag(v1::Rule::kAllowFieldNumber):
        return AddPermission(Effect::kAllow, text);
      case StringTag(v1::Rule::kAskFieldNumber):
        return AddPermission(Effect::kAsk, text);
      case StringTag(v1::Rule::kDenyFieldNumber):
        return AddPermission(Effect::kDeny, text);
      case StringTag(v1::Rule::kPatternFieldNumber):
        if (rule_.pattern.kind() != RulePattern::Kind::kWhole) return false;
        rule_.pattern = RulePattern::Text(text);
        return !text.empty();
      case StringTag(v1::Rule::kReasonFieldNumber):
        if (has_reason_) return false;
        has_reason_ = true;
        rule_.reason = std::string(text);
        return true;
      default:
        return false;
    }
  }

  bool AddPermission(Effect effect, absl::string_view name) {
    const absl::StatusOr<PermissionSet> added = PermissionSet::Parse(name);
    if (!added.ok()) return false;
    if (!rule_.permissions.empty() && rule_.effect != effect) return false;
    rule_.effect = effect;
    rule_.permissions = rule_.permissions | *added;
    return true;
  }

  Rule& rule_;
  bool has_reason_ = false;
};

}  // namespace

bool ReadPlainBinaryRule(absl::string_view bytes, Rule* rule) {
  *rule = Rule();
  return PlainRuleReader(rule).Read(bytes);
}

}  // namespace postern
