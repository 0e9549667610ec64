#include "bindings/cli/arguments.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "bindings/cli/help_text.h"
#include "bindings/cli/suggestion.h"
#include "bindings/cli/verbs.h"
#include "permission/text/display.h"

// CLI11 throws; no exception leaves this file.

namespace postern {
namespace cli {
namespace {

using internal::EscapeForDisplay;
using internal::QuoteForDisplay;

// One parse of one command line.
class Reader {
 public:
  Reader() : root_(kSummary, "postern") {
    root_.require_subcommand(1);
    root_.set_help_flag("-h,--help", "Print this help");
    root_.set_version_flag("--version", kVersion);
  }

  // `rest` has no rule in it and ends before "--".
  absl::StatusOr<Arguments> Read(std::vector<std::string> rest) {
    // Before CLI11, which would only say that something is missing.
    if (rest.empty()) return Misused("no command is given");
    const Verb* const named = FindVerb(rest[0]);
    if (rest[0].substr(0, 1) != "-" && named == nullptr) {
      return Misused(absl::StrCat("unknown command ", QuoteForDisplay(rest[0]),
                                  Suggestion(rest[0], VerbNames())));
    }
    // One is enough, and all of them would take longer than the rest of a
    // check.
    for (const Verb& verb : AllVerbs()) {
      if (named == nullptr || named == &verb) AddVerb(verb);
    }
    std::reverse(rest.begin(), rest.end());  // as CLI11 wants it
    try {
      root_.parse(std::move(rest));
    } catch (const CLI::CallForVersion& version) {
      return Show(version.what());
    } catch (const CLI::Success&) {  // --help
      return Show(verb() == nullptr ? ProgramHelpText() : HelpText(*verb()));
    } catch (const CLI::Error& error) {
      return Misused(EscapeForDisplay(error.what()));
    }
    out_.command = verb()->command;
    return TakeWords();
  }

  // An error, with where to read more.
  absl::Status Misused(std::string what) const {
    what.erase(what.find_last_not_of(". ") + 1);
    if (what.size() > 1 &&
        absl::ascii_islower(static_cast<unsigned char>(what[1]))) {
      what[0] = absl::ascii_tolower(static_cast<unsigned char>(what[0]));
    }
    return absl::InvalidArgumentError(absl::StrCat(
        what, "; see \"postern ",
        verb() == nullptr ? "" : absl::StrCat(verb()->name, " "), "--help\""));
  }

  // The verb that was named; null if none was.
  const Verb* verb() const {
    const auto chosen = root_.get_subcommands();
    return chosen.empty() ? nullptr : FindVerb(chosen[0]->get_name());
  }

 private:
  void AddVerb(const Verb& verb) {
    CLI::App* const command = root_.add_subcommand(verb.name, verb.summary);
    // Words that CLI11 shall not read: it would split one such as "[a,b]".
    command->allow_extras();
    for (const Option& option : verb.options) AddOption(option, command);
  }

  void AddOption(const Option& option, CLI::App* command) {
    if (option.flag != nullptr) {
      command->add_flag(option.name, out_.*option.flag);
    } else if (option.text != nullptr) {
      command->add_option(option.name, out_.*option.text);
    } else if (option.list != nullptr) {
      // One value each time, and "[a,b]" is one.
      command->add_option(option.name, out_.*option.list)
          ->allow_extra_args(false);
    }
  }

  static Arguments Show(std::string text) {
    Arguments out;
    out.text = std::move(text);
    return out;
  }

  // The words before "--" that belong to no option.
  absl::StatusOr<Arguments> TakeWords() {
    const CLI::App& chosen = *root_.get_subcommands()[0];
    std::vector<std::string> words = chosen.remaining();
    for (const std::string& word : words) {
      if (word.size() > 1 && word[0] == '-') return UnknownOption(word);
    }
    for (const Option& option : verb()->options) {
      for (const std::string& value :
           chosen.get_option(option.name)->results()) {
        if (!value.empty()) continue;
        return Misused(absl::StrCat("nothing given for \"", option.name, "\""));
      }
    }
    return TakeFirst(std::move(words));
  }

  absl::Status UnknownOption(const std::string& word) const {
    const std::string near =
        Suggestion(word.substr(0, word.find('=')), OptionNames(*verb()));
    return Misused(absl::StrCat("unknown option ", QuoteForDisplay(word), near,
                                ", what is none goes after \"--\""));
  }

  absl::StatusOr<Arguments> TakeFirst(std::vector<std::string> words) {
    const Words kind = verb()->words;
    const bool asks = kind == Words::kPermission;
    if (asks || kind == Words::kApp) {
      if (words.empty() && out_.batch) return out_;
      if (words.empty() || words[0].empty()) {
        return Misused(asks ? "PERMISSION is missing" : "APP is missing");
      }
      (asks ? out_.permission : out_.app) = words[0];
      words.erase(words.begin());
    }
    if (kind == Words::kPolicies) {
      out_.policies.insert(out_.policies.end(), words.begin(), words.end());
      return out_;
    }
    if (!asks && kind != Words::kNames && !words.empty()) {
      return Misused(
          absl::StrCat("unexpected argument ", QuoteForDisplay(words[0])));
    }
    out_.words = std::move(words);
    return out_;
  }

  Arguments out_;
  CLI::App root_;
};

}  // namespace

absl::StatusOr<Arguments> ParseArguments(const std::vector<std::string>& args) {
  if (!args.empty() && args[0] == "csp") {
    Arguments out;
    out.command = Command::kCsp;
    out.words.assign(args.begin() + 1, args.end());
    return out;
  }
  const auto dashes = std::find(args.begin(), args.end(), "--");
  absl::StatusOr<FlagsResult> flags =
      ParseFlags(std::vector<std::string>(args.begin(), dashes));
  if (!flags.ok()) return flags.status();

  Reader reader;
  absl::StatusOr<Arguments> read = reader.Read(flags->rest);
  if (!read.ok() || read->command == Command::kPrint) return read;
  if (!flags->layer.rules.empty() && !reader.verb()->takes_rules) {
    return reader.Misused(absl::StrCat(
        "unexpected rule \"", flags->layer.rules[0].source.name, "\""));
  }
  if (dashes != args.end() && !reader.verb()->takes_trailing) {
    return reader.Misused("unexpected argument \"--\"");
  }
  read->flags = *std::move(flags);
  if (dashes != args.end()) {
    read->words.insert(read->words.end(), dashes + 1, args.end());
  }
  return read;
}

}  // namespace cli
}  // namespace postern
