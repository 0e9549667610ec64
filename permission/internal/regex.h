#ifndef POSTERN_PERMISSION_INTERNAL_REGEX_H_
#define POSTERN_PERMISSION_INTERNAL_REGEX_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern {
namespace internal {

enum class Match : uint8_t { kNo, kYes, kUnknown };

// A regular expression over bytes: RE2 with Latin-1, "." matches a newline,
// always a full match, bounded in size. Hides RE2 from every other file.
// Thread-safe; matching may fill the expression's own bounded cache.
class Regex {
 public:
  virtual ~Regex() = default;
  // InvalidArgument with RE2's own words.
  static absl::StatusOr<std::shared_ptr<const Regex>> Compile(
      absl::string_view pattern);
  // kUnknown for a text over 1 MiB, or over 8 Mi divided by the size of the
  // compiled expression: where the automaton runs out of its memory, RE2 goes
  // on without it in steps of text times expression.
  virtual Match FullMatch(absl::string_view text) const = 0;
  // Of the compiled expression, in instructions.
  virtual size_t size() const = 0;
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_REGEX_H_
