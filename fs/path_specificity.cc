#include "fs/path_specificity.h"

#include <array>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "fs/base/utf8.h"

namespace postern {
namespace fs {
namespace {

using Kind = PatternComponent::Kind;
using Path = const PathComponents&;

// Places in a pattern, a path or a name: small, for small stacks.
using Places = std::array<uint16_t, kMaxStars + 1>;
static_assert(kMaxPathBytes <= UINT16_MAX, "a place is in a path");

// Where the piece of `glob` that begins at `begin` ends: literal units and "?",
// no "*".
size_t PieceEnd(absl::string_view glob, size_t begin) {
  size_t end = begin;
  while (end < glob.size() && glob[end] != '*') {
    end += glob[end] == '\\' ? 2 : 1;
  }
  return end;
}

absl::string_view PieceAt(absl::string_view glob, size_t begin) {
  return glob.substr(begin, PieceEnd(glob, begin) - begin);
}

// Where the pieces of `glob` between its stars begin; how many there are.
size_t SplitPieces(absl::string_view glob, Places* begins) {
  size_t count = 0;
  for (size_t at = 0;; ++at) {
    (*begins)[count++] = static_cast<uint16_t>(at);
    at = PieceEnd(glob, at);
    if (at >= glob.size() || count == begins->size()) return count;
  }
}

// Whether `name` begins with what `piece` matches; then its length, else npos.
size_t PieceLength(absl::string_view piece, absl::string_view name) {
  const size_t whole = name.size();
  while (!piece.empty()) {
    if (name.empty()) return absl::string_view::npos;
    const size_t length = UnitLength(name);
    if (piece[0] != '?') {
      if (piece[0] == '\\') piece.remove_prefix(1);
      if (UnitLength(piece) != length ||
          piece.substr(0, length) != name.substr(0, length)) {
        return absl::string_view::npos;
      }
      piece.remove_prefix(length);
    } else {
      piece.remove_prefix(1);
    }
    name.remove_prefix(length);
  }
  return whole - name.size();
}

// The rightmost place at or before `limit` where `piece` ends by `limit`: of
// the last piece, where it ends the name.
// Walks from the left, so that units are cut as they are everywhere else.
size_t RightmostPlace(absl::string_view piece, absl::string_view name,
                      size_t limit) {
  size_t found = 0;
  for (size_t at = 0; at <= limit;) {
    const size_t length = PieceLength(piece, name.substr(at));
    if (length != absl::string_view::npos && at + length <= limit) found = at;
    at += at < name.size() ? UnitLength(name.substr(at)) : 1;
  }
  return found;
}

// The first "*" of `glob`, which matches `name`, takes as much as it can, then
// the second of what is left, and so on: the same as putting the pieces
// between them as far to the right as they go, the last one first.
void AddGlobStars(absl::string_view glob, absl::string_view name,
                  StarLengths* out) {
  Places pieces, starts;
  const size_t count = SplitPieces(glob, &pieces);
  size_t limit = name.size();
  for (size_t i = count; i-- > 1;) {
    limit = RightmostPlace(PieceAt(glob, pieces[i]), name, limit);
    starts[i] = static_cast<uint16_t>(limit);
  }
  size_t end = PieceLength(PieceAt(glob, 0), name);
  for (size_t i = 1; i < count; ++i) {
    out->Add(starts[i] - end);
    end = starts[i] +
          PieceLength(PieceAt(glob, pieces[i]), name.substr(starts[i]));
  }
}

// The components of a pattern from `begin` to `end`, none of them "**".
struct Run {
  size_t begin, end;
  size_t size() const { return end - begin; }
};

bool RunMatchesAt(const PathPattern& pattern, const Run& run, Path path,
                  size_t at) {
  for (size_t i = 0; i < run.size(); ++i) {
    if (!pattern.components[run.begin + i].Matches(path[at + i])) return false;
  }
  return true;
}

// The rightmost place of `run` that ends by `limit`.
size_t RightmostRun(const PathPattern& pattern, const Run& run, Path path,
                    size_t limit) {
  size_t at = limit - run.size();
  while (at > 0 && !RunMatchesAt(pattern, run, path, at)) --at;
  return at;
}

size_t BytesOf(Path path, size_t begin, size_t end) {
  size_t bytes = 0;
  for (size_t i = begin; i < end; ++i) bytes += path[i].size() + 1;
  return bytes;
}

// Where the pattern's runs between its "**" begin; how many there are.
size_t SplitRuns(const PathPattern& pattern, Places* begins) {
  size_t count = 0;
  (*begins)[count++] = 0;
  for (size_t i = 0; i < pattern.components.size(); ++i) {
    if (pattern.components[i].kind != Kind::kAnyDepth) continue;
    if (count == begins->size()) break;
    (*begins)[count++] = static_cast<uint16_t>(i + 1);
  }
  return count;
}

void MeasureStars(const PathPattern& pattern, Path path, StarLengths* lengths) {
  Places begins, places;
  const size_t count = SplitRuns(pattern, &begins);
  const auto run = [&](size_t i) -> Run {
    return {begins[i], i + 1 == count ? pattern.components.size()
                                      : size_t{begins[i + 1]} - 1};
  };
  places[0] = 0;
  size_t limit = path.size();
  for (size_t i = count; i-- > 1;) {
    const bool anchored = i + 1 == count && !pattern.subtree;
    limit = anchored ? limit - run(i).size()
                     : RightmostRun(pattern, run(i), path, limit);
    places[i] = static_cast<uint16_t>(limit);
  }
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) {
      lengths->Add(BytesOf(path, places[i - 1] + run(i - 1).size(), places[i]));
    }
    for (size_t j = 0; j < run(i).size(); ++j) {
      const PatternComponent& c = pattern.components[run(i).begin + j];
      if (c.kind == Kind::kGlob) {
        AddGlobStars(c.text, path[places[i] + j], lengths);
      }
    }
  }
}

// What a pattern says at one place, the least specific first.
enum class Token : uint8_t {
  kStar,
  kAnyDepthAtEnd,
  kAnyDepth,
  kEnd,
  kSlash,
  kOne,
  kLiteral,
};

// Reads the tokens of a pattern from the left.
class TokenReader {
 public:
  explicit TokenReader(const PathPattern& pattern) : pattern_(pattern) {}

  // The next token; `length` is that of a literal, in bytes.
  Token Next(size_t* length) {
    if (index_ == pattern_.components.size()) {
      if (!pattern_.subtree || open_end_) return Token::kEnd;
      open_end_ = true;
      return Token::kAnyDepthAtEnd;
    }
    const PatternComponent& c = pattern_.components[index_];
    if (c.kind == Kind::kAnyDepth) {
      ++index_;
      return Token::kAnyDepth;
    }
    if (!slash_) {
      slash_ = true;
      return Token::kSlash;
    }
    const Token token = NextInComponent(c, length);
    if (at_ == c.text.size()) {
      ++index_;
      at_ = 0;
      slash_ = false;
    }
    return token;
  }

 private:
  Token NextInComponent(const PatternComponent& c, size_t* length) {
    if (c.kind == Kind::kLiteral) {
      at_ = *length = c.text.size();
      return Token::kLiteral;
    }
    if (c.text[at_] == '*') return ++at_, Token::kStar;
    if (c.text[at_] == '?') return ++at_, Token::kOne;
    for (*length = 0; at_ < c.text.size(); ++*length) {
      if (c.text[at_] == '*' || c.text[at_] == '?') break;
      at_ += c.text[at_] == '\\' ? 2 : 1;
    }
    return Token::kLiteral;
  }

  const PathPattern& pattern_;
  size_t index_ = 0;       // component
  size_t at_ = 0;          // byte in its text
  bool slash_ = false;     // the slash before it has been read
  bool open_end_ = false;  // the "/**" at the end has been read
};

int Sign(size_t a, size_t b) { return a < b ? -1 : a > b ? 1 : 0; }

}  // namespace

int SpecificityOrder::Compare(const PathPattern& a, const PathPattern& b) {
  TokenReader left(a), right(b);
  const StarLengths* left_stars = nullptr;
  const StarLengths* right_stars = nullptr;
  for (size_t stars = 0;;) {
    size_t left_length = 0, right_length = 0;
    const Token token = left.Next(&left_length);
    const Token other = right.Next(&right_length);
    if (token != other) return token < other ? -1 : 1;
    if (token == Token::kEnd) return 0;
    if (left_length != right_length) return Sign(left_length, right_length);
    if (token != Token::kStar && token != Token::kAnyDepth) continue;
    if (stars == 0) {
      left_stars = &Measure(a, b);
      right_stars = &Measure(b, a);
    }
    if (stars >= left_stars->count || stars >= right_stars->count) return 0;
    const int fewer = Sign(right_stars->bytes[stars], left_stars->bytes[stars]);
    if (fewer != 0) return fewer;
    ++stars;
  }
}

// Keeps those of `other`.
const StarLengths& SpecificityOrder::Measure(const PathPattern& pattern,
                                             const PathPattern& other) {
  for (const Measured& one : kept_) {
    if (one.pattern == &pattern) return one.stars;
  }
  Measured& place = kept_[kept_[0].pattern == &other ? 1 : 0];
  place.pattern = &pattern;
  place.stars.count = 0;
  MeasureStars(pattern, path_, &place.stars);
  ++measured_;
  return place.stars;
}

}  // namespace fs
}  // namespace postern
