#ifndef POSTERN_BINDINGS_CLI_RESOLVED_H_
#define POSTERN_BINDINGS_CLI_RESOLVED_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "permission/analysis/access_question.h"

namespace postern {
namespace cli {

// What somebody asks: an access, and of a host name also one address that it
// leads to. Guarded operations decide both.
struct Question {
  std::unique_ptr<AccessQuestion> asked;
  std::string resolved;  // an endpoint with the name's port; "" = not told
};

// `address`, without a port or with the name's: "10.0.0.1", "[::1]:80". ""
// is told of no address. InvalidArgument, with what was expected, unless the
// question is of net.connect or net.listen for a host name.
absl::StatusOr<Question> WithResolved(std::unique_ptr<AccessQuestion> asked,
                                      absl::string_view address);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_RESOLVED_H_
