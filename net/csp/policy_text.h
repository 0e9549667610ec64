#ifndef POSTERN_NET_CSP_POLICY_TEXT_H_
#define POSTERN_NET_CSP_POLICY_TEXT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "net/csp/conflict.h"
#include "net/csp/policy.h"

namespace postern {
namespace csp {

struct Acceptance {
  Conflict conflict;
  Place place;
};

// A policy as a person writes it, and where.
struct PolicyText {
  std::string file;
  Policy policy;
  std::vector<std::string> more_files = {};  // from 1 by Place::file

  const std::string& FileOf(const Place& place) const {
    return place.file == 0 ? file
                           : more_files[static_cast<size_t>(place.file) - 1];
  }
};

// What the administrator says of one app.
struct GrantText {
  std::string app;
  Place place;
  PolicyText grant;
  std::vector<Acceptance> accepted;
};

struct AdminText {
  std::vector<GrantText> grants;  // in the order of the text
  absl::optional<PolicyText> ceiling;
};

// Letters, digits, "-", "." and "_", up to 128 bytes: what an app may be called
// in an administrator's file, and so wherever it is named.
bool IsAppName(absl::string_view name);

constexpr size_t kMaxPolicyTextBytes = 256 << 10;
constexpr int kMaxPolicySources = 2000;

// Reads a policy, strictly. Lines end in LF or CRLF, and a byte-order mark of
// UTF-8 may stand in front. A directive a line, its sources parted by spaces;
// a line that starts with a space goes on with the directive above; a word
// that starts with "#" and what follows it on the line is a comment.
//
//   img-src 'self' https://pictures.example.net   # the gallery
//   connect-src wss://live.example.net
//
// InvalidArgument "file:line:column: ..." for an unknown or second directive,
// anything that ParseSource() finds odd, ";" "," CR NUL and bytes that are not
// ASCII, a keyword without quotes, 'none' beside sources, too many sources, a
// directive such as report-uri without the value that it needs.
// The whole text is refused or none of it.
absl::StatusOr<PolicyText> ParsePolicyText(absl::string_view file,
                                           absl::string_view text);

// What is left out with a warning in place of an error.
enum class LeftOut : uint8_t {
  kObsoleteDirectives,  // what a new app asks for
  kUnknownDirectives,   // and those: what is in force, whoever reads it
};

// The same for a text that somebody else wrote.
absl::StatusOr<PolicyText> ParsePolicyText(absl::string_view file,
                                           absl::string_view text,
                                           LeftOut left_out,
                                           std::vector<ParseWarning>* warnings);

// The directive of that name, or nullopt with a warning if that is left out, or
// an error.
absl::StatusOr<absl::optional<Directive>> ParseDirectiveOrLeaveOut(
    absl::string_view name, const Place& place, LeftOut left_out,
    std::vector<ParseWarning>* warnings);

// Adds a source or token to a directive's value as its author wrote it.
// InvalidArgument with the reason, as ParsePolicyText().
absl::Status AddAuthoredWord(absl::string_view word, const Place& place,
                             DirectiveValue* value);
// The rest of what ParsePolicyText() demands, of a value that is complete.
// InvalidArgument; `at` becomes the place.
absl::Status CheckAuthoredValue(const DirectiveValue& value, Place* at);

// The texts as one: lists are joined in their order, each word once, and what
// joins 'none' takes its place, with a warning. InvalidArgument for two
// directives that cannot be joined, or too many sources.
absl::StatusOr<PolicyText> JoinPolicyTexts(std::vector<PolicyText> texts,
                                           std::vector<std::string>* warnings);

// Reads what an administrator decided: sections of such lines.
//
//   [grant notes]
//   img-src https://pictures.example.net
//   accept strict-dynamic sandbox     # conflicts, by name
//   [ceiling]
//   default-src 'self' https:
absl::StatusOr<AdminText> ParseAdminText(absl::string_view file,
                                         absl::string_view text);

// One source as an author may write it. InvalidArgument with the reason.
absl::StatusOr<Source> ParseAuthoredSource(absl::string_view text);
// The same of a directive's name.
absl::StatusOr<Directive> ParseAuthoredDirective(absl::string_view name);

// "file:line:column", for messages.
std::string PlaceInFile(absl::string_view file, const Place& place);

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_POLICY_TEXT_H_
