#include "net/csp/review.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "net/csp/reach.h"
#include "net/csp/subsume.h"

namespace postern {
namespace csp {
namespace {

using D = Directive;

// Servers and proxies refuse longer header lines; 8 KiB is what Apache and
// nginx take.
constexpr size_t kMaxHeader = 8 << 10;

bool IsScriptDirective(D directive) {
  return directive == D::kScriptSrc || directive == D::kScriptSrcElem ||
         directive == D::kDefaultSrc || directive == D::kWorkerSrc ||
         directive == D::kChildSrc || directive == D::kObjectSrc;
}

bool IsCodeDirective(D directive) {
  return directive == D::kScriptSrc || directive == D::kScriptSrcElem ||
         directive == D::kScriptSrcAttr || directive == D::kDefaultSrc;
}

bool IsKeyword(const Source& source, Keyword keyword) {
  return source.kind == SourceKind::kKeyword && source.keyword == keyword;
}

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

// ---- Findings ----

class Inspector {
 public:
  Inspector(const MergedPolicy& merged, const OpenHosts& open_hosts,
            const Origin& self)
      : merged_(merged), open_hosts_(open_hosts), self_(self) {}

  std::vector<Finding> Run() {
    for (size_t i = 0; i < merged_.policy.directives.size(); ++i) {
      const DirectiveValue& value = merged_.policy.directives[i];
      for (size_t n = 0; n < value.sources.size(); ++n) {
        Inspect(value, value.sources[n].source, merged_.values[i].words[n]);
      }
      InspectSockets(value, merged_.values[i]);
    }
    const size_t size = merged_.policy.ToString().size();
    if (size > kMaxHeader) {
      Add(Severity::kMedium, "HEADER_TOO_LONG", D::kDefaultSrc, nullptr,
          absl::StrCat("the header has ", size,
                       " bytes; servers and proxies may refuse more than ",
                       kMaxHeader));
    }
    if (merged_.policy.Governing(D::kScriptSrcElem, Dialect::kSpec) ==
        nullptr) {
      Add(Severity::kHigh, "SCRIPTS_UNRESTRICTED", D::kScriptSrc, nullptr,
          "neither script-src nor default-src: scripts run from anywhere");
    }
    std::stable_sort(out_.begin(), out_.end(),
                     [](const Finding& a, const Finding& b) {
                       return a.severity > b.severity;
                     });
    return std::move(out_);
  }

 private:
  void Add(Severity severity, const char* code, D directive,
           const MergedWord* word, std::string message) {
    Finding finding;
    finding.severity = severity;
    finding.code = code;
    finding.directive = directive;
    finding.message = std::move(message);
    if (word != nullptr) {
      finding.word = word->text;
      finding.from = word->from;
    }
    out_.push_back(std::move(finding));
  }

  void Inspect(const DirectiveValue& value, const Source& source,
               const MergedWord& word) {
    const D directive = value.directive;
    if (source.kind == SourceKind::kKeyword) {
      return InspectKeyword(value, source, word);
    }
    const bool strict = std::any_of(
        value.sources.begin(), value.sources.end(), [](const PlacedSource& s) {
          return IsKeyword(s.source, Keyword::kStrictDynamic);
        });
    const bool url =
        source.kind == SourceKind::kAny || source.kind == SourceKind::kScheme ||
        source.kind == SourceKind::kHost || source.kind == SourceKind::kSelf;
    const bool script_list =
        directive == D::kScriptSrc || directive == D::kScriptSrcElem;
    if (strict && script_list && url) {
      return Add(Severity::kInfo, "NEVER_EFFECTIVE", directive, &word,
                 "void beside 'strict-dynamic'");
    }
    if (AtomsNone(source, directive)) {
      Add(Severity::kLow, "NEVER_EFFECTIVE", directive, &word,
          "matches no URL");
    }
    InspectReach(directive, source, word);
    InspectHost(directive, source, word);
  }

  // A port or an address that no dialect ever matches.
  bool AtomsNone(const Source& source, D directive) const {
    if (source.kind != SourceKind::kHost) return false;
    return !IntersectSources(source, source, directive, self_).has_value();
  }

  void InspectKeyword(const DirectiveValue& value, const Source& source,
                      const MergedWord& word) {
    const D directive = value.directive;
    bool marks = false, hashes = false, strict = false;
    for (const PlacedSource& s : value.sources) {
      hashes = hashes || s.source.kind == SourceKind::kHash;
      marks = marks || s.source.kind == SourceKind::kHash ||
              s.source.kind == SourceKind::kNonce;
      strict = strict || IsKeyword(s.source, Keyword::kStrictDynamic);
    }
    const bool script = IsCodeDirective(directive);
    const bool style = absl::StartsWith(DirectiveName(directive), "style");
    if (!script && !style) {
      return Add(Severity::kLow, "NEVER_EFFECTIVE", directive, &word,
                 absl::StrCat(word.text, " means nothing in ",
                              DirectiveName(directive)));
    }
    if (IsKeyword(source, Keyword::kUnsafeInline)) {
      if (marks || (strict && script && directive != D::kDefaultSrc)) {
        return Add(Severity::kInfo, "NEVER_EFFECTIVE", directive, &word,
                   "void beside a nonce, a hash or 'strict-dynamic'");
      }
      return Add(script ? Severity::kHigh : Severity::kLow,
                 script ? "INLINE_SCRIPT" : "INLINE_STYLE", directive, &word,
                 script ? "whoever puts text into a page runs scripts in it"
                        : "whoever puts text into a page may restyle it");
    }
    if (IsKeyword(source, Keyword::kUnsafeEval) && script) {
      Add(Severity::kMedium, "EVAL", directive, &word,
          "text becomes code at run time");
    }
    if (IsKeyword(source, Keyword::kUnsafeHashes) && !hashes) {
      Add(Severity::kLow, "NEVER_EFFECTIVE", directive, &word,
          "there is no hash that it could apply to");
    }
  }

  void InspectReach(D directive, const Source& source, const MergedWord& word) {
    const bool script = IsScriptDirective(directive);
    const bool any_host =
        source.kind == SourceKind::kAny ||
        (source.kind == SourceKind::kHost && source.host.empty());
    const bool scheme = source.kind == SourceKind::kScheme;
    const bool network =
        scheme && (source.scheme == "http" || source.scheme == "https" ||
                   source.scheme == "ws" || source.scheme == "wss");
    if (any_host || network) {
      return Add(script ? Severity::kHigh : Severity::kMedium,
                 script ? "SCRIPT_FROM_ANYWHERE" : "ANY_HOST", directive, &word,
                 script ? "code may come from every host, an attacker's too"
                        : absl::StrCat(WhatLoads(directive),
                                       " may come from every host, and data "
                                       "may leave to it"));
    }
    if (scheme && source.scheme == "data") {
      return Add(script || directive == D::kFrameSrc ? Severity::kHigh
                                                     : Severity::kLow,
                 "DATA_URL", directive, &word,
                 script ? "a data: URL is code that anybody can write"
                        : "content that no server vouches for");
    }
    if (scheme && (source.scheme == "blob" || source.scheme == "filesystem")) {
      return Add(script ? Severity::kHigh : Severity::kLow, "BLOB_URL",
                 directive, &word,
                 script ? "a script can make code and run it as a blob:"
                        : "content that a script of the page made");
    }
    if (scheme) {
      Add(Severity::kLow, "ODD_SCHEME", directive, &word,
          absl::StrCat("every ", source.scheme, ": URL"));
    }
  }

  void InspectHost(D directive, const Source& source, const MergedWord& word) {
    const bool script = IsScriptDirective(directive);
    const std::string open = open_hosts_.Find(source);
    if (!open.empty()) {
      Add(script ? Severity::kHigh : Severity::kMedium, "ANYONE_PUBLISHES",
          directive, &word,
          absl::StrCat("anyone can publish on ", open,
                       "; name one owner's path, or serve a copy yourself"));
    }
    const bool plain = source.scheme == "http" || source.scheme == "ws";
    const bool names =
        source.kind == SourceKind::kHost || source.kind == SourceKind::kScheme;
    if (names && plain && self_.scheme == "https") {
      Add(script ? Severity::kHigh : Severity::kMedium, "PLAIN_ON_HTTPS",
          directive, &word,
          absl::StrCat(source.scheme,
                       " on an https page: anybody on the way may read and "
                       "change it, and browsers block much of it"));
    }
    if (source.kind == SourceKind::kHost && IsIpv4(source.host)) {
      Add(Severity::kMedium, "ADDRESS", directive, &word,
          "an address: by the specification it matches nothing, in Chromium "
          "it does");
    }
  }

  // https: without wss: of the same host: live connections fail.
  void InspectSockets(const DirectiveValue& value, const MergedValue& words) {
    if (value.directive != D::kConnectSrc) return;
    Reach reach;
    for (const PlacedSource& s : value.sources) {
      for (const Atom& atom :
           AtomsOf(s.source, D::kConnectSrc, self_, Dialect::kChromium)) {
        reach.Add(atom);
      }
    }
    for (size_t n = 0; n < value.sources.size(); ++n) {
      Source socket = value.sources[n].source;
      if (socket.scheme != "https") continue;
      socket.scheme = "wss";
      const std::vector<Atom> atoms =
          AtomsOf(socket, D::kConnectSrc, self_, Dialect::kChromium);
      if (std::all_of(atoms.begin(), atoms.end(), [&reach](const Atom& atom) {
            return reach.Covers(atom);
          })) {
        continue;
      }
      Add(Severity::kInfo, "NO_WSS", D::kConnectSrc, &words.words[n],
          absl::StrCat("web sockets of it are blocked; they want ",
                       socket.ToString()));
    }
  }

  const MergedPolicy& merged_;
  const OpenHosts& open_hosts_;
  const Origin& self_;
  std::vector<Finding> out_;
};

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
      out.push_back(
          {value.directive, "", std::string(WhatLoads(value.directive)), {}});
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

PolicyReview ReviewOne(const std::string& app, const MergeResult& result,
                       const MergedPolicy& merged,
                       const std::vector<Note>& notes,
                       const OpenHosts& open_hosts, const Origin& self) {
  PolicyReview out;
  out.app = app;
  out.header = merged.policy.ToString();
  out.added = AddedBy(result.base, merged);
  out.reachable = Beyond(result.base.policy, merged.policy, self);
  out.stops = Beyond(merged.policy, result.base.policy, self);
  for (const Note& note : notes) {
    const bool missing = IsMissing(note.kind) && !note.app.empty();
    (missing ? out.missing : out.notes).push_back(note);
  }
  out.findings = FindingsOf(merged, open_hosts, self);
  // What the base says already is told of once, with the base.
  const auto before = WordsOf(result.base);
  out.findings.erase(std::remove_if(out.findings.begin(), out.findings.end(),
                                    [&before](const Finding& finding) {
                                      return !finding.word.empty() &&
                                             before.count({finding.directive,
                                                           finding.word}) > 0 &&
                                             finding.code != "NEVER_EFFECTIVE";
                                    }),
                     out.findings.end());
  if (!app.empty()) out.paste = PasteOf(app, out.missing);
  return out;
}

// ---- Text ----

std::string Froms(const std::vector<Provenance>& from) {
  std::string out;
  for (const Provenance& one : from) {
    absl::StrAppend(&out, out.empty() ? "" : "; ", one.ToString());
  }
  return out;
}

void AppendFindings(const std::vector<Finding>& findings, std::string* out) {
  for (const Finding& finding : findings) {
    absl::StrAppend(out, "  ", SeverityName(finding.severity), " ",
                    finding.code, "  ", DirectiveName(finding.directive),
                    finding.word.empty() ? "" : " ", finding.word, "\n      ",
                    finding.message, "\n");
    if (!finding.from.empty()) {
      absl::StrAppend(out, "      ", Froms(finding.from), "\n");
    }
  }
}

void AppendNotes(absl::string_view title, const std::vector<Note>& notes,
                 std::string* out) {
  if (notes.empty()) return;
  absl::StrAppend(out, title, "\n");
  for (const Note& note : notes) {
    const bool whole = note.word == DirectiveName(note.directive);
    absl::StrAppend(out, "  ", DirectiveName(note.directive), whole ? "" : " ",
                    whole ? "" : note.word, "\n      ", note.message,
                    "\n      ", note.at.ToString(), "\n");
  }
}

void AppendLines(absl::string_view title, const std::vector<std::string>& lines,
                 std::string* out) {
  if (lines.empty()) return;
  absl::StrAppend(out, title, "\n");
  for (const std::string& line : lines) absl::StrAppend(out, "  ", line, "\n");
}

void AppendPolicy(const PolicyReview& review, std::string* out) {
  absl::StrAppend(
      out, review.app.empty() ? "All apps together" : "App " + review.app, "\n",
      review.added.empty() ? "Added: nothing\n" : "Added:\n");
  for (const Added& added : review.added) {
    absl::StrAppend(out, "  + ", DirectiveName(added.directive),
                    added.word.empty() ? "" : " ", added.word, "\n      ",
                    added.in_words, "\n");
    if (!added.from.empty()) {
      absl::StrAppend(out, "      ", Froms(added.from), "\n");
    }
  }
  AppendLines("Newly reachable, for example:", review.reachable, out);
  AppendLines("Stops working, for example:", review.stops, out);
  AppendNotes("Missing:", review.missing, out);
  AppendNotes("Notes:", review.notes, out);
  if (!review.findings.empty()) absl::StrAppend(out, "Findings:\n");
  AppendFindings(review.findings, out);
  if (!review.paste.empty()) {
    absl::StrAppend(out, "To grant what is missing, paste:\n", review.paste);
  }
  absl::StrAppend(out, "Content-Security-Policy: ", review.header, "\n");
}

}  // namespace

absl::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kLow:
      return "low";
    case Severity::kMedium:
      return "medium";
    case Severity::kHigh:
      return "high";
  }
  return "";
}

std::string SourceInWords(Directive directive, const Source& source) {
  return InWords(directive, source);
}

std::vector<Finding> FindingsOf(const MergedPolicy& merged,
                                const OpenHosts& open_hosts,
                                const Origin& self) {
  return Inspector(merged, open_hosts, self).Run();
}

Review MakeReview(const MergeInput& input, const MergeResult& result,
                  const OpenHosts& open_hosts) {
  const Origin self = input.self.scheme.empty() ? AssumedOrigin() : input.self;
  Review out;
  out.base_findings = FindingsOf(result.base, open_hosts, self);
  for (const AppPolicy& app : result.apps) {
    out.apps.push_back(
        ReviewOne(app.app, result, app.merged, app.notes, open_hosts, self));
  }
  out.all = ReviewOne("", result, result.all, result.notes, open_hosts, self);
  // What an app may do alone and not beside the others.
  for (const AppPolicy& app : result.apps) {
    for (const std::string& line :
         Beyond(result.all.policy, app.merged.policy, self)) {
      out.all.stops.push_back(absl::StrCat(line, " (of ", app.app, ")"));
    }
  }
  return out;
}

std::string ReviewToText(const Review& review) {
  std::string out;
  if (!review.base_findings.empty()) {
    absl::StrAppend(&out, "Base\nFindings:\n");
    AppendFindings(review.base_findings, &out);
    absl::StrAppend(&out, "\n");
  }
  for (const PolicyReview& app : review.apps) {
    AppendPolicy(app, &out);
    absl::StrAppend(&out, "\n");
  }
  AppendPolicy(review.all, &out);
  return out;
}

}  // namespace csp
}  // namespace postern
