#ifndef POSTERN_NET_NET_STATUS_H_
#define POSTERN_NET_NET_STATUS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "fs/base/result.h"
#include "net/endpoint.h"
#include "net/net_monitor.h"
#include "net/purpose.h"

namespace postern {
namespace net {

// Why we, and not the system, refused a guarded operation.
enum class Refusal : uint8_t {
  kNone = 0,       // done, or the system's own error
  kMonitor,        // the monitor denies; its verdict says why
  kOwner,          // an app's abstract name, or the peer behind one
  kInvalid,        // an endpoint or a socket that does not fit the call
  kUnenforceable,  // nobody is there to decide it: unix paths without files
};

// "monitor", "owner", ...: stable codes for logs.
absl::string_view RefusalCode(Refusal refusal);

// How a guarded operation ended; zero is success. Beside the errors of system
// calls there are those of look-ups: ENOENT for a name that is not known,
// EAGAIN if the resolver failed. ETIMEDOUT: the deadline passed. ECANCELED: the
// host cancelled. EAGAIN also means that a unix listener has no room for one
// more.
struct [[nodiscard]] NetStatus {
  int error_number = 0;  // errno(3)
  Refusal refusal = Refusal::kNone;
  Verdict verdict;       // of kMonitor
  std::string endpoint;  // the one that was decided, for the host's log; or ""

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
  // Bytes of a path or name that are not plain are escaped as in C. Not for
  // guests: it tells where names and links lead.
  std::string ToString() const;

  // EACCES; for a concealed denial the system's error for "nothing is there".
  static NetStatus Denied(const Verdict& verdict, Purpose purpose,
                          const Endpoint& endpoint);
};

// A value, or how the operation failed.
template <typename T>
using NetResult = fs::Result<T, NetStatus>;

}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_NET_STATUS_H_
