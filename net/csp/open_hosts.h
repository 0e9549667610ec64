#ifndef POSTERN_NET_CSP_OPEN_HOSTS_H_
#define POSTERN_NET_CSP_OPEN_HOSTS_H_

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "net/csp/source.h"

namespace postern {
namespace csp {

constexpr size_t kMaxOpenHostsBytes = 1 << 20;

// How far a source trusts strangers, because anyone can publish on its host.
struct OpenHost {
  enum class Kind : uint8_t {
    kNotOpen,
    kEverybodys,  // anyone can publish there
    kOneOwners,   // its path is one owner's, but does not count after redirects
    kRunsScripts,  // what is there runs code that a page's text names
  };
  Kind kind = Kind::kNotOpen;
  std::string host;  // the line of the list: "github.io"
  // How an owner is told apart, for advice.
  bool has_owner_names = false;  // by labels in front
  bool has_owner_paths = false;
};

// A list of hosts where anyone can publish.
class OpenHosts {
 public:
  // Reads the form of open_hosts.txt. InvalidArgument "file:line:column: ...".
  static absl::StatusOr<OpenHosts> Parse(absl::string_view file,
                                         absl::string_view text);
  // The list that comes with the library.
  static absl::string_view DefaultText();

  // The open host that the source names, itself or by a name below it or a
  // wildcard above it. The most specific line of the list counts.
  OpenHost Find(const Source& source) const;

 private:
  struct Owners {
    size_t part = 0;    // of the path is the owner's, from 1; 0 = none is
    size_t labels = 0;  // in front are the owner's; 0 = none are
    bool scripts = false;
  };
  // Of "*.com", an open host that it lets in.
  OpenHost FindBelow(const Source& source) const;
  static OpenHost Judge(const std::string& host, const Owners& owners,
                        const Source& source);

  absl::flat_hash_map<std::string, Owners> hosts_;
};

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_OPEN_HOSTS_H_
