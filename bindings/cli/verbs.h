#ifndef POSTERN_BINDINGS_CLI_VERBS_H_
#define POSTERN_BINDINGS_CLI_VERBS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "bindings/cli/arguments.h"

namespace postern {
namespace cli {

// The one table of what the program takes. The parser, --help, man pages,
// completions and docs/cli.md follow it. Static storage.

// One option of a verb, and the member of Arguments that it fills; csp fills
// none, as it reads its words itself.
struct Option {
  const char* name;   // "--store"
  const char* value;  // "FILE"; "" = takes none
  const char* summary;
  bool Arguments::*flag = nullptr;
  std::string Arguments::*text = nullptr;
  std::vector<std::string> Arguments::*list = nullptr;  // may be repeated
};

// What the words are that stand beside the options.
enum class Words : uint8_t {
  kNone,
  kApp,         // one, Arguments::app
  kPermission,  // Arguments::permission, and the resource in words
  kPolicies,    // files, as if after --policy
  kNames,       // any number, from the table or known otherwise
};

struct Verb {
  Command command;
  const char* name;
  const char* usage;     // after the name
  const char* summary;   // one line
  const char* examples;  // lines, each ended by a line break
  const char* no;        // what exit code 1 means; "" = it is never given
  Words words;
  bool takes_rules;     // --allow-..., --ask-..., --deny-...
  bool takes_trailing;  // words after "--"
  absl::Span<const Option> options;
};

absl::Span<const Verb> AllVerbs();
// Null if there is none.
const Verb* FindVerb(absl::string_view name);
std::vector<std::string> VerbNames();
std::vector<std::string> OptionNames(const Verb& verb);

extern const char kVersion[];  // a line
extern const char kSummary[];

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_VERBS_H_
