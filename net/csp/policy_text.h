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

// A policy that a person wrote, and the files that it was read from.
struct PolicyText {
  std::string file;
  Policy policy;
  std::vector<std::string> more_files = {};  // from 1 by Place::file

  const std::string& FileOf(const Place& place) const {
    return place.file == 0 ? file
                           : more_files[static_cast<size_t>(place.file) - 1];
  }
};

// What the administrator grants one app.
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

// Whether an app may have that name in an administrator's file, and so
// anywhere: letters, digits, "-", "." and "_", up to 128 bytes.
bool IsAppName(absl::string_view name);

constexpr size_t kMaxPolicyTextBytes = 256 << 10;
constexpr int kMaxPolicySources = 2000;

// Reads a policy, strictly. Lines end in LF or CRLF, and a byte-order mark of
// UTF-8 may stand in front. Each line holds one directive, its sources
// separated by spaces. A line that starts with a space continues the directive
// above. A word that starts with "#" begins a comment, to the end of the line.
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

// Which directives are left out with a warning in place of an error.
enum class LeftOut : uint8_t {
  kObsoleteDirectives,  // for what a new app asks for
  kUnknownDirectives,   // obsolete ones too: for what is in force already
};

// As ParsePolicyText(), for a text by somebody who does not write for us: some
// directives are left out with a warning.
absl::StatusOr<PolicyText> ParsePolicyText(absl::string_view file,
                                           absl::string_view text,
                                           LeftOut left_out,
                                           std::vector<ParseWarning>* warnings);

// Returns the directive of that name, nullopt with a warning if it is left out,
// or an error.
absl::StatusOr<absl::optional<Directive>> ParseDirectiveOrLeaveOut(
    absl::string_view name, const Place& place, LeftOut left_out,
    std::vector<ParseWarning>* warnings);

// Adds a source or token to a directive's value as its author wrote it.
// InvalidArgument with the reason, as ParsePolicyText().
absl::Status AddAuthoredWord(absl::string_view word, const Place& place,
                             DirectiveValue* value);
// Checks what ParsePolicyText() demands of a complete value, beyond single
// words. InvalidArgument; `at` becomes the place.
absl::Status CheckAuthoredValue(const DirectiveValue& value, Place* at);

// Joins texts into one: lists are joined in the order of the texts, each word
// once. Sources that join 'none' replace it, with a warning. InvalidArgument
// for two directives that cannot be joined, or too many sources.
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

// Reads one source as an author may write it. InvalidArgument with the reason.
absl::StatusOr<Source> ParseAuthoredSource(absl::string_view text);
// Reads a directive's name. InvalidArgument with the reason.
absl::StatusOr<Directive> ParseAuthoredDirective(absl::string_view name);

// "file:line:column", for messages.
std::string PlaceInFile(absl::string_view file, const Place& place);

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_POLICY_TEXT_H_
