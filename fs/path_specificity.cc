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

// A piece of a glob without "*": literal units and "?".
absl::string_view TakePiece(absl::string_view* glob) {
  size_t end = 0;
  while (end < glob->size() && (*glob)[end] != '*') {
    end += (*glob)[end] == '\\' ? 2 : 1;
  }
  const absl::string_view piece = glob->substr(0, end);
  glob->remove_prefix(end < glob->size() ? end + 1 : end);
  return piece;
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
  std::array<absl::string_view, kMaxStars + 1> pieces;
  std::array<size_t, kMaxStars + 1> starts;
  size_t count = 0;
  bool ends_with_star = false;
  while (!glob.empty() || ends_with_star) {
    const size_t before = glob.size();
    pieces[count] = TakePiece(&glob);
    ends_with_star = glob.empty() && before > pieces[count].size();
    if (++count == pieces.size()) break;
  }
  size_t limit = name.size();
  for (size_t i = count; i-- > 1;) {
    starts[i] = RightmostPlace(pieces[i], name, limit);
    limit = starts[i];
  }
  size_t end = count == 0 ? 0 : PieceLength(pieces[0], name);
  for (size_t i = 1; i < count; ++i) {
    out->Add(starts[i] - end);
    end = starts[i] + PieceLength(pieces[i], name.substr(starts[i]));
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

// The pattern's runs between its "**", at most kMaxStars + 1.
size_t SplitRuns(const PathPattern& pattern, Run* runs) {
  size_t count = 0, begin = 0;
  for (size_t i = 0; i < pattern.components.size(); ++i) {
    if (pattern.components[i].kind != Kind::kAnyDepth) continue;
    runs[count++] = {begin, i};
    begin = i + 1;
  }
  runs[count++] = {begin, pattern.components.size()};
  return count;
}

StarLengths MeasureStars(const PathPattern& pattern, Path path) {
  std::array<Run, kMaxStars + 1> runs;
  std::array<size_t, kMaxStars + 1> places;
  const size_t count = SplitRuns(pattern, runs.data());
  places[0] = 0;
  size_t limit = path.size();
  for (size_t i = count; i-- > 1;) {
    const bool anchored = i + 1 == count && !pattern.subtree;
    places[i] = anchored ? limit - runs[i].size()
                         : RightmostRun(pattern, runs[i], path, limit);
    limit = places[i];
  }
  StarLengths lengths;
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) {
      lengths.Add(BytesOf(path, places[i - 1] + runs[i - 1].size(), places[i]));
    }
    for (size_t j = 0; j < runs[i].size(); ++j) {
      const PatternComponent& c = pattern.components[runs[i].begin + j];
      if (c.kind == Kind::kGlob) {
        AddGlobStars(c.text, path[places[i] + j], &lengths);
      }
    }
  }
  return lengths;
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
  place = {&pattern, MeasureStars(pattern, path_)};
  ++measured_;
  return place.stars;
}

}  // namespace fs
}  // namespace postern
