#include "fs/brace_expansion.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace postern {
namespace fs {
namespace {

using Kind = PatternAtom::Kind;

constexpr int kMaxNesting = 64;
constexpr size_t kMaxShownBytes = 200;

using Alternatives = std::vector<PatternAtoms>;

// Parses by recursive descent; `at_` is the next atom.
class Expander {
 public:
  Expander(absl::string_view text, const PatternAtoms& atoms, int limit)
      : text_(text), atoms_(atoms), limit_(static_cast<size_t>(limit)) {}

  absl::StatusOr<Alternatives> All() {
    absl::StatusOr<Alternatives> result = Sequence(0);
    if (!result.ok()) return result;
    if (at_ < atoms_.size()) {
      return Error(atoms_[at_].column, "\"}\" without a \"{\" before it");
    }
    return result;
  }

 private:
  absl::Status Error(size_t column, absl::string_view what) const {
    return PatternError(text_, column, what);
  }

  // Literal atoms and groups, up to the end or what closes the group.
  absl::StatusOr<Alternatives> Sequence(int depth) {
    Alternatives result(1);
    while (at_ < atoms_.size()) {
      const PatternAtom& atom = atoms_[at_];
      if (atom.kind == Kind::kClose) break;
      if (atom.kind == Kind::kComma && depth > 0) break;
      absl::Status status = atom.kind == Kind::kOpen
                                ? AppendGroup(depth, &result)
                                : AppendAtom(atom, &result);
      if (!status.ok()) return status;
    }
    return result;
  }

  absl::Status AppendAtom(PatternAtom atom, Alternatives* result) {
    if (atom.kind == Kind::kComma) atom.kind = Kind::kByte;
    for (PatternAtoms& alternative : *result) alternative.push_back(atom);
    ++at_;
    return Spend(result->size());
  }

  absl::Status AppendGroup(int depth, Alternatives* result) {
    absl::StatusOr<Alternatives> group = Group(depth + 1);
    if (!group.ok()) return group.status();
    if (result->size() * group->size() > limit_) return TooMany();
    Alternatives product;
    for (const PatternAtoms& head : *result) {
      for (const PatternAtoms& tail : *group) {
        product.push_back(head);
        product.back().insert(product.back().end(), tail.begin(), tail.end());
        absl::Status status = Spend(product.back().size());
        if (!status.ok()) return status;
      }
    }
    *result = std::move(product);
    return absl::OkStatus();
  }

  absl::StatusOr<Alternatives> Group(int depth) {
    const size_t open = atoms_[at_].column;
    if (depth > kMaxNesting) {
      return Error(
          open, absl::StrCat("groups nest more than ", kMaxNesting, " deep"));
    }
    Alternatives result;
    do {
      ++at_;  // "{" or ","
      absl::StatusOr<Alternatives> item = Sequence(depth);
      if (!item.ok()) return item;
      if (result.size() + item->size() > limit_) return TooMany();
      for (PatternAtoms& atoms : *item) result.push_back(std::move(atoms));
      if (at_ == atoms_.size()) {
        return Error(open, "\"{\" without its \"}\"");
      }
    } while (atoms_[at_].kind == Kind::kComma);
    ++at_;  // "}"
    return result;
  }

  absl::Status Spend(size_t atoms) {
    spent_ += atoms;
    if (spent_ <= kMaxExpandedBytes) return absl::OkStatus();
    return Error(1, absl::StrCat("its alternatives have more than ",
                                 kMaxExpandedBytes, " bytes in all"));
  }

  absl::Status TooMany() const {
    return Error(
        1, absl::StrCat("expands to more than ", limit_, " alternatives"));
  }

  const absl::string_view text_;
  const PatternAtoms& atoms_;
  const size_t limit_;
  size_t at_ = 0;
  size_t spent_ = 0;
};

}  // namespace

absl::Status PatternError(absl::string_view text, size_t column,
                          absl::string_view what) {
  const bool cut = text.size() > kMaxShownBytes;
  return absl::InvalidArgumentError(
      absl::StrCat("invalid pattern \"", text.substr(0, kMaxShownBytes),
                   cut ? "..." : "", "\" at column ", column, ": ", what));
}

absl::StatusOr<std::vector<PatternAtoms>> ExpandBraces(absl::string_view text,
                                                       PatternAtoms atoms,
                                                       int limit) {
  return Expander(text, atoms, limit).All();
}

}  // namespace fs
}  // namespace postern
