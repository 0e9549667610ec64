#include "net/net_status.h"

#include <errno.h>
#include <string.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace postern {
namespace net {
namespace {

// What the system says where there is nothing.
int ConcealedError(Purpose purpose, const Endpoint& endpoint) {
  if (purpose == Purpose::kListen) return EADDRNOTAVAIL;
  switch (endpoint.kind()) {
    case Endpoint::Kind::kName:
    case Endpoint::Kind::kUnix:
      return ENOENT;
    case Endpoint::Kind::kAddress:
      return EHOSTUNREACH;
    case Endpoint::Kind::kAbstract:
      return ECONNREFUSED;
    case Endpoint::Kind::kVsock:
      return ENODEV;
  }
  return EACCES;
}

}  // namespace

absl::string_view RefusalCode(Refusal refusal) {
  switch (refusal) {
    case Refusal::kNone:
      return "none";
    case Refusal::kMonitor:
      return "monitor";
    case Refusal::kOwner:
      return "owner";
    case Refusal::kInvalid:
      return "invalid";
    case Refusal::kUnenforceable:
      return "unenforceable";
  }
  return "unknown";
}

NetStatus NetStatus::Denied(const Verdict& verdict, Purpose purpose,
                            const Endpoint& endpoint) {
  NetStatus status =
      Refused(verdict.concealed ? ConcealedError(purpose, endpoint) : EACCES,
              Refusal::kMonitor);
  status.verdict = verdict;
  status.endpoint = endpoint.ToString();
  return status;
}

std::string NetStatus::ToString() const {
  if (ok()) return "OK";
  const char* name = strerrorname_np(error_number);
  std::string text = name != nullptr ? name : absl::StrCat(error_number);
  if (denied()) absl::StrAppend(&text, ": refused, ", RefusalCode(refusal));
  if (!endpoint.empty()) {
    absl::StrAppend(&text, ": \"", absl::CHexEscape(endpoint), "\"");
  }
  return text;
}

}  // namespace net
}  // namespace postern
