#include "net/csp/ceiling_notes.h"

#include <map>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"

namespace postern {
namespace csp {
namespace internal {
namespace {

// What is left of a value: its words, and which of them each entry became.
struct Remains {
  std::set<std::string> words;
  std::map<EntryId, std::string> by_entry;
};

Remains RemainsOf(const DirectiveValue& value) {
  Remains out;
  for (const PlacedSource& s : value.sources) {
    const std::string word = s.source.ToString();
    out.words.insert(word);
    std::string& words = out.by_entry[EntryAt(s.place)];
    absl::StrAppend(&words, words.empty() ? "" : " ", word);
  }
  for (const PlacedToken& token : value.tokens) out.words.insert(token.text);
  return out;
}

class CeilingNotes {
 public:
  CeilingNotes(const Policy& before, const Policy& after, const Ledger& ledger,
               std::vector<Note>* notes)
      : before_(before), after_(after), ledger_(ledger), notes_(notes) {}

  // Lists that a ceiling's own list took over from.
  void TellOfInherited() {
    for (const DirectiveValue& value : after_.directives) {
      const Directive directive = value.directive;
      const DirectiveValue* const governed =
          before_.Governing(directive, Dialect::kSpec);
      const bool attributes = directive == Directive::kScriptSrcAttr ||
                              directive == Directive::kStyleSrcAttr;
      if (governed == nullptr || governed->directive == directive ||
          attributes) {
        continue;
      }
      const Remains remains = RemainsOf(value);
      for (const PlacedSource& s : governed->sources) {
        if (!MatchesUrls(s.source)) continue;
        TellIfCut(directive, s.source.ToString(), s.place, remains);
      }
    }
  }

  void TellOfOwn() {
    for (const DirectiveValue& value : before_.directives) {
      const DirectiveValue* const left = after_.Find(value.directive);
      if (left == nullptr) continue;
      const Remains remains = RemainsOf(*left);
      for (const PlacedSource& s : value.sources) {
        if (s.source.kind == SourceKind::kNone) continue;
        TellIfCut(value.directive, s.source.ToString(), s.place, remains);
      }
      for (const PlacedToken& token : value.tokens) {
        TellIfCut(value.directive, token.text, token.place, remains);
      }
    }
  }

  // Directives that nothing asked for, where nothing restricted anything.
  void TellOfDemanded() {
    for (const DirectiveValue& value : after_.directives) {
      const Directive directive = value.directive;
      if (before_.Governing(directive, Dialect::kSpec) != nullptr) continue;
      notes_->push_back({NoteKind::kFromCeiling, "", directive,
                         std::string(DirectiveName(directive)),
                         ledger_.Get(EntryAt(value.place))[0],
                         "added: the ceiling demands it"});
    }
  }

 private:
  void TellIfCut(Directive directive, const std::string& word,
                 const Place& place, const Remains& remains) {
    if (remains.words.count(word) > 0) return;
    const auto rest = remains.by_entry.find(EntryAt(place));
    const std::string message =
        rest == remains.by_entry.end()
            ? "left out: outside the ceiling"
            : absl::StrCat("narrowed by the ceiling to ", rest->second);
    std::set<std::string> told;  // each of those who said it, once
    for (const Provenance& at : ledger_.Get(EntryAt(place))) {
      if (!told.insert(at.ToString()).second) continue;
      notes_->push_back(
          {NoteKind::kOutsideCeiling, at.app, directive, word, at, message});
    }
  }

  const Policy& before_;
  const Policy& after_;
  const Ledger& ledger_;
  std::vector<Note>* const notes_;
};

}  // namespace

void TellOfCeiling(const Policy& before, const Policy& after,
                   const Ledger& ledger, std::vector<Note>* notes) {
  CeilingNotes ceiling(before, after, ledger, notes);
  ceiling.TellOfInherited();
  ceiling.TellOfOwn();
  ceiling.TellOfDemanded();
}

}  // namespace internal
}  // namespace csp
}  // namespace postern
