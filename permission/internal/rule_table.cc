#include "permission/internal/rule_table.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "permission/decision.h"

namespace postern {
namespace internal {
namespace {

static_assert(RuleTable::kMaxRules < Decision::kNoRule, "its own number");

// Files are narrower than this, unless they are one long line.
constexpr int kMaxSharedColumn = 256;

absl::Status TooLarge() {
  return absl::ResourceExhaustedError("the rules' text is too large");
}

size_t TextBytes(const RulePattern& pattern) {
  size_t bytes = pattern.text().size();
  for (const std::string& part : pattern.parts()) bytes += part.size();
  return bytes;
}

}  // namespace

// Tells equal words and kinds apart from new ones while a table is made.
class RuleTable::Maker {
 public:
  Maker(size_t max_rules, RuleTable* table)
      : max_rules_(max_rules), table_(*table) {}

  absl::Status AddAll(const PolicySpec& spec) {
    absl::Status status = MakeRoom(spec);
    if (!status.ok()) return status;
    for (const Layer& layer : spec.layers) {
      table_.layers_.push_back(
          {{layer.default_effect, layer.precedence, layer.mode, layer.conceal},
           layer.name,
           table_.size(),
           static_cast<uint32_t>(layer.rules.size())});
      for (const Rule& rule : layer.rules) {
        if (!Add(rule)) return TooLarge();
      }
    }
    table_.text_end_ = static_cast<uint32_t>(table_.arena_.size());
    table_.words_.Finish();
    table_.kinds_.shrink_to_fit();
    table_.limited_.shrink_to_fit();
    table_.limits_.shrink_to_fit();
    table_.parts_.shrink_to_fit();
    table_.sizes_.shrink_to_fit();
    return absl::OkStatus();
  }

 private:
  absl::Status MakeRoom(const PolicySpec& spec) {
    if (spec.layers.size() > kMaxPolicyLayers) {
      return absl::InvalidArgumentError(
          absl::StrCat("more than ", kMaxPolicyLayers, " layers"));
    }
    size_t count = 0, bytes = 0;
    for (const Layer& layer : spec.layers) {
      count += layer.rules.size();
      for (const Rule& rule : layer.rules) bytes += TextBytes(rule.pattern);
    }
    if (count > max_rules_) {
      return absl::InvalidArgumentError(
          absl::StrCat("more than ", max_rules_, " rules"));
    }
    if (!table_.arena_.Reserve(bytes)) return TooLarge();
    table_.rules_.reserve(count);
    return absl::OkStatus();
  }

  bool Add(const Rule& rule) {
    const uint32_t number = table_.size();
    Record record = {};
    absl::optional<uint32_t> text = table_.arena_.Append(rule.pattern.text());
    if (!text.has_value() || !SetKind(rule, &record)) return false;
    record.text = *text;
    table_.rules_.push_back(record);
    if (rule.limits.any()) {
      table_.limited_.push_back(number);
      table_.limits_.push_back(rule.limits);
    }
    return rule.pattern.parts().empty() || AddParts(number, rule.pattern);
  }

  bool SetKind(const Rule& rule, Record* record) {
    const absl::optional<Word> name = Intern(rule.source.name, &name_);
    const absl::optional<Word> reason = Intern(rule.reason, &reason_);
    if (!name.has_value() || !reason.has_value()) return false;
    Kind kind = {};
    kind.permissions = rule.permissions.bits();
    kind.effect = rule.effect;
    kind.pattern = rule.pattern.kind();
    kind.form = rule.pattern.form();
    kind.source = rule.source.kind;
    kind.layer = static_cast<uint8_t>(table_.layers_.size() - 1);
    kind.shares_line = rule.source.column > kMaxSharedColumn;
    kind.line_or_column =
        kind.shares_line ? rule.source.line : rule.source.column;
    kind.name = *name;
    kind.reason = *reason;
    record->line_or_column =
        kind.shares_line ? rule.source.column : rule.source.line;
    record->kind = NumberOf(kind);
    return true;
  }

  uint32_t NumberOf(const Kind& kind) {
    const auto known =
        kinds_.emplace(kind, static_cast<uint32_t>(table_.kinds_.size()));
    if (known.second) table_.kinds_.push_back(kind);
    return known.first->second;
  }

  // A word, and as what it is kept.
  struct Known {
    absl::string_view text;
    Word word = {0, 0};
  };

  // Most rules have the word that the last one had.
  absl::optional<Word> Intern(absl::string_view text, Known* last) {
    if (text == last->text) return last->word;
    const auto known = words_.find(text);
    if (known == words_.end()) {
      const absl::optional<uint32_t> offset = table_.words_.Append(text);
      if (!offset.has_value()) return absl::nullopt;
      last->word = {*offset, static_cast<uint32_t>(text.size())};
      words_.emplace(text, last->word);
    } else {
      last->word = known->second;
    }
    last->text = text;
    return last->word;
  }

  bool AddParts(uint32_t number, const RulePattern& pattern) {
    const size_t first = table_.sizes_.size();
    if (first + pattern.parts().size() >= fs::TextArena::kMaxBytes) {
      return false;
    }
    table_.parts_.push_back({number, static_cast<uint32_t>(first)});
    table_.sizes_.push_back(static_cast<uint32_t>(pattern.text().size()));
    for (const std::string& part : pattern.parts()) {
      if (!table_.arena_.Append(part).has_value()) return false;
      table_.sizes_.push_back(static_cast<uint32_t>(part.size()));
    }
    return true;
  }

  const size_t max_rules_;
  RuleTable& table_;
  Known name_, reason_;
  absl::flat_hash_map<absl::string_view, Word> words_;  // views of the spec
  absl::flat_hash_map<Kind, uint32_t> kinds_;
};

absl::StatusOr<RuleTable> RuleTable::Make(const PolicySpec& spec,
                                          size_t max_text_bytes,
                                          size_t max_rules) {
  RuleTable table(max_text_bytes);
  absl::Status status = Maker(max_rules, &table).AddAll(spec);
  if (!status.ok()) return status;
  return table;
}

absl::string_view RuleTable::reason(uint32_t rule) const {
  return text(KindOf(rule).reason);
}

const RuleLimits* RuleTable::limits(uint32_t rule) const {
  const auto it = std::lower_bound(limited_.begin(), limited_.end(), rule);
  if (it == limited_.end() || *it != rule) return nullptr;
  return &limits_[static_cast<size_t>(it - limited_.begin())];
}

// Empty if the rule has no parts.
absl::Span<const uint32_t> RuleTable::SizesOf(uint32_t rule) const {
  const auto it = std::lower_bound(
      parts_.begin(), parts_.end(), rule,
      [](const Parts& parts, uint32_t number) { return parts.rule < number; });
  if (it == parts_.end() || it->rule != rule) return {};
  const auto next = it + 1;
  const size_t end = next == parts_.end() ? sizes_.size() : next->first;
  return absl::MakeConstSpan(sizes_).subspan(it->first, end - it->first);
}

RulePattern RuleTable::Pattern(uint32_t rule) const {
  absl::string_view rest = pattern_text(rule);
  const absl::Span<const uint32_t> sizes = SizesOf(rule);
  const absl::string_view first =
      rest.substr(0, sizes.empty() ? rest.size() : sizes[0]);
  rest.remove_prefix(first.size());
  std::vector<std::string> parts;
  for (size_t i = 1; i < sizes.size(); ++i) {
    parts.emplace_back(rest.substr(0, sizes[i]));
    rest.remove_prefix(sizes[i]);
  }
  switch (KindOf(rule).pattern) {
    case RulePattern::Kind::kWhole:
      return RulePattern::Whole();
    case RulePattern::Kind::kText:
      return RulePattern::Text(first);
    case RulePattern::Kind::kCall:
      return RulePattern::Call(first, std::move(parts), KindOf(rule).form);
    case RulePattern::Kind::kSecret:
      return RulePattern::Secret(std::move(parts));
    case RulePattern::Kind::kResolving:
      return RulePattern::Resolving(first, std::move(parts));
  }
  return RulePattern::Whole();
}

RuleSource RuleTable::Source(uint32_t rule) const {
  const Kind& kind = KindOf(rule);
  RuleSource source;
  source.kind = kind.source;
  source.name = std::string(text(kind.name));
  source.line = rules_[rule].line_or_column;
  source.column = kind.line_or_column;
  if (kind.shares_line) std::swap(source.line, source.column);
  return source;
}

Rule RuleTable::Get(uint32_t rule) const {
  Rule out;
  out.effect = effect(rule);
  out.permissions = permissions(rule);
  out.pattern = Pattern(rule);
  out.source = Source(rule);
  out.reason = std::string(reason(rule));
  const RuleLimits* const own = limits(rule);
  if (own != nullptr) out.limits = *own;
  return out;
}

size_t RuleTable::MemoryBytes() const {
  return arena_.MemoryBytes() + words_.MemoryBytes() +
         rules_.capacity() * sizeof(Record) + kinds_.capacity() * sizeof(Kind) +
         parts_.capacity() * sizeof(Parts) +
         (sizes_.capacity() + limited_.capacity()) * sizeof(uint32_t);
}

absl::Status AtRule(const RuleTable& rules, uint32_t rule,
                    const absl::Status& error) {
  const RuleSource source = rules.Source(rule);
  const LayerSummary& layer = rules.layers()[rules.layer(rule)];
  const bool nameless =
      source.kind == RuleSource::Kind::kHost && source.name.empty();
  return absl::Status(
      error.code(),
      absl::StrCat(nameless ? absl::StrCat("rule ", rule - layer.first_rule + 1,
                                           " of layer \"", layer.name, "\"")
                            : source.ToString(),
                   ": ", error.message()));
}

}  // namespace internal
}  // namespace postern
