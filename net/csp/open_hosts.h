#ifndef POSTERN_NET_CSP_OPEN_HOSTS_H_
#define POSTERN_NET_CSP_OPEN_HOSTS_H_

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "net/csp/source.h"

namespace postern {
namespace csp {

constexpr size_t kMaxOpenHostsBytes = 1 << 20;

// Hosts where anyone can publish.
class OpenHosts {
 public:
  // Reads the form of open_hosts.txt. InvalidArgument "file:line:column: ...".
  static absl::StatusOr<OpenHosts> Parse(absl::string_view file,
                                         absl::string_view text);
  // The list that comes with the library.
  static absl::string_view DefaultText();

  // The open host that the source lets everybody publish on, "" if none: it
  // names that host or one below it, or a wildcard above it, and no owner's
  // part of the path where the host has them.
  std::string Find(const Source& source) const;

 private:
  // Which part of the path is its owner's, from 1; 0 = none is.
  absl::flat_hash_map<std::string, size_t> hosts_;
};

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_OPEN_HOSTS_H_
