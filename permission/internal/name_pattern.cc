#include "permission/internal/name_pattern.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "fs/brace_expansion.h"

namespace postern {
namespace internal {
namespace {

using fs::PatternError;

// The names that Deno's system permissions use, as programs know them.
constexpr absl::string_view kFacts[] = {
    "cpus",
    "getPriority",
    "gid",
    "homedir",
    "hostname",
    "inspector",
    "loadavg",
    "networkInterfaces",
    "osRelease",
    "osUptime",
    "setPriority",
    "statfs",
    "systemMemoryInfo",
    "uid",
    "userInfo",
    "username",
};

// Classes of processes that are signalled, as seen from who signals.
constexpr absl::string_view kProcesses[] = {"@self", "@children", "@others"};

bool IsFact(absl::string_view name) {
  for (absl::string_view fact : kFacts) {
    if (fact == name) return true;
  }
  return false;
}

// "https://host*" is the beginning of other hosts' names, too.
absl::Status CheckUrl(absl::string_view text, const NamePattern& pattern) {
  const absl::string_view url = pattern.text;
  const size_t scheme = url.find("://");
  if (!pattern.prefix || scheme == url.npos || scheme + 3 == url.size() ||
      url.find('/', scheme + 3) != url.npos) {
    return absl::OkStatus();
  }
  return PatternError(
      text, text.size(),
      absl::StrCat("\"*\" may go on in the host's name, expected \"",
                   text.substr(0, text.size() - 1), "/*\""));
}

// Whose process it is: a class, or the id of a principal. A number is none: it
// is given to another process as soon as the first one is gone.
bool IsProcess(absl::string_view name) {
  for (absl::string_view kind : kProcesses) {
    if (kind == name) return true;
  }
  return !absl::StartsWith(name, "@") && name.find('/') == name.npos &&
         name.find_first_not_of("-0123456789") != name.npos;
}

absl::Status CheckProcess(absl::string_view text, const NamePattern& pattern) {
  if (pattern.prefix && pattern.text.empty()) return absl::OkStatus();
  if (IsProcess(pattern.text)) return absl::OkStatus();
  return PatternError(text, 1,
                      absl::StrCat("expected ", absl::StrJoin(kProcesses, ", "),
                                   " or the id of an app; a process's number "
                                   "may be another process's later"));
}

absl::Status CheckName(absl::string_view text, const NamePattern& pattern,
                       ResourceKind kind) {
  if (kind == ResourceKind::kFact && pattern.prefix) {
    return PatternError(text, text.size(),
                        "a fact has no wildcard; leave the pattern out for "
                        "every fact");
  }
  if (kind == ResourceKind::kFact && !IsFact(pattern.text)) {
    return PatternError(text, 1, absl::StrCat("expected one of ", FactNames()));
  }
  if (kind == ResourceKind::kProcess) return CheckProcess(text, pattern);
  if (kind == ResourceKind::kModule) return CheckUrl(text, pattern);
  const size_t equals = pattern.text.find('=');
  if (kind == ResourceKind::kName && equals != std::string::npos) {
    return PatternError(text, equals + 1, "a variable's name has no \"=\"");
  }
  return absl::OkStatus();
}

constexpr size_t kMaxShownName = 64;

// "$HOME" is how shells write what the variable holds.
absl::Status CheckNoDollar(absl::string_view text, ResourceKind kind) {
  if (kind != ResourceKind::kName || text[0] != '$') return absl::OkStatus();
  absl::string_view name = text.substr(1);
  if (absl::ConsumePrefix(&name, "{")) absl::ConsumeSuffix(&name, "}");
  return PatternError(
      text, 1,
      absl::StrCat("a variable's name has no \"$\", expected \"",
                   name.empty() || name.size() > kMaxShownName ? "HOME" : name,
                   "\""));
}

}  // namespace

absl::Status CheckNoPathWildcard(absl::string_view text, size_t at) {
  if (text[at] == '{') {
    return PatternError(text, at + 1,
                        "\"{\" begins no group in a name, expected a pattern "
                        "for each name, or \"\\{\"");
  }
  if (text[at] == '?') {
    return PatternError(text, at + 1,
                        "\"?\" is no wildcard in a name, expected \"\\?\"");
  }
  return absl::OkStatus();
}

std::string FactNames() { return absl::StrJoin(kFacts, ", "); }

absl::StatusOr<NamePattern> ParseNamePattern(absl::string_view text,
                                             ResourceKind kind) {
  if (text.empty()) return PatternError(text, 1, "expected a name");
  if (text.size() > kMaxNameBytes) {
    return PatternError(text, kMaxNameBytes + 1, "longer than a name can be");
  }
  absl::Status status = CheckNoDollar(text, kind);
  if (!status.ok()) return status;
  NamePattern pattern;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\0') return PatternError(text, i + 1, "a NUL byte");
    if (text[i] == '*') {
      if (i + 1 != text.size()) {
        return PatternError(
            text, i + 1, "\"*\" may stand only at the end, expected \"\\*\"");
      }
      pattern.prefix = true;
      break;
    }
    status = CheckNoPathWildcard(text, i);
    if (!status.ok()) return status;
    if (text[i] == '\\' && ++i == text.size()) {
      return PatternError(text, i, "expected a character after \"\\\"");
    }
    pattern.text.push_back(text[i]);
  }
  status = CheckName(text, pattern, kind);
  if (!status.ok()) return status;
  return pattern;
}

bool IsValidName(absl::string_view name, ResourceKind kind) {
  if (name.empty() || name.size() > kMaxNameBytes) return false;
  if (name.find('\0') != name.npos) return false;
  if (kind == ResourceKind::kName) return name.find('=') == name.npos;
  if (kind == ResourceKind::kProcess) return IsProcess(name);
  return kind != ResourceKind::kFact || IsFact(name);
}

}  // namespace internal
}  // namespace postern
