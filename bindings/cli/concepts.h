#ifndef POSTERN_BINDINGS_CLI_CONCEPTS_H_
#define POSTERN_BINDINGS_CLI_CONCEPTS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace postern {
namespace cli {

// What "postern help NAME" explains besides commands. Static storage.
struct Concept {
  const char* name;
  const char* summary;  // one line
  const char* text;     // lines, each ended by a line break
};

absl::Span<const Concept> AllConcepts();
// Null if there is none.
const Concept* FindConcept(absl::string_view name);
std::vector<std::string> ConceptNames();

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_CONCEPTS_H_
