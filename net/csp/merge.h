#ifndef POSTERN_NET_CSP_MERGE_H_
#define POSTERN_NET_CSP_MERGE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "net/csp/policy.h"
#include "net/csp/policy_text.h"
#include "net/csp/url.h"

namespace postern {
namespace csp {

// Who said a word of a policy.
enum class Voice : uint8_t { kBase, kRequest, kGrant, kCeiling };
absl::string_view VoiceName(Voice voice);

struct Provenance {
  Voice voice = Voice::kBase;
  std::string app;  // of a request and a grant
  std::string file;
  Place place;

  std::string ToString() const;  // "granted to notes, admin.csp:3:9"
};

struct MergedWord {
  std::string text;  // a source or token in its canonical form
  std::vector<Provenance> from;
};

struct MergedValue {
  Directive directive = Directive::kDefaultSrc;
  std::vector<MergedWord> words;
  std::vector<Provenance> from;  // of a directive that takes no words or none
};

// A policy, and for each of its words in the policy's order where it comes
// from.
struct MergedPolicy {
  Policy policy;
  std::vector<MergedValue> values;
};

enum class NoteKind : uint8_t {
  kNotGranted,       // asked for, not granted
  kNotAsked,         // granted, not asked for
  kNoneDropped,      // 'none' cannot be added
  kConflict,         // not accepted by its name: left out
  kConflictTaken,    // accepted by its name
  kAlreadyAllowed,   // granted or asked for, and nothing is to be added
  kNeverEffective,   // a more specific directive governs all that it is for
  kPartlyEffective,  // more specific ones govern some of what it is for
  kOutsideCeiling,   // left out, or narrowed to what the text says
  kFromCeiling,      // a directive that the ceiling demands
};

struct Note {
  NoteKind kind = NoteKind::kNotGranted;
  std::string app;  // "" = the base
  Directive directive = Directive::kDefaultSrc;
  std::string word;
  Provenance at;
  std::string message;  // a sentence without its end
};

struct RequestInput {
  std::string app;
  PolicyText request;
};

struct GrantInput {
  std::string app;
  PolicyText grant;
  std::vector<Conflict> accepted;
};

// What an administrator's text grants one app.
GrantInput ToGrantInput(GrantText grant);

struct MergeInput {
  PolicyText base;
  std::vector<RequestInput> requests;  // at most one an app
  std::vector<GrantInput> grants;      // at most one an app
  absl::optional<PolicyText> ceiling;
  Origin self;  // of the pages; empty = AssumedOrigin()
};

struct AppPolicy {
  std::string app;
  MergedPolicy merged;
  std::vector<Note> notes;
};

struct MergeResult {
  MergedPolicy base;            // within the ceiling
  std::vector<AppPolicy> apps;  // one an app that asks or is granted
  MergedPolicy all;             // with the grants of all apps
  std::vector<Note> notes;      // of `all`
};

// Adds to the base what the administrator granted: for each app by itself, and
// for all apps together. What an app asks for changes nothing (a request is no
// grant). The meaning of policies is merged, not their text:
//  - What a granted source is for grows from the list that governs it so far,
//    by its fallback chain: to "default-src 'self'", a granted "img-src
//    https://a.test" adds "img-src 'self' https://a.test". Where nothing
//    restricts it, nothing is added. Directives that would lose their list to
//    an added one get it spelled out.
//  - Conflicts are left out unless accepted by name (see Conflict).
//  - The result lies within the ceiling, to both dialects: sources are
//    narrowed or left out. A ceiling never makes it allow more.
//  - The order of apps and of lines changes no set of sources.
// So, conflicts that were accepted aside, a grant never blocks what was
// allowed before. InvalidArgument for an app with two grants or requests or a
// name that is none (IsAppName()); ResourceExhausted where narrowing costs too
// much, all apps together; FailedPrecondition if the result cannot be kept
// within the ceiling: nothing is merged then.
absl::StatusOr<MergeResult> Merge(const MergeInput& input);

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_MERGE_H_
