#include "net/csp/existing_text.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"

namespace postern {
namespace csp {
namespace {

constexpr absl::string_view kHeaderName = "content-security-policy";
constexpr absl::string_view kReportOnly = "-report-only";

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Takes the text apart, front to back.
class Scanner {
 public:
  Scanner(absl::string_view file, absl::string_view text)
      : file_(file), text_(text) {
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') lines_.push_back(i + 1);
    }
  }

  size_t at() const { return at_; }
  bool AtEnd() const { return at_ == text_.size(); }

  void SkipBlanks() {
    while (!AtEnd() && IsBlank(text_[at_])) ++at_;
  }
  // Takes the word if it stands here, whatever its case.
  bool Take(absl::string_view word) {
    if (!absl::StartsWithIgnoreCase(text_.substr(at_), word)) return false;
    at_ += word.size();
    return true;
  }
  absl::string_view Rest() const { return text_.substr(at_); }
  void Skip(size_t bytes) { at_ += bytes; }

  Place PlaceAt(size_t offset) const {
    const auto next = std::upper_bound(lines_.begin(), lines_.end(), offset);
    return {static_cast<int>(next - lines_.begin()),
            1 + static_cast<int>(offset - *(next - 1))};
  }
  absl::Status Error(size_t offset, absl::string_view what) const {
    return absl::InvalidArgumentError(
        absl::StrCat(PlaceInFile(file_, PlaceAt(offset)), ": ", what));
  }

 private:
  const absl::string_view file_;
  const absl::string_view text_;
  std::vector<size_t> lines_ = {0};  // offsets of their first bytes
  size_t at_ = 0;
};

// A header's value within a text.
struct Value {
  size_t offset = 0;
  absl::string_view text;
};

absl::Status TakeName(Scanner* scanner, bool* found) {
  const size_t start = scanner->at();
  *found = scanner->Take(kHeaderName);
  if (*found && scanner->Take(kReportOnly)) {
    return scanner->Error(start,
                          "a header that only reports; expected one that is "
                          "enforced, Content-Security-Policy");
  }
  return absl::OkStatus();
}

// What stands between the quotes of nginx's add_header.
absl::StatusOr<Value> TakeNginxValue(Scanner* scanner) {
  scanner->SkipBlanks();
  const absl::string_view rest = scanner->Rest();
  if (rest.empty() || (rest[0] != '"' && rest[0] != '\'')) {
    return scanner->Error(scanner->at(), "expected the value in quotes");
  }
  scanner->Skip(1);
  const Value value = {scanner->at(),
                       rest.substr(1, rest.find(rest[0], 1) - 1)};
  for (size_t i = 0; i < value.text.size(); ++i) {
    if (value.text[i] != '$' && value.text[i] != '\\') continue;
    return scanner->Error(value.offset + i,
                          value.text[i] == '$'
                              ? "a variable of nginx; write what it stands for"
                              : "an escape; write the value without");
  }
  scanner->Skip(value.text.size());
  if (scanner->AtEnd()) {
    return scanner->Error(value.offset - 1, "quotes that are not closed");
  }
  scanner->Skip(1);
  scanner->SkipBlanks();
  scanner->Take("always");
  scanner->SkipBlanks();
  if (!scanner->Take(";")) {
    return scanner->Error(scanner->at(), "expected \";\"");
  }
  scanner->SkipBlanks();
  if (!scanner->AtEnd()) {
    return scanner->Error(scanner->at(), "expected nothing more");
  }
  return value;
}

// Whether a text without a header's name is the value of one: on one line,
// parted by ";", and every part begins with a directive, so that a slip in a
// policy's lines is none.
bool LooksLikeValue(absl::string_view line) {
  if (absl::StrContains(line, '\n') || !absl::StrContains(line, ';') ||
      absl::StrContains(line, " #")) {
    return false;
  }
  for (absl::string_view part : absl::StrSplit(line, absl::ByAnyChar(";,"))) {
    part = absl::StripAsciiWhitespace(part);
    const absl::string_view name = part.substr(0, part.find_first_of(" \t"));
    if (!part.empty() && !ParseDirectiveName(name) &&
        !IsObsoleteDirective(name)) {
      return false;
    }
  }
  return true;
}

// The value of a header, if the text is one and no lines of a policy.
absl::StatusOr<absl::optional<Value>> FindValue(absl::string_view file,
                                                absl::string_view text) {
  Scanner scanner(file, text);
  scanner.SkipBlanks();
  bool named = false;
  if (scanner.Take("add_header ")) {
    scanner.SkipBlanks();
    const absl::Status status = TakeName(&scanner, &named);
    if (!status.ok()) return status;
    if (!named) {
      return scanner.Error(scanner.at(), "expected Content-Security-Policy");
    }
    absl::StatusOr<Value> value = TakeNginxValue(&scanner);
    if (!value.ok()) return value.status();
    return absl::make_optional(*value);
  }
  const absl::Status status = TakeName(&scanner, &named);
  if (!status.ok()) return status;
  if (named) {
    if (!scanner.Take(":")) {
      return scanner.Error(scanner.at(), "expected \":\"");
    }
    const absl::string_view rest = scanner.Rest();
    for (size_t i = 0; i + 1 < rest.size(); ++i) {
      if (rest[i] != '\n' || IsBlank(rest[i + 1])) continue;
      return scanner.Error(scanner.at() + i + 1,
                           "another header; expected one alone, whose further "
                           "lines start with a space");
    }
    return absl::make_optional(Value{scanner.at(), rest});
  }
  // Lines have no ";", and a header's value alone has no line breaks.
  const absl::string_view line = absl::StripAsciiWhitespace(text);
  if (!LooksLikeValue(line)) return absl::optional<Value>();
  return absl::make_optional(Value{scanner.at(), line});
}

// Moves the places of a value to where it stands in the file.
class HeaderPolicy {
 public:
  HeaderPolicy(const Scanner& scanner, size_t offset)
      : scanner_(scanner), offset_(offset) {}

  void Move(Place* place) const { *place = scanner_.PlaceAt(OffsetOf(*place)); }
  size_t OffsetOf(const Place& place) const {
    return offset_ + static_cast<size_t>(place.column) - 1;
  }
  void Move(DirectiveValue* value) const {
    Move(&value->place);
    for (PlacedSource& s : value->sources) Move(&s.place);
    for (PlacedToken& token : value->tokens) Move(&token.place);
  }

 private:
  const Scanner& scanner_;
  const size_t offset_;
};

absl::StatusOr<PolicyText> ReadHeader(absl::string_view file,
                                      absl::string_view text,
                                      const Value& value,
                                      std::vector<ParseWarning>* warnings) {
  const Scanner scanner(file, text);
  const HeaderPolicy mover(scanner, value.offset);
  absl::StatusOr<ParsedHeader> header = ParseHeader(value.text);
  if (!header.ok()) return header.status();
  if (header->policies.size() != 1) {
    return scanner.Error(value.offset, absl::StrCat(header->policies.size(),
                                                    " policies, expected one"));
  }
  for (ParseWarning& warning : header->warnings) {
    mover.Move(&warning.place);
    warnings->push_back(std::move(warning));
  }
  PolicyText out{std::string(file), std::move(header->policies[0]), {}};
  size_t count = 0;
  for (DirectiveValue& one : out.policy.directives) {
    if (one.absent_in_chromium) {
      return scanner.Error(mover.OffsetOf(one.place),
                           absl::StrCat(DirectiveName(one.directive),
                                        " is read by some browsers and left "
                                        "out by others; write it anew"));
    }
    count += one.sources.size() + one.tokens.size();
    if (count > static_cast<size_t>(kMaxPolicySources)) {
      return scanner.Error(mover.OffsetOf(one.place),
                           absl::StrCat("more than ", kMaxPolicySources,
                                        " sources in one file"));
    }
    auto& sources = one.sources;
    sources.erase(std::remove_if(sources.begin(), sources.end(),
                                 [](const PlacedSource& s) {
                                   return s.source.kind == SourceKind::kInvalid;
                                 }),
                  sources.end());
    mover.Move(&one);
  }
  return out;
}

}  // namespace

absl::StatusOr<PolicyText> ParseExistingPolicy(
    absl::string_view file, absl::string_view text,
    std::vector<ParseWarning>* warnings) {
  absl::ConsumePrefix(&text, "\xEF\xBB\xBF");
  if (text.size() <= kMaxPolicyTextBytes) {
    const absl::StatusOr<absl::optional<Value>> value = FindValue(file, text);
    if (!value.ok()) return value.status();
    if (*value) return ReadHeader(file, text, **value, warnings);
  }
  absl::StatusOr<PolicyText> lines =
      ParsePolicyText(file, text, LeftOut::kUnknownDirectives, warnings);
  if (lines.ok() || !absl::StrContains(text, ';')) return lines;
  return absl::InvalidArgumentError(
      absl::StrCat(lines.status().message(),
                   "; if this is a header over several lines, begin it with "
                   "\"Content-Security-Policy:\""));
}

}  // namespace csp
}  // namespace postern
