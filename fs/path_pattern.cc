#include "fs/path_pattern.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "fs/base/utf8.h"
#include "fs/brace_expansion.h"
#include "fs/glob.h"

namespace postern {
namespace fs {
namespace {

using Atom = PatternAtom;
using Kind = PatternAtom::Kind;
using Component = PatternComponent;

constexpr absl::string_view kExactPrefix = "exact:";

// Turns the text into atoms: undoes escapes, puts the variables' values in.
class Scanner {
 public:
  Scanner(absl::string_view text, size_t start,
          const PathPatternOptions& options)
      : text_(text), at_(start), options_(options) {}

  absl::StatusOr<PatternAtoms> Scan() {
    while (at_ < text_.size()) {
      absl::Status status = ScanOne();
      if (!status.ok()) return status;
    }
    if (atoms_.size() > kMaxPathBytes) return Error(0, "longer than a path");
    return std::move(atoms_);
  }

 private:
  absl::Status Error(size_t at, absl::string_view what) const {
    return PatternError(text_, at + 1, what);
  }

  void Push(Kind kind, char byte, size_t at) {
    atoms_.push_back({kind, byte, static_cast<uint16_t>(at + 1)});
  }

  absl::Status ScanOne() {
    const char c = text_[at_];
    switch (c) {
      case '\\':
        return ScanEscape();
      case '$':
        if (absl::StartsWith(text_.substr(at_), "${")) return ScanVariable();
        if (BeginsName(text_.substr(at_ + 1))) return VariableOfAShell();
        break;
      case '[':
      case ']':
        return Error(at_, absl::StrCat("\"", text_.substr(at_, 1),
                                       "\" is reserved, expected \"\\",
                                       text_.substr(at_, 1), "\""));
      default:
        break;
    }
    Push(KindOf(c), c, at_);
    ++at_;
    return absl::OkStatus();
  }

  static bool BeginsName(absl::string_view text) {
    return !text.empty() &&
           (absl::ascii_isalpha(static_cast<unsigned char>(text[0])) ||
            text[0] == '_');
  }

  absl::Status VariableOfAShell() const {
    return Error(at_,
                 "\"$\" before a name is reserved, expected \"${NAME}\" for a "
                 "variable that the host gives, or \"\\$\"");
  }

  static Kind KindOf(char c) {
    switch (c) {
      case '/':
        return Kind::kSlash;
      case '*':
        return Kind::kStar;
      case '?':
        return Kind::kQuestion;
      case '{':
        return Kind::kOpen;
      case ',':
        return Kind::kComma;
      case '}':
        return Kind::kClose;
      default:
        return Kind::kByte;
    }
  }

  absl::Status ScanEscape() {
    if (at_ + 1 == text_.size()) {
      return Error(at_, "expected a character after \"\\\"");
    }
    const char c = text_[at_ + 1];
    Push(c == '/' ? Kind::kSlash : Kind::kByte, c, at_);
    at_ += 2;
    return absl::OkStatus();
  }

  absl::Status ScanVariable() {
    const size_t end = text_.find('}', at_);
    if (end == text_.npos) return Error(at_, "\"${\" without its \"}\"");
    const absl::string_view name = text_.substr(at_ + 2, end - at_ - 2);
    const std::string* value = Find(name);
    if (value == nullptr) {
      return Error(at_, absl::StrCat("unknown variable \"", name, "\"",
                                     KnownVariables()));
    }
    if (value->empty() || value->find('\0') != value->npos) {
      return Error(at_, absl::StrCat("variable \"", name,
                                     "\" has a value that is no path"));
    }
    if (atoms_.size() + value->size() > kMaxPathBytes) {
      return Error(at_, "longer than a path");
    }
    for (char c : *value) Push(c == '/' ? Kind::kSlash : Kind::kByte, c, at_);
    at_ = end + 1;
    return absl::OkStatus();
  }

  const std::string* Find(absl::string_view name) const {
    if (options_.variables == nullptr) return nullptr;
    const auto it = options_.variables->find(std::string(name));
    return it == options_.variables->end() ? nullptr : &it->second;
  }

  std::string KnownVariables() const {
    if (options_.variables == nullptr || options_.variables->empty()) {
      return ", none is known here";
    }
    std::string known = ", expected one of";
    for (const auto& variable : *options_.variables) {
      absl::StrAppend(&known, " ", variable.first);
    }
    return known;
  }

  const absl::string_view text_;
  size_t at_;
  const PathPatternOptions& options_;
  PatternAtoms atoms_;
};

bool IsWildcard(const Atom& atom) {
  return atom.kind == Kind::kStar || atom.kind == Kind::kQuestion;
}

// Whether more bytes would make one character of the end of `bytes`.
bool EndsInsideCharacter(absl::string_view bytes) {
  for (size_t i = bytes.size() - std::min<size_t>(bytes.size(), 3);
       i < bytes.size(); ++i) {
    const absl::string_view cut = bytes.substr(i);
    // What may follow differs by the first byte (RFC 3629, section 4).
    for (absl::string_view more : {"\x80\x80\x80", "\xa0\x80\x80"}) {
      if (Utf8SequenceLength(absl::StrCat(cut, more)) > cut.size()) return true;
    }
  }
  return false;
}

// Whether a wildcard stands where names have the middle of a character: it
// takes whole ones, and so would miss what it seems to match.
bool CutsCharacter(const PatternAtoms& atoms, size_t begin, size_t end) {
  std::string literal;  // since the last wildcard
  for (size_t i = begin; i < end; ++i) {
    if (IsWildcard(atoms[i])) {
      if (EndsInsideCharacter(literal)) return true;
      literal.clear();
      continue;
    }
    const bool goes_on = (atoms[i].byte & 0xc0) == 0x80;
    if (goes_on && i > begin && IsWildcard(atoms[i - 1])) return true;
    literal.push_back(atoms[i].byte);
  }
  return false;
}

// Makes a PathPattern of one alternative.
class Assembler {
 public:
  Assembler(absl::string_view text, const PathPatternOptions& options)
      : text_(text), options_(options) {}

  absl::StatusOr<PathPattern> Assemble(const PatternAtoms& atoms, bool exact) {
    if (atoms.empty()) return Error(1, "expected a path, found nothing");
    absolute_ = atoms[0].kind == Kind::kSlash;
    if (!absolute_) {
      absl::Status status = CheckBeginning(atoms);
      if (!status.ok()) return status;
      status = StartAtBase(atoms[0].column);
      if (!status.ok()) return status;
    }
    for (size_t begin = 0; begin <= atoms.size();) {
      size_t end = begin;
      while (end < atoms.size() && atoms[end].kind != Kind::kSlash) ++end;
      absl::Status status = AddComponent(atoms, begin, end);
      if (!status.ok()) return status;
      begin = end + 1;
    }
    return Finish(exact);
  }

 private:
  absl::Status Error(size_t column, absl::string_view what) const {
    return PatternError(text_, column, what);
  }

  // The bytes at the beginning that stand in the text as themselves: neither
  // escaped nor a variable's, which begin with another byte there.
  std::string WrittenBeginning(const PatternAtoms& atoms) const {
    std::string written;
    for (const Atom& atom : atoms) {
      if (text_[atom.column - 1u] != atom.byte) break;
      written.push_back(atom.byte);
    }
    return written;
  }

  // What would lead elsewhere if a shell or a browser read it.
  absl::Status CheckBeginning(const PatternAtoms& atoms) const {
    const size_t column = atoms[0].column;
    const std::string written = WrittenBeginning(atoms);
    if (absl::StartsWith(written, "~")) {
      return Error(column,
                   "\"~\" is no home directory here, expected an absolute "
                   "path, \"${HOME}\" if the host gives it, or \"\\~\"");
    }
    const size_t scheme = SchemeLength(written);
    if (scheme == 0) return absl::OkStatus();
    const std::string name = written.substr(0, scheme - 1);
    return Error(column, absl::StrCat("\"", name,
                                      ":\" begins a URL, expected a path "
                                      "without it, or \"",
                                      name, "\\:\""));
  }

  // The bytes of "file:", or of another scheme and ":" before a "/" (RFC 3986,
  // 3.1), at the beginning; 0 if there is none.
  static size_t SchemeLength(absl::string_view text) {
    size_t end = 0;
    while (
        end < text.size() &&
        (absl::ascii_isalnum(static_cast<unsigned char>(text[end])) ||
         absl::string_view("+-.").find(text[end]) != absl::string_view::npos)) {
      ++end;
    }
    if (end == 0 || !absl::ascii_isalpha(static_cast<unsigned char>(text[0])) ||
        end == text.size() || text[end] != ':') {
      return 0;
    }
    const bool slash = text.substr(end + 1, 1) == "/";
    return slash || absl::EqualsIgnoreCase(text.substr(0, end), "file")
               ? end + 1
               : 0;
  }

  absl::Status StartAtBase(size_t column) {
    if (options_.base_directory.empty()) {
      return Error(column,
                   "expected an absolute path: no base directory is "
                   "set for relative ones");
    }
    absl::string_view rest = options_.base_directory;
    while (!rest.empty()) {
      const absl::string_view name = rest.substr(0, rest.find('/'));
      rest.remove_prefix(std::min(rest.size(), name.size() + 1));
      if (!name.empty() && name != ".") PushLiteral(name);
    }
    return absl::OkStatus();
  }

  void PushLiteral(absl::string_view name) {
    Component component;
    component.text = std::string(name);
    pattern_.components.push_back(std::move(component));
  }

  absl::Status AddComponent(const PatternAtoms& atoms, size_t begin,
                            size_t end) {
    if (begin == end) return absl::OkStatus();  // "//" or at either end
    const size_t column = atoms[begin].column;
    const size_t stars = static_cast<size_t>(
        std::count_if(atoms.begin() + static_cast<ptrdiff_t>(begin),
                      atoms.begin() + static_cast<ptrdiff_t>(end),
                      [](const Atom& a) { return a.kind == Kind::kStar; }));
    stars_ += stars;
    if (stars == 2 && end - begin == 2) return AddAnyDepth();
    for (size_t i = begin + 1; i < end; ++i) {
      if (atoms[i].kind == Kind::kStar && atoms[i - 1].kind == Kind::kStar) {
        return Error(atoms[i - 1].column, "\"**\" must be a whole component");
      }
    }
    Component component = ComponentOf(atoms, begin, end);
    if (component.kind == Component::Kind::kLiteral) {
      if (component.text == ".") return absl::OkStatus();
      if (component.text == "..") return Climb(column);
    } else if (end - begin > kMaxGlobBytes) {
      return Error(column,
                   "a component with a wildcard is longer than a name "
                   "can be");
    } else if (CutsCharacter(atoms, begin, end)) {
      return Error(column, "a wildcard inside of a UTF-8 character");
    }
    climbing_ = false;
    pattern_.components.push_back(std::move(component));
    return absl::OkStatus();
  }

  absl::Status AddAnyDepth() {
    climbing_ = false;
    wildcard_ = true;
    Component component;
    component.kind = Component::Kind::kAnyDepth;
    if (pattern_.components.empty() ||
        !(pattern_.components.back() == component)) {
      pattern_.components.push_back(component);
    }
    return absl::OkStatus();
  }

  Component ComponentOf(const PatternAtoms& atoms, size_t begin, size_t end) {
    Component component;
    std::string glob;
    for (size_t i = begin; i < end; ++i) {
      const Atom& atom = atoms[i];
      if (IsWildcard(atom)) {
        component.kind = Component::Kind::kGlob;
        glob.push_back(atom.byte);
      } else {
        AppendGlobLiteral(atom.byte, &glob);
        component.text.push_back(atom.byte);
      }
    }
    if (component.kind == Component::Kind::kGlob) {
      wildcard_ = true;
      component.text = std::move(glob);
    }
    return component;
  }

  absl::Status Climb(size_t column) {
    if (absolute_ || !climbing_) {
      return Error(column,
                   "\"..\" may stand only at the beginning of a "
                   "relative pattern");
    }
    // The root's parent is the root: path_resolution(7).
    if (!pattern_.components.empty()) pattern_.components.pop_back();
    return absl::OkStatus();
  }

  size_t LongestRunBehindAnyDepth() const {
    size_t longest = 0, run = 0;
    bool behind = false;
    for (const Component& c : pattern_.components) {
      const bool any_depth = c.kind == Component::Kind::kAnyDepth;
      behind = behind || any_depth;
      run = any_depth || !behind ? 0 : run + 1;
      longest = std::max(longest, run);
    }
    return longest;
  }

  absl::StatusOr<PathPattern> Finish(bool exact) {
    if (stars_ > kMaxStars) {
      return Error(1, absl::StrCat("more than ", kMaxStars,
                                   " \"*\" in one alternative"));
    }
    Component any_depth;
    any_depth.kind = Component::Kind::kAnyDepth;
    const bool open_end =
        !pattern_.components.empty() && pattern_.components.back() == any_depth;
    if (open_end) pattern_.components.pop_back();
    pattern_.subtree = open_end || (!wildcard_ && !exact);
    pattern_.leaves_below_open = wildcard_ && !open_end && !exact;
    if (LongestRunBehindAnyDepth() > kMaxComponentsBehindAnyDepth) {
      return Error(1, absl::StrCat("more than ", kMaxComponentsBehindAnyDepth,
                                   " components behind a \"**\""));
    }
    size_t bytes = 0;
    for (const Component& c : pattern_.components) bytes += c.text.size() + 1;
    if (bytes > kMaxPathBytes) return Error(1, "longer than a path");
    return std::move(pattern_);
  }

  const absl::string_view text_;
  const PathPatternOptions& options_;
  PathPattern pattern_;
  bool absolute_ = false;
  bool climbing_ = true;  // only ".." so far
  bool wildcard_ = false;
  size_t stars_ = 0;
};

absl::string_view ReservedBytes() { return "\\*?[]{}$"; }

void AppendEscaped(absl::string_view name, std::string* out) {
  for (char c : name) {
    if (ReservedBytes().find(c) != absl::string_view::npos) {
      out->push_back('\\');
    }
    out->push_back(c);
  }
}

// Bytes that the syntax may give a meaning to; ',' has one between braces
// alone.
constexpr bool IsSpecial(char c) {
  return c == '\\' || c == '*' || c == '?' || c == '[' || c == ']' ||
         c == '{' || c == '}' || c == '$' || c == '\0';
}

// Whether "/a/b" has no special byte and is in normal form: no component is
// empty, "." or "..".
bool IsPlain(absl::string_view path) {
  size_t begin = 1;  // of the component
  for (size_t i = 1; i <= path.size(); ++i) {
    if (i < path.size() && path[i] != '/') {
      if (IsSpecial(path[i])) return false;
      continue;
    }
    const absl::string_view name = path.substr(begin, i - begin);
    if (name.empty() || name == "." || name == "..") return false;
    begin = i + 1;
  }
  return true;
}

bool HasAnyDepth(const std::vector<Component>& components, size_t begin) {
  return std::any_of(
      components.begin() + static_cast<ptrdiff_t>(begin), components.end(),
      [](const Component& c) { return c.kind == Component::Kind::kAnyDepth; });
}

// A glob's own escapes stay; what only the pattern syntax reserves gets one.
void AppendGlob(absl::string_view glob, std::string* out) {
  for (size_t i = 0; i < glob.size(); ++i) {
    if (glob[i] == '\\') {
      out->push_back(glob[i++]);
    } else if (absl::string_view("[]{}$").find(glob[i]) !=
               absl::string_view::npos) {
      out->push_back('\\');
    }
    out->push_back(glob[i]);
  }
}

}  // namespace

bool PatternComponent::Matches(absl::string_view name) const {
  switch (kind) {
    case Kind::kLiteral:
      return text == name;
    case Kind::kGlob:
      return GlobMatches(text, name);
    case Kind::kAnyDepth:
      return false;
  }
  return false;
}

bool PathPattern::literal() const {
  for (const Component& component : components) {
    if (component.kind != Component::Kind::kLiteral) return false;
  }
  return true;
}

// As in GlobMatches(), going back to the last "**" alone is enough.
bool PathPattern::Matches(const PathComponents& path) const {
  size_t p = 0, n = 0;  // next component of the pattern, of the path
  size_t retry_p = 0, retry_n = 0;
  bool starred = false;
  for (;;) {
    if (p < components.size() &&
        components[p].kind == Component::Kind::kAnyDepth) {
      starred = true;
      retry_p = ++p;
      retry_n = n;
      if (subtree || HasAnyDepth(components, p)) continue;
      // What is left can stand in one place alone: at the end.
      const size_t left = components.size() - p;
      if (path.size() - n < left) return false;
      n = path.size() - left;
      starred = false;
      continue;
    }
    if (p == components.size() && (subtree || n == path.size())) return true;
    if (n < path.size() && p < components.size() &&
        components[p].Matches(path[n])) {
      ++p;
      ++n;
      continue;
    }
    if (!starred || retry_n >= path.size()) return false;
    p = retry_p;
    n = ++retry_n;
  }
}

bool PathPattern::MayMatchWithin(const PathComponents& path) const {
  for (size_t i = 0; i < components.size() && i < path.size(); ++i) {
    if (components[i].kind == Component::Kind::kAnyDepth) return true;
    if (!components[i].Matches(path[i])) return false;
  }
  return subtree || components.size() >= path.size();
}

size_t PathPattern::literal_prefix() const {
  size_t count = 0;
  while (count < components.size() &&
         components[count].kind == Component::Kind::kLiteral) {
    ++count;
  }
  return count;
}

std::string PathPattern::ToString() const {
  std::string out;
  for (const Component& component : components) {
    out.push_back('/');
    switch (component.kind) {
      case Component::Kind::kLiteral:
        AppendEscaped(component.text, &out);
        break;
      case Component::Kind::kGlob:
        AppendGlob(component.text, &out);
        break;
      case Component::Kind::kAnyDepth:
        out += "**";
        break;
    }
  }
  if (subtree && !literal()) return out + "/**";
  if (out.empty()) out = "/";
  return subtree || leaves_below_open ? out : absl::StrCat(kExactPrefix, out);
}

absl::StatusOr<std::vector<PathPattern>> ParsePathPattern(
    absl::string_view text, const PathPatternOptions& options) {
  if (text.size() > kMaxPathBytes) {
    return PatternError(text, kMaxPathBytes + 1,
                        absl::StrCat("longer than ", kMaxPathBytes, " bytes"));
  }
  const size_t nul = text.find('\0');
  if (nul != text.npos) return PatternError(text, nul + 1, "a NUL byte");
  const bool exact = absl::StartsWith(text, kExactPrefix);
  absl::StatusOr<PatternAtoms> atoms =
      Scanner(text, exact ? kExactPrefix.size() : 0, options).Scan();
  if (!atoms.ok()) return atoms.status();
  absl::StatusOr<std::vector<PatternAtoms>> alternatives =
      ExpandBraces(text, *std::move(atoms), kMaxAlternatives);
  if (!alternatives.ok()) return alternatives.status();
  std::vector<PathPattern> patterns;
  for (const PatternAtoms& alternative : *alternatives) {
    absl::StatusOr<PathPattern> pattern =
        Assembler(text, options).Assemble(alternative, exact);
    if (!pattern.ok()) return pattern.status();
    patterns.push_back(*std::move(pattern));
  }
  return patterns;
}

absl::optional<PlainPath> ParsePlainPath(absl::string_view text) {
  if (text.size() > kMaxPathBytes) return absl::nullopt;
  PlainPath plain;
  plain.subtree = !absl::ConsumePrefix(&text, kExactPrefix);
  if (text.empty() || text[0] != '/') return absl::nullopt;
  if (absl::EndsWith(text, "/**")) {
    plain.subtree = true;
    text.remove_suffix(text.size() == 3 ? 2 : 3);
  }
  plain.path = text;
  if (text.size() > 1 && !IsPlain(text)) return absl::nullopt;
  return plain;
}

PathPattern ToPathPattern(const PlainPath& plain) {
  PathPattern pattern;
  pattern.subtree = plain.subtree;
  for (absl::string_view rest = plain.path.substr(1); !rest.empty();) {
    const absl::string_view name = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    pattern.components.emplace_back();
    pattern.components.back().text = std::string(name);
  }
  return pattern;
}

std::string EscapePathPattern(absl::string_view path) {
  std::string out;
  if (absl::StartsWith(path, "~")) out.push_back('\\');
  AppendEscaped(path, &out);
  if (absl::StartsWith(path, "/")) return out;
  const size_t colon = out.find(':');  // after a scheme, or after "exact"
  if (colon != std::string::npos) out.insert(colon, 1, '\\');
  return out;
}

}  // namespace fs
}  // namespace postern
