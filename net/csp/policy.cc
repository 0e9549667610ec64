#include "net/csp/policy.h"

#include <algorithm>
#include <bitset>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "net/csp/url.h"

namespace postern {
namespace csp {
namespace {

// HTML, "sandboxing": the flags of the attribute.
constexpr absl::string_view kSandboxFlags[] = {
    "allow-downloads",
    "allow-forms",
    "allow-modals",
    "allow-orientation-lock",
    "allow-pointer-lock",
    "allow-popups",
    "allow-popups-to-escape-sandbox",
    "allow-presentation",
    "allow-same-origin",
    "allow-scripts",
    "allow-storage-access-by-user-activation",
    "allow-top-navigation",
    "allow-top-navigation-by-user-activation",
    "allow-top-navigation-to-custom-protocols",
};

// Mixed content is upgraded or blocked anyway; the others never became or no
// longer are part of the specification.
constexpr absl::string_view kObsoleteDirectives[] = {
    "block-all-mixed-content", "navigate-to", "plugin-types",    "prefetch-src",
    "reflected-xss",           "referrer",    "require-sri-for",
};

// ASCII whitespace of the URL and Infra standards.
bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

bool IsValueByte(char c) {
  const unsigned char byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte < 0x7F && c != ';' && c != ',';
}

bool IsAscii(char c) { return static_cast<unsigned char>(c) < 0x80; }

// Flags of a sandbox are one in every case (HTML, "parse a sandboxing
// directive").
std::string TokenText(Directive directive, absl::string_view text) {
  return directive == Directive::kSandbox ? absl::AsciiStrToLower(text)
                                          : std::string(text);
}

struct Word {
  absl::string_view text;
  Place place;
};

// Words of `text`, which starts at column `column` of line 1.
std::vector<Word> SplitWords(absl::string_view text, int column) {
  std::vector<Word> words;
  for (size_t i = 0; i < text.size();) {
    if (IsSpace(text[i])) {
      ++i;
      continue;
    }
    size_t end = i;
    while (end < text.size() && !IsSpace(text[end])) ++end;
    words.push_back(
        {text.substr(i, end - i), {1, column + static_cast<int>(i)}});
    i = end;
  }
  return words;
}

std::string Quote(absl::string_view text) {
  return absl::StrCat("\"", absl::CHexEscape(text.substr(0, 100)), "\"");
}

bool IsTokenByte(char c) {  // tt-policy-name, and names of endpoints
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::StrContains("-#=_/@.%", c);
}

class Reader {
 public:
  explicit Reader(std::vector<ParseWarning>* warnings) : warnings_(warnings) {}

  Policy Read(absl::string_view text, int column) {
    Policy policy;
    Seen seen;
    for (size_t start = 0; start <= text.size();) {
      const size_t end = std::min(text.find(';', start), text.size());
      ReadDirective(text.substr(start, end - start),
                    column + static_cast<int>(start), &seen, &policy);
      start = end + 1;
    }
    return policy;
  }

 private:
  // The names that stood before.
  struct Seen {
    std::bitset<kDirectiveCount> to_both;
    std::bitset<kDirectiveCount> to_chromium_alone;
  };

  void Warn(Place place, std::string message) {
    AddParseWarning(place, std::move(message), warnings_);
  }

  // Section 2.2.1, step 2.2: it is as if it were not there. To Chromium, as
  // measured, its name was there.
  void SkipDirective(const Word& word, Seen* seen) {
    Warn(word.place,
         "a byte that is not ASCII; browsers leave out the whole directive");
    const absl::optional<Directive> name = ParseDirectiveName(word.text);
    if (name) seen->to_chromium_alone.set(static_cast<size_t>(*name));
  }

  void ReadDirective(absl::string_view text, int column, Seen* seen,
                     Policy* policy) {
    const std::vector<Word> words = SplitWords(text, column);
    if (words.empty()) return;
    if (!std::all_of(text.begin(), text.end(), IsAscii)) {
      return SkipDirective(words[0], seen);
    }
    const absl::optional<Directive> name = ParseDirectiveName(words[0].text);
    if (!name) {
      return Warn(words[0].place,
                  absl::StrCat(IsObsoleteDirective(words[0].text)
                                   ? "obsolete directive "
                                   : "unknown directive ",
                               Quote(words[0].text), ", which is left out"));
    }
    if (seen->to_both.test(static_cast<size_t>(*name))) {
      return Warn(words[0].place,
                  absl::StrCat("a second ", DirectiveName(*name),
                               ", which is left out"));
    }
    seen->to_both.set(static_cast<size_t>(*name));
    DirectiveValue value;
    value.directive = *name;
    value.place = words[0].place;
    if (seen->to_chromium_alone.test(static_cast<size_t>(*name))) {
      value.absent_in_chromium = true;
      Warn(value.place,
           absl::StrCat("to Chromium a second ", DirectiveName(*name),
                        ", which it leaves out"));
    }
    ReadValue(words, &value);
    const bool reports =
        *name == Directive::kReportUri || *name == Directive::kReportTo;
    if (reports && value.tokens.empty()) {
      return Warn(value.place, absl::StrCat(DirectiveName(*name),
                                            " names no place; left out"));
    }
    policy->directives.push_back(std::move(value));
  }

  void ReadValue(const std::vector<Word>& words, DirectiveValue* value) {
    for (size_t i = 1; i < words.size(); ++i) {
      const absl::string_view text = words[i].text;
      if (!std::all_of(text.begin(), text.end(), IsValueByte) &&
          !value->absent_in_chromium) {
        value->absent_in_chromium = true;
        Warn(words[i].place,
             "a byte that no directive holds; Chromium leaves out the whole "
             "directive");
      }
      switch (ValueKindOf(value->directive)) {
        case ValueKind::kNothing:
          Warn(words[i].place, absl::StrCat(DirectiveName(value->directive),
                                            " takes no value"));
          break;
        case ValueKind::kTokens:
          value->tokens.push_back(
              {TokenText(value->directive, text), words[i].place});
          break;
        case ValueKind::kSources:
          ReadSource(words[i], value);
          break;
      }
    }
    DropNone(value);
  }

  void ReadSource(const Word& word, DirectiveValue* value) {
    ParsedSource parsed = ParseSource(word.text);
    if (!parsed.problem.empty() && !value->absent_in_chromium) {
      Warn(word.place,
           absl::StrCat("source ", Quote(word.text), ": ", parsed.problem));
    }
    value->sources.push_back({std::move(parsed.source), word.place});
  }

  // 'none' says nothing beside other sources (CSP3, section 6.7.2.5).
  void DropNone(DirectiveValue* value) {
    auto& sources = value->sources;
    const auto is_none = [](const PlacedSource& s) {
      return s.source.kind == SourceKind::kNone;
    };
    const auto none = std::find_if(sources.begin(), sources.end(), is_none);
    if (none == sources.end()) return;
    if (sources.size() > 1) {
      Warn(none->place, "'none' says nothing beside other sources");
    }
    sources.erase(std::remove_if(sources.begin(), sources.end(), is_none),
                  sources.end());
  }

  std::vector<ParseWarning>* const warnings_;
};

absl::Status CheckSize(absl::string_view text) {
  if (text.size() <= kMaxHeaderBytes) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat(
      "a policy of ", text.size(), " bytes; at most 1 MiB is read"));
}

}  // namespace

int FindKeyword(const std::vector<PlacedSource>& sources, Keyword keyword) {
  for (size_t i = 0; i < sources.size(); ++i) {
    if (sources[i].source.Is(keyword)) return static_cast<int>(i);
  }
  return -1;
}

std::set<std::string> TextsOf(const std::vector<PlacedSource>& sources) {
  std::set<std::string> out;
  for (const PlacedSource& s : sources) out.insert(s.source.ToString());
  return out;
}

const DirectiveValue* Policy::Find(Directive directive) const {
  for (const DirectiveValue& value : directives) {
    if (value.directive == directive) return &value;
  }
  return nullptr;
}

DirectiveValue* Policy::Find(Directive directive) {
  for (DirectiveValue& value : directives) {
    if (value.directive == directive) return &value;
  }
  return nullptr;
}

const DirectiveValue* Policy::Governing(Directive directive,
                                        Dialect dialect) const {
  for (Directive link : FallbackChain(directive)) {
    const DirectiveValue* const value = Find(link);
    if (value != nullptr &&
        !(dialect == Dialect::kChromium && value->absent_in_chromium)) {
      return value;
    }
  }
  return nullptr;
}

std::string ValueToString(const DirectiveValue& value) {
  std::string out;
  for (const PlacedSource& source : value.sources) {
    absl::StrAppend(&out, out.empty() ? "" : " ", source.source.ToString());
  }
  for (const PlacedToken& token : value.tokens) {
    absl::StrAppend(&out, out.empty() ? "" : " ", token.text);
  }
  const bool sources = ValueKindOf(value.directive) == ValueKind::kSources;
  return out.empty() && sources ? "'none'" : out;
}

std::string Policy::ToString() const {
  std::string out;
  for (const DirectiveValue& value : directives) {
    const std::string text = ValueToString(value);
    absl::StrAppend(&out, out.empty() ? "" : "; ",
                    DirectiveName(value.directive), text.empty() ? "" : " ",
                    text);
  }
  return out;
}

void AddParseWarning(const Place& place, std::string message,
                     std::vector<ParseWarning>* warnings) {
  if (warnings->size() > kMaxParseWarnings) return;
  if (warnings->size() == kMaxParseWarnings) {
    message = "further warnings are left out";
  }
  warnings->push_back({place, std::move(message)});
}

absl::StatusOr<ParsedHeader> ParseHeader(absl::string_view value) {
  const absl::Status size = CheckSize(value);
  if (!size.ok()) return size;
  ParsedHeader out;
  Reader reader(&out.warnings);
  for (size_t start = 0; start <= value.size();) {
    const size_t end = std::min(value.find(',', start), value.size());
    Policy policy = reader.Read(value.substr(start, end - start),
                                static_cast<int>(start) + 1);
    if (!policy.directives.empty()) out.policies.push_back(std::move(policy));
    start = end + 1;
  }
  return out;
}

absl::StatusOr<Policy> ParsePolicy(absl::string_view text,
                                   std::vector<ParseWarning>* warnings) {
  const absl::Status size = CheckSize(text);
  if (!size.ok()) return size;
  return Reader(warnings).Read(text, 1);
}

bool IsObsoleteDirective(absl::string_view name) {
  return std::any_of(std::begin(kObsoleteDirectives),
                     std::end(kObsoleteDirectives),
                     [name](absl::string_view obsolete) {
                       return absl::EqualsIgnoreCase(obsolete, name);
                     });
}

bool IsTokenOf(Directive directive, absl::string_view text) {
  if (!std::all_of(text.begin(), text.end(), IsValueByte)) return false;
  if (directive == Directive::kSandbox) {
    return std::find(std::begin(kSandboxFlags), std::end(kSandboxFlags),
                     text) != std::end(kSandboxFlags);
  }
  if (directive == Directive::kRequireTrustedTypesFor) {
    return text == "'script'";
  }
  if (directive == Directive::kReportUri) {
    return absl::StartsWith(text, "/") || ParseUrl(text).ok();
  }
  if (directive == Directive::kTrustedTypes &&
      (text == "*" || text == "'allow-duplicates'" || text == "'none'")) {
    return true;
  }
  return (directive == Directive::kTrustedTypes ||
          directive == Directive::kReportTo) &&
         std::all_of(text.begin(), text.end(), IsTokenByte);
}

}  // namespace csp
}  // namespace postern
