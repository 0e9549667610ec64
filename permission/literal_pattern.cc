#include "permission/literal_pattern.h"

#include "absl/strings/match.h"
#include "fs/path_pattern.h"

namespace postern {

std::string LiteralPath(absl::string_view path) {
  return fs::EscapePathPattern(path);
}

std::string LiteralProgram(absl::string_view program) {
  return absl::StrContains(program, "/") ? LiteralPath(program)
                                         : std::string(program);
}

std::string LiteralArgument(absl::string_view argument) {
  std::string pattern;
  if (absl::StartsWith(argument, "re:") ||
      absl::StartsWith(argument, "path:")) {
    pattern.push_back('\\');
  }
  for (const char c : argument) {
    if (absl::StrContains("\\*?{}", c)) pattern.push_back('\\');
    pattern.push_back(c);
  }
  return pattern;
}

}  // namespace postern
