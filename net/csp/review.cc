#include "net/csp/review.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "net/csp/conflict.h"
#include "net/csp/review_missing.h"
#include "net/csp/subsume.h"

namespace postern {
namespace csp {
namespace {

using D = Directive;

std::string KeywordWords(D directive, Keyword keyword) {
  const bool styles = absl::StartsWith(DirectiveName(directive), "style");
  const bool both = directive == D::kDefaultSrc;
  switch (keyword) {
    case Keyword::kUnsafeInline:
      return both     ? "all inline scripts and styles"
             : styles ? "all inline styles"
                      : "all inline scripts and event handlers";
    case Keyword::kUnsafeEval:
      return "code from strings (eval)";
    case Keyword::kStrictDynamic:
      return "scripts from anywhere that a trusted script inserts; hosts, "
             "schemes and 'self' stop counting";
    case Keyword::kUnsafeHashes:
      return "event handlers and style attributes by their digest";
    case Keyword::kReportSample:
      return "samples of blocked code in reports";
    case Keyword::kWasmUnsafeEval:
      return "WebAssembly";
    case Keyword::kTrustedTypesEval:
      return "code from strings of trusted types";
    case Keyword::kInlineSpeculationRules:
      return "inline speculation rules";
  }
  return "";
}

std::string InWords(D directive, const Source& source) {
  const absl::string_view what = WhatLoads(directive);
  switch (source.kind) {
    case SourceKind::kAny:
      return absl::StrCat(what, " from every host");
    case SourceKind::kSelf:
      return absl::StrCat(what, " from the page's own origin");
    case SourceKind::kScheme:
      return absl::StrCat(what, " from every ", source.scheme, ": URL");
    case SourceKind::kHost:
      return absl::StrCat(what, " from ", source.ToString());
    case SourceKind::kKeyword:
      return KeywordWords(directive, source.keyword);
    case SourceKind::kNonce:
      return absl::StrCat(what, " that carry a nonce");
    case SourceKind::kHash:
      return absl::StrCat(what, " with one digest");
    case SourceKind::kNone:
    case SourceKind::kInvalid:
      return absl::StrCat("no ", what);
  }
  return "";
}

// ---- The review ----

// Kinds of load for which the second policy allows what the first does not,
// each with an example that is real to either dialect.
std::vector<std::string> Beyond(const Policy& bound, const Policy& policy,
                                const Origin& self) {
  std::vector<std::string> out;
  std::set<std::string> seen;
  for (Dialect dialect : {Dialect::kSpec, Dialect::kChromium}) {
    for (const Subsumption& difference :
         Differences(bound, absl::MakeConstSpan(&policy, 1), self, dialect)) {
      // One example a kind: the dialects often differ in it only.
      const std::string kind =
          difference.load
              ? absl::StrCat(WhatLoads(difference.directive), " ",
                             difference.load->nonce, difference.load->integrity)
              : difference.counterexample;
      if (seen.insert(kind).second) out.push_back(difference.counterexample);
    }
  }
  return out;
}

std::set<std::pair<D, std::string>> WordsOf(const MergedPolicy& merged) {
  std::set<std::pair<D, std::string>> out;
  for (const MergedValue& value : merged.values) {
    for (const MergedWord& word : value.words) {
      out.insert({value.directive, word.text});
    }
    if (value.words.empty()) out.insert({value.directive, ""});
  }
  return out;
}

// Sources of the base that stand in a new directive are nothing new.
bool IsFromBaseAlone(const MergedWord& word) {
  return !word.from.empty() && std::all_of(word.from.begin(), word.from.end(),
                                           [](const Provenance& p) {
                                             return p.voice == Voice::kBase;
                                           });
}

std::vector<Added> AddedBy(const MergedPolicy& base,
                           const MergedPolicy& merged) {
  std::vector<Added> out;
  const auto before = WordsOf(base);
  for (size_t i = 0; i < merged.values.size(); ++i) {
    const MergedValue& value = merged.values[i];
    const DirectiveValue& parsed = merged.policy.directives[i];
    for (size_t n = 0; n < value.words.size(); ++n) {
      const MergedWord& word = value.words[n];
      if (before.count({value.directive, word.text}) > 0 ||
          IsFromBaseAlone(word)) {
        continue;
      }
      const std::string words =
          n < parsed.sources.size()
              ? InWords(value.directive, parsed.sources[n].source)
              : absl::StrCat(WhatLoads(value.directive), ": ", word.text);
      out.push_back({value.directive, word.text, words, word.from});
    }
    if (value.words.empty() && before.count({value.directive, ""}) == 0) {
      out.push_back({value.directive, "",
                     std::string(WhatLoads(value.directive)), value.from});
    }
  }
  return out;
}

bool IsMissing(NoteKind kind) {
  switch (kind) {
    case NoteKind::kNotGranted:
    case NoteKind::kConflict:
    case NoteKind::kOutsideCeiling:
      return true;
    case NoteKind::kNotAsked:
    case NoteKind::kNoneDropped:
    case NoteKind::kConflictTaken:
    case NoteKind::kAlreadyAllowed:
    case NoteKind::kNeverEffective:
    case NoteKind::kPartlyEffective:
    case NoteKind::kFromCeiling:
      return false;
  }
  return false;
}

// The lines of a grant that would be needed, by directive.
std::string PasteOf(const std::string& app, const std::vector<Note>& missing) {
  std::string out;
  std::set<D> done;
  std::set<std::string> accept;
  for (const Note& note : missing) {
    if (note.kind == NoteKind::kOutsideCeiling) continue;
    absl::optional<Conflict> conflict = ConflictOf(note.directive);
    if (!conflict) conflict = ConflictOf(ParseSource(note.word).source);
    if (conflict) accept.insert(std::string(ConflictName(*conflict)));
    if (note.kind != NoteKind::kNotGranted ||
        !done.insert(note.directive).second) {
      continue;
    }
    absl::StrAppend(&out, DirectiveName(note.directive));
    for (const Note& other : missing) {
      if (other.kind != NoteKind::kNotGranted ||
          other.directive != note.directive ||
          ValueKindOf(other.directive) == ValueKind::kNothing) {
        continue;
      }
      absl::StrAppend(&out, " ", other.word);
    }
    absl::StrAppend(&out, "\n");
  }
  for (const std::string& name : accept) {
    absl::StrAppend(&out, "accept ", name, "\n");
  }
  return out.empty() ? "" : absl::StrCat("[grant ", app, "]\n", out);
}

// What is told of the base already is told of once, with the base.
std::vector<Finding> BeyondBase(std::vector<Finding> findings,
                                const std::vector<Finding>& of_base) {
  const auto is_known = [&of_base](const Finding& finding) {
    return std::any_of(of_base.begin(), of_base.end(),
                       [&finding](const Finding& known) {
                         return known.severity == finding.severity &&
                                known.code == finding.code &&
                                known.directive == finding.directive &&
                                known.word == finding.word;
                       });
  };
  findings.erase(std::remove_if(findings.begin(), findings.end(), is_known),
                 findings.end());
  return findings;
}

// Makes the review of one policy after the other.
class Reviewer {
 public:
  Reviewer(const MergeInput& input, const MergeResult& result,
           const OpenHosts& open_hosts)
      : input_(input),
        result_(result),
        open_hosts_(open_hosts),
        self_(input.self.scheme.empty() ? AssumedOrigin() : input.self) {}

  Review Run() {
    Review out;
    out.base_findings = FindingsOf(result_.base, open_hosts_, self_);
    of_base_ = &out.base_findings;
    for (const AppPolicy& app : result_.apps) {
      out.apps.push_back(ReviewOne(app.app, app.merged, app.notes));
    }
    out.all = ReviewOne("", result_.all, result_.notes);
    TellOfApps(&out);
    return out;
  }

 private:
  PolicyReview ReviewOne(const std::string& app, const MergedPolicy& merged,
                         const std::vector<Note>& notes) const {
    PolicyReview out;
    out.app = app;
    out.header = merged.policy.ToString();
    out.is_base = out.header == result_.base.policy.ToString();
    out.added = AddedBy(result_.base, merged);
    out.reachable = Beyond(result_.base.policy, merged.policy, self_);
    // Before any ceiling: pages do not know why something stopped.
    out.stops = Beyond(merged.policy, input_.base.policy, self_);
    for (const Note& note : notes) {
      const bool missing = IsMissing(note.kind) && !note.app.empty();
      (missing ? out.missing : out.notes).push_back(note);
    }
    out.findings =
        BeyondBase(FindingsOf(merged, open_hosts_, self_), *of_base_);
    if (app.empty()) return out;
    out.if_granted =
        BeyondBase(internal::FindingsIfGranted(input_, app, out.missing,
                                               open_hosts_, self_),
                   *of_base_);
    out.paste = PasteOf(app, out.missing);
    return out;
  }

  // Of all together: each app's examples, and what an app may do alone and not
  // beside the others.
  void TellOfApps(Review* review) const {
    std::set<std::string> known(review->all.reachable.begin(),
                                review->all.reachable.end());
    for (const PolicyReview& app : review->apps) {
      for (const std::string& line : app.reachable) {
        if (!known.insert(line).second) continue;
        review->all.reachable.push_back(
            absl::StrCat(line, " (of ", app.app, ")"));
      }
    }
    for (const AppPolicy& app : result_.apps) {
      for (const std::string& line :
           Beyond(result_.all.policy, app.merged.policy, self_)) {
        review->all.stops.push_back(absl::StrCat(line, " (of ", app.app, ")"));
      }
    }
  }

  const MergeInput& input_;
  const MergeResult& result_;
  const OpenHosts& open_hosts_;
  const Origin self_;
  const std::vector<Finding>* of_base_ = nullptr;
};

}  // namespace

std::string SourceInWords(Directive directive, const Source& source) {
  return InWords(directive, source);
}

Review MakeReview(const MergeInput& input, const MergeResult& result,
                  const OpenHosts& open_hosts) {
  return Reviewer(input, result, open_hosts).Run();
}

}  // namespace csp
}  // namespace postern
