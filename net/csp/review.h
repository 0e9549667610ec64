#ifndef POSTERN_NET_CSP_REVIEW_H_
#define POSTERN_NET_CSP_REVIEW_H_

#include <string>
#include <vector>

#include "net/csp/findings.h"
#include "net/csp/merge.h"
#include "net/csp/open_hosts.h"

namespace postern {
namespace csp {

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
  bool is_base = false;  // the base's, within the ceiling
  std::vector<Added> added;
  // Kinds of load that reach further than the base, each with an example.
  std::vector<std::string> reachable;
  // What worked before and does not any more: with the base without a ceiling,
  // and for all apps together also with an app's own policy. Only accepted
  // conflicts and the ceiling cause that.
  std::vector<std::string> stops;
  std::vector<Note> missing;        // asked for, not in force
  std::vector<Finding> if_granted;  // what would be found in what is missing
  std::vector<Note> notes;          // the other notes of the merge
  std::vector<Finding> findings;
  // Lines for the administrator's file that would grant what is missing.
  std::string paste;
};

struct Review {
  std::vector<PolicyReview> apps;
  PolicyReview all;
  std::vector<Finding> base_findings;
};

// Says what a source of the directive's list lets in: "images from
// https://a.test".
std::string SourceInWords(Directive directive, const Source& source);

// Reviews what Merge() made of `input`.
Review MakeReview(const MergeInput& input, const MergeResult& result,
                  const OpenHosts& open_hosts);

// Writes the review for a terminal. It holds no control bytes: words were
// parsed, and are ASCII; names of files are escaped.
std::string ReviewToText(const Review& review);

// Writes the notes of a merge, two or three lines each, indented.
std::string NotesToText(const std::vector<Note>& notes);

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_REVIEW_H_
