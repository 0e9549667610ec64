#ifndef POSTERN_BINDINGS_DENO_BROKER_H_
#define POSTERN_BINDINGS_DENO_BROKER_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "bindings/c/postern.h"
#include "bindings/deno/questions.h"

namespace postern {
namespace deno {

struct BrokerOptions {
  absl::Duration answer_time = absl::Minutes(1);  // for a person who is asked
  // The addresses of a host that rules grant, as text; none = it has none now,
  // and that denies: Deno could find others. Null denies all names.
  std::function<std::vector<std::string>(const std::string& host)> look_up;
  // False once what is decided cannot be written down any more: nothing is
  // granted then. Null = it always can.
  std::function<bool()> recorded;
};

// Answers what Deno asks its permission broker. It decides on names, and Deno
// acts on them later (TOCTOU): what lies between is the kernel's to hold, under
// the same rules. One thread at a time.
class Broker {
 public:
  // `context` is borrowed.
  Broker(postern_context* context, BrokerOptions options);

  // The answer to one line, with its end; nullopt for one that cannot be
  // answered, after which the connection is to be closed.
  absl::optional<std::string> Answer(absl::string_view line,
                                     const AskingDeno& deno) const;

 private:
  struct Decided {
    postern_effect effect = POSTERN_DENY;
    std::string reason;
  };
  Decided Decide(const BrokerRequest& request, const AskingDeno& deno) const;
  Decided Enforce(const std::vector<Question>& way) const;
  bool AddAddresses(std::vector<Question>* way) const;

  postern_context* const context_;
  const BrokerOptions options_;
};

}  // namespace deno
}  // namespace postern

#endif  // POSTERN_BINDINGS_DENO_BROKER_H_
