#include "net/csp/allowed_by_list.h"

#include <utility>

#include "net/csp/reach.h"

namespace postern {
namespace csp {
namespace {

// Whether the sources of the list are void (CSP3, section 6.7.1.1).
bool VoidsUrls(const DirectiveValue& value) {
  const bool scripts = value.directive == Directive::kScriptSrc ||
                       value.directive == Directive::kScriptSrcElem ||
                       value.directive == Directive::kDefaultSrc;
  return scripts && HasKeyword(value.sources, Keyword::kStrictDynamic);
}

// No worker stands in a page's text, so that 'strict-dynamic' of a list for
// scripts allows them all.
bool LetsInAllWorkers(const DirectiveValue& bound, Directive directive) {
  return directive == Directive::kWorkerSrc &&
         (bound.directive == Directive::kScriptSrc ||
          bound.directive == Directive::kScriptSrcElem) &&
         HasKeyword(bound.sources, Keyword::kStrictDynamic);
}

}  // namespace

bool AllowsWord(const std::set<std::string>& words, const Source& source) {
  if (words.count(source.ToString()) > 0) return true;
  return (source.Is(Keyword::kWasmUnsafeEval) ||
          source.Is(Keyword::kTrustedTypesEval)) &&
         words.count(std::string(KeywordName(Keyword::kUnsafeEval))) > 0;
}

struct AllowedByList::Rep {
  Rep(Directive directive, const Origin& origin)
      : self(origin), reach(directive, self) {}

  const Origin self;
  BothReaches reach;
  std::set<std::string> words;
  bool every_url = false;
};

AllowedByList::AllowedByList(const DirectiveValue& list, Directive leaf,
                             const Origin& self)
    : rep_(std::make_unique<Rep>(leaf, self)) {
  rep_->words = TextsOf(list.sources);
  rep_->every_url = LetsInAllWorkers(list, leaf);
  if (VoidsUrls(list)) return;
  for (const PlacedSource& s : list.sources) rep_->reach.Add(s.source);
}

AllowedByList::~AllowedByList() = default;
AllowedByList::AllowedByList(AllowedByList&&) noexcept = default;
AllowedByList& AllowedByList::operator=(AllowedByList&&) noexcept = default;

bool AllowedByList::Allows(const Source& source) const {
  if (!MatchesUrls(source)) return AllowsWord(rep_->words, source);
  return rep_->every_url || rep_->reach.Cover(source);
}

}  // namespace csp
}  // namespace postern
