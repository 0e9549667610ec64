#include "bindings/lua/pattern.h"

#include <cctype>
#include <cstring>

namespace postern {
namespace lua {
namespace {

// Nested sub-matches; each takes C stack.
constexpr int kMaxDepth = 200;

constexpr uint64_t kStepsBetweenLooks = 10000;
// At the end of a match, whose object may not live on.
constexpr uint64_t kStepsBetweenPayments = 20;

bool InClass(uint8_t c, char name) {
  bool in = false;
  switch (std::tolower(static_cast<unsigned char>(name))) {
    case 'a':
      in = std::isalpha(c);
      break;
    case 'c':
      in = std::iscntrl(c);
      break;
    case 'd':
      in = std::isdigit(c);
      break;
    case 'g':
      in = std::isgraph(c);
      break;
    case 'l':
      in = std::islower(c);
      break;
    case 'p':
      in = std::ispunct(c);
      break;
    case 's':
      in = std::isspace(c);
      break;
    case 'u':
      in = std::isupper(c);
      break;
    case 'w':
      in = std::isalnum(c);
      break;
    case 'x':
      in = std::isxdigit(c);
      break;
    case 'z':  // deprecated, and still there
      in = c == 0;
      break;
    default:
      return c == static_cast<uint8_t>(name);  // an escaped character
  }
  return std::isupper(static_cast<unsigned char>(name)) ? !in : in;
}

}  // namespace

size_t PatternMatcher::Fail(const char* error) {
  if (error_ == nullptr) error_ = error;
  return kNone;
}

bool PatternMatcher::Spend(size_t steps) {
  unpaid_ += steps;
  return unpaid_ < kStepsBetweenLooks || Pay();
}

bool PatternMatcher::Pay() {
  const uint64_t steps = unpaid_;
  unpaid_ = 0;
  return meter_->Spend(steps) && meter_->CheckTime();
}

size_t PatternMatcher::MatchAt(size_t begin) {
  level_ = 0;
  depth_ = 0;
  if (failed()) return kNone;
  const size_t end = Match(begin, 0);
  if (unpaid_ >= kStepsBetweenPayments) Pay();
  return failed() ? kNone : end;
}

size_t PatternMatcher::Match(size_t s, size_t p) {
  if (depth_ >= kMaxDepth) return Fail("pattern too complex");
  ++depth_;
  const size_t end = MatchFrom(s, p);
  --depth_;
  return end;
}

size_t PatternMatcher::MatchFrom(size_t s, size_t p) {
  while (p < pattern_.size()) {
    if (!Spend(1)) return kNone;
    bool go_on = false;
    const size_t end = MatchItem(&s, &p, &go_on);
    if (!go_on || failed()) return failed() ? kNone : end;
  }
  return s;
}

// Matches one item of the pattern. With `go_on`, the rest is to be matched
// from the new `s` and `p`; without, the result is that of the whole rest.
size_t PatternMatcher::MatchItem(size_t* s, size_t* p, bool* go_on) {
  const size_t next = *p + 1;
  const char after = next < pattern_.size() ? pattern_[next] : '\0';
  const bool has_after = next < pattern_.size();
  switch (pattern_[*p]) {
    case '(':
      return has_after && after == ')'
                 ? OpenCapture(*s, next + 1, State::kPosition)
                 : OpenCapture(*s, next, State::kOpen);
    case ')':
      return CloseCapture(*s, next);
    case '$':
      if (!has_after) return *s == subject_.size() ? *s : kNone;
      break;
    case '%':
      if (has_after && after == 'b') {
        *s = Balanced(*s, next + 1);
        *p = next + 3;
        *go_on = *s != kNone;
        return kNone;
      }
      if (has_after && after == 'f') {
        const size_t set = next + 1;
        if (set >= pattern_.size() || pattern_[set] != '[') {
          return Fail("missing '[' after '%f' in pattern");
        }
        const size_t set_end = ItemEnd(set);
        *go_on = set_end != kNone && AtFrontier(*s, set, set_end);
        *p = set_end;
        return kNone;
      }
      if (has_after && std::isdigit(static_cast<unsigned char>(after))) {
        *s = BackReference(*s, after);
        *p = next + 1;
        *go_on = *s != kNone;
        return kNone;
      }
      break;
    default:
      break;
  }
  const size_t item_end = ItemEnd(*p);
  if (item_end == kNone) return kNone;
  const char suffix = item_end < pattern_.size() ? pattern_[item_end] : '\0';
  switch (suffix) {
    case '*':
      return Repeat(*s, *p, item_end);
    case '+':
      return MatchesOne(*s, *p, item_end) ? Repeat(*s + 1, *p, item_end)
                                          : kNone;
    case '-':
      return RepeatLazily(*s, *p, item_end);
    case '?':
      if (MatchesOne(*s, *p, item_end)) {
        const size_t end = Match(*s + 1, item_end + 1);
        if (end != kNone || failed()) return end;
      }
      *p = item_end + 1;
      *go_on = true;
      return kNone;
    default:
      *go_on = MatchesOne(*s, *p, item_end);
      *s += 1;
      *p = item_end;
      return kNone;
  }
}

size_t PatternMatcher::Repeat(size_t s, size_t p, size_t item_end) {
  size_t count = 0;
  while (MatchesOne(s + count, p, item_end)) ++count;
  for (size_t tries = count + 1; tries > 0 && !failed(); --tries) {
    if (!Spend(1)) return kNone;
    const size_t end = Match(s + tries - 1, item_end + 1);
    if (end != kNone) return end;
  }
  return kNone;
}

size_t PatternMatcher::RepeatLazily(size_t s, size_t p, size_t item_end) {
  while (!failed()) {
    const size_t end = Match(s, item_end + 1);
    if (end != kNone) return end;
    if (!MatchesOne(s, p, item_end)) return kNone;
    ++s;
  }
  return kNone;
}

size_t PatternMatcher::OpenCapture(size_t s, size_t p, State state) {
  if (level_ >= kMaxCaptures) return Fail("too many captures");
  slots_[level_++] = {s, 0, state};
  const size_t end = Match(s, p);
  if (end == kNone) --level_;
  return end;
}

size_t PatternMatcher::CloseCapture(size_t s, size_t p) {
  int open = level_ - 1;
  while (open >= 0 && slots_[open].state != State::kOpen) --open;
  if (open < 0) return Fail("invalid pattern capture");
  slots_[open].length = s - slots_[open].begin;
  slots_[open].state = State::kClosed;
  const size_t end = Match(s, p);
  if (end == kNone) slots_[open].state = State::kOpen;
  return end;
}

size_t PatternMatcher::Balanced(size_t s, size_t p) {
  if (p + 1 >= pattern_.size()) {
    return Fail("malformed pattern (missing arguments to '%b')");
  }
  const char opening = pattern_[p];
  const char closing = pattern_[p + 1];
  if (s >= subject_.size() || subject_[s] != opening) return kNone;
  size_t open = 1;
  for (size_t i = s + 1; i < subject_.size(); ++i) {
    if (!Spend(1)) return kNone;
    if (subject_[i] == closing) {
      if (--open == 0) return i + 1;
    } else if (subject_[i] == opening) {
      ++open;
    }
  }
  return kNone;
}

bool PatternMatcher::AtFrontier(size_t s, size_t set, size_t set_end) {
  const uint8_t before = s == 0 ? 0 : static_cast<uint8_t>(subject_[s - 1]);
  const uint8_t here =
      s < subject_.size() ? static_cast<uint8_t>(subject_[s]) : 0;
  return Spend(set_end - set) && !InSet(before, set, set_end) &&
         InSet(here, set, set_end);
}

size_t PatternMatcher::BackReference(size_t s, char digit) {
  const int index = digit - '1';
  if (index < 0 || index >= level_ || slots_[index].state == State::kOpen) {
    return Fail("invalid capture index in pattern");
  }
  const Slot& slot = slots_[index];
  // A position has no text to come again.
  if (slot.state == State::kPosition) return kNone;
  if (!Spend(slot.length / 8 + 1)) return kNone;
  const absl::string_view text = subject_.substr(slot.begin, slot.length);
  return subject_.substr(s, slot.length) == text ? s + slot.length : kNone;
}

// The end of the single-character item at `p`, without a suffix.
size_t PatternMatcher::ItemEnd(size_t p) {
  const char first = pattern_[p++];
  if (first == '%') {
    return p < pattern_.size() ? p + 1
                               : Fail("malformed pattern (ends with '%')");
  }
  if (first != '[') return p;
  if (p < pattern_.size() && pattern_[p] == '^') ++p;
  // A "]" in the first place stands for itself.
  do {
    if (p >= pattern_.size()) return Fail("malformed pattern (missing ']')");
    if (pattern_[p++] == '%' && p < pattern_.size()) ++p;
  } while (p >= pattern_.size() || pattern_[p] != ']');
  return p + 1;
}

bool PatternMatcher::MatchesOne(size_t s, size_t p, size_t item_end) {
  if (!Spend(1 + (item_end - p) / 4) || s >= subject_.size()) return false;
  const uint8_t c = static_cast<uint8_t>(subject_[s]);
  switch (pattern_[p]) {
    case '.':
      return true;
    case '%':
      return InClass(c, pattern_[p + 1]);
    case '[':
      return InSet(c, p, item_end);
    default:
      return c == static_cast<uint8_t>(pattern_[p]);
  }
}

bool PatternMatcher::InSet(uint8_t c, size_t set, size_t set_end) const {
  const size_t last = set_end - 1;  // the "]"
  size_t p = set + 1;
  const bool negated = pattern_[p] == '^';
  if (negated) ++p;
  for (; p < last; ++p) {
    if (pattern_[p] == '%') {
      ++p;
      if (InClass(c, pattern_[p])) return !negated;
    } else if (p + 2 < last && pattern_[p + 1] == '-') {
      const uint8_t from = static_cast<uint8_t>(pattern_[p]);
      p += 2;
      if (from <= c && c <= static_cast<uint8_t>(pattern_[p])) return !negated;
    } else if (static_cast<uint8_t>(pattern_[p]) == c) {
      return !negated;
    }
  }
  return negated;
}

bool PatternMatcher::GetCapture(int index, size_t begin, size_t end,
                                Capture* capture) {
  *capture = Capture();
  if (index >= level_) {
    if (index != 0) {
      Fail("invalid capture index");
      return false;
    }
    capture->begin = begin;
    capture->length = end - begin;
    return true;
  }
  const Slot& slot = slots_[index];
  if (slot.state == State::kOpen) {
    Fail("unfinished capture");
    return false;
  }
  capture->begin = slot.begin;
  capture->length = slot.length;
  capture->position = slot.state == State::kPosition;
  return true;
}

}  // namespace lua
}  // namespace postern
