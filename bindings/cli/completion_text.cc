#include "bindings/cli/completion_text.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "bindings/cli/concepts.h"
#include "bindings/cli/verbs.h"
#include "permission/permission.h"

namespace postern {
namespace cli {
namespace {

using Names = std::vector<std::string>;

Names Permissions() {
  Names names;
  for (int i = 1; i < kPermissionLimit; ++i) {
    names.emplace_back(PermissionName(static_cast<Permission>(i)));
  }
  return names;
}

// Rule flags for each permission that takes what `takes` says; those for groups
// are short enough to type.
template <typename Takes>
Names RuleFlagsIf(Takes takes) {
  Names flags;
  for (const char* effect : {"--allow-", "--ask-", "--deny-"}) {
    for (int i = 1; i < kPermissionLimit; ++i) {
      const Permission permission = static_cast<Permission>(i);
      if (!takes(ResourceKindOf(permission))) continue;
      flags.push_back(absl::StrCat(
          effect,
          absl::StrReplaceAll(PermissionName(permission), {{".", "-"}})));
    }
  }
  return flags;
}

Names RuleFlags() {
  return RuleFlagsIf([](ResourceKind) { return true; });
}

bool TakesPath(ResourceKind kind) { return kind == ResourceKind::kPath; }

// What stands after a verb; none: names of files.
Names WordsOf(const Verb& verb) {
  if (verb.words == Words::kPermission) return Permissions();
  switch (verb.command) {
    case Command::kHelp: {
      Names names = VerbNames();
      for (std::string& name : ConceptNames()) names.push_back(std::move(name));
      return names;
    }
    case Command::kMan:
      return VerbNames();
    case Command::kCompletion:
      return {"bash", "zsh", "fish"};
    case Command::kCsp:
      return {"merge", "review", "check", "explain"};
    default:
      return {};
  }
}

bool IsFile(const Option& option) {
  const std::string value = option.value;
  return value == "FILE" || value == "FOLDER";
}

// The options of a verb by what follows them.
struct Options {
  Names all = {"--help"};
  Names files;   // those that take a file or folder
  Names valued;  // those that take something else
};

Options OptionsOf(const Verb& verb) {
  Options options;
  for (const Option& option : verb.options) {
    options.all.push_back(option.name);
    if (*option.value == '\0') continue;
    (IsFile(option) ? options.files : options.valued).push_back(option.name);
  }
  return options;
}

// In single quotes, for all three shells: no name has one.
std::string Quote(const Names& words) {
  return absl::StrCat("'", absl::StrJoin(words, " "), "'");
}

std::string Text(const char* text) {
  return absl::StrReplaceAll(text, {{"'", "\\'"}});
}

std::string BashCase(const Verb& verb) {
  Options options = OptionsOf(verb);
  if (verb.takes_rules) {
    // Most rules are for some resources, which follow a "=".
    for (const std::string& flag : RuleFlags()) {
      options.all.push_back(absl::StrCat(flag, "="));
    }
  }
  return absl::StrCat("    ", verb.name,
                      ")\n      options=", Quote(options.all),
                      "\n      words=", Quote(WordsOf(verb)),
                      "\n      files=", Quote(options.files),
                      "\n      valued=", Quote(options.valued), " ;;\n");
}

std::string ZshCase(const Verb& verb) {
  const Options options = OptionsOf(verb);
  const auto list = [](const Names& words) {
    return absl::StrCat("(", absl::StrJoin(words, " "), ")");
  };
  std::string out =
      absl::StrCat("    ", verb.name, ")\n      options=", list(options.all),
                   "\n      files=", list(options.files),
                   "\n      valued=", list(options.valued));
  if (verb.takes_rules) absl::StrAppend(&out, "\n      rules=($flags)");
  return absl::StrCat(out, "\n      names=", list(WordsOf(verb)), " ;;\n");
}

}  // namespace

std::string BashCompletion() {
  std::string cases;
  for (const Verb& verb : AllVerbs()) absl::StrAppend(&cases, BashCase(verb));
  return absl::StrCat(R"(# bash completion for postern
_postern() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
  local options words files valued
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W )",
                      Quote(VerbNames()), R"(' --help --version' -- "$current"))
    return
  fi
  case ${COMP_WORDS[1]} in
)",
                      cases, R"(    *) return ;;
  esac
  # Bash takes "=" for a word of its own; names of files may follow it.
  if [ "$current" = = ]; then current= words=
  elif [ "$before" = = ]; then words=
  fi
  case " $valued " in *" $before "*) return ;; esac
  case " $files " in *" $before "*)
    COMPREPLY=($(compgen -f -- "$current"))
    return ;;
  esac
  case $current in
    -*)
      COMPREPLY=($(compgen -W "$options" -- "$current"))
      # The resource follows without a space, and "=" as it is.
      case "${#COMPREPLY[@]} ${COMPREPLY[0]}" in
        "1 "*=) compopt -o nospace +o filenames 2>/dev/null ;;
      esac ;;
    *)
      COMPREPLY=($(compgen -W "$words" -- "$current"))
      if [ ${#COMPREPLY[@]} -eq 0 ]; then
        COMPREPLY=($(compgen -f -- "$current"))
      fi ;;
  esac
}
complete -o filenames -F _postern postern
)");
}

std::string ZshCompletion() {
  std::string verbs, cases;
  for (const Verb& verb : AllVerbs()) {
    absl::StrAppend(&verbs, "    $'", verb.name, ":", Text(verb.summary),
                    "'\n");
    absl::StrAppend(&cases, ZshCase(verb));
  }
  return absl::StrCat(R"(#compdef postern
# zsh completion for postern
_postern() {
  local current=${words[CURRENT]} before=${words[CURRENT-1]}
  local -a verbs flags paths options names files valued rules
  verbs=(
)",
                      verbs, "  )\n  flags=(", absl::StrJoin(RuleFlags(), " "),
                      ")\n  paths=(",
                      absl::StrJoin(RuleFlagsIf(TakesPath), " "), R"()
  if (( CURRENT == 2 )); then
    _describe command verbs
    compadd -- --help --version
    return
  fi
  case ${words[2]} in
)",
                      cases, R"(  esac
  if [[ $current == --*=* ]]; then
    # What follows the "=", for options and rules.
    local option=${current%%=*}
    compset -P '*='
    (( ${files[(Ie)$option]} || ($#rules && ${paths[(Ie)$option]}) )) && _files
    return
  fi
  (( ${valued[(Ie)$before]} )) && return
  if (( ${files[(Ie)$before]} )); then
    _files
  elif [[ $current == -* ]]; then
    compadd -- $options
    # Typing a space takes the "=" away.
    (( $#rules )) && compadd -q -S = -- $rules
  else
    (( $#names )) && compadd -- $names
    _files
  fi
}
_postern "$@"
)");
}

std::string FishCompletion() {
  std::string out = "# fish completion for postern\ncomplete -c postern -f\n";
  const std::string none = absl::StrCat("not __fish_seen_subcommand_from ",
                                        absl::StrJoin(VerbNames(), " "));
  for (const Verb& verb : AllVerbs()) {
    absl::StrAppend(&out, "complete -c postern -n '", none, "' -a ", verb.name,
                    " -d '", Text(verb.summary), "'\n");
    const std::string seen = absl::StrCat(
        "complete -c postern -n '__fish_seen_subcommand_from ", verb.name, "'");
    for (const Option& option : verb.options) {
      absl::StrAppend(&out, seen, " -l ", option.name + 2,
                      *option.value == '\0' ? ""
                      : IsFile(option)      ? " -r -F"
                                            : " -x",
                      " -d '", Text(option.summary), "'\n");
    }
    const Names words = WordsOf(verb);
    absl::StrAppend(&out, seen,
                    words.empty() ? " -F" : absl::StrCat(" -a ", Quote(words)),
                    "\n");
    if (!verb.takes_rules) continue;
    const Names paths = RuleFlagsIf(TakesPath);
    for (const std::string& flag : RuleFlags()) {
      const bool path =
          std::find(paths.begin(), paths.end(), flag) != paths.end();
      absl::StrAppend(&out, seen, " -l ", flag.substr(2), path ? " -F" : "",
                      "\n");
    }
  }
  return out;
}

}  // namespace cli
}  // namespace postern
