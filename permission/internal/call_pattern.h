#ifndef POSTERN_PERMISSION_INTERNAL_CALL_PATTERN_H_
#define POSTERN_PERMISSION_INTERNAL_CALL_PATTERN_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "permission/access.h"
#include "permission/internal/argument_pattern.h"
#include "permission/layer.h"

namespace postern {
namespace internal {

// The arguments of a call by position, after its named ones were bound through
// the function's declared parameters.
class BoundCall {
 public:
  // More arguments than these are refused when any of them has a name.
  static constexpr size_t kMaxArguments = 64;

  // Views into `call`. Without named arguments nothing is copied.
  BoundCall(const CallView& call, const Signatures& signatures);
  BoundCall(const BoundCall&) = delete;
  BoundCall& operator=(const BoundCall&) = delete;

  absl::Span<const CallArg> args() const { return args_; }
  // A name could not be bound: what is at which position is not known.
  bool unbound() const { return unbound_; }

 private:
  void BindAll(const CallView& call, const std::vector<std::string>& names);
  bool Bind(const NamedArg& named, const std::vector<std::string>& names);

  std::array<CallArg, kMaxArguments> bound_;
  std::array<bool, kMaxArguments> taken_;
  size_t count_ = 0;
  absl::Span<const CallArg> args_;
  bool unbound_ = false;
};

// The arguments of a call or a command.
struct GivenArguments {
  absl::Span<const CallArg> args;
  bool unbound = false;  // what is at which position is not known
};

// A pattern for arguments by position.
struct ArgumentsPattern {
  std::vector<ArgumentPattern> args;
  bool open = false;  // further arguments are accepted

  Match MatchesArguments(const GivenArguments& given,
                         absl::string_view base_directory) const;
  // Where `given` leaves the pattern: the index of the first argument that is
  // not known to match, that is missing or that is one too many; -1 if none.
  int FirstMismatch(const GivenArguments& given,
                    absl::string_view base_directory) const;
  // How many arguments the pattern names.
  size_t needed() const;
};

// A pattern for calls: "plugin.function" or "plugin.*", and its arguments.
struct CallPattern : ArgumentsPattern {
  std::string function;       // without the ".*"
  bool any_function = false;  // "plugin.*"

  bool MatchesFunction(absl::string_view name) const;
  // One function before "plugin.*", a longer plugin before a shorter one. The
  // arguments do not count: of two such rules the stricter one decides.
  uint32_t Rank() const;
};

// InvalidArgument with column and what was expected.
absl::StatusOr<CallPattern> ParseCallPattern(
    const RulePattern& pattern, const fs::PathPatternOptions& options);

// Whether `function` is "plugin.function": a plugin's id, which may hold dots,
// and a function's name, of letters, digits, "_" and "-".
bool IsValidFunction(absl::string_view function);

// A pattern for the parts of a secret's key: as many parts, unless the last
// is "**". A part is "*" or literal, with "\" before a literal "*", "{" or "?".
// An empty list matches nothing.
struct SecretPattern {
  struct Part {
    std::string text;
    bool any = false;
  };
  std::vector<Part> parts;
  bool rest = false;   // a trailing "**"
  bool empty = false;  // not even "**" was given

  // InvalidArgument with the column and what was expected.
  static absl::StatusOr<SecretPattern> Parse(
      const std::vector<std::string>& texts);
  bool Matches(absl::Span<const absl::string_view> key) const;

 private:
  static absl::StatusOr<Part> ParsePart(absl::string_view text);
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_CALL_PATTERN_H_
