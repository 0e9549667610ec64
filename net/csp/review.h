#ifndef POSTERN_NET_CSP_REVIEW_H_
#define POSTERN_NET_CSP_REVIEW_H_

#include <cstdint>
#include <string>
#include <vector>

#include "net/csp/merge.h"
#include "net/csp/open_hosts.h"

namespace postern {
namespace csp {

enum class Severity : uint8_t { kInfo, kLow, kMedium, kHigh };
absl::string_view SeverityName(Severity severity);  // "high"

// One thing that an administrator should know.
struct Finding {
  Severity severity = Severity::kInfo;
  std::string code;  // stable: "SCRIPT_FROM_ANYWHERE"
  Directive directive = Directive::kDefaultSrc;
  std::string word;     // "" = of the whole directive or policy
  std::string message;  // in words
  std::vector<Provenance> from;
};

// One source that a policy has and the base has not.
struct Added {
  Directive directive = Directive::kDefaultSrc;
  std::string word;
  std::string in_words;  // "images from https://a.test"
  std::vector<Provenance> from;
};

struct PolicyReview {
  std::string app;  // "" = all apps together
  std::string header;
  std::vector<Added> added;
  // Kinds of load that reach further than the base, each with an example.
  std::vector<std::string> reachable;
  // What worked with the base (and, of all together, with an app's own policy)
  // and does not any more; only accepted conflicts do that.
  std::vector<std::string> stops;
  std::vector<Note> missing;  // asked for, not in force
  std::vector<Note> notes;    // what else the merge tells
  std::vector<Finding> findings;
  // Lines for the administrator's file that would grant what is missing.
  std::string paste;
};

struct Review {
  std::vector<PolicyReview> apps;
  PolicyReview all;
  std::vector<Finding> base_findings;
};

// What a source of the directive's list lets in: "images from https://a.test".
std::string SourceInWords(Directive directive, const Source& source);

// What is odd or dangerous about one policy; `from` of its words is known.
std::vector<Finding> FindingsOf(const MergedPolicy& merged,
                                const OpenHosts& open_hosts,
                                const Origin& self);

// Reviews what Merge() made of `input`.
Review MakeReview(const MergeInput& input, const MergeResult& result,
                  const OpenHosts& open_hosts);

// For a terminal, without control bytes: all words are ASCII that was parsed.
std::string ReviewToText(const Review& review);

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_REVIEW_H_
