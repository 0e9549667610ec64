#ifndef POSTERN_NET_CSP_FINDINGS_H_
#define POSTERN_NET_CSP_FINDINGS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "net/csp/merge.h"
#include "net/csp/open_hosts.h"

namespace postern {
namespace csp {

enum class Severity : uint8_t { kInfo, kLow, kMedium, kHigh };
absl::string_view SeverityName(Severity severity);  // "high"

// One thing that an administrator should know.
struct Finding {
  Severity severity = Severity::kInfo;
  std::string code;  // stable: "SCRIPT_FROM_ANYWHERE"
  Directive directive = Directive::kDefaultSrc;
  std::string word;     // "" = of the whole directive or policy
  std::string message;  // in words
  std::vector<Provenance> from;
};

// Returns what is odd or dangerous about one policy, and who said those words.
std::vector<Finding> FindingsOf(const MergedPolicy& merged,
                                const OpenHosts& open_hosts,
                                const Origin& self);

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_FINDINGS_H_
