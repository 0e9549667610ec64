#include "permission/testing/naive_path.h"

#include <ctype.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "permission/testing/naive_text.h"

namespace postern {
namespace testing {
namespace {

constexpr size_t kMaxBytes = 4095;
constexpr size_t kMaxComponentBytes = 255;
constexpr int kMaxStars = 64;

absl::Status Bad(absl::string_view what) {
  return absl::InvalidArgumentError(what);
}

bool IsPathText(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxBytes &&
         text.find('\0') == text.npos;
}

// Length of the UTF-8 sequence that `text` begins with (RFC 3629, table 3-7 of
// Unicode), else 1.
size_t CharacterLength(absl::string_view text) {
  const auto at = [&](size_t i) -> int {
    return i < text.size() ? static_cast<uint8_t>(text[i]) : -1;
  };
  const auto in = [&](size_t i, int low, int high) {
    return at(i) >= low && at(i) <= high;
  };
  const int lead = at(0);
  if (lead >= 0xC2 && lead <= 0xDF && in(1, 0x80, 0xBF)) return 2;
  const int low3 = lead == 0xE0 ? 0xA0 : 0x80;
  const int high3 = lead == 0xED ? 0x9F : 0xBF;
  if (lead >= 0xE0 && lead <= 0xEF && in(1, low3, high3) && in(2, 0x80, 0xBF)) {
    return 3;
  }
  const int low4 = lead == 0xF0 ? 0x90 : 0x80;
  const int high4 = lead == 0xF4 ? 0x8F : 0xBF;
  if (lead >= 0xF0 && lead <= 0xF4 && in(1, low4, high4) && in(2, 0x80, 0xBF) &&
      in(3, 0x80, 0xBF)) {
    return 4;
  }
  return 1;
}

// ---- Reading a pattern ----

// Writes each variable's value with every byte escaped, so that it is literal.
absl::StatusOr<std::string> Substitute(
    absl::string_view text, const std::map<std::string, std::string>& values) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      out.append({text[i], text[i + 1]});
      ++i;
    } else if (text.substr(i, 2) == "${") {
      const size_t end = text.find('}', i);
      if (end == text.npos) return Bad("unbalanced braces");
      const auto value =
          values.find(std::string(text.substr(i + 2, end - i - 2)));
      if (value == values.end()) return Bad("unknown variable");
      for (char c : value->second) out.append({'\\', c});
      i = end;
    } else if (text[i] == '$' && i + 1 < text.size() &&
               (isalpha(static_cast<unsigned char>(text[i + 1])) != 0 ||
                text[i + 1] == '_')) {
      return Bad("a variable of a shell");
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

// "~" and "$HOME" are not expanded, URLs are not opened.
bool LooksLikeElsewhere(const NaiveSymbols& symbols) {
  if (symbols[0].byte == '~') return symbols[0].sign;
  size_t end = 0;
  while (end < symbols.size() && symbols[end].byte != ':') ++end;
  if (end == symbols.size() || !symbols[end].sign) return false;
  const std::string scheme =
      NaiveBytes(NaiveSymbols(symbols.begin(), symbols.begin() + end));
  const bool letter =
      !scheme.empty() && isalpha(static_cast<unsigned char>(scheme[0])) != 0;
  for (char c : scheme) {
    if (isalnum(static_cast<unsigned char>(c)) == 0 && c != '+' && c != '-' &&
        c != '.') {
      return false;
    }
  }
  const bool slash = end + 1 < symbols.size() && symbols[end + 1].byte == '/';
  return letter && (slash || absl::EqualsIgnoreCase(scheme, "file"));
}

// Whether some bytes at the wildcards of a component would join with those
// beside it into one character.
bool CutsCharacter(const NaiveSymbols& component) {
  const auto wild = [&](size_t i) {
    return component[i].sign &&
           (component[i].byte == '*' || component[i].byte == '?');
  };
  for (size_t i = 0; i < component.size(); ++i) {
    if (!wild(i)) continue;
    if (i + 1 < component.size() && !wild(i + 1) &&
        static_cast<uint8_t>(component[i + 1].byte) >> 6 == 2) {
      return true;
    }
    std::string before;
    for (size_t j = i; j > 0 && !wild(j - 1); --j) {
      before.insert(0, 1, component[j - 1].byte);
      for (int next = 0x80; next <= 0xBF; ++next) {
        const std::string joined =
            before + static_cast<char>(next) + "\x80\x80";
        if (CharacterLength(joined) > before.size()) return true;
      }
    }
  }
  return false;
}

std::vector<NaiveSymbols> SplitComponents(const NaiveSymbols& symbols) {
  std::vector<NaiveSymbols> components(1);
  for (const NaiveSymbol& symbol : symbols) {
    if (symbol.byte == '/') {
      components.emplace_back();
    } else {
      components.back().push_back(symbol);
    }
  }
  return components;
}

bool IsPlain(const NaiveSymbols& symbols) {
  return !NaiveHasSign(symbols, '*') && !NaiveHasSign(symbols, '?');
}

bool IsPlainText(const NaiveSymbols& symbols, absl::string_view text) {
  return IsPlain(symbols) && NaiveBytes(symbols) == text;
}

void AppendLiteral(absl::string_view bytes, NaiveComponent* component) {
  for (std::string& character : NaiveCharacters(bytes)) {
    component->atoms.push_back(
        {NaiveAtom::Kind::kLiteral, std::move(character)});
  }
}

NaiveComponent LiteralComponent(absl::string_view bytes) {
  NaiveComponent component;
  AppendLiteral(bytes, &component);
  return component;
}

absl::StatusOr<NaiveComponent> ParseComponent(const NaiveSymbols& symbols) {
  NaiveComponent component;
  std::string run;
  bool after_star = false;
  for (const NaiveSymbol& symbol : symbols) {
    const bool star = symbol.sign && symbol.byte == '*';
    const bool any_one = symbol.sign && symbol.byte == '?';
    if (star && after_star) {
      if (symbols.size() != 2) return Bad("\"**\" must be a whole component");
      component.atoms.clear();
      component.double_star = true;
      return component;
    }
    after_star = star;
    if (!star && !any_one) {
      run.push_back(symbol.byte);
      continue;
    }
    AppendLiteral(run, &component);
    run.clear();
    component.atoms.push_back(
        {star ? NaiveAtom::Kind::kStar : NaiveAtom::Kind::kAnyOne, ""});
  }
  AppendLiteral(run, &component);
  return component;
}

int CountStars(const NaiveAlternative& alternative) {
  int stars = 0;
  for (const NaiveComponent& component : alternative.components) {
    stars += component.double_star;
    for (const NaiveAtom& atom : component.atoms) {
      stars += atom.kind == NaiveAtom::Kind::kStar;
    }
  }
  return stars;
}

// Where the components of a pattern start: the root or the base directory.
absl::StatusOr<NaivePath> Start(const NaiveSymbols& symbols,
                                const NaivePathContext& context) {
  if (symbols.empty()) return Bad("empty pattern");
  if (symbols[0].byte == '/') return NaivePath();
  if (LooksLikeElsewhere(symbols)) return Bad("no path of this policy");
  if (!context.base) return Bad("relative without a base directory");
  return *context.base;
}

absl::StatusOr<NaiveAlternative> ParseAlternative(
    const NaiveSymbols& symbols, bool exact, const NaivePathContext& context) {
  absl::StatusOr<NaivePath> start = Start(symbols, context);
  if (!start.ok()) return start.status();
  bool may_climb = symbols[0].byte != '/';
  NaiveAlternative alternative;
  std::vector<NaiveComponent> tail;
  for (const NaiveSymbols& part : SplitComponents(symbols)) {
    if (part.empty() || IsPlainText(part, ".")) continue;
    if (IsPlainText(part, "..")) {
      if (!may_climb) return Bad("\"..\" only leads a relative pattern");
      if (!start->empty()) start->pop_back();
      continue;
    }
    may_climb = false;
    if (!IsPlain(part)) {
      alternative.wildcard = true;
      if (part.size() > kMaxComponentBytes) return Bad("component too long");
      if (CutsCharacter(part)) return Bad("a cut character");
    }
    absl::StatusOr<NaiveComponent> component = ParseComponent(part);
    if (!component.ok()) return component.status();
    tail.push_back(*std::move(component));
  }
  for (const std::string& name : *start) {
    alternative.components.push_back(LiteralComponent(name));
  }
  alternative.components.insert(alternative.components.end(), tail.begin(),
                                tail.end());
  if (CountStars(alternative) > kMaxStars) return Bad("too many wildcards");
  size_t behind = 0;
  bool any_depth = false;
  for (const NaiveComponent& component : alternative.components) {
    any_depth = any_depth || component.double_star;
    behind = component.double_star || !any_depth ? 0 : behind + 1;
    if (behind > 64) return Bad("too much behind \"**\"");
  }
  alternative.subtree = !exact && !alternative.wildcard;
  alternative.sealed = exact || !alternative.wildcard ||
                       alternative.components.back().double_star;
  return alternative;
}

// ---- Matching: sets of positions, as one would do on paper ----

bool MatchesCharacters(const std::vector<NaiveAtom>& atoms, size_t a,
                       const std::vector<std::string>& text, size_t t) {
  if (a == atoms.size()) return t == text.size();
  switch (atoms[a].kind) {
    case NaiveAtom::Kind::kStar:
      return MatchesCharacters(atoms, a + 1, text, t) ||
             (t < text.size() && MatchesCharacters(atoms, a, text, t + 1));
    case NaiveAtom::Kind::kAnyOne:
      return t < text.size() && MatchesCharacters(atoms, a + 1, text, t + 1);
    case NaiveAtom::Kind::kLiteral:
      return t < text.size() && text[t] == atoms[a].character &&
             MatchesCharacters(atoms, a + 1, text, t + 1);
  }
  return false;
}

// Positions between components that are reached after `path`; a position
// before "**" implies the one behind it.
std::set<size_t> Reached(const NaiveAlternative& alternative,
                         const NaivePath& path) {
  const std::vector<NaiveComponent>& components = alternative.components;
  std::set<size_t> now;
  const auto add = [&](size_t at, std::set<size_t>* to) {
    to->insert(at);
    while (at < components.size() && components[at].double_star) {
      to->insert(++at);
    }
  };
  add(0, &now);
  for (const std::string& name : path) {
    const std::vector<std::string> text = NaiveCharacters(name);
    std::set<size_t> next;
    for (size_t at : now) {
      if (at == components.size()) {
        if (alternative.subtree) add(at, &next);
      } else if (components[at].double_star) {
        add(at, &next);
      } else if (MatchesCharacters(components[at].atoms, 0, text, 0)) {
        add(at + 1, &next);
      }
    }
    now = std::move(next);
  }
  return now;
}

// ---- Order ----

// What a pattern is compared by, from least to most specific.
enum class Sort {
  kStar,
  kSlashDoubleStarAtEnd,
  kSlashDoubleStar,
  kEnd,
  kSlash,
  kAnyOne,
  kLiteral,
};

struct Token {
  Sort sort;
  std::string character;  // kLiteral
};

std::vector<Token> Tokens(const NaiveAlternative& alternative) {
  std::vector<Token> tokens;
  const auto& components = alternative.components;
  bool open_end = alternative.subtree;
  for (size_t i = 0; i < components.size(); ++i) {
    if (components[i].double_star) {
      // A run of "**" says no more than one.
      if (i + 1 < components.size() && components[i + 1].double_star) continue;
      open_end = i + 1 == components.size();
      if (!open_end) tokens.push_back({Sort::kSlashDoubleStar, ""});
      continue;
    }
    tokens.push_back({Sort::kSlash, ""});
    for (const NaiveAtom& atom : components[i].atoms) {
      const Sort sort = atom.kind == NaiveAtom::Kind::kLiteral  ? Sort::kLiteral
                        : atom.kind == NaiveAtom::Kind::kAnyOne ? Sort::kAnyOne
                                                                : Sort::kStar;
      tokens.push_back({sort, atom.character});
    }
  }
  tokens.push_back({open_end ? Sort::kSlashDoubleStarAtEnd : Sort::kEnd, ""});
  return tokens;
}

// "/a/é" as characters; empty for the root.
std::vector<std::string> PathCharacters(const NaivePath& path) {
  std::vector<std::string> characters;
  for (const std::string& name : path) {
    characters.push_back("/");
    for (std::string& c : NaiveCharacters(name)) {
      characters.push_back(std::move(c));
    }
  }
  return characters;
}

// How many characters each token takes when every wildcard, from the left,
// takes as much as it can.
class GreedyMatch {
 public:
  GreedyMatch(const std::vector<Token>& tokens,
              const std::vector<std::string>& text)
      : tokens_(tokens), text_(text) {}

  // The end of each token in the text.
  std::vector<size_t> Ends() {
    Try(0, 0);
    return ends_;
  }

 private:
  bool Try(size_t token, size_t at) {
    if (token == tokens_.size()) return at == text_.size();
    if (!failed_.insert({token, at}).second) return false;
    for (size_t end = Longest(tokens_[token].sort, at);; --end) {
      if (Fits(tokens_[token], at, end)) {
        ends_.resize(token);
        ends_.push_back(end);
        if (Try(token + 1, end)) return true;
      }
      if (end == at) return false;
    }
  }

  size_t Longest(Sort sort, size_t at) const {
    const bool variable = sort == Sort::kStar ||
                          sort == Sort::kSlashDoubleStar ||
                          sort == Sort::kSlashDoubleStarAtEnd;
    if (variable) return text_.size();
    return std::min(text_.size(), sort == Sort::kEnd ? at : at + 1);
  }

  bool AtBoundary(size_t at) const {
    return at == text_.size() || text_[at] == "/";
  }

  bool Fits(const Token& token, size_t from, size_t to) const {
    const auto begin = text_.begin() + from;
    const auto end = text_.begin() + to;
    switch (token.sort) {
      case Sort::kStar:
        return std::find(begin, end, "/") == end;
      case Sort::kSlashDoubleStarAtEnd:
      case Sort::kSlashDoubleStar:
        return AtBoundary(from) && AtBoundary(to);
      case Sort::kEnd:
        return to == text_.size();
      case Sort::kSlash:
        return to == from + 1 && *begin == "/";
      case Sort::kAnyOne:
        return to == from + 1 && *begin != "/";
      case Sort::kLiteral:
        return to == from + 1 && *begin == token.character;
    }
    return false;
  }

  const std::vector<Token>& tokens_;
  const std::vector<std::string>& text_;
  std::set<std::pair<size_t, size_t>> failed_;
  std::vector<size_t> ends_;
};

size_t BytesUpTo(const std::vector<std::string>& text, size_t end) {
  size_t bytes = 0;
  for (size_t i = 0; i < end; ++i) bytes += text[i].size();
  return bytes;
}

}  // namespace

std::vector<std::string> NaiveCharacters(absl::string_view text) {
  std::vector<std::string> characters;
  while (!text.empty()) {
    const size_t length = CharacterLength(text);
    characters.emplace_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return characters;
}

absl::optional<NaivePath> NaiveNormalize(
    absl::string_view path, const absl::optional<NaivePath>& base) {
  if (!IsPathText(path)) return absl::nullopt;
  NaivePath out;
  if (path[0] != '/') {
    if (!base) return absl::nullopt;
    out = *base;
  }
  for (absl::string_view name : absl::StrSplit(path, '/')) {
    if (name.empty() || name == ".") continue;
    if (name != "..") {
      out.emplace_back(name);
    } else if (!out.empty()) {
      out.pop_back();
    }
  }
  return out;
}

absl::StatusOr<std::vector<NaiveAlternative>> ParseNaivePath(
    absl::string_view pattern, const NaivePathContext& context) {
  const bool exact = absl::StartsWith(pattern, "exact:");
  if (!IsPathText(pattern)) return Bad("empty, NUL or more than 4095 bytes");
  absl::StatusOr<std::string> text =
      Substitute(absl::StripPrefix(pattern, "exact:"), context.variables);
  if (!text.ok()) return text.status();
  if (text->find('\0') != text->npos) return Bad("NUL in a variable");
  absl::StatusOr<NaiveSymbols> symbols = NaiveLex(*text, "{},*?[]~:");
  if (!symbols.ok()) return symbols.status();
  if (NaiveHasSign(*symbols, '[') || NaiveHasSign(*symbols, ']')) {
    return Bad("brackets are reserved");
  }
  auto expanded = NaiveExpand(*symbols);
  if (!expanded.ok()) return expanded.status();
  std::vector<NaiveAlternative> out;
  for (const NaiveSymbols& one : *expanded) {
    auto alternative = ParseAlternative(one, exact, context);
    if (!alternative.ok()) return alternative.status();
    out.push_back(*std::move(alternative));
  }
  return out;
}

bool NaiveMatches(const NaiveAlternative& alternative, const NaivePath& path) {
  return Reached(alternative, path).count(alternative.components.size()) != 0;
}

bool NaiveCanMatchBeneath(const NaiveAlternative& alternative,
                          const NaivePath& path) {
  size_t end = alternative.components.size();
  while (end > 0 && alternative.components[end - 1].double_star) --end;
  for (size_t at : Reached(alternative, path)) {
    if (at < end) return true;
  }
  return false;
}

bool NaiveCovers(const NaiveAlternative& alternative, const NaivePath& path) {
  const size_t end = alternative.components.size();
  const bool open_end =
      alternative.subtree ||
      (end > 0 && alternative.components[end - 1].double_star);
  return open_end && NaiveMatches(alternative, path);
}

int NaiveCompare(const NaiveAlternative& a, const NaiveAlternative& b,
                 const NaivePath& path) {
  const std::vector<std::string> text = PathCharacters(path);
  const std::vector<Token> ta = Tokens(a), tb = Tokens(b);
  const std::vector<size_t> ea = GreedyMatch(ta, text).Ends();
  const std::vector<size_t> eb = GreedyMatch(tb, text).Ends();
  for (size_t i = 0; i < ta.size() && i < tb.size(); ++i) {
    if (ta[i].sort != tb[i].sort) return ta[i].sort > tb[i].sort ? 1 : -1;
    const size_t na = BytesUpTo(text, ea[i]), nb = BytesUpTo(text, eb[i]);
    if (na != nb) return na < nb ? 1 : -1;
  }
  return 0;
}

}  // namespace testing
}  // namespace postern
