#ifndef POSTERN_PERMISSION_TESTING_NAIVE_TEXT_H_
#define POSTERN_PERMISSION_TESTING_NAIVE_TEXT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern {
namespace testing {

// The lexical ground that the oracle's patterns stand on: escapes and braces.

// One byte of a pattern: either itself, or a sign such as '*' or '{'.
struct NaiveSymbol {
  char byte;
  bool sign;
};
using NaiveSymbols = std::vector<NaiveSymbol>;

// Cuts `text`: "\x" is the byte x, every byte of `signs` is a sign, the rest
// stand for themselves. An error for a lone trailing "\".
absl::StatusOr<NaiveSymbols> NaiveLex(absl::string_view text,
                                      absl::string_view signs);

// Replaces "{a,b}" by its alternatives, nested, in order; the signs must
// include "{},". At most 1000; an error if braces do not pair.
absl::StatusOr<std::vector<NaiveSymbols>> NaiveExpand(
    const NaiveSymbols& symbols);

bool NaiveHasSign(const NaiveSymbols& symbols, char sign);
std::string NaiveBytes(const NaiveSymbols& symbols);

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_PERMISSION_TESTING_NAIVE_TEXT_H_
