#include "fs/glob.h"

#include <algorithm>

#include "fs/base/utf8.h"

namespace postern {
namespace fs {
namespace {

// Removes the first unit of `name` if it is what `glob` begins with, a literal
// or "?", and that from `glob`. Neither is empty.
bool TakeUnit(absl::string_view* glob, absl::string_view* name) {
  const size_t length = UnitLength(*name);
  if ((*glob)[0] == '?') {
    glob->remove_prefix(1);
    name->remove_prefix(length);
    return true;
  }
  absl::string_view literal = *glob;
  if (literal[0] == '\\') literal.remove_prefix(1);
  if (UnitLength(literal) != length ||
      literal.substr(0, length) != name->substr(0, length)) {
    return false;
  }
  *glob = literal.substr(length);
  name->remove_prefix(length);
  return true;
}

}  // namespace

void AppendGlobLiteral(char byte, std::string* glob) {
  if (byte == '*' || byte == '?' || byte == '\\') glob->push_back('\\');
  glob->push_back(byte);
}

// To go back to the last "*" alone is enough: what an earlier one could take
// beyond its shortest match, the later one can take as well.
bool GlobMatches(absl::string_view glob, absl::string_view name) {
  bool starred = false;
  absl::string_view retry_glob, retry_name;
  for (;;) {
    if (!glob.empty() && glob[0] == '*') {
      glob.remove_prefix(1);
      if (glob.empty()) return true;
      starred = true;
      retry_glob = glob;
      retry_name = name;
      continue;
    }
    if (name.empty()) return glob.empty();
    if (!glob.empty() && TakeUnit(&glob, &name)) continue;
    if (!starred || retry_name.empty()) return false;
    retry_name.remove_prefix(UnitLength(retry_name));
    glob = retry_glob;
    name = retry_name;
  }
}

size_t OnlyStar(absl::string_view glob) {
  const auto is_other = [](char c) {
    return c == '?' || c == '\\' || static_cast<unsigned char>(c) >= 0x80;
  };
  const size_t star = glob.find('*');
  const bool only = star == glob.rfind('*') &&
                    std::none_of(glob.begin(), glob.end(), is_other);
  return only ? star : absl::string_view::npos;
}

}  // namespace fs
}  // namespace postern
