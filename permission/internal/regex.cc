#include "permission/internal/regex.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "re2/re2.h"

namespace postern {
namespace internal {
namespace {

constexpr int64_t kMaxMemoryBytes = 1 << 20;
constexpr size_t kMaxPatternBytes = 4095;
// Longest text, in bytes, that is matched; longer ones are unknown.
constexpr size_t kMaxTextBytes = 1 << 20;
// Text times program, for when the automaton runs out of its memory: a tenth
// of a second.
constexpr size_t kMaxSteps = size_t{1} << 23;

RE2::Options BytesOptions() {
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);
  options.set_dot_nl(true);
  options.set_log_errors(false);
  options.set_max_mem(kMaxMemoryBytes);
  options.set_never_capture(true);
  return options;
}

class Re2Regex final : public Regex {
 public:
  explicit Re2Regex(absl::string_view pattern)
      : re2_(re2::StringPiece(pattern.data(), pattern.size()), BytesOptions()),
        max_text_bytes_(std::min(kMaxTextBytes, kMaxSteps / size())) {}

  const RE2& re2() const { return re2_; }

  Match FullMatch(absl::string_view text) const override {
    if (text.size() > max_text_bytes_) return Match::kUnknown;
    return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), re2_)
               ? Match::kYes
               : Match::kNo;
  }

  size_t size() const override {
    return static_cast<size_t>(std::max(1, re2_.ProgramSize()));
  }

 private:
  const RE2 re2_;
  const size_t max_text_bytes_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<const Regex>> Regex::Compile(
    absl::string_view pattern) {
  if (pattern.size() > kMaxPatternBytes) {
    return absl::InvalidArgumentError("the regular expression is too long");
  }
  auto regex = std::make_shared<Re2Regex>(pattern);
  if (!regex->re2().ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("not a regular expression: ", regex->re2().error()));
  }
  return std::shared_ptr<const Regex>(std::move(regex));
}

}  // namespace internal
}  // namespace postern
