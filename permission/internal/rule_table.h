#ifndef POSTERN_PERMISSION_INTERNAL_RULE_TABLE_H_
#define POSTERN_PERMISSION_INTERNAL_RULE_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "fs/text_arena.h"
#include "permission/internal/precedence.h"
#include "permission/layer.h"
#include "permission/rule.h"

namespace postern {
namespace internal {

// The rules of a policy by number over all layers: 12 bytes for each besides
// its text. What many rules share (effect, permissions, file, reason, ...) is
// kept once, as a kind of rule; what few have (limits, arguments), beside the
// table. Immutable but for the end of its text; thread-safe as soon as nothing
// is added there. Views and limits last as long as the table.
class RuleTable {
 public:
  // Each has a number that a Decision can name.
  static constexpr size_t kMaxRules = Candidate::kMaxRules - 1;

  // Does not keep `spec`. InvalidArgument if it has too many layers or rules,
  // ResourceExhausted if their text is too large. Tests lower the bounds.
  static absl::StatusOr<RuleTable> Make(
      const PolicySpec& spec, size_t max_text_bytes = fs::TextArena::kMaxBytes,
      size_t max_rules = kMaxRules);

  uint32_t size() const { return static_cast<uint32_t>(rules_.size()); }
  const std::vector<LayerSummary>& layers() const { return layers_; }
  // Of the rules that have limits, in order.
  absl::Span<const uint32_t> limited() const { return limited_; }

  // Of a rule; no allocation.
  Effect effect(uint32_t rule) const { return KindOf(rule).effect; }
  PermissionSet permissions(uint32_t rule) const {
    return PermissionSet::FromBits(KindOf(rule).permissions);
  }
  size_t layer(uint32_t rule) const { return KindOf(rule).layer; }
  RulePattern::Kind pattern_kind(uint32_t rule) const {
    return KindOf(rule).pattern;
  }
  // Its pattern if that is text, as it is written.
  absl::string_view pattern_text(uint32_t rule) const {
    return arena_.text(rules_[rule].text, TextEnd(rule) - rules_[rule].text);
  }
  absl::string_view reason(uint32_t rule) const;
  // Null if it has none.
  const RuleLimits* limits(uint32_t rule) const;

  // Copies, for reports and for what is rare. These allocate.
  RulePattern Pattern(uint32_t rule) const;
  RuleSource Source(uint32_t rule) const;
  Rule Get(uint32_t rule) const;

  // The text: patterns lie in it as they are written. What else a policy has to
  // keep of names may be added; views of patterns then end.
  fs::TextArena* mutable_arena() { return &arena_; }
  const fs::TextArena& arena() const { return arena_; }

  // Without limits.
  size_t MemoryBytes() const;

 private:
  class Maker;

  // A text in words_.
  struct Word {
    uint32_t offset;
    uint32_t size;
    friend bool operator==(Word a, Word b) {
      return a.offset == b.offset && a.size == b.size;
    }
  };
  // What rules share. They lie at different lines, as a rule; in a file that
  // is one long line, at different columns.
  struct Kind {
    uint32_t permissions;
    Effect effect;
    RulePattern::Kind pattern;
    CallForm form;
    RuleSource::Kind source;
    uint8_t layer;
    bool shares_line;        // else the column
    int32_t line_or_column;  // that all share
    Word name;
    Word reason;

    friend bool operator==(const Kind& a, const Kind& b) {
      return a.permissions == b.permissions && a.effect == b.effect &&
             a.pattern == b.pattern && a.form == b.form &&
             a.source == b.source && a.layer == b.layer &&
             a.shares_line == b.shares_line &&
             a.line_or_column == b.line_or_column && a.name == b.name &&
             a.reason == b.reason;
    }
    template <typename H>
    friend H AbslHashValue(H state, const Kind& k) {
      return H::combine(std::move(state), k.permissions, k.effect, k.pattern,
                        k.form, k.source, k.layer, k.shares_line,
                        k.line_or_column, k.name.offset, k.name.size,
                        k.reason.offset, k.reason.size);
    }
  };
  struct Record {
    uint32_t text;           // ends where the next rule's begins
    int32_t line_or_column;  // the one that its kind does not have
    uint32_t kind;
  };
  // The sizes of what a rule's text consists of: sizes_[first] of text(), then
  // of the parts, up to the next rule's.
  struct Parts {
    uint32_t rule;
    uint32_t first;
  };

  explicit RuleTable(size_t max_text_bytes)
      : arena_(max_text_bytes), words_(max_text_bytes) {}

  const Kind& KindOf(uint32_t rule) const { return kinds_[rules_[rule].kind]; }
  uint32_t TextEnd(uint32_t rule) const {
    return rule + 1 < rules_.size() ? rules_[rule + 1].text : text_end_;
  }
  absl::string_view text(Word word) const {
    return words_.text(word.offset, word.size);
  }
  absl::Span<const uint32_t> SizesOf(uint32_t rule) const;

  fs::TextArena arena_;
  uint32_t text_end_ = 0;  // of the patterns
  std::vector<Record> rules_;
  std::vector<Kind> kinds_;
  fs::TextArena words_;  // names of sources, reasons: each once
  std::vector<LayerSummary> layers_;
  std::vector<uint32_t> limited_;   // ascending
  std::vector<RuleLimits> limits_;  // of limited_
  std::vector<Parts> parts_;        // by rule, of calls and secrets
  std::vector<uint32_t> sizes_;
};

// `error` with the source of `rule` in front.
absl::Status AtRule(const RuleTable& rules, uint32_t rule,
                    const absl::Status& error);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_RULE_TABLE_H_
