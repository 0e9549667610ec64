#include "permission/analysis/pattern_samples.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "net/address.h"
#include "net/cidr.h"
#include "net/syntax_error.h"
#include "permission/internal/command_pattern.h"

namespace postern {
namespace {

constexpr size_t kMaxAlternatives = 64;

// A character of a pattern: itself, or with its meaning.
struct Char {
  char c;
  bool special;
  bool Is(char sign) const { return special && c == sign; }
};
using Chars = std::vector<Char>;

void AppendLiteral(absl::string_view text, Chars* out) {
  for (const char c : text) out->push_back({c, false});
}

// Backslashes and variables resolved.
Chars ReadChars(absl::string_view text,
                const std::map<std::string, std::string>& variables) {
  Chars out;
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t end = text.find('}', i);
    if (text[i] == '\\' && i + 1 < text.size()) {
      out.push_back({text[++i], false});
    } else if (text.substr(i, 2) == "${" && end != text.npos) {
      const auto value =
          variables.find(std::string(text.substr(i + 2, end - i - 2)));
      if (value != variables.end()) AppendLiteral(value->second, &out);
      i = end;
    } else {
      out.push_back({text[i], true});
    }
  }
  return out;
}

// Of a "{" at `begin`, where its "}" is; the end if it has none.
size_t ClosingBrace(const Chars& chars, size_t begin) {
  int depth = 0;
  for (size_t i = begin; i < chars.size(); ++i) {
    if (chars[i].Is('{')) ++depth;
    if (chars[i].Is('}') && --depth == 0) return i;
  }
  return chars.size();
}

// Alternatives in braces, each by itself; false if there are too many.
bool Expand(const Chars& chars, std::vector<Chars>* out) {
  const auto open = std::find_if(chars.begin(), chars.end(),
                                 [](const Char& c) { return c.Is('{'); });
  const size_t begin = static_cast<size_t>(open - chars.begin());
  const size_t end = ClosingBrace(chars, begin);
  if (end == chars.size()) {
    out->push_back(chars);
    return out->size() <= kMaxAlternatives;
  }
  int depth = 0;
  size_t from = begin + 1;
  for (size_t i = from; i <= end; ++i) {
    if (chars[i].Is('{')) ++depth;
    if (chars[i].Is('}')) --depth;
    if (i != end && !(depth == 0 && chars[i].Is(','))) continue;
    Chars one(chars.begin(), open);
    one.insert(one.end(), chars.begin() + static_cast<std::ptrdiff_t>(from),
               chars.begin() + static_cast<std::ptrdiff_t>(i));
    one.insert(one.end(), chars.begin() + static_cast<std::ptrdiff_t>(end) + 1,
               chars.end());
    if (!Expand(one, out)) return false;
    from = i + 1;
  }
  return true;
}

bool IsWildcard(const Char& c) { return c.Is('*') || c.Is('?'); }

// "**".
bool IsTree(const Chars& part) {
  return part.size() == 2 && part[0].Is('*') && part[1].Is('*');
}

std::string Literal(const Chars& chars) {
  std::string out;
  for (const Char& c : chars) out.push_back(c.c);
  return out;
}

void AddComponent(const std::string& text, std::vector<std::string>* path) {
  if (text.empty() || text == ".") return;
  if (text != "..") {
    path->push_back(text);
  } else if (!path->empty()) {
    path->pop_back();
  }
}

// Components; true if none has a wildcard but a last "**".
class PathReader {
 public:
  PathReader(absl::string_view base, const Fresh& fresh)
      : base_(base), fresh_(fresh) {}

  void Read(Chars chars, PatternSamples* out) {
    std::vector<std::string> parts;
    const bool absolute = !chars.empty() && chars[0].c == '/';
    if (!absolute) parts = absl::StrSplit(base_, '/', absl::SkipEmpty());
    chars.push_back({'/', false});
    std::vector<std::vector<std::string>> all = {std::move(parts)};
    Chars part;
    for (size_t i = 0; i < chars.size(); ++i) {
      if (chars[i].c != '/') {
        part.push_back(chars[i]);
        continue;
      }
      Add(part, i + 1 == chars.size(), &all, &out->exact);
      part.clear();
    }
    out->names.insert(out->names.end(), all.begin(), all.end());
  }

 private:
  using All = std::vector<std::vector<std::string>>;

  void Add(const Chars& part, bool last, All* all, bool* exact) const {
    const bool tree = IsTree(part);
    if (tree && last) return;
    std::string text;
    bool wild = false;
    for (const Char& c : part) {
      const bool any = IsWildcard(c);
      wild = wild || any;
      absl::StrAppend(&text, !any        ? std::string(1, c.c)
                             : c.Is('?') ? "x"
                                         : fresh_);
    }
    if (wild) *exact = false;
    const size_t count = all->size();
    for (size_t i = 0; i < count; ++i) {
      if (tree && all->size() < kMaxAlternatives) all->push_back((*all)[i]);
      AddComponent(text, &(*all)[i]);
    }
  }

  const absl::string_view base_;
  const Fresh& fresh_;
};

// What an argument's pattern may match.
std::vector<std::string> SampleArgument(absl::string_view pattern,
                                        const Fresh& fresh) {
  if (pattern == "*" || absl::StartsWith(pattern, "re:")) return {fresh};
  absl::ConsumePrefix(&pattern, "path:");
  std::vector<Chars> alternatives;
  Expand(ReadChars(pattern, {}), &alternatives);
  std::vector<std::string> out;
  for (const Chars& one : alternatives) out.push_back(Literal(one));
  return out;
}

// The end of the host in "host:port".
size_t PortColon(absl::string_view text) {
  const size_t colon = text.rfind(':');
  const size_t bracket = text.rfind(']');
  if (colon == text.npos) return text.size();
  if (bracket != text.npos && bracket > colon) return text.size();
  return colon;
}

// Some addresses of a class.
std::vector<std::string> SampleClass(absl::string_view name) {
  if (name == "@private") return {"10.0.0.1", "192.168.0.1", "[fd00::1]"};
  if (name == "@loopback") return {"127.0.0.1", "[::1]"};
  if (name == "@link-local") return {"169.254.0.1", "[fe80::1]"};
  if (name == "@metadata") return {"169.254.169.254"};
  if (name == "@multicast") return {"224.0.0.1", "[ff02::1]"};
  if (name == "@unspecified") return {"0.0.0.0", "[::]"};
  return {"8.8.8.8", "[2606:4700::1]"};
}

std::string AddressText(const net::IpAddress& address, bool brackets) {
  return brackets ? absl::StrCat("[", address.ToString(), "]")
                  : address.ToString();
}

// The first and the last address of "10.0.0.0/8" or "[fd00::/8]".
std::vector<std::string> SampleBlock(absl::string_view block) {
  const bool brackets = absl::ConsumePrefix(&block, "[");
  absl::ConsumeSuffix(&block, "]");
  net::Cidr cidr;
  net::SyntaxError error;
  if (!net::ParseCidr(block, &cidr, &error)) return {};
  net::IpAddress::Bytes last = cidr.base.bytes();
  for (int bit = cidr.bits; bit < net::IpAddress::kBits; ++bit) {
    last[static_cast<size_t>(bit / 8)] |=
        static_cast<uint8_t>(0x80 >> (bit % 8));
  }
  return {AddressText(cidr.base, brackets),
          AddressText(net::IpAddress::V6(last), brackets)};
}

std::vector<std::string> SampleHosts(absl::string_view host,
                                     const Fresh& fresh) {
  if (host.empty()) return {absl::StrCat(fresh, ".example")};
  if (absl::ConsumePrefix(&host, "*.")) {
    return {absl::StrCat(fresh, ".", host), std::string(host)};
  }
  if (host[0] == '@') return SampleClass(host);
  if (!absl::StrContains(host, '/')) return {std::string(host)};
  return SampleBlock(host);
}

std::vector<std::string> SamplePorts(absl::string_view port) {
  if (port.empty()) return {"443", "1"};
  std::vector<std::string> out;
  for (absl::string_view end : absl::StrSplit(port, '-')) {
    out.emplace_back(end);
    int number = 0;
    if (absl::SimpleAtoi(end, &number) && number < 65535) {
      out.push_back(absl::StrCat(number + 1));
    }
  }
  return out;
}

}  // namespace

PatternSamples SamplePath(absl::string_view pattern, absl::string_view base,
                          const std::map<std::string, std::string>& variables,
                          const Fresh& fresh) {
  PatternSamples samples;
  absl::ConsumePrefix(&pattern, "exact:");
  std::vector<Chars> alternatives;
  samples.exact = Expand(ReadChars(pattern, variables), &alternatives);
  PathReader reader(base, fresh);
  for (Chars& one : alternatives) reader.Read(std::move(one), &samples);
  return samples;
}

PatternSamples SampleName(absl::string_view pattern) {
  PatternSamples samples;
  Chars chars = ReadChars(pattern, {});
  if (!chars.empty() && chars.back().Is('*')) chars.pop_back();
  samples.names = {{Literal(chars)}};
  // URLs have rules of their own.
  samples.exact = !absl::StrContains(pattern, "://");
  return samples;
}

PatternSamples SampleSecret(const std::vector<std::string>& parts,
                            const Fresh& fresh) {
  PatternSamples samples;
  samples.names.emplace_back();
  for (const std::string& part : parts) {
    if (part == "**") continue;
    if (part == "*") samples.exact = false;
    samples.names[0].push_back(part == "*" ? fresh
                                           : Literal(ReadChars(part, {})));
  }
  return samples;
}

namespace {

// Each of `names` with what `pattern`, of one argument, may be.
void AddArgument(absl::string_view pattern, const Fresh& fresh,
                 std::vector<std::vector<std::string>>* names) {
  if (pattern == "**") return;
  const std::vector<std::string> texts = SampleArgument(pattern, fresh);
  std::vector<std::vector<std::string>> longer;
  for (const std::vector<std::string>& name : *names) {
    for (const std::string& text : texts) {
      if (longer.size() >= kMaxAlternatives) break;
      longer.push_back(name);
      longer.back().push_back(text);
    }
  }
  *names = std::move(longer);
}

// Programs that the first word of a command may be.
std::vector<std::vector<std::string>> SamplePrograms(
    absl::string_view word, absl::string_view base,
    const std::map<std::string, std::string>& variables, const Fresh& fresh) {
  if (word == "*") return {{absl::StrCat("/", fresh)}};
  if (!absl::StrContains(word, "/")) return {{std::string(word)}};
  std::vector<std::vector<std::string>> programs;
  for (const auto& path : SamplePath(word, base, variables, fresh).names) {
    programs.push_back({absl::StrCat("/", absl::StrJoin(path, "/"))});
  }
  return programs;
}

}  // namespace

PatternSamples SampleCall(const RulePattern& pattern, const Fresh& fresh) {
  PatternSamples samples;
  samples.exact = false;
  std::string function = pattern.text();
  if (absl::EndsWith(function, ".*")) {
    function = absl::StrCat(function.substr(0, function.size() - 1), fresh);
  }
  samples.names = {{function}};
  for (const std::string& part : pattern.parts()) {
    AddArgument(part, fresh, &samples.names);
  }
  return samples;
}

PatternSamples SampleCommand(
    absl::string_view pattern, absl::string_view base,
    const std::map<std::string, std::string>& variables, const Fresh& fresh) {
  PatternSamples samples;
  samples.exact = false;
  const std::vector<std::string> words = internal::WordsOfCommand(pattern);
  if (words.empty()) return samples;
  samples.names = SamplePrograms(words[0], base, variables, fresh);
  for (size_t i = 1; i < words.size(); ++i) {
    AddArgument(words[i] == "\"\"" ? "" : words[i], fresh, &samples.names);
  }
  return samples;
}

PatternSamples SampleEndpoint(absl::string_view pattern, bool with_port,
                              const Fresh& fresh) {
  PatternSamples samples;
  samples.exact = false;
  if (absl::StartsWith(pattern, "unix:") ||
      absl::StartsWith(pattern, "vsock:")) {
    samples.names = {{std::string(pattern)}};
    return samples;
  }
  const size_t colon = with_port ? PortColon(pattern) : pattern.size();
  for (const std::string& host : SampleHosts(pattern.substr(0, colon), fresh)) {
    if (!with_port) {
      samples.names.push_back({host});
      continue;
    }
    const absl::string_view port =
        pattern.substr(std::min(colon + 1, pattern.size()));
    for (const std::string& one : SamplePorts(port)) {
      samples.names.push_back({absl::StrCat(host, ":", one)});
    }
  }
  return samples;
}

}  // namespace postern
