#include "permission/text/rule_text.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "fs/base/utf8.h"
#include "permission/flags.h"
#include "permission/text/display.h"
#include "permission/text/literal.h"

namespace postern {
namespace {

std::string Fields(absl::string_view name,
                   const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& value : values) {
    absl::StrAppend(&out, " ", name, ": ", QuoteLiteral(value));
  }
  return out;
}

std::string PatternFields(const RulePattern& pattern) {
  switch (pattern.kind()) {
    case RulePattern::Kind::kWhole:
      return "";
    case RulePattern::Kind::kText:
      return Fields("pattern", {pattern.text()});
    case RulePattern::Kind::kResolving:
      return absl::StrCat(Fields("pattern", {pattern.text()}),
                          Fields("resolves_to", pattern.parts()));
    case RulePattern::Kind::kSecret:
      return absl::StrCat(" secret {", Fields("parts", pattern.parts()), " }");
    case RulePattern::Kind::kCall:
      return absl::StrCat(" call {", Fields("function", {pattern.text()}),
                          Fields("args", pattern.parts()),
                          pattern.form() == CallForm::kList
                              ? " further_args: true"
                          : pattern.parts().empty() ? " no_args: true"
                                                    : "",
                          " }");
  }
  return "";
}

bool IsUtf8(const RulePattern& pattern) {
  return fs::IsUtf8(pattern.text()) &&
         std::all_of(pattern.parts().begin(), pattern.parts().end(),
                     [](const std::string& part) { return fs::IsUtf8(part); });
}

// A space at an end of a flag's item must be escaped (permission/flags.h).
std::string EscapeEnds(const std::string& text) {
  std::string out = text;
  const size_t last = out.find_last_not_of('\\', out.size() - 2);
  const size_t slashes = out.size() < 2 ? 0 : out.size() - 2 - last;
  if (absl::EndsWith(out, " ") && slashes % 2 == 0) {
    out.insert(out.size() - 1, "\\");
  }
  return absl::StartsWith(out, " ") ? absl::StrCat("\\", out) : out;
}

// What stands behind the "=" of a flag, before commas are escaped; nullopt if
// flags cannot say it.
absl::optional<std::string> FlagValue(const RulePattern& pattern) {
  switch (pattern.kind()) {
    case RulePattern::Kind::kWhole:
      return "";
    case RulePattern::Kind::kText:
      return EscapeEnds(pattern.text());
    case RulePattern::Kind::kResolving:
      return absl::nullopt;
    case RulePattern::Kind::kSecret:
      return absl::StrJoin(
          pattern.parts(), "/", [](std::string* out, const std::string& part) {
            absl::StrAppend(out, absl::StrReplaceAll(part, {{"/", "\\/"}}));
          });
    case RulePattern::Kind::kCall: {
      // A function alone is with any arguments.
      if (pattern.parts().empty()) return absl::nullopt;
      std::string value = pattern.text();
      for (const std::string& part : pattern.parts()) {
        absl::StrAppend(&value, " ", absl::StrReplaceAll(part, {{" ", "\\ "}}));
      }
      return value;
    }
  }
  return absl::nullopt;
}

// For POSIX shells.
std::string ShellQuoted(const std::string& word) {
  const bool plain = std::all_of(word.begin(), word.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           absl::string_view("-_=./:,@%+").find(c) != absl::string_view::npos;
  });
  if (plain) return word;
  return absl::StrCat("'", absl::StrReplaceAll(word, {{"'", "'\\''"}}), "'");
}

bool HasHidden(absl::string_view text) {
  for (size_t at = 0, length; at < text.size(); at += length) {
    uint32_t character = 0;
    length = fs::DecodeUtf8(text.substr(at), &character);
    if (length == 0 || internal::IsHiddenCharacter(character)) return true;
  }
  return false;
}

}  // namespace

absl::optional<std::string> RuleAsPolicyText(const Rule& rule) {
  if (!IsUtf8(rule.pattern)) return absl::nullopt;
  return absl::StrCat("rules { ", EffectName(rule.effect), ": \"",
                      rule.permissions.ToString(), "\"",
                      PatternFields(rule.pattern), " }");
}

absl::optional<std::string> RuleAsFlag(const Rule& rule) {
  const absl::optional<std::string> value = FlagValue(rule.pattern);
  if (!value || HasHidden(*value)) return absl::nullopt;
  const bool whole = rule.pattern.kind() == RulePattern::Kind::kWhole;
  const std::string flag = absl::StrCat(
      "--", EffectName(rule.effect), "-",
      absl::StrReplaceAll(rule.permissions.ToString(), {{".", "-"}}),
      whole ? "" : "=", absl::StrReplaceAll(*value, {{",", "\\,"}}));
  const absl::StatusOr<FlagsResult> read = ParseFlags({flag});
  if (!read.ok() || read->layer.rules.size() != 1) return absl::nullopt;
  const bool same = read->layer.rules[0].pattern.kind() == rule.pattern.kind();
  return same ? absl::make_optional(ShellQuoted(flag)) : absl::nullopt;
}

}  // namespace postern
