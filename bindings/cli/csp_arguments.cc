#include "bindings/cli/csp_arguments.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "bindings/cli/help_text.h"
#include "bindings/cli/suggestion.h"
#include "bindings/cli/verbs.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

using internal::QuoteForDisplay;

absl::Status Misused(absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat(what, "; see \"postern csp --help\""));
}

bool Merges(CspCommand command) {
  return command == CspCommand::kMerge || command == CspCommand::kReview;
}

// One parse. Options take their value after "=" or as the next word.
class CspReader {
 public:
  explicit CspReader(const std::vector<std::string>& args) : args_(args) {}

  absl::StatusOr<CspArguments> Read() {
    const bool help =
        std::find(args_.begin(), args_.end(), "--help") != args_.end() ||
        (!args_.empty() && args_[0] == "-h");
    if (help) {
      out_.help = HelpText(*FindVerb("csp"));
      return out_;
    }
    absl::Status status = ReadCommand();
    for (at_ = 1; status.ok() && at_ < args_.size(); ++at_) {
      status = ReadWord(args_[at_]);
    }
    if (status.ok()) status = Complete();
    if (!status.ok()) return status;
    return out_;
  }

 private:
  absl::Status ReadCommand() {
    const std::string name = args_.empty() ? "" : args_[0];
    if (name == "merge") {
      out_.command = CspCommand::kMerge;
    } else if (name == "review") {
      out_.command = CspCommand::kReview;
    } else if (name == "check") {
      out_.command = CspCommand::kCheck;
    } else if (name == "explain") {
      out_.command = CspCommand::kExplain;
    } else {
      return Misused(
          name.empty()
              ? "no command is given after \"csp\""
              : absl::StrCat(
                    "unknown command csp ", QuoteForDisplay(name),
                    Suggestion(name, {"merge", "review", "check", "explain"})));
    }
    return absl::OkStatus();
  }

  absl::Status ReadWord(const std::string& word) {
    if (word.size() < 2 || word[0] != '-') return ReadPlain(word);
    const std::string name = word.substr(0, word.find('='));
    const bool has_value = name.size() < word.size();
    if (bool* const flag = Flag(name)) {
      if (has_value) return Misused(absl::StrCat(name, " takes no value"));
      *flag = true;
      return absl::OkStatus();
    }
    std::string* const target = Target(name);
    if (target == nullptr && !Repeats(name)) return Unknown(word);
    std::string value = has_value ? word.substr(name.size() + 1) : "";
    if (!has_value && ++at_ < args_.size()) value = args_[at_];
    if (at_ >= args_.size() || (value.empty() && name != "--header")) {
      return Misused(absl::StrCat("nothing given for \"", name, "\""));
    }
    if (target == nullptr) return AddTo(name, std::move(value));
    if (!target->empty() || (name == "--header" && out_.has_header)) {
      return Misused(absl::StrCat(name, " is given twice"));
    }
    out_.has_header = out_.has_header || name == "--header";
    *target = std::move(value);
    return absl::OkStatus();
  }

  static absl::Status Unknown(const std::string& word) {
    return Misused(absl::StrCat("unknown option ", QuoteForDisplay(word),
                                Suggestion(word.substr(0, word.find('=')),
                                           OptionNames(*FindVerb("csp")))));
  }

  // The flag of that name if the command takes it, or nullptr.
  bool* Flag(const std::string& name) {
    if (name == "--json") return &out_.json;
    if (Merges(out_.command)) return nullptr;
    if (name == "--redirected") return &out_.redirected;
    return name == "--inserted" ? &out_.inserted : nullptr;
  }

  // Whether the command takes the option more than once.
  bool Repeats(const std::string& name) const {
    if (name == "--env") return true;
    if (!Merges(out_.command)) return name == "--policy";
    if (name == "--format") return out_.command == CspCommand::kMerge;
    return name == "--base" || name == "--app";
  }

  absl::Status AddTo(const std::string& name, std::string value) {
    if (name == "--env") return AddVariable(value);
    if (name == "--app") return AddApp(value);
    if (name == "--format") return SetFormat(value);
    (name == "--base" ? out_.base : out_.policy).push_back(std::move(value));
    return absl::OkStatus();
  }

  absl::Status SetFormat(const std::string& value) {
    if (out_.format) return Misused("--format is given twice");
    out_.format = ParseCspFormat(value);
    if (out_.format) return absl::OkStatus();
    return Misused(absl::StrCat("unknown format ", QuoteForDisplay(value),
                                ", expected ", kCspFormats));
  }

  absl::Status AddVariable(const std::string& value) {
    const size_t equals = value.find('=');
    if (equals == value.npos || equals == 0) {
      return Misused(absl::StrCat("expected --env NAME=VALUE, not ",
                                  QuoteForDisplay(value)));
    }
    const bool added =
        out_.variables
            .emplace(value.substr(0, equals), value.substr(equals + 1))
            .second;
    return added ? absl::OkStatus()
                 : Misused(
                       absl::StrCat("--env gives a variable twice: ",
                                    QuoteForDisplay(value.substr(0, equals))));
  }

  // Where the value of an option that the command takes goes, or nullptr.
  std::string* Target(const std::string& name) {
    if (name == "--self") return &out_.self;
    if (Merges(out_.command)) {
      if (name == "--admin") return &out_.admin;
      const bool reviews = out_.command == CspCommand::kReview;
      if (!reviews && name == "--only") return &out_.only;
      return reviews && name == "--open-hosts" ? &out_.open_hosts : nullptr;
    }
    if (name == "--header") return &out_.header;
    if (name == "--digest") return &out_.digest;
    return name == "--nonce" ? &out_.nonce : nullptr;
  }

  absl::Status AddApp(const std::string& value) {
    const size_t equals = value.find('=');
    if (equals == value.npos || equals == 0 || equals + 1 == value.size()) {
      return Misused(absl::StrCat("expected --app NAME=FILE, not ",
                                  QuoteForDisplay(value)));
    }
    const std::string name = value.substr(0, equals);
    const auto known =
        std::find_if(out_.apps.begin(), out_.apps.end(),
                     [&name](const auto& app) { return app.first == name; });
    auto& files =
        known != out_.apps.end()
            ? known->second
            : out_.apps.emplace_back(name, std::vector<std::string>()).second;
    files.push_back(value.substr(equals + 1));
    return absl::OkStatus();
  }

  absl::Status ReadPlain(const std::string& word) {
    std::string* const target = Merges(out_.command)     ? nullptr
                                : out_.directive.empty() ? &out_.directive
                                : out_.url.empty()       ? &out_.url
                                                         : nullptr;
    if (target == nullptr || word.empty()) {
      return Misused(
          absl::StrCat("unexpected argument ", QuoteForDisplay(word)));
    }
    *target = word;
    return absl::OkStatus();
  }

  absl::Status Complete() const {
    if (Merges(out_.command)) {
      if (out_.base.empty()) return Misused("--base is missing");
      if (!out_.only.empty() && !out_.format) {
        return Misused("--only is for --format");
      }
      return out_.format && out_.json
                 ? Misused("both --format and --json are given")
                 : absl::OkStatus();
    }
    if (out_.policy.empty() != out_.has_header) {
      return Misused(out_.has_header
                         ? "both a policy and a header are given"
                         : "no policy is given; name a file with --policy, or "
                           "give the text with --header");
    }
    if (out_.directive.empty()) return Misused("DIRECTIVE is missing");
    return out_.url.empty() ? Misused("URL is missing") : absl::OkStatus();
  }

  const std::vector<std::string>& args_;
  size_t at_ = 0;
  CspArguments out_;
};

}  // namespace

absl::StatusOr<CspArguments> ParseCspArguments(
    const std::vector<std::string>& args) {
  return CspReader(args).Read();
}

}  // namespace cli
}  // namespace postern
