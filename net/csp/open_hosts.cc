#include "net/csp/open_hosts.h"

#include <algorithm>
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

bool NamesOneFile(absl::string_view path) {
  return !path.empty() && !absl::EndsWith(path, "/");
}

// The labels of `name` in front of `host`, which it ends in.
size_t LabelsInFront(absl::string_view name, absl::string_view host) {
  const absl::string_view front = name.substr(0, name.size() - host.size());
  return static_cast<size_t>(std::count(front.begin(), front.end(), '.'));
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
    Owners owners;
    owners.scripts = absl::ConsumePrefix(&line, "scripts ");
    while (absl::ConsumePrefix(&line, "*/")) ++owners.labels;
    while (absl::ConsumeSuffix(&line, owners.part == 0 ? "/" : "/*")) {
      ++owners.part;
    }
    const absl::StatusOr<Source> source = ParseAuthoredSource(line);
    if (!source.ok() || source->kind != SourceKind::kHost ||
        source->host_wildcard || source->host != line) {
      return absl::InvalidArgumentError(
          absl::StrCat(PlaceInFile(file, {number, 1}),
                       ": expected the name of a host in lower case, alone, "
                       "behind \"*/\" or \"scripts\", or followed by \"/\""));
    }
    out.hosts_[source->host] = owners;
  }
  return out;
}

OpenHost OpenHosts::Judge(const std::string& host, const Owners& owners,
                          const Source& source) {
  OpenHost out;
  out.host = host;
  out.has_owner_names = owners.labels > 0;
  out.has_owner_paths = owners.part > 0;
  out.kind = OpenHost::Kind::kEverybodys;
  absl::string_view name = source.host;
  absl::ConsumeSuffix(&name, ".");
  const bool below = name.size() > host.size();
  if (owners.scripts) {
    const bool one_file = !source.host_wildcard && NamesOneFile(source.path);
    out.kind =
        one_file ? OpenHost::Kind::kNotOpen : OpenHost::Kind::kRunsScripts;
  } else if (below && owners.labels > 0) {
    // Below a name with a wildcard there may be everybody's.
    const bool one_owners =
        !source.host_wildcard && LabelsInFront(name, host) >= owners.labels;
    if (one_owners) out.kind = OpenHost::Kind::kNotOpen;
  } else if (!source.host_wildcard && NamesOwner(source.path, owners.part)) {
    out.kind = OpenHost::Kind::kOneOwners;
  }
  return out;
}

OpenHost OpenHosts::Find(const Source& source) const {
  if (source.kind != SourceKind::kHost || source.host.empty()) return {};
  absl::string_view host = source.host;
  absl::ConsumeSuffix(&host, ".");
  while (true) {
    const auto found = hosts_.find(host);
    if (found != hosts_.end()) {
      return Judge(found->first, found->second, source);
    }
    const size_t dot = host.find('.');
    if (dot == host.npos) break;
    host.remove_prefix(dot + 1);
  }
  return source.host_wildcard ? FindBelow(source) : OpenHost();
}

OpenHost OpenHosts::FindBelow(const Source& source) const {
  const std::string tail = absl::StrCat(".", source.host);
  OpenHost open, scripts;  // the first by name
  for (const auto& entry : hosts_) {
    if (!absl::EndsWith(entry.first, tail)) continue;
    OpenHost& out = entry.second.scripts ? scripts : open;
    if (!out.host.empty() && out.host < entry.first) continue;
    out.host = entry.first;
    out.kind = entry.second.scripts ? OpenHost::Kind::kRunsScripts
                                    : OpenHost::Kind::kEverybodys;
  }
  return open.host.empty() ? scripts : open;
}

}  // namespace csp
}  // namespace postern
