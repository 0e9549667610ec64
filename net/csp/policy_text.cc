#include "net/csp/policy_text.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace postern {
namespace csp {
namespace {

std::string Quote(absl::string_view text) {
  return absl::StrCat("\"", absl::CHexEscape(text.substr(0, 100)), "\"");
}

constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct Word {
  absl::string_view text;
  Place place;
};

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

// The words of a line up to a comment.
std::vector<Word> WordsOf(absl::string_view line, int number) {
  std::vector<Word> words;
  for (size_t i = 0; i < line.size();) {
    if (IsBlank(line[i])) {
      ++i;
      continue;
    }
    if (line[i] == '#') break;
    size_t end = i;
    while (end < line.size() && !IsBlank(line[end])) ++end;
    words.push_back(
        {line.substr(i, end - i), {number, static_cast<int>(i) + 1}});
    i = end;
  }
  return words;
}

// Reads lines into whatever section is open.
class TextReader {
 public:
  TextReader(absl::string_view file, bool has_sections,
             absl::optional<LeftOut> left_out = absl::nullopt,
             std::vector<ParseWarning>* warnings = nullptr)
      : file_(file),
        has_sections_(has_sections),
        left_out_(left_out),
        warnings_(warnings) {
    if (!has_sections) Open(&only_);
  }

  absl::Status Read(absl::string_view text) {
    if (text.size() > kMaxPolicyTextBytes) {
      return Error({1, 1},
                   absl::StrCat("longer than ", kMaxPolicyTextBytes, " bytes"));
    }
    int number = 0;
    absl::ConsumePrefix(&text, kByteOrderMark);
    for (absl::string_view line : absl::StrSplit(text, '\n')) {
      absl::ConsumeSuffix(&line, "\r");
      const absl::Status status = ReadLine(line, ++number);
      if (!status.ok()) return status;
    }
    return CheckValues();
  }

  Policy&& TakePolicy() { return std::move(only_); }
  AdminText TakeAdmin() {
    for (GrantText& grant : admin_.grants) {
      grant.grant.file = std::string(file_);
    }
    if (admin_.ceiling) admin_.ceiling->file = std::string(file_);
    return std::move(admin_);
  }

 private:
  absl::Status Error(Place place, absl::string_view what) const {
    return absl::InvalidArgumentError(
        absl::StrCat(PlaceInFile(file_, place), ": ", what));
  }

  // Once all lines that go on with a directive are read.
  absl::Status CheckValues() const {
    absl::Status status = CheckValues(only_);
    for (const GrantText& grant : admin_.grants) {
      if (status.ok()) status = CheckValues(grant.grant.policy);
    }
    if (status.ok() && admin_.ceiling) {
      status = CheckValues(admin_.ceiling->policy);
    }
    return status;
  }

  absl::Status CheckValues(const Policy& policy) const {
    for (const DirectiveValue& value : policy.directives) {
      Place at;
      const absl::Status status = CheckAuthoredValue(value, &at);
      if (!status.ok()) return Error(at, status.message());
    }
    return absl::OkStatus();
  }

  void Open(Policy* policy) {
    policy_ = policy;
    value_ = -1;
    leaving_out_ = false;
  }

  absl::Status ReadLine(absl::string_view line, int number) {
    for (size_t i = 0; i < line.size(); ++i) {
      const unsigned char byte = static_cast<unsigned char>(line[i]);
      if (byte >= 0x80 || byte == 0x7F || (byte < 0x20 && byte != '\t')) {
        return Error({number, static_cast<int>(i) + 1},
                     byte >= 0x80 ? "a byte that is not ASCII; write hosts as "
                                    "punycode and paths with %XX"
                                  : "a control byte");
      }
    }
    const std::vector<Word> words = WordsOf(line, number);
    if (words.empty()) return absl::OkStatus();
    if (IsBlank(line[0])) return Continue(words);
    if (words[0].text[0] == '[') return ReadSection(line, words);
    if (policy_ == nullptr) {
      return Error(words[0].place,
                   "expected a section, \"[grant APP]\" or \"[ceiling]\"");
    }
    if (accepted_ != nullptr && words[0].text == "accept") {
      value_ = -1;
      return ReadAcceptances(words);
    }
    return ReadDirective(words);
  }

  absl::Status Continue(const std::vector<Word>& words) {
    if (leaving_out_) return absl::OkStatus();
    if (value_ < 0) {
      return Error(words[0].place,
                   "a line that starts with a space goes on with a directive, "
                   "and there is none above");
    }
    return ReadValue(words, 0);
  }

  absl::Status ReadSection(absl::string_view line,
                           const std::vector<Word>& words) {
    if (!has_sections_) {
      return Error(words[0].place,
                   "a section; only the administrator's file "
                   "has any");
    }
    absl::string_view inner = absl::StripAsciiWhitespace(
        line.substr(0, std::min(line.find('#'), line.size())));
    if (!absl::ConsumePrefix(&inner, "[") ||
        !absl::ConsumeSuffix(&inner, "]")) {
      return Error(words[0].place, "a section that is not closed by \"]\"");
    }
    inner = absl::StripAsciiWhitespace(inner);
    if (inner == "ceiling") {
      if (admin_.ceiling) return Error(words[0].place, "a second ceiling");
      admin_.ceiling.emplace();
      accepted_ = nullptr;
      Open(&admin_.ceiling->policy);
      return absl::OkStatus();
    }
    if (!absl::ConsumePrefix(&inner, "grant ")) {
      return Error(words[0].place, "expected \"[grant APP]\" or \"[ceiling]\"");
    }
    return OpenGrant(absl::StripAsciiWhitespace(inner), words[0].place);
  }

  absl::Status OpenGrant(absl::string_view app, Place place) {
    if (!IsAppName(app)) {
      return Error(place, absl::StrCat("no name of an app: ", Quote(app),
                                       "; letters, digits, \"-\", \".\" and "
                                       "\"_\" make one"));
    }
    for (const GrantText& grant : admin_.grants) {
      if (grant.app == app) {
        return Error(place, absl::StrCat("a second grant for ", Quote(app),
                                         "; the first stands in line ",
                                         grant.place.line));
      }
    }
    if (admin_.grants.size() >= 1000) return Error(place, "over 1000 grants");
    admin_.grants.emplace_back();
    GrantText& grant = admin_.grants.back();
    grant.app = std::string(app);
    grant.place = place;
    accepted_ = &grant.accepted;
    Open(&grant.grant.policy);
    return absl::OkStatus();
  }

  absl::Status ReadAcceptances(const std::vector<Word>& words) {
    if (words.size() == 1) return Error(words[0].place, "accepts nothing");
    for (size_t i = 1; i < words.size(); ++i) {
      const absl::optional<Conflict> conflict =
          ParseConflictName(words[i].text);
      if (!conflict) {
        std::string all;
        for (Conflict one : AllConflicts()) {
          absl::StrAppend(&all, all.empty() ? "" : ", ", ConflictName(one));
        }
        return Error(words[i].place,
                     absl::StrCat("unknown conflict ", Quote(words[i].text),
                                  "; there are ", all));
      }
      accepted_->push_back({*conflict, words[i].place});
    }
    return absl::OkStatus();
  }

  absl::Status ReadDirective(const std::vector<Word>& words) {
    absl::optional<Directive> name;
    const absl::Status known = ReadName(words[0], &name);
    if (!known.ok()) return known;
    leaving_out_ = !name;
    if (!name) return absl::OkStatus();
    const DirectiveValue* const other = policy_->Find(*name);
    if (other != nullptr) {
      return Error(
          words[0].place,
          absl::StrCat("a second ", DirectiveName(*name),
                       "; the first stands in line ", other->place.line));
    }
    policy_->directives.emplace_back();
    policy_->directives.back().directive = *name;
    policy_->directives.back().place = words[0].place;
    value_ = static_cast<int>(policy_->directives.size()) - 1;
    return ReadValue(words, 1);
  }

  // Nothing, of a directive that is left out.
  absl::Status ReadName(const Word& word, absl::optional<Directive>* name) {
    absl::StatusOr<absl::optional<Directive>> read =
        left_out_ ? ParseDirectiveOrLeaveOut(word.text, word.place, *left_out_,
                                             warnings_)
                  : ParseAuthoredDirective(word.text);
    if (!read.ok()) return Error(word.place, read.status().message());
    *name = *read;
    return absl::OkStatus();
  }

  absl::Status ReadValue(const std::vector<Word>& words, size_t from) {
    DirectiveValue& value = policy_->directives[static_cast<size_t>(value_)];
    for (size_t i = from; i < words.size(); ++i) {
      if (++source_count_ > kMaxPolicySources) {
        return Error(words[i].place,
                     absl::StrCat("more than ", kMaxPolicySources,
                                  " sources in one file"));
      }
      const absl::Status status =
          AddAuthoredWord(words[i].text, words[i].place, &value);
      if (!status.ok()) return Error(words[i].place, status.message());
    }
    return absl::OkStatus();
  }

  const absl::string_view file_;
  const bool has_sections_;
  const absl::optional<LeftOut> left_out_;  // nullopt = nothing is
  std::vector<ParseWarning>* const warnings_;
  bool leaving_out_ = false;  // the open directive
  Policy only_;
  AdminText admin_;
  Policy* policy_ = nullptr;  // of the open section
  std::vector<Acceptance>* accepted_ = nullptr;
  int value_ = -1;  // the open directive
  int source_count_ = 0;
};

}  // namespace

bool IsAppName(absl::string_view name) {
  return !name.empty() && name.size() <= 128 &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  absl::StrContains("-._", c);
         });
}

std::string PlaceInFile(absl::string_view file, const Place& place) {
  return absl::StrCat(absl::CHexEscape(file), ":", place.line, ":",
                      place.column);
}

absl::StatusOr<Source> ParseAuthoredSource(absl::string_view text) {
  ParsedSource parsed = ParseSource(text);
  if (parsed.refused_on_authoring) {
    return absl::InvalidArgumentError(
        absl::StrCat("source ", Quote(text), ": ", parsed.problem));
  }
  return std::move(parsed.source);
}

absl::StatusOr<Directive> ParseAuthoredDirective(absl::string_view name) {
  const absl::optional<Directive> directive = ParseDirectiveName(name);
  if (directive) return *directive;
  return absl::InvalidArgumentError(
      absl::StrCat("unknown directive ", Quote(name)));
}

absl::StatusOr<absl::optional<Directive>> ParseDirectiveOrLeaveOut(
    absl::string_view name, const Place& place, LeftOut left_out,
    std::vector<ParseWarning>* warnings) {
  const absl::optional<Directive> directive = ParseDirectiveName(name);
  if (directive) return directive;
  const bool obsolete = IsObsoleteDirective(name);
  if (!obsolete && left_out != LeftOut::kUnknownDirectives) {
    return ParseAuthoredDirective(name).status();
  }
  AddParseWarning(
      place,
      absl::StrCat(obsolete ? "obsolete directive " : "unknown directive ",
                   Quote(name), ", which is left out"),
      warnings);
  return absl::optional<Directive>();
}

absl::Status AddAuthoredWord(absl::string_view word, const Place& place,
                             DirectiveValue* value) {
  switch (ValueKindOf(value->directive)) {
    case ValueKind::kNothing:
      return absl::InvalidArgumentError(
          absl::StrCat(DirectiveName(value->directive), " takes no value"));
    case ValueKind::kTokens:
      if (!IsTokenOf(value->directive, word)) {
        return absl::InvalidArgumentError(
            absl::StrCat(Quote(word), " is nothing that ",
                         DirectiveName(value->directive), " takes"));
      }
      value->tokens.push_back({std::string(word), place});
      return absl::OkStatus();
    case ValueKind::kSources:
      break;
  }
  absl::StatusOr<Source> source = ParseAuthoredSource(word);
  if (!source.ok()) return source.status();
  const bool had_none = !value->sources.empty() &&
                        value->sources[0].source.kind == SourceKind::kNone;
  const bool is_none = source->kind == SourceKind::kNone;
  if (had_none || (is_none && !value->sources.empty())) {
    return absl::InvalidArgumentError(
        "'none' beside other sources; leave out one or the other");
  }
  value->sources.push_back({*std::move(source), place});
  return absl::OkStatus();
}

absl::Status CheckAuthoredValue(const DirectiveValue& value, Place* at) {
  const Directive directive = value.directive;
  const bool needs_one = directive == Directive::kReportUri ||
                         directive == Directive::kReportTo ||
                         directive == Directive::kRequireTrustedTypesFor;
  if (needs_one && value.tokens.empty()) {
    *at = value.place;
    return absl::InvalidArgumentError(
        absl::StrCat(DirectiveName(directive), " names nothing"));
  }
  if (directive == Directive::kReportTo && value.tokens.size() > 1) {
    *at = value.tokens[1].place;
    return absl::InvalidArgumentError("report-to takes one name");
  }
  return absl::OkStatus();
}

absl::StatusOr<PolicyText> ParsePolicyText(absl::string_view file,
                                           absl::string_view text) {
  TextReader reader(file, false);
  const absl::Status status = reader.Read(text);
  if (!status.ok()) return status;
  return PolicyText{std::string(file), reader.TakePolicy()};
}

absl::StatusOr<PolicyText> ParsePolicyText(
    absl::string_view file, absl::string_view text, LeftOut left_out,
    std::vector<ParseWarning>* warnings) {
  TextReader reader(file, false, left_out, warnings);
  const absl::Status status = reader.Read(text);
  if (!status.ok()) return status;
  return PolicyText{std::string(file), reader.TakePolicy()};
}

absl::StatusOr<AdminText> ParseAdminText(absl::string_view file,
                                         absl::string_view text) {
  TextReader reader(file, true);
  const absl::Status status = reader.Read(text);
  if (!status.ok()) return status;
  return reader.TakeAdmin();
}

}  // namespace csp
}  // namespace postern
