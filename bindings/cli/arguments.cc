#include "bindings/cli/arguments.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "bindings/cli/help.h"
#include "permission/text/display.h"

// CLI11 throws; no exception leaves this file.

namespace postern {
namespace cli {
namespace {

using internal::EscapeForDisplay;
using internal::QuoteForDisplay;

const CommandHelp* FindHelp(const std::string& name) {
  for (const CommandHelp& help : AllCommands()) {
    if (help.name == name) return &help;
  }
  return nullptr;
}

bool TakesRules(Command command) {
  return command == Command::kCheck || command == Command::kExplain ||
         command == Command::kRun;
}

class Formatter : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string) const override {
    const CommandHelp* const help = FindHelp(app->get_name());
    return help == nullptr ? "usage: postern COMMAND ...\n"
                           : absl::StrCat("usage: postern ", help->name, " ",
                                          help->usage, "\n");
  }
  std::string make_footer(const CLI::App* app) const override {
    const CommandHelp* const help = FindHelp(app->get_name());
    if (help == nullptr) {
      return absl::StrCat("\nSee \"postern COMMAND --help\" for examples.\n",
                          kExitCodes);
    }
    return absl::StrCat("\nExamples:\n", help->examples, kExitCodes);
  }
};

// One parse of one command line.
class Reader {
 public:
  Reader() : root_("Decide what untrusted code may touch.", "postern") {
    root_.formatter(std::make_shared<Formatter>());
    root_.require_subcommand(1);
    root_.set_help_flag("-h,--help", "Print this help");
    root_.set_version_flag("--version", kVersion);
    for (const CommandHelp& help : AllCommands()) AddCommand(help);
  }

  // `rest` has no rule in it and ends before "--".
  absl::StatusOr<Arguments> Read(std::vector<std::string> rest) {
    // Before CLI11, which would only say that something is missing.
    if (rest.empty()) return Misused("no command is given");
    if (rest[0].substr(0, 1) != "-" && FindHelp(rest[0]) == nullptr) {
      return Misused(
          absl::StrCat("unknown command ", QuoteForDisplay(rest[0])));
    }
    std::reverse(rest.begin(), rest.end());  // as CLI11 wants it
    try {
      root_.parse(std::move(rest));
    } catch (const CLI::CallForVersion& version) {
      return Show(version.what());
    } catch (const CLI::Success&) {  // --help
      return Show(Chosen()->help());
    } catch (const CLI::Error& error) {
      return Misused(EscapeForDisplay(error.what()));
    }
    out_.command = FindHelp(Chosen()->get_name())->command;
    return TakeWords();
  }

  // An error, with where to read more.
  absl::Status Misused(std::string what) {
    what.erase(what.find_last_not_of(". ") + 1);
    if (what.size() > 1 &&
        absl::ascii_islower(static_cast<unsigned char>(what[1]))) {
      what[0] = absl::ascii_tolower(static_cast<unsigned char>(what[0]));
    }
    const std::string name = Chosen()->get_name();
    return absl::InvalidArgumentError(
        absl::StrCat(what, "; see \"postern ",
                     name == "postern" ? "" : name + " ", "--help\""));
  }

 private:
  void AddCommand(const CommandHelp& help) {
    CLI::App* const command = root_.add_subcommand(help.name, help.summary);
    // Words that CLI11 shall not read: it would split one such as "[a,b]".
    command->allow_extras();
    command->add_flag("--json", out_.json, "Print JSON");
    const bool asks =
        help.command == Command::kCheck || help.command == Command::kExplain;
    if (asks) {
      command->add_option("--policy", out_.policy_file,
                          "Policy file (.textproto, .json, .binpb)");
      command->add_flag("--subtree", out_.subtree,
                        "Ask for a path and all beneath it");
    } else if (help.command != Command::kAudit) {
      command->add_option("--store", out_.store, "File with the approvals");
    }
    if (help.command == Command::kApprove) {
      command->add_flag("--dry-run", out_.dry_run, "Only show the review");
      command->add_option("--digest", out_.digest,
                          "Approve the review that has this digest");
    }
  }

  static Arguments Show(std::string text) {
    Arguments out;
    out.text = std::move(text);
    return out;
  }

  // The command that was named, or the whole program.
  const CLI::App* Chosen() const {
    const auto chosen = root_.get_subcommands();
    return chosen.empty() ? &root_ : chosen[0];
  }

  // The words before "--" that belong to no option.
  absl::StatusOr<Arguments> TakeWords() {
    std::vector<std::string> words = Chosen()->remaining();
    for (const std::string& word : words) {
      if (word.size() > 1 && word[0] == '-') {
        return Misused(absl::StrCat("unknown option ", QuoteForDisplay(word),
                                    ", what is none goes after \"--\""));
      }
    }
    for (const char* name : {"--store", "--policy", "--digest"}) {
      const CLI::Option* const option = Chosen()->get_option_no_throw(name);
      if (option != nullptr && option->count() > 0 &&
          option->results()[0].empty()) {
        return Misused(absl::StrCat("nothing given for \"", name, "\""));
      }
    }
    return TakeFirst(std::move(words));
  }

  absl::StatusOr<Arguments> TakeFirst(std::vector<std::string> words) {
    const bool asks =
        out_.command == Command::kCheck || out_.command == Command::kExplain;
    if (out_.command != Command::kList) {
      if (words.empty() || words[0].empty()) {
        return Misused(asks ? "PERMISSION is missing" : "APP is missing");
      }
      (asks ? out_.permission : out_.app) = words[0];
      words.erase(words.begin());
    }
    if (!asks && !words.empty()) {
      return Misused(
          absl::StrCat("unexpected argument ", QuoteForDisplay(words[0])));
    }
    out_.words = std::move(words);
    return out_;
  }

  Arguments out_;
  CLI::App root_;
};

bool TakesTrailing(Command command) {
  return TakesRules(command) || command == Command::kAudit;
}

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
  if (!read.ok() || read->command == Command::kShow) return read;
  if (!flags->layer.rules.empty() && !TakesRules(read->command)) {
    return reader.Misused(absl::StrCat(
        "unexpected rule \"", flags->layer.rules[0].source.name, "\""));
  }
  if (dashes != args.end() && !TakesTrailing(read->command)) {
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
