#ifndef POSTERN_NET_TESTING_FAKE_RESOLVER_H_
#define POSTERN_NET_TESTING_FAKE_RESOLVER_H_

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "net/resolver.h"

namespace postern {
namespace net {
namespace testing {

// Answers from a table, and keeps what it was asked. Thread-safe.
class FakeResolver final : public Resolver {
 public:
  // The next look-up of `name` finds these addresses, in this order; once all
  // answers but one were given the last one stays. No addresses: ENOENT.
  void Answer(absl::string_view name,
              const std::vector<std::string>& addresses);
  // Look-ups wait until their deadline or until they are cancelled.
  void Hang();

  LookUpResult LookUp(const HostName& name, const Wait& wait) override;

  // Every name that was looked up.
  std::vector<std::string> asked() const;

 private:
  mutable std::mutex mutex_;
  bool hangs_ = false;
  std::map<std::string, std::deque<std::vector<ResolvedAddress>>> answers_;
  std::vector<std::string> asked_;
};

}  // namespace testing
}  // namespace net
}  // namespace postern

#endif  // POSTERN_NET_TESTING_FAKE_RESOLVER_H_
