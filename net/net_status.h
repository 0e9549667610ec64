#ifndef POSTERN_NET_NET_STATUS_H_
#define POSTERN_NET_NET_STATUS_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "net/net_monitor.h"

namespace postern {
namespace net {

// Why a guarded operation did nothing although the system was not the one to
// refuse it.
enum class Refusal : uint8_t {
  kNone = 0,       // done, or the system's own error
  kMonitor,        // the monitor denies; its verdict says why
  kOwner,          // an app's abstract name, or the peer behind one
  kInvalid,        // an endpoint or a socket that does not fit the call
  kUnenforceable,  // nobody is there to decide it: unix paths without files
};

// "monitor", "owner", ...: stable codes for logs.
absl::string_view RefusalCode(Refusal refusal);

// How a guarded operation ended. Look-ups have errors of their own beside
// those of the system calls: ENOENT for a name that is not known, EAGAIN if
// the resolver failed; ETIMEDOUT at a deadline, ECANCELED. EAGAIN as well where
// a unix socket's listener has no room for one more. Zero is success.
struct [[nodiscard]] NetStatus {
  int error_number = 0;  // errno(3)
  Refusal refusal = Refusal::kNone;
  Verdict verdict;       // of kMonitor
  std::string endpoint;  // that was decided, for the host; or ""

  bool ok() const { return error_number == 0; }
  bool denied() const { return refusal != Refusal::kNone; }

  static NetStatus Error(int error_number) {
    NetStatus status;
    status.error_number = error_number;
    return status;
  }
  static NetStatus Refused(int error_number, Refusal refusal) {
    NetStatus status = Error(error_number);
    status.refusal = refusal;
    return status;
  }
  // One line for the host's log: "EACCES: refused, monitor: \"10.0.0.1:80\"".
  // Bytes of a path or name that are not plain are escaped as in C. It tells
  // where names and links lead: nothing for a guest.
  std::string ToString() const;

  // EACCES, or what stands for "there is nothing" if it is concealed.
  static NetStatus Denied(const Verdict& verdict, Purpose purpose,
                          const Endpoint& endpoint);
};

// A value or how it failed. Moved, never copied: a value may be large. Take it
// out of one that ends at once by `*std::move(result)` or into a variable.
template <typename T>
class [[nodiscard]] NetResult {
 public:
  NetResult(NetStatus status)  // NOLINT: returned as it is
      : status_(std::move(status)) {}
  NetResult(T value) : value_(std::move(value)) {}  // NOLINT
  NetResult(NetResult&&) = default;
  NetResult& operator=(NetResult&&) = default;
  NetResult(const NetResult&) = delete;
  NetResult& operator=(const NetResult&) = delete;

  bool ok() const { return value_.has_value(); }
  const NetStatus& status() const& ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return status_;
  }
  NetStatus status() && { return std::move(status_); }
  // Only if ok().
  const T& operator*() const& ABSL_ATTRIBUTE_LIFETIME_BOUND { return *value_; }
  T& operator*() & ABSL_ATTRIBUTE_LIFETIME_BOUND { return *value_; }
  T&& operator*() && ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return std::move(*value_);
  }
  const T* operator->() const ABSL_ATTRIBUTE_LIFETIME_BOUND { return &*value_; }
  T* operator->() ABSL_ATTRIBUTE_LIFETIME_BOUND { return &*value_; }

 private:
  NetStatus status_;
  absl::optional<T> value_;
};

}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_NET_STATUS_H_
