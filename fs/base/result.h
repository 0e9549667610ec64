#ifndef POSTERN_FS_BASE_RESULT_H_
#define POSTERN_FS_BASE_RESULT_H_

#include <utility>

#include "absl/base/attributes.h"
#include "absl/types/optional.h"

namespace postern {
namespace fs {

// The value of an operation, or how the operation failed. FsResult and
// NetResult are this with the status of their folder; a default Status is
// success. Moved, never copied: a value may be large. Take it out of a result
// that ends at once by `*std::move(result)` or into a variable.
template <typename T, typename Status>
class [[nodiscard]] Result {
 public:
  Result(Status status)  // NOLINT: returned as it is
      : status_(std::move(status)) {}
  Result(T value) : value_(std::move(value)) {}  // NOLINT
  Result(Result&&) = default;
  Result& operator=(Result&&) = default;
  Result(const Result&) = delete;
  Result& operator=(const Result&) = delete;

  // Makes the value where it stays, in place of what the result was.
  template <typename... Args>
  void Emplace(Args&&... args) {
    status_ = Status();
    value_.emplace(std::forward<Args>(args)...);
  }

  bool ok() const { return value_.has_value(); }
  const Status& status() const& ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return status_;
  }
  Status status() && { return std::move(status_); }
  // Only if ok().
  const T& operator*() const& ABSL_ATTRIBUTE_LIFETIME_BOUND { return *value_; }
  T& operator*() & ABSL_ATTRIBUTE_LIFETIME_BOUND { return *value_; }
  T&& operator*() && ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return std::move(*value_);
  }
  const T* operator->() const ABSL_ATTRIBUTE_LIFETIME_BOUND { return &*value_; }
  T* operator->() ABSL_ATTRIBUTE_LIFETIME_BOUND { return &*value_; }

 private:
  Status status_;
  absl::optional<T> value_;
};

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_BASE_RESULT_H_
