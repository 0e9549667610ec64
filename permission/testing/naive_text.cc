#include "permission/testing/naive_text.h"

#include <cstddef>

namespace postern {
namespace testing {
namespace {

constexpr size_t kMaxAlternatives = 1000;

bool IsSign(const NaiveSymbol& symbol, char sign) {
  return symbol.sign && symbol.byte == sign;
}

NaiveSymbols Slice(const NaiveSymbols& symbols, size_t from, size_t to) {
  return NaiveSymbols(symbols.begin() + from, symbols.begin() + to);
}

bool BracesPair(const NaiveSymbols& symbols) {
  int depth = 0;
  for (const NaiveSymbol& symbol : symbols) {
    if (IsSign(symbol, '{')) ++depth;
    if (IsSign(symbol, '}') && --depth < 0) return false;
  }
  return depth == 0;
}

// The group that opens at `open`: its choices, and where it ends.
std::vector<NaiveSymbols> Choices(const NaiveSymbols& symbols, size_t open,
                                  size_t* close) {
  std::vector<NaiveSymbols> choices;
  int depth = 0;
  size_t start = open + 1;
  for (size_t i = open;; ++i) {
    if (IsSign(symbols[i], '{')) ++depth;
    if (IsSign(symbols[i], '}')) --depth;
    const bool closes = depth == 0;
    if (closes || (depth == 1 && IsSign(symbols[i], ','))) {
      choices.push_back(Slice(symbols, start, i));
      start = i + 1;
    }
    if (closes) {
      *close = i;
      return choices;
    }
  }
}

// Replaces the first group by each choice in turn and goes on with the result.
void ExpandInto(const NaiveSymbols& symbols, std::vector<NaiveSymbols>* out) {
  if (out->size() > kMaxAlternatives) return;
  for (size_t i = 0; i < symbols.size(); ++i) {
    if (!IsSign(symbols[i], '{')) continue;
    size_t close = 0;
    for (const NaiveSymbols& choice : Choices(symbols, i, &close)) {
      NaiveSymbols one = Slice(symbols, 0, i);
      one.insert(one.end(), choice.begin(), choice.end());
      one.insert(one.end(), symbols.begin() + close + 1, symbols.end());
      ExpandInto(one, out);
    }
    return;
  }
  out->push_back(symbols);
}

}  // namespace

absl::StatusOr<NaiveSymbols> NaiveLex(absl::string_view text,
                                      absl::string_view signs) {
  NaiveSymbols symbols;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      symbols.push_back({text[i], signs.find(text[i]) != signs.npos});
    } else if (++i < text.size()) {
      symbols.push_back({text[i], false});
    } else {
      return absl::InvalidArgumentError("lone \"\\\" at the end");
    }
  }
  return symbols;
}

absl::StatusOr<std::vector<NaiveSymbols>> NaiveExpand(
    const NaiveSymbols& symbols) {
  if (!BracesPair(symbols)) {
    return absl::InvalidArgumentError("unbalanced braces");
  }
  std::vector<NaiveSymbols> out;
  ExpandInto(symbols, &out);
  if (out.size() > kMaxAlternatives) {
    return absl::InvalidArgumentError("more than 1000 alternatives");
  }
  return out;
}

bool NaiveHasSign(const NaiveSymbols& symbols, char sign) {
  for (const NaiveSymbol& symbol : symbols) {
    if (IsSign(symbol, sign)) return true;
  }
  return false;
}

std::string NaiveBytes(const NaiveSymbols& symbols) {
  std::string bytes;
  for (const NaiveSymbol& symbol : symbols) bytes.push_back(symbol.byte);
  return bytes;
}

}  // namespace testing
}  // namespace postern
