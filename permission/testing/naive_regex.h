#ifndef POSTERN_PERMISSION_TESTING_NAIVE_REGEX_H_
#define POSTERN_PERMISSION_TESTING_NAIVE_REGEX_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern {
namespace testing {

// Regular expressions over bytes for the oracle: literals, ".", classes,
// groups, "|", "*", "+", "?", escaped punctuation and, in front, a flag such as
// "(?i)"; what it does not know is an error. Always a full match; "." matches
// newline. Shares nothing with RE2.
class NaiveRegex {
 public:
  static absl::StatusOr<NaiveRegex> Parse(absl::string_view pattern);
  bool Matches(absl::string_view text) const;

  struct Node;

 private:
  std::shared_ptr<const Node> root_;
};

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_PERMISSION_TESTING_NAIVE_REGEX_H_
