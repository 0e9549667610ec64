#include "tests/net/csp/naive_match.h"

#include <algorithm>
#include <cstdlib>
#include <map>

namespace postern {
namespace csp {
namespace {

struct Parts {
  std::string scheme, host, port, path;
};

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() &&
         text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string Default(const std::string& scheme) {
  if (scheme == "http" || scheme == "ws") return "80";
  if (scheme == "https" || scheme == "wss") return "443";
  return "";
}

// Cuts [scheme://]host[:port][/path].
Parts Cut(std::string text) {
  Parts parts;
  const size_t scheme = text.find("://");
  if (scheme != std::string::npos) {
    parts.scheme = Lower(text.substr(0, scheme));
    text = text.substr(scheme + 3);
  }
  const size_t slash = text.find('/');
  if (slash != std::string::npos) {
    parts.path = text.substr(slash);
    text = text.substr(0, slash);
  }
  const size_t colon = text.find(':');
  if (colon != std::string::npos) {
    parts.port = text.substr(colon + 1);
    text = text.substr(0, colon);
  }
  parts.host = Lower(text);
  return parts;
}

bool IsAddress(const std::string& host) {
  return host.find_first_not_of("0123456789.") == std::string::npos;
}

std::string Decode(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out.push_back(static_cast<char>(
          std::strtol(text.substr(i + 1, 2).c_str(), nullptr, 16)));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

// Section 6.7.2.11.
bool SpecPathMatches(const std::string& a, const std::string& b) {
  if (a.empty() || (a == "/" && b.empty())) return true;
  const bool exact = a.back() != '/';
  std::vector<std::string> list_a = NaiveSplit(a, '/');
  const std::vector<std::string> list_b = NaiveSplit(b, '/');
  if (list_a.size() > list_b.size()) return false;
  if (exact && list_a.size() != list_b.size()) return false;
  if (!exact) list_a.pop_back();
  for (size_t i = 0; i < list_a.size(); ++i) {
    if (Decode(list_a[i]) != Decode(list_b[i])) return false;
  }
  return true;
}

bool ChromiumPathMatches(const std::string& a, const std::string& b) {
  const std::string pattern = Decode(a), path = Decode(b);
  if (pattern.empty() || (pattern == "/" && path.empty())) return true;
  if (pattern.back() == '/')
    return path.compare(0, pattern.size(), pattern) == 0;
  return pattern == path;
}

bool HostMatches(const std::string& pattern, const std::string& host,
                 Dialect dialect) {
  if (dialect == Dialect::kSpec && IsAddress(host)) return false;
  if (pattern == "*") return true;
  if (pattern.compare(0, 2, "*.") == 0)
    return EndsWith(host, pattern.substr(1));
  return pattern == host;
}

bool HostSourceMatches(const Parts& source, const Parts& url, const Parts& self,
                       bool redirected, Dialect dialect) {
  const std::string scheme =
      source.scheme.empty() ? self.scheme : source.scheme;
  const std::string port = url.port.empty() ? Default(url.scheme) : url.port;
  const std::string& s = url.scheme;
  if (!HostMatches(source.host, url.host, dialect)) return false;
  if (!redirected && !(dialect == Dialect::kSpec
                           ? SpecPathMatches(source.path, url.path)
                           : ChromiumPathMatches(source.path, url.path))) {
    return false;
  }
  if (dialect == Dialect::kSpec) {
    const bool schemes =
        scheme == s || (scheme == "http" && s == "https") ||
        (scheme == "ws" && (s == "wss" || s == "http" || s == "https")) ||
        (scheme == "wss" && s == "https");
    if (!schemes) return false;
    return source.port == "*" || source.port == port ||
           (source.port.empty() && port == Default(s));
  }
  // Chromium: either nothing is upgraded, or scheme and port both are.
  if (scheme == s) {
    return source.port == "*" || source.port == port ||
           (source.port.empty() && port == Default(s));
  }
  if (!((scheme == "http" && s == "https") || (scheme == "ws" && s == "wss"))) {
    return false;
  }
  const bool standard = source.port == "80" || source.port == "443";
  return source.port == "*" || (standard && port == "443") ||
         (source.port.empty() && port == Default(s));
}

bool SelfMatches(const Parts& url, const Parts& self,
                 const std::string& directive, Dialect dialect) {
  const bool socket = url.scheme == "ws" || url.scheme == "wss";
  if (socket && directive != "connect-src") return false;
  if (url.host != self.host) return false;
  const bool both_default =
      (self.port.empty() || self.port == Default(self.scheme)) &&
      (url.port.empty() || url.port == Default(url.scheme));
  const bool same_text = self.port == url.port;
  const std::string a = self.port.empty() ? Default(self.scheme) : self.port;
  const std::string b = url.port.empty() ? Default(url.scheme) : url.port;
  const bool ports =
      both_default || same_text || (dialect == Dialect::kChromium && a == b);
  if (!ports) return false;
  return url.scheme == self.scheme || url.scheme == "https" ||
         url.scheme == "wss" || (self.scheme == "http" && url.scheme == "ws");
}

bool SourceMatchesText(const std::string& text, const NaiveLoad& load,
                       Dialect dialect) {
  const Parts url = Cut(load.url);
  const Parts self = Cut(load.self);
  const bool socket = url.scheme == "ws" || url.scheme == "wss";
  if (text == "*") {
    return url.scheme == "http" || url.scheme == "https" ||
           url.scheme == self.scheme ||
           (dialect == Dialect::kChromium && socket &&
            load.directive == "connect-src");
  }
  if (text == "'self'") {
    return SelfMatches(url, self, load.directive, dialect);
  }
  if (text.empty() || text[0] == '\'') return false;
  if (text.back() == ':') {
    const std::string scheme = text.substr(0, text.size() - 1);
    Parts source;
    source.scheme = scheme;
    source.host = "*";
    source.port = "*";
    Parts named = url;
    named.host = "name";  // any host will do
    return HostSourceMatches(source, named, self, true, dialect);
  }
  return HostSourceMatches(Cut(text), url, self, load.redirected, dialect);
}

}  // namespace

std::vector<std::string> NaiveSplit(const std::string& text, char separator) {
  std::vector<std::string> out(1);
  for (char c : text) {
    if (c == separator) {
      out.emplace_back();
    } else {
      out.back().push_back(c);
    }
  }
  return out;
}

bool NaiveListMatches(const std::string& list, const NaiveLoad& load,
                      Dialect dialect) {
  for (const std::string& source : NaiveSplit(list, ' ')) {
    if (SourceMatchesText(source, load, dialect)) return true;
  }
  return false;
}

bool NaivePolicyMatches(const std::string& policy, const NaiveLoad& load,
                        Dialect dialect) {
  std::map<std::string, std::string> lists;
  for (std::string directive : NaiveSplit(policy, ';')) {
    directive.erase(0, directive.find_first_not_of(' '));
    if (directive.empty()) continue;
    const size_t space = std::min(directive.find(' '), directive.size());
    lists.emplace(directive.substr(0, space), directive.substr(space));
  }
  std::vector<std::string> chain = {load.directive};
  if (load.directive == "frame-src") chain.push_back("child-src");
  if (load.directive == "worker-src") {
    chain.push_back("child-src");
    chain.push_back("script-src");
  }
  if (load.directive.compare(0, 11, "script-src-") == 0) {
    chain.push_back("script-src");
  }
  if (load.directive.compare(0, 10, "style-src-") == 0) {
    chain.push_back("style-src");
  }
  chain.push_back("default-src");
  for (const std::string& name : chain) {
    const auto found = lists.find(name);
    if (found != lists.end()) {
      return NaiveListMatches(found->second, load, dialect);
    }
  }
  return true;
}

}  // namespace csp
}  // namespace postern
