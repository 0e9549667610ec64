#ifndef POSTERN_BINDINGS_CLI_POLICY_PAGE_H_
#define POSTERN_BINDINGS_CLI_POLICY_PAGE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "permission/approval/store.h"
#include "permission/policy.h"
#include "permission/policy_warning.h"

namespace postern {
namespace cli {

// What a store says of an app, for a page.
struct AppOnPage {
  ApprovalState state;
  std::vector<ApprovalEvent> history;  // oldest first
};

// What a page is about.
struct PolicyPage {
  std::string title;                     // the files' names, or the app's id
  std::shared_ptr<const Policy> policy;  // of an app: what is approved
  std::vector<PolicyWarning> warnings;   // not shown of an app: risks are
  absl::optional<AppOnPage> app;
};

// A page never has more bytes than this.
constexpr size_t kMaxPageBytes = size_t{8} << 20;

// The page in HTML, whole in itself: it loads nothing and runs no script but
// its own, is read without it as well, and looks as the reader's system wants
// it (dark, light, on paper). Names and reasons may be a guest's: none of them
// becomes markup, hides or reorders. Where a list is too long, the page says
// how much it leaves out. `now` tells what has expired.
std::string MakePolicyPage(const PolicyPage& page, absl::Time now);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_POLICY_PAGE_H_
