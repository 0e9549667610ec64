#include "net/csp/source.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "net/address.h"
#include "net/csp/directive.h"
#include "net/csp/host.h"
#include "net/csp/url.h"
#include "net/host_name.h"

namespace postern {
namespace csp {
namespace {

struct KeywordRow {
  Keyword keyword;
  absl::string_view name;
};

constexpr KeywordRow kKeywords[] = {
    {Keyword::kUnsafeInline, "'unsafe-inline'"},
    {Keyword::kUnsafeEval, "'unsafe-eval'"},
    {Keyword::kStrictDynamic, "'strict-dynamic'"},
    {Keyword::kUnsafeHashes, "'unsafe-hashes'"},
    {Keyword::kReportSample, "'report-sample'"},
    {Keyword::kWasmUnsafeEval, "'wasm-unsafe-eval'"},
    {Keyword::kTrustedTypesEval, "'trusted-types-eval'"},
    {Keyword::kInlineSpeculationRules, "'inline-speculation-rules'"},
};

bool IsAlnum(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c));
}
bool IsHex(char c) {
  return absl::ascii_isxdigit(static_cast<unsigned char>(c));
}

ParsedSource Invalid(absl::string_view text, absl::string_view problem) {
  ParsedSource out;
  out.source.text = std::string(text);
  out.problem = std::string(problem);
  out.refused_on_authoring = true;
  return out;
}

// base64-value (CSP3, section 2.3.1).
bool IsBase64Value(absl::string_view text) {
  for (int i = 0; i < 2; ++i) absl::ConsumeSuffix(&text, "=");
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return IsAlnum(c) || c == '+' || c == '/' || c == '-' || c == '_';
  });
}

// `quoted` is in single quotes.
ParsedSource ParseQuoted(absl::string_view quoted) {
  ParsedSource out;
  for (const KeywordRow& row : kKeywords) {
    if (absl::EqualsIgnoreCase(row.name, quoted)) {
      out.source.kind = SourceKind::kKeyword;
      out.source.keyword = row.keyword;
      return out;
    }
  }
  if (absl::EqualsIgnoreCase(quoted, "'self'")) {
    out.source.kind = SourceKind::kSelf;
    return out;
  }
  if (absl::EqualsIgnoreCase(quoted, "'none'")) {
    out.source.kind = SourceKind::kNone;
    return out;
  }
  const absl::string_view inner = quoted.substr(1, quoted.size() - 2);
  const size_t dash = inner.find('-');
  const std::string what =
      absl::AsciiStrToLower(inner.substr(0, std::min(dash, inner.size())));
  const absl::string_view value =
      dash == inner.npos ? absl::string_view() : inner.substr(dash + 1);
  const bool nonce = what == "nonce";
  if (!nonce && what != "sha256" && what != "sha384" && what != "sha512") {
    return Invalid(quoted, "no keyword, nonce or hash");
  }
  if (!IsBase64Value(value)) return Invalid(quoted, "no base64 value");
  out.source.kind = nonce ? SourceKind::kNonce : SourceKind::kHash;
  out.source.value = std::string(value);
  if (!nonce) {
    // base64url is the same digest (section 6.7.3.3).
    std::replace(out.source.value.begin(), out.source.value.end(), '-', '+');
    std::replace(out.source.value.begin(), out.source.value.end(), '_', '/');
    out.source.value = absl::StrCat(what, "-", out.source.value);
  }
  return out;
}

bool IsUnreserved(char c) {
  return IsAlnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

// Percent-encoding in one spelling: upper case, none for unreserved bytes
// (RFC 3986, section 6.2.2). To both dialects this is still the same path.
std::string CanonicalPath(absl::string_view path) {
  std::string out;
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '%' && i + 2 < path.size() && IsHex(path[i + 1]) &&
        IsHex(path[i + 2])) {
      const std::string byte = PercentDecode(path.substr(i, 3));
      if (IsUnreserved(byte[0])) {
        out += byte;
      } else {
        absl::StrAppend(&out, "%",
                        absl::AsciiStrToUpper(path.substr(i + 1, 2)));
      }
      i += 2;
    } else {
      out.push_back(path[i]);
    }
  }
  return out;
}

absl::string_view ReadPort(absl::string_view text, Source* source) {
  if (text == "*") {
    source->port_kind = PortKind::kAny;
    return "";
  }
  const bool digits =
      !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return absl::ascii_isdigit(static_cast<unsigned char>(c));
      });
  const absl::string_view body = text.substr(std::min(
      text.find_first_not_of('0'), text.empty() ? 0 : text.size() - 1));
  uint32_t number = 0;
  if (!digits || body.size() > 5 || !absl::SimpleAtoi(body, &number) ||
      number > 65535) {
    return "no port from 0 to 65535";
  }
  source->port_kind = PortKind::kNumber;
  source->port = static_cast<uint16_t>(number);
  return "";
}

absl::string_view ReadPath(absl::string_view text, Source* source) {
  const size_t end = std::min(text.find_first_of("?#"), text.size());
  const absl::string_view path = text.substr(0, end);
  absl::string_view odd;
  if (end < text.size()) odd = "a query or fragment, which browsers leave out";
  if (absl::StartsWith(path, "//")) odd = "a path that starts with \"//\"";
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '%' &&
        !(i + 2 < path.size() && IsHex(path[i + 1]) && IsHex(path[i + 2]))) {
      odd = "\"%\" without two hexadecimal digits";
    }
    // RFC 3986, section 3.3; dialects differ on the rest.
    if (!IsUnreserved(path[i]) &&
        !absl::StrContains("%!$&'()*+=:@/", path[i])) {
      odd = "a byte that is percent-encoded in a path";
    }
  }
  if (!odd.empty()) source->chromium_only = true;
  source->path = CanonicalPath(path);
  if (source->path == "/") source->path.clear();
  return odd;
}

// A word that was probably meant to be something else.
std::string OddWord(absl::string_view text) {
  for (absl::string_view word : {"self", "none"}) {
    if (absl::EqualsIgnoreCase(text, word)) {
      return absl::StrCat("a host name; the keyword is written '", word, "'");
    }
  }
  for (const KeywordRow& row : kKeywords) {
    if (absl::EqualsIgnoreCase(text, row.name.substr(1, row.name.size() - 2))) {
      return absl::StrCat("a host name; the keyword is written ", row.name);
    }
  }
  for (absl::string_view prefix : {"nonce-", "sha256-", "sha384-", "sha512-"}) {
    if (absl::StartsWithIgnoreCase(text, prefix)) {
      return "a host name; nonces and hashes are written in single quotes";
    }
  }
  if (ParseDirectiveName(text)) {
    return "a host name that is the name of a directive; is \";\" missing?";
  }
  return "";
}

ParsedSource ParseHostSource(absl::string_view text) {
  ParsedSource out;
  Source& source = out.source;
  absl::string_view rest = text;
  const size_t slashes = rest.find("://");
  if (slashes != rest.npos && IsScheme(rest.substr(0, slashes))) {
    source.scheme = absl::AsciiStrToLower(rest.substr(0, slashes));
    rest.remove_prefix(slashes + 3);
  }
  const size_t host_end = std::min(rest.find_first_of(":/?#"), rest.size());
  absl::string_view problem = ReadHostPart(rest.substr(0, host_end),
                                           &source.host_wildcard, &source.host);
  if (!problem.empty()) return Invalid(text, problem);
  rest.remove_prefix(host_end);
  if (absl::ConsumePrefix(&rest, ":")) {
    const size_t port_end = std::min(rest.find_first_of("/?#"), rest.size());
    problem = ReadPort(rest.substr(0, port_end), &source);
    if (!problem.empty()) return Invalid(text, problem);
    rest.remove_prefix(port_end);
  }
  out.problem = std::string(ReadPath(rest, &source));
  if (out.problem.empty()) out.problem = OddWord(text);
  if (out.problem.empty() && net::EndsInNumber(source.host) &&
      !net::IsIpv4(source.host)) {
    out.problem = "a number that is no address a.b.c.d";
  }
  out.refused_on_authoring = !out.problem.empty();
  const absl::optional<uint16_t> standard = DefaultPort(source.scheme);
  if (source.port_kind == PortKind::kNumber && source.port == standard &&
      standard == 443) {
    // To both dialects, :443 says no more than the scheme. :80 does: Chromium
    // takes 443 for it too.
    source.port_kind = PortKind::kUnset;
    source.port = 0;
  }
  source.kind = SourceKind::kHost;
  if (source.chromium_only) source.text = std::string(text);
  return out;
}

}  // namespace

absl::string_view KeywordName(Keyword keyword) {
  for (const KeywordRow& row : kKeywords) {
    if (row.keyword == keyword) return row.name;
  }
  return "";
}

ParsedSource ParseSource(absl::string_view text) {
  if (text.empty()) return Invalid(text, "nothing");
  if (text.size() > kMaxSourceBytes) {
    return Invalid(text.substr(0, 64), "longer than 1024 bytes");
  }
  for (char c : text) {
    const unsigned char byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) {
      return Invalid(text, "a byte that is not ASCII; write punycode or %XX");
    }
    if (byte <= 0x20 || byte == 0x7F) {
      return Invalid(text, "a space or control byte");
    }
    if (c == ';' || c == ',') {
      return Invalid(text,
                     "\";\" and \",\" end a directive or policy; write "
                     "%3B or %2C in a path");
    }
  }
  ParsedSource out;
  if (text == "*") {
    out.source.kind = SourceKind::kAny;
    return out;
  }
  if (text[0] == '\'') {
    if (text.size() < 3 || text.back() != '\'') {
      return Invalid(text, "a single quote that is not closed");
    }
    return ParseQuoted(text);
  }
  if (text.back() == ':' && IsScheme(text.substr(0, text.size() - 1))) {
    out.source.kind = SourceKind::kScheme;
    out.source.scheme = absl::AsciiStrToLower(text.substr(0, text.size() - 1));
    return out;
  }
  return ParseHostSource(text);
}

std::string Source::ToString() const {
  if (chromium_only) return text;
  switch (kind) {
    case SourceKind::kInvalid:
      return text;
    case SourceKind::kNone:
      return "'none'";
    case SourceKind::kAny:
      return "*";
    case SourceKind::kSelf:
      return "'self'";
    case SourceKind::kScheme:
      return absl::StrCat(scheme, ":");
    case SourceKind::kKeyword:
      return std::string(KeywordName(keyword));
    case SourceKind::kNonce:
      return absl::StrCat("'nonce-", value, "'");
    case SourceKind::kHash:
      return absl::StrCat("'", value, "'");
    case SourceKind::kHost:
      break;
  }
  const std::string out =
      absl::StrCat(scheme.empty() ? "" : absl::StrCat(scheme, "://"),
                   host_wildcard ? (host.empty() ? "*" : "*.") : "", host,
                   port_kind == PortKind::kAny      ? ":*"
                   : port_kind == PortKind::kNumber ? absl::StrCat(":", port)
                                                    : "",
                   path);
  // A host source of any host: "*" alone is another thing.
  return out == "*" ? "*/" : out;
}

bool MatchesUrls(const Source& source) {
  switch (source.kind) {
    case SourceKind::kAny:
    case SourceKind::kSelf:
    case SourceKind::kScheme:
    case SourceKind::kHost:
      return true;
    case SourceKind::kInvalid:
    case SourceKind::kNone:
    case SourceKind::kKeyword:
    case SourceKind::kNonce:
    case SourceKind::kHash:
      return false;
  }
  return false;
}

bool operator==(const Source& a, const Source& b) {
  return a.kind == b.kind && a.ToString() == b.ToString();
}

}  // namespace csp
}  // namespace postern
