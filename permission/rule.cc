#include "permission/rule.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace postern {
namespace {

void AppendQuoted(std::string* out, const std::string& part) {
  absl::StrAppend(out, "\"", part, "\"");
}

std::string Bracketed(const std::vector<std::string>& parts) {
  return absl::StrCat("[", absl::StrJoin(parts, ", ", AppendQuoted), "]");
}

// White space that stands for itself, whether it was escaped already or not.
std::string EscapeSpaces(absl::string_view word) {
  std::string out;
  for (size_t i = 0; i < word.size(); ++i) {
    if (absl::ascii_isspace(static_cast<unsigned char>(word[i]))) {
      out.push_back('\\');
    }
    out.push_back(word[i]);
    if (word[i] == '\\' && i + 1 < word.size()) out.push_back(word[++i]);
  }
  return out;
}

}  // namespace

absl::string_view EffectName(Effect effect) {
  switch (effect) {
    case Effect::kDeny:
      return "deny";
    case Effect::kAsk:
      return "ask";
    case Effect::kAllow:
      return "allow";
  }
  return "deny";
}

RulePattern RulePattern::Text(absl::string_view text) {
  RulePattern pattern;
  pattern.kind_ = Kind::kText;
  pattern.text_ = std::string(text);
  return pattern;
}

RulePattern RulePattern::Command(absl::string_view program,
                                 const std::vector<std::string>& args) {
  std::string text = EscapeSpaces(program);
  for (const std::string& arg : args) {
    absl::StrAppend(&text, " ",
                    arg.empty()     ? "\"\""
                    : arg == "\"\"" ? "\\\"\\\""
                                    : EscapeSpaces(arg));
  }
  return Text(text);
}

RulePattern RulePattern::Call(absl::string_view function,
                              std::vector<std::string> args, CallForm form) {
  RulePattern pattern;
  pattern.kind_ = Kind::kCall;
  pattern.text_ = std::string(function);
  pattern.parts_ = std::move(args);
  pattern.form_ = form;
  return pattern;
}

RulePattern RulePattern::Secret(std::vector<std::string> parts) {
  RulePattern pattern;
  pattern.kind_ = Kind::kSecret;
  pattern.parts_ = std::move(parts);
  return pattern;
}

RulePattern RulePattern::Resolving(absl::string_view text,
                                   std::vector<std::string> resolves_to) {
  RulePattern pattern = Text(text);
  if (!resolves_to.empty()) pattern.kind_ = Kind::kResolving;
  pattern.parts_ = std::move(resolves_to);
  return pattern;
}

std::string RulePattern::ToString() const {
  switch (kind_) {
    case Kind::kWhole:
      return "(everything)";
    case Kind::kText:
      return text_;
    case Kind::kCall:
      return absl::StrCat(
          text_, " ", Bracketed(parts_),
          form_ == CallForm::kList ? " and further arguments" : "");
    case Kind::kSecret:
      return absl::StrJoin(
          parts_, "/", [](std::string* out, const std::string& part) {
            absl::StrAppend(out, absl::StrReplaceAll(part, {{"/", "\\/"}}));
          });
    case Kind::kResolving:
      return absl::StrCat(text_, " (resolves to ", absl::StrJoin(parts_, ", "),
                          ")");
  }
  return "";
}

std::string RuleSource::ToString() const {
  switch (kind) {
    case Kind::kHost:
      return name.empty() ? "the host" : absl::StrCat("the host (", name, ")");
    case Kind::kFile:
      if (line == 0) return name;
      return column == 0 ? absl::StrCat(name, ":", line)
                         : absl::StrCat(name, ":", line, ":", column);
    case Kind::kFlag:
      return name;
    case Kind::kTemplate:
      return absl::StrCat("template ", name);
    case Kind::kApproval:
      return absl::StrCat("approval of ", name);
    case Kind::kDrop:
      return "given up by the app";
  }
  return "";
}

}  // namespace postern
