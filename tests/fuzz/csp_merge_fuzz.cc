#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "net/csp/header_filter.h"
#include "net/csp/merge.h"
#include "net/csp/review.h"
#include "net/csp/subsume.h"
#include "tests/fuzz/require.h"

namespace postern {
namespace csp {
namespace {

void RequireWithin(const Policy& outer, const Policy& inner,
                   const Origin& self) {
  for (Dialect dialect : {Dialect::kSpec, Dialect::kChromium}) {
    Require(
        Subsumes(outer, absl::MakeConstSpan(&inner, 1), self, dialect).holds,
        outer.ToString() + " over " + inner.ToString());
  }
}

// Nothing beyond the ceiling, nothing by it alone, and nothing blocked unless a
// conflict was accepted.
void Check(const MergeInput& input, bool accepted) {
  const absl::StatusOr<MergeResult> merged = Merge(input);
  if (!merged.ok()) return;
  const Policy& all = merged->all.policy;
  if (input.ceiling) {
    RequireWithin(input.ceiling->policy, all, AssumedOrigin());
    MergeInput uncut = input;
    uncut.ceiling.reset();
    const absl::StatusOr<MergeResult> without = Merge(uncut);
    Require(without.ok(), "without its ceiling");
    RequireWithin(without->all.policy, all, AssumedOrigin());
  }
  if (!accepted) {
    RequireWithin(all, merged->base.policy, AssumedOrigin());
  }
  const absl::StatusOr<OpenHosts> hosts =
      OpenHosts::Parse("f", OpenHosts::DefaultText());
  const std::string text = ReviewToText(MakeReview(input, *merged, *hosts));
  Require(text.find('\r') == text.npos && text.find('\0') == text.npos, text);
}

void CheckFilter(const Policy& host, absl::string_view app) {
  FilterOptions options;
  options.policy = host;
  options.app_policy = FilterOptions::AppPolicy::kNarrow;
  const FilteredHeaders filtered =
      FilterHeaders({{"Content-Security-Policy", std::string(app)},
                     {"Set-Cookie", std::string(app)},
                     {"X-Frame-Options", std::string(app)}},
                    options);
  int policies = 0;
  for (const Header& header : filtered.headers) {
    Require(header.name != "Set-Cookie", header.value);
    if (header.name != "Content-Security-Policy") continue;
    ++policies;
    std::vector<ParseWarning> warnings;
    RequireWithin(host, *ParsePolicy(header.value, &warnings), AssumedOrigin());
  }
  Require(policies == 1, "one policy");
}

}  // namespace
}  // namespace csp
}  // namespace postern

// A base, a line "---", the administrator's text, a line "---", and a policy
// of an app's own.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace postern::csp;  // NOLINT: one short function
  if (size > 4000) return 0;
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  const std::vector<absl::string_view> parts = absl::StrSplit(input, "---\n");
  absl::StatusOr<PolicyText> base = ParsePolicyText("base", parts[0]);
  if (!base.ok()) return 0;
  if (parts.size() > 2) CheckFilter(base->policy, parts[2]);
  if (parts.size() < 2) return 0;
  absl::StatusOr<AdminText> admin = ParseAdminText("admin", parts[1]);
  if (!admin.ok()) return 0;
  MergeInput input_set;
  input_set.base = *std::move(base);
  bool accepted = false;
  for (GrantText& grant : admin->grants) {
    GrantInput one;
    one.app = grant.app;
    one.grant = std::move(grant.grant);
    for (const Acceptance& acceptance : grant.accepted) {
      one.accepted.push_back(acceptance.conflict);
      accepted = true;
    }
    input_set.grants.push_back(std::move(one));
  }
  input_set.ceiling = std::move(admin->ceiling);
  Check(input_set, accepted);
  return 0;
}
