#include "permission/decision.h"

namespace postern {

absl::string_view ReasonCode(Reason reason) {
  switch (reason) {
    case Reason::kNone:
      return "none";
    case Reason::kRule:
      return "rule";
    case Reason::kDefault:
      return "default";
    case Reason::kDropped:
      return "dropped";
    case Reason::kNoGrantLayer:
      return "no-grant-layer";
    case Reason::kUnknownPermission:
      return "unknown-permission";
    case Reason::kInvalidResource:
      return "invalid-resource";
    case Reason::kNarrowerRule:
      return "narrower-rule";
    case Reason::kUnconfined:
      return "unconfined";
    case Reason::kAnswered:
      return "answered";
    case Reason::kNoAnswer:
      return "no-answer";
    case Reason::kStale:
      return "stale";
    case Reason::kUsedUp:
      return "used-up";
    case Reason::kUnenforceable:
      return "unenforceable";
    case Reason::kProtected:
      return "protected";
    case Reason::kNotNamed:
      return "not-named";
  }
  return "none";
}

}  // namespace postern
