#ifndef POSTERN_BINDINGS_LUA_PATTERN_H_
#define POSTERN_BINDINGS_LUA_PATTERN_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "bindings/lua/meter.h"

namespace postern {
namespace lua {

// Lua's patterns (manual, 6.4.1) under a limit. The interpreter's own matcher
// backtracks without looking at any; this one spends one unit of the meter's
// work for each step, looks at the clock now and then, and gives up once the
// meter has stopped.
// Trivially destructible, so that a Lua error may jump over it. Not
// thread-safe; the views must outlive it.
class PatternMatcher {
 public:
  static constexpr int kMaxCaptures = 32;
  static constexpr size_t kNone = static_cast<size_t>(-1);

  // A part of the subject, or only a position in it.
  struct Capture {
    size_t begin = 0;
    size_t length = 0;
    bool position = false;
  };

  PatternMatcher(absl::string_view subject, absl::string_view pattern,
                 Meter* meter)
      : subject_(subject), pattern_(pattern), meter_(meter) {}

  // The end of a match that begins at `begin` exactly; kNone without a match,
  // after an error and once the meter has stopped.
  size_t MatchAt(size_t begin);

  // Null, or what is wrong with the pattern; static.
  const char* error() const { return error_; }

  // Of the last match. False, with error() set, if there is no such capture.
  // Without any, capture 0 is the whole match from `begin` to `end`.
  int capture_count() const { return level_; }
  bool GetCapture(int index, size_t begin, size_t end, Capture* capture);

 private:
  enum class State : uint8_t { kOpen, kClosed, kPosition };
  struct Slot {
    size_t begin;
    size_t length;
    State state;
  };

  bool failed() const { return error_ != nullptr || meter_->stopped(); }
  size_t Fail(const char* error);
  bool Spend(size_t steps);
  bool Pay();
  // The end of the match of pattern_[p..] at subject_[s..].
  size_t Match(size_t s, size_t p);
  size_t MatchFrom(size_t s, size_t p);
  size_t MatchItem(size_t* s, size_t* p, bool* go_on);
  size_t Repeat(size_t s, size_t p, size_t item_end);
  size_t RepeatLazily(size_t s, size_t p, size_t item_end);
  size_t OpenCapture(size_t s, size_t p, State state);
  size_t CloseCapture(size_t s, size_t p);
  size_t Balanced(size_t s, size_t p);
  bool AtFrontier(size_t s, size_t set, size_t set_end);
  size_t BackReference(size_t s, char digit);
  size_t ItemEnd(size_t p);
  bool MatchesOne(size_t s, size_t p, size_t item_end);
  bool InSet(uint8_t c, size_t set, size_t set_end) const;

  const absl::string_view subject_;
  const absl::string_view pattern_;
  Meter* const meter_;
  uint64_t unpaid_ = 0;  // steps that the meter has not heard of
  const char* error_ = nullptr;
  int depth_ = 0;
  int level_ = 0;
  Slot slots_[kMaxCaptures];
};

}  // namespace lua
}  // namespace postern

#endif  // POSTERN_BINDINGS_LUA_PATTERN_H_
