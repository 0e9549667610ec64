#include "net/csp/review_missing.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "absl/status/statusor.h"
#include "net/csp/conflict.h"

namespace postern {
namespace csp {
namespace internal {
namespace {

using PlaceKey = std::tuple<std::string, int, int>;

PlaceKey KeyOf(const Provenance& at) {
  return {at.file, at.place.line, at.place.column};
}

// The base with all that the app is granted and asks for. A grant and a request
// are two voices, so that places in their files stay apart.
MergeInput WithEverything(const MergeInput& input, const std::string& app,
                          const std::string& asking) {
  MergeInput all;
  all.base = input.base;
  all.self = input.self;
  for (const GrantInput& grant : input.grants) {
    if (grant.app == app) all.grants.push_back(grant);
  }
  for (const RequestInput& request : input.requests) {
    if (request.app == app) {
      all.grants.push_back({asking, request.request, {}});
    }
  }
  for (GrantInput& grant : all.grants) grant.accepted = AllConflicts();
  return all;
}

}  // namespace

std::vector<Finding> FindingsIfGranted(const MergeInput& input,
                                       const std::string& app,
                                       const std::vector<Note>& missing,
                                       const OpenHosts& open_hosts,
                                       const Origin& self) {
  std::vector<Finding> out;
  if (missing.empty()) return out;
  std::set<PlaceKey> places;
  for (const Note& note : missing) places.insert(KeyOf(note.at));
  const std::string asking = app == "asking" ? "asking.too" : "asking";
  const absl::StatusOr<MergeResult> merged =
      Merge(WithEverything(input, app, asking));
  if (!merged.ok()) return out;
  for (Finding& finding : FindingsOf(merged->all, open_hosts, self)) {
    for (Provenance& from : finding.from) {
      if (from.app != asking) continue;
      from.app = app;
      from.voice = Voice::kRequest;
    }
    const bool about_missing =
        std::any_of(finding.from.begin(), finding.from.end(),
                    [&places](const Provenance& from) {
                      return places.count(KeyOf(from)) > 0;
                    });
    if (about_missing) out.push_back(std::move(finding));
  }
  return out;
}

}  // namespace internal
}  // namespace csp
}  // namespace postern
