#include "permission/flags.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "permission/internal/nearest_name.h"
#include "permission/permission.h"
#include "permission/text/display.h"

namespace postern {
namespace {

struct Prefix {
  const char* text;
  Effect effect;
};

constexpr Prefix kPrefixes[] = {
    {"--allow-", Effect::kAllow},
    {"--ask-", Effect::kAsk},
    {"--deny-", Effect::kDeny},
};

constexpr absl::string_view kPrecedence = "--precedence=";

// A part of an argument and where it begins, from 0.
struct Item {
  std::string text;
  size_t at;
  // It, or an alternative in its braces, begins or ends with a space that is
  // not escaped.
  bool padded;
};

bool IsSpace(char c) {
  return absl::ascii_isspace(static_cast<unsigned char>(c));
}

// What stands between two commas. `at` moves behind the item.
Item TakeItem(absl::string_view arg, size_t* at) {
  Item item{"", *at, /*padded=*/false};
  char before = ',';  // '\\' for what is escaped
  int depth = 0;
  for (; *at < arg.size(); ++*at) {
    const char c = arg[*at];
    if (c == ',' && depth == 0) break;
    item.padded = item.padded ||
                  (IsSpace(c) && (before == ',' || before == '{')) ||
                  (IsSpace(before) && (c == ',' || c == '}'));
    before = c;
    if (c == '{') ++depth;
    if (c == '}' && depth > 0) --depth;
    if (c == '\\' && *at + 1 < arg.size()) {
      ++*at;
      // The only escape that is this list's own.
      if (arg[*at] != ',' || depth > 0) item.text.push_back(c);
    }
    item.text.push_back(arg[*at]);
  }
  item.padded = item.padded || IsSpace(before);
  return item;
}

// Splits at `separator`, save after a backslash and, in patterns, in braces.
std::vector<std::string> SplitParts(absl::string_view text, char separator) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '{') ++depth;
    if (c == '}' && depth > 0) --depth;
    if (c == separator && (depth == 0 || separator == '/')) {
      parts.emplace_back();
      continue;
    }
    parts.back().push_back(c);
    if (c == '\\' && i + 1 < text.size()) parts.back().push_back(text[++i]);
  }
  return parts;
}

bool HasEmpty(const std::vector<std::string>& parts) {
  return std::find(parts.begin(), parts.end(), "") != parts.end();
}

std::string WithDashes(absl::string_view name) {
  return absl::StrReplaceAll(name, {{".", "-"}});
}

// "all", each group and each permission, as flags write them.
std::vector<std::string> FlagNames() {
  std::vector<std::string> names = {"all"};
  for (int i = 1; i < kPermissionLimit; ++i) {
    const absl::string_view name = PermissionName(static_cast<Permission>(i));
    const std::string group(name.substr(0, name.find('.')));
    if (names.back().substr(0, group.size()) != group) names.push_back(group);
    names.push_back(WithDashes(name));
  }
  return names;
}

class FlagReader {
 public:
  FlagReader() { result_.layer.name = "flags"; }

  absl::StatusOr<FlagsResult> Read(absl::Span<const std::string> args) {
    size_t i = 0;
    for (; i < args.size() && args[i] != "--"; ++i) {
      const absl::Status status = ReadArgument(args[i]);
      if (!status.ok()) return status;
    }
    result_.rest.insert(result_.rest.end(), args.begin() + i, args.end());
    if (precedence_given_ && result_.layer.rules.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", kPrecedence,
                       "\" without a rule, expected one such as "
                       "\"--allow-fs-read=/srv\""));
    }
    Warn();
    return std::move(result_);
  }

 private:
  // How a flag was given.
  struct Given {
    bool bare = false;
    bool list = false;
  };

  absl::Status ReadArgument(const std::string& arg) {
    for (const Prefix& prefix : kPrefixes) {
      if (absl::StartsWith(arg, prefix.text)) return ReadFlag(prefix, arg);
    }
    absl::string_view precedence = arg;
    if (absl::ConsumePrefix(&precedence, kPrecedence)) {
      return ReadPrecedence(precedence);
    }
    result_.rest.push_back(arg);
    return absl::OkStatus();
  }

  absl::Status ReadPrecedence(absl::string_view value) {
    if (precedence_given_) {
      return absl::InvalidArgumentError(absl::StrCat(
          "\"", kPrecedence, "\" is given twice, expected it once"));
    }
    precedence_given_ = true;
    if (value == "deny-overrides") {
      result_.layer.precedence = Precedence::kDenyOverrides;
    } else if (value == "most-specific") {
      result_.layer.precedence = Precedence::kMostSpecific;
    } else {
      return absl::InvalidArgumentError(
          absl::StrCat("invalid flag \"", kPrecedence,
                       internal::EscapeForDisplay(value.substr(0, 64)),
                       "\", expected deny-overrides or most-specific"));
    }
    return absl::OkStatus();
  }

  absl::Status ReadFlag(const Prefix& prefix, absl::string_view arg) {
    const absl::string_view flag = arg.substr(0, arg.find('='));
    const absl::string_view name = absl::StripPrefix(flag, prefix.text);
    const absl::StatusOr<PermissionSet> permissions =
        PermissionSet::Parse(absl::StrReplaceAll(name, {{"-", "."}}));
    // Dots are not how flags are written.
    if (!permissions.ok() || absl::StrContains(name, ".")) {
      return UnknownFlag(prefix, flag, name);
    }
    flag_ = std::string(flag);
    effect_ = prefix.effect;
    permissions_ = *permissions;
    Given& given = given_[flag_];
    if (flag.size() < arg.size()) {
      given.list = true;
      return ReadList(arg, flag.size() + 1);
    }
    given.bare = true;
    return Add(RulePattern::Whole(), 0);
  }

  static absl::Status UnknownFlag(const Prefix& prefix, absl::string_view flag,
                                  absl::string_view name) {
    return absl::InvalidArgumentError(absl::StrCat(
        "unknown flag \"", internal::EscapeForDisplay(flag.substr(0, 64)),
        "\", expected one such as \"", prefix.text,
        internal::NearestName(name, FlagNames()), "\""));
  }

  absl::Status Invalid(size_t at, absl::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat(
        "invalid flag \"", flag_, "\" at column ", at + 1, ": ", what));
  }

  // The items of `arg` from `at` on.
  absl::Status ReadList(absl::string_view arg, size_t at) {
    for (;; ++at) {
      const Item item = TakeItem(arg, &at);
      if (item.text.empty()) {
        return Invalid(item.at,
                       "empty item, expected a pattern before and after "
                       "each comma");
      }
      if (item.padded) {
        return Invalid(
            item.at,
            "a space at the end of an item or alternative, expected none "
            "beside \"=\" and commas, or \"\\ \" for a part of the pattern");
      }
      const absl::Status status = AddItem(item);
      if (!status.ok() || at == arg.size()) return status;
    }
  }

  absl::Status AddItem(const Item& item) {
    if (permissions_ == PermissionSet(Permission::kPluginCall)) {
      return AddCall(item);
    }
    const PermissionSet secrets = PermissionSet(Permission::kSecretUse) |
                                  PermissionSet(Permission::kSecretReveal);
    if ((permissions_ | secrets) != secrets) {
      return Add(RulePattern::Text(item.text), item.at);
    }
    std::vector<std::string> parts = SplitParts(item.text, '/');
    if (HasEmpty(parts)) {
      return Invalid(
          item.at, "empty part of a key, expected parts as in \"db/password\"");
    }
    return Add(RulePattern::Secret(std::move(parts)), item.at);
  }

  absl::Status AddCall(const Item& item) {
    std::vector<std::string> words = SplitParts(item.text, ' ');
    if (HasEmpty(words)) {
      return Invalid(item.at,
                     "empty argument, expected a function and one space "
                     "before each argument");
    }
    const std::string function = words[0];
    words.erase(words.begin());
    const CallForm form = words.empty() ? CallForm::kList : CallForm::kExact;
    return Add(RulePattern::Call(function, std::move(words), form), item.at);
  }

  absl::Status Add(RulePattern pattern, size_t at) {
    Rule rule;
    rule.effect = effect_;
    rule.permissions = permissions_;
    rule.pattern = std::move(pattern);
    rule.source = Source(flag_, at);
    result_.layer.rules.push_back(std::move(rule));
    return absl::OkStatus();
  }

  static RuleSource Source(const std::string& flag, size_t at) {
    RuleSource source;
    source.kind = RuleSource::Kind::kFlag;
    source.name = flag;
    source.column = static_cast<int>(at) + 1;
    return source;
  }

  void Warn() {
    for (const auto& entry : given_) {
      if (!entry.second.bare || !entry.second.list) continue;
      result_.warnings.push_back(
          {"bare-beside-list",
           absl::StrCat("\"", entry.first,
                        "\" without a list is for everything, so that its "
                        "list changes nothing"),
           Source(entry.first, 0)});
    }
  }

  FlagsResult result_;
  std::map<std::string, Given> given_;  // by flag
  bool precedence_given_ = false;
  // The flag that is being read.
  std::string flag_;
  Effect effect_ = Effect::kDeny;
  PermissionSet permissions_;
};

}  // namespace

absl::StatusOr<FlagsResult> ParseFlags(absl::Span<const std::string> args) {
  return FlagReader().Read(args);
}

}  // namespace postern
