// Flags, one a line: no crash, one-line errors; many flags say what each says
// alone; and each rule, written as a flag again, is the same rule.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "permission/flags.h"
#include "tests/fuzz/require.h"

namespace postern {
namespace {

// The item of a list that reads as `text`.
std::string AsItem(const std::string& text) {
  std::string item;
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '{') ++depth;
    if (c == '}' && depth > 0) --depth;
    if (c == ',' && depth == 0) item.push_back('\\');
    item.push_back(c);
    if (c == '\\' && i + 1 < text.size()) item.push_back(text[++i]);
  }
  return item;
}

std::string AsFlag(const Rule& rule) {
  const RulePattern& pattern = rule.pattern;
  switch (pattern.kind()) {
    case RulePattern::Kind::kWhole:
      return rule.source.name;
    case RulePattern::Kind::kText:
      return absl::StrCat(rule.source.name, "=", AsItem(pattern.text()));
    case RulePattern::Kind::kCall: {
      std::vector<std::string> words = pattern.parts();
      words.insert(words.begin(), pattern.text());
      return absl::StrCat(rule.source.name, "=",
                          AsItem(absl::StrJoin(words, " ")));
    }
    case RulePattern::Kind::kResolving:
      Require(false, "no flag says where a name leads");
      return "";
    case RulePattern::Kind::kSecret:
      return absl::StrCat(rule.source.name, "=",
                          AsItem(absl::StrJoin(pattern.parts(), "/")));
  }
  return "";
}

void RequireSame(const Rule& a, const Rule& b) {
  Require(a.effect == b.effect && a.permissions == b.permissions &&
              a.pattern == b.pattern && a.source.name == b.source.name,
          absl::StrCat("the same rule: ", AsFlag(a), " and ", AsFlag(b)));
}

void CheckRules(const std::vector<std::string>& args,
                const FlagsResult& together) {
  const std::vector<Rule>& rules = together.layer.rules;
  size_t next = 0, rest = 0;
  for (size_t i = 0; i < args.size() && args[i] != "--"; ++i) {
    const absl::StatusOr<FlagsResult> alone = ParseFlags({args[i]});
    Require(alone.ok(), "each flag is good alone");
    rest += alone->rest.size();
    for (const Rule& rule : alone->layer.rules) {
      Require(next < rules.size(), "no rule is lost");
      RequireSame(rule, rules[next++]);
      Require(rule.source.column <= static_cast<int>(args[i].size()),
              "the column lies in the argument");
    }
  }
  Require(next == rules.size() && rest <= together.rest.size(),
          "nothing is made up");
  for (const Rule& rule : rules) {
    const absl::StatusOr<FlagsResult> again = ParseFlags({AsFlag(rule)});
    Require(again.ok() && again->layer.rules.size() == 1,
            "a rule can be written as a flag: " + AsFlag(rule));
    RequireSame(rule, again->layer.rules[0]);
  }
}

}  // namespace
}  // namespace postern

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<std::string> args = absl::StrSplit(
      absl::string_view(reinterpret_cast<const char*>(data), size), '\n');
  const absl::StatusOr<postern::FlagsResult> result = postern::ParseFlags(args);
  if (result.ok()) {
    postern::CheckRules(args, *result);
    return 0;
  }
  for (const char c : result.status().message()) {
    postern::Require(static_cast<unsigned char>(c) >= 0x20,
                     "the error is one line");
  }
  return 0;
}
