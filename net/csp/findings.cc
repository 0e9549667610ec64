#include "net/csp/findings.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "net/address.h"
#include "net/csp/reach.h"

namespace postern {
namespace csp {
namespace {

using D = Directive;

// Servers and proxies refuse longer header lines; 8 KiB is what Apache and
// nginx take.
constexpr size_t kMaxHeader = 8 << 10;

// What the words of a list are read by.
struct ListFacts {
  D directive = D::kDefaultSrc;
  bool scripts = false;   // it governs loads of code
  bool elements = false;  // of script elements
  bool frames = false;
  bool workers = false;
  bool sockets = false;
  bool inlines = false;    // it governs scripts in the page
  bool styles = false;     // it governs styles in the page
  bool evals = false;      // it governs code from strings
  bool effective = false;  // it governs anything
  bool strict = false;     // it holds 'strict-dynamic'
  bool hashes = false;
  bool marks = false;  // hashes or nonces
};

ListFacts FactsOf(const Policy& policy, const DirectiveValue& value) {
  const auto governs = [&](D directive) {
    return policy.Governing(directive, Dialect::kSpec) == &value;
  };
  ListFacts out;
  out.directive = value.directive;
  out.workers = governs(D::kWorkerSrc);
  out.frames = governs(D::kFrameSrc);
  out.sockets = governs(D::kConnectSrc);
  out.elements = governs(D::kScriptSrcElem);
  out.scripts = out.elements || out.workers || governs(D::kObjectSrc);
  out.inlines = out.elements || governs(D::kScriptSrcAttr);
  out.styles = governs(D::kStyleSrcElem) || governs(D::kStyleSrcAttr);
  out.evals = governs(D::kScriptSrc);
  const auto leaves = LeafDirectives();
  out.effective = !IsFetchDirective(value.directive) || out.evals ||
                  std::any_of(leaves.begin(), leaves.end(), governs);
  for (const PlacedSource& s : value.sources) {
    out.hashes = out.hashes || s.source.kind == SourceKind::kHash;
    out.marks = out.marks || s.source.kind == SourceKind::kNonce;
    out.strict = out.strict || s.source.Is(Keyword::kStrictDynamic);
  }
  out.marks = out.marks || out.hashes;
  return out;
}

class Inspector {
 public:
  Inspector(const MergedPolicy& merged, const OpenHosts& open_hosts,
            const Origin& self)
      : merged_(merged), open_hosts_(open_hosts), self_(self) {}

  std::vector<Finding> Run() {
    for (size_t i = 0; i < merged_.policy.directives.size(); ++i) {
      InspectList(merged_.policy.directives[i], merged_.values[i]);
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

  void InspectList(const DirectiveValue& value, const MergedValue& words) {
    if (ValueKindOf(value.directive) != ValueKind::kSources) return;
    const ListFacts list = FactsOf(merged_.policy, value);
    if (!list.effective) return InspectShadowed(value);
    for (size_t n = 0; n < value.sources.size(); ++n) {
      Inspect(list, value.sources[n].source, words.words[n]);
    }
    if (list.sockets) InspectSockets(value, words);
  }

  void InspectShadowed(const DirectiveValue& value) {
    const bool everything = value.directive == D::kDefaultSrc;
    // It keeps out hints to prefetch, and kinds of load that are yet to come.
    if (everything && HoldsNothing(value)) return;
    Add(Severity::kInfo, "NEVER_EFFECTIVE", value.directive, nullptr,
        absl::StrCat("more specific directives govern all that it is for",
                     everything ? ", hints to prefetch aside" : ""));
  }

  static bool HoldsNothing(const DirectiveValue& value) {
    return std::all_of(value.sources.begin(), value.sources.end(),
                       [](const PlacedSource& s) {
                         return s.source.kind == SourceKind::kNone;
                       });
  }

  void Inspect(const ListFacts& list, const Source& source,
               const MergedWord& word) {
    if (source.kind == SourceKind::kKeyword) {
      return InspectKeyword(list, source, word);
    }
    const bool script_list =
        list.directive == D::kScriptSrc || list.directive == D::kScriptSrcElem;
    if (list.strict && script_list && MatchesUrls(source)) {
      return Add(Severity::kInfo, "NEVER_EFFECTIVE", list.directive, &word,
                 "void beside 'strict-dynamic'");
    }
    if (source.kind == SourceKind::kHost && !MatchesAnything(list, source)) {
      Add(Severity::kLow, "NEVER_EFFECTIVE", list.directive, &word,
          "matches no URL");
    }
    InspectReach(list, source, word);
    InspectHost(list, source, word);
  }

  // A port, an address or an ancestor's path may never be.
  bool MatchesAnything(const ListFacts& list, const Source& source) const {
    return !AtomsOf(source, list.directive, self_, Dialect::kSpec).empty() ||
           !AtomsOf(source, list.directive, self_, Dialect::kChromium).empty();
  }

  void InspectKeyword(const ListFacts& list, const Source& source,
                      const MergedWord& word) {
    switch (source.keyword) {
      case Keyword::kUnsafeInline:
        return InspectInline(list, word);
      case Keyword::kStrictDynamic:
        if (list.workers && !list.inlines) {
          Add(Severity::kHigh, "SCRIPT_FROM_ANYWHERE", list.directive, &word,
              "means nothing by the specification, and lets workers come from "
              "everywhere in Chromium");
        } else if (!list.inlines) {
          MeansNothing(list, word);
        }
        return;
      case Keyword::kUnsafeHashes:
        if (!list.inlines && !list.styles) return MeansNothing(list, word);
        if (!list.hashes) {
          Add(Severity::kLow, "NEVER_EFFECTIVE", list.directive, &word,
              "there is no hash that it could apply to");
        }
        return;
      case Keyword::kUnsafeEval:
        if (!list.evals) return MeansNothing(list, word);
        return Add(Severity::kMedium, "EVAL", list.directive, &word,
                   "text becomes code at run time");
      case Keyword::kWasmUnsafeEval:
      case Keyword::kTrustedTypesEval:
        if (!list.evals) MeansNothing(list, word);
        return;
      case Keyword::kReportSample:
      case Keyword::kInlineSpeculationRules:
        if (!list.inlines && !list.styles) MeansNothing(list, word);
        return;
    }
  }

  void MeansNothing(const ListFacts& list, const MergedWord& word) {
    Add(Severity::kLow, "NEVER_EFFECTIVE", list.directive, &word,
        absl::StrCat(word.text, " means nothing in ",
                     DirectiveName(list.directive)));
  }

  void InspectInline(const ListFacts& list, const MergedWord& word) {
    if (!list.inlines && !list.styles) return MeansNothing(list, word);
    const bool scripts = list.inlines && !list.strict;
    if (list.marks || (!scripts && !list.styles)) {
      return Add(Severity::kInfo, "NEVER_EFFECTIVE", list.directive, &word,
                 "void beside a nonce, a hash or 'strict-dynamic'");
    }
    Add(scripts ? Severity::kHigh : Severity::kLow,
        scripts ? "INLINE_SCRIPT" : "INLINE_STYLE", list.directive, &word,
        scripts ? "whoever puts text into a page runs scripts in it"
                : "whoever puts text into a page may restyle it");
  }

  void InspectReach(const ListFacts& list, const Source& source,
                    const MergedWord& word) {
    const D directive = list.directive;
    const bool script = list.scripts;
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
      return Add(script || list.frames ? Severity::kHigh : Severity::kLow,
                 "DATA_URL", directive, &word,
                 script ? "a data: URL is code that anybody can write"
                        : "content that no server vouches for");
    }
    if (scheme && (source.scheme == "blob" || source.scheme == "filesystem")) {
      // In a frame or an object it is a page, under the same policy.
      const bool code = list.elements || list.workers;
      return Add(code ? Severity::kHigh : Severity::kLow, "BLOB_URL", directive,
                 &word,
                 code ? "a script can make code and run it as a blob:"
                      : "content that a script of the page made");
    }
    if (scheme) {
      Add(Severity::kLow, "ODD_SCHEME", directive, &word,
          absl::StrCat("every ", source.scheme, ": URL"));
    }
  }

  void InspectHost(const ListFacts& list, const Source& source,
                   const MergedWord& word) {
    const D directive = list.directive;
    const bool script = list.scripts;
    InspectOpenHost(list, open_hosts_.Find(source), word);
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
    if (source.kind == SourceKind::kHost && net::IsIpv4(source.host)) {
      Add(Severity::kMedium, "ADDRESS", directive, &word,
          "an address: by the specification it matches nothing, in Chromium "
          "it does");
    }
  }

  void InspectOpenHost(const ListFacts& list, const OpenHost& open,
                       const MergedWord& word) {
    const bool script = list.scripts;
    switch (open.kind) {
      case OpenHost::Kind::kNotOpen:
        return;
      case OpenHost::Kind::kEverybodys:
        return Add(script ? Severity::kHigh : Severity::kMedium,
                   "ANYONE_PUBLISHES", list.directive, &word,
                   absl::StrCat("anyone can publish on ", open.host, "; ",
                                HowToNameAnOwner(open)));
      case OpenHost::Kind::kOneOwners:
        return Add(Severity::kInfo, "PATH_AFTER_REDIRECT", list.directive,
                   &word,
                   absl::StrCat("one owner's path of ", open.host,
                                ", where anyone can publish: after a redirect "
                                "browsers do not look at paths"));
      case OpenHost::Kind::kRunsScripts:
        if (!script) return;
        return Add(Severity::kHigh, "SCRIPT_GADGETS", list.directive, &word,
                   absl::StrCat("scripts of ", open.host,
                                " run code that a page's text names; name the "
                                "one file, or serve a copy yourself"));
    }
  }

  static std::string HowToNameAnOwner(const OpenHost& open) {
    if (open.has_owner_names) {
      return "name one owner's host below it, without \"*\"";
    }
    if (open.has_owner_paths) {
      return "name one owner's path, or serve a copy yourself";
    }
    return "no path makes it one owner's: serve a copy yourself";
  }

  // https: without wss: live connections fail. Of single hosts nobody knows
  // whether they are meant for any.
  void InspectSockets(const DirectiveValue& value, const MergedValue& words) {
    Reach reach;
    for (const PlacedSource& s : value.sources) {
      for (const Atom& atom :
           AtomsOf(s.source, D::kConnectSrc, self_, Dialect::kChromium)) {
        reach.Add(atom);
      }
    }
    for (size_t n = 0; n < value.sources.size(); ++n) {
      Source socket = value.sources[n].source;
      const bool any_host = socket.kind == SourceKind::kScheme ||
                            (socket.host_wildcard && socket.host.empty());
      if (socket.scheme != "https" || !any_host) continue;
      socket.scheme = "wss";
      const std::vector<Atom> atoms =
          AtomsOf(socket, D::kConnectSrc, self_, Dialect::kChromium);
      if (std::all_of(atoms.begin(), atoms.end(), [&reach](const Atom& atom) {
            return reach.Covers(atom);
          })) {
        continue;
      }
      Add(Severity::kInfo, "NO_WSS", value.directive, &words.words[n],
          absl::StrCat("web sockets of it are blocked; they want ",
                       socket.ToString()));
    }
  }

  const MergedPolicy& merged_;
  const OpenHosts& open_hosts_;
  const Origin& self_;
  std::vector<Finding> out_;
};

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

std::vector<Finding> FindingsOf(const MergedPolicy& merged,
                                const OpenHosts& open_hosts,
                                const Origin& self) {
  return Inspector(merged, open_hosts, self).Run();
}

}  // namespace csp
}  // namespace postern
