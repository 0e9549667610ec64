#ifndef POSTERN_PERMISSION_INTERNAL_ONE_CHECK_H_
#define POSTERN_PERMISSION_INTERNAL_ONE_CHECK_H_

#include "absl/base/attributes.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "fs/path_components.h"
#include "permission/decision.h"
#include "permission/internal/decision_parts.h"
#include "permission/internal/query.h"

namespace postern {
namespace internal {

// The way of one check, of a policy alone and of a context alike: a path is
// decided by what was worked out in advance, and all that was not as a Query.
// `Asked` is who decides:
//   absl::string_view BaseDirectory() const;
//   const PathBinding* binding() const;
//   // nullopt where it was not worked out
//   absl::optional<Decision> DecidePath(const fs::PathComponents& path,
//                                       Permission permission) const;
//   QueryScope Scope() const;
//   Decision Decide(const Query& query) const;  // a valid one
// Allocates and locks only if those do.
template <typename Asked>
class OneCheck {
 public:
  // Borrows both.
  OneCheck(const Asked& asked, const Access& access)
      : asked_(asked), access_(access) {}

  Decision Decide() const {
    return HasShortPath(access_, asked_.BaseDirectory(), asked_.binding())
               ? DecideIn<fs::ShortPathComponents>()
               : DecideIn<fs::AnyPathComponents>();
  }

 private:
  // With the path in a `Path`.
  template <typename Path>
  Decision DecideIn() const {
    if (IsOnePath(access_) &&
        (asked_.binding() == nullptr || access_.is_canonical())) {
      const absl::optional<Decision> decision = DecidePathIn<Path>();
      if (decision.has_value()) return *decision;
    }
    return DecideQueryIn<Path>();
  }

  // Apart from DecideQueryIn(), so that one stack serves both.
  template <typename Path>
  ABSL_ATTRIBUTE_NOINLINE absl::optional<Decision> DecidePathIn() const {
    Path path;
    if (!path.Split(asked_.BaseDirectory(), access_.text())) {
      return DecisionParts::Make(Effect::kDeny, Reason::kInvalidResource);
    }
    return asked_.DecidePath(path, access_.permission());
  }

  template <typename Path>
  ABSL_ATTRIBUTE_NOINLINE Decision DecideQueryIn() const {
    const QueryIn<Path> query(access_, asked_.Scope());
    if (query.invalid() != Reason::kNone) {
      return DecisionParts::Make(Effect::kDeny, query.invalid());
    }
    return asked_.Decide(query);
  }

  const Asked& asked_;
  const Access& access_;
};

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_ONE_CHECK_H_
