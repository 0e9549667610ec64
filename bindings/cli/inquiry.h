#ifndef POSTERN_BINDINGS_CLI_INQUIRY_H_
#define POSTERN_BINDINGS_CLI_INQUIRY_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bindings/cli/explanation_json.h"
#include "bindings/cli/resolved.h"
#include "permission/context.h"

namespace postern {
namespace cli {

// Answers questions by a policy: each by the name asked, and by the real one of
// a file or the address that it is told of a host.
class Inquiry {
 public:
  // `base` is where relative names start: absolute.
  static absl::StatusOr<Inquiry> Make(std::shared_ptr<const Policy> policy,
                                      std::string base);

  absl::StatusOr<Verdict> Answer(const Question& question) const;

  // Where relative names start.
  const std::string& base() const { return base_; }

 private:
  Inquiry(std::shared_ptr<PermissionContext> context, std::string base)
      : context_(std::move(context)), base_(std::move(base)) {}

  absl::Status AddRealName(const AccessQuestion& question,
                           Verdict* verdict) const;
  absl::Status Add(const char* name, const Access& access,
                   Verdict* verdict) const;

  std::shared_ptr<PermissionContext> context_;
  std::string base_;
};

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_INQUIRY_H_
