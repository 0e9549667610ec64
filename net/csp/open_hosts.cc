#include "net/csp/open_hosts.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "net/csp/policy_text.h"

namespace postern {
namespace csp {
namespace {

// Whether the path holds the owner's part whole: "/gh/OWNER/" for part 2.
bool NamesOwner(absl::string_view path, size_t part) {
  if (part == 0) return false;
  const std::vector<absl::string_view> parts = absl::StrSplit(path, '/');
  return parts.size() > part + 1 && !parts[part].empty();
}

}  // namespace

absl::StatusOr<OpenHosts> OpenHosts::Parse(absl::string_view file,
                                           absl::string_view text) {
  OpenHosts out;
  if (text.size() > kMaxOpenHostsBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(PlaceInFile(file, {1, 1}), ": longer than ",
                     kMaxOpenHostsBytes, " bytes"));
  }
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    size_t part = 0;
    while (absl::ConsumeSuffix(&line, part == 0 ? "/" : "/*")) ++part;
    const absl::StatusOr<Source> source = ParseAuthoredSource(line);
    if (!source.ok() || source->kind != SourceKind::kHost ||
        source->host_wildcard || source->host != line) {
      return absl::InvalidArgumentError(
          absl::StrCat(PlaceInFile(file, {number, 1}),
                       ": expected the name of a host in lower case, or one "
                       "that is followed by \"/\""));
    }
    out.hosts_[source->host] = part;
  }
  return out;
}

std::string OpenHosts::Find(const Source& source) const {
  if (source.kind != SourceKind::kHost || source.host.empty()) return "";
  absl::string_view host = source.host;
  absl::ConsumeSuffix(&host, ".");
  while (true) {
    const auto found = hosts_.find(host);
    if (found != hosts_.end()) {
      const bool owned = NamesOwner(source.path, found->second);
      return owned ? "" : found->first;
    }
    const size_t dot = host.find('.');
    if (dot == host.npos) break;
    host.remove_prefix(dot + 1);
  }
  if (!source.host_wildcard) return "";
  // "*.com" lets in all that is below it.
  const std::string tail = absl::StrCat(".", source.host);
  std::string first;
  for (const auto& entry : hosts_) {
    if (absl::EndsWith(entry.first, tail) &&
        (first.empty() || entry.first < first)) {
      first = entry.first;
    }
  }
  return first;
}

}  // namespace csp
}  // namespace postern
