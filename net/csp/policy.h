#ifndef POSTERN_NET_CSP_POLICY_H_
#define POSTERN_NET_CSP_POLICY_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "net/csp/directive.h"
#include "net/csp/source.h"

namespace postern {
namespace csp {

// Where something stands, line and column from 1; 0 = nowhere. `file` counts
// those of a PolicyText.
struct Place {
  int line = 0;
  int column = 0;
  int file = 0;
};

struct PlacedSource {
  Source source;
  Place place;
};

// The place of the keyword in the list, or -1.
int FindKeyword(const std::vector<PlacedSource>& sources, Keyword keyword);
inline bool HasKeyword(const std::vector<PlacedSource>& sources,
                       Keyword keyword) {
  return FindKeyword(sources, keyword) >= 0;
}

// The canonical texts of the sources: a list is a set, so that neither order
// nor a source that stands twice means anything.
std::set<std::string> TextsOf(const std::vector<PlacedSource>& sources);

struct PlacedToken {
  std::string text;
  Place place;
};

// A directive with its value: `sources` or `tokens`, by ValueKindOf().
struct DirectiveValue {
  Directive directive = Directive::kDefaultSrc;
  std::vector<PlacedSource> sources;
  std::vector<PlacedToken> tokens;
  Place place;
  // Chromium ignores the whole directive, the specification does not: its value
  // holds a control byte, or a directive of this name stood before it, which
  // both ignore for a byte that is not ASCII.
  bool absent_in_chromium = false;
};

// One policy: at most one value a directive, in the order of the text.
struct Policy {
  std::vector<DirectiveValue> directives;

  // nullptr if the directive is not there.
  const DirectiveValue* Find(Directive directive) const;
  DirectiveValue* Find(Directive directive);
  // The value that governs `directive`, by its fallback chain, as the dialect
  // reads the policy; nullptr = nothing restricts it.
  const DirectiveValue* Governing(Directive directive, Dialect dialect) const;

  // The header's value: "img-src 'self'; script-src https://a.test".
  std::string ToString() const;
};

struct ParseWarning {
  Place place;
  std::string message;
};

struct ParsedHeader {
  // Without those that hold no directive that is understood.
  std::vector<Policy> policies;
  std::vector<ParseWarning> warnings;
};

// Whether browsers once knew a directive of that name, and none does any more.
bool IsObsoleteDirective(absl::string_view name);

constexpr size_t kMaxHeaderBytes = 1 << 20;
constexpr size_t kMaxParseWarnings = 1000;  // then a last one that says so

// Adds a warning, unless there are kMaxParseWarnings already.
void AddParseWarning(const Place& place, std::string message,
                     std::vector<ParseWarning>* warnings);

// Reads the value of a Content-Security-Policy header as browsers do (CSP3,
// section 2.2): policies are separated by ",". Unknown directives, a second
// directive of one name, and directives with bytes that are not ASCII are left
// out with a warning; what is no source matches nothing. Linear.
// ResourceExhausted for more than 1 MiB.
absl::StatusOr<ParsedHeader> ParseHeader(absl::string_view value);

// Reads one policy, as it stands in a <meta> element. As ParseHeader(), but ","
// begins no further policy: it is a byte that no source holds.
absl::StatusOr<Policy> ParsePolicy(absl::string_view text,
                                   std::vector<ParseWarning>* warnings);

// The words of the value; "'none'" for an empty list of sources, "" for a
// directive that takes no value.
std::string ValueToString(const DirectiveValue& value);

// Whether `text` is a word that the directive takes as token: a sandbox flag,
// a name of a trusted types policy, a URL or name to report to.
bool IsTokenOf(Directive directive, absl::string_view text);

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_POLICY_H_
