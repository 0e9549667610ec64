#ifndef POSTERN_TESTS_NET_PATTERN_MONITOR_H_
#define POSTERN_TESTS_NET_PATTERN_MONITOR_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "gtest/gtest.h"
#include "net/address_class.h"
#include "net/coverage.h"
#include "net/endpoint_pattern.h"
#include "net/net_monitor.h"
#include "net/purpose.h"

namespace postern {
namespace net {
namespace testing {

// Allows what a list of patterns covers, by hand: a stand-in for a policy.
class PatternMonitor final : public NetMonitor {
 public:
  PatternMonitor(const std::vector<std::string>& connect,
                 const std::vector<std::string>& listen)
      : connect_(Parse(connect)), listen_(Parse(listen)) {}

  Verdict Check(Purpose purpose, const Endpoint& endpoint) const override {
    Verdict verdict;
    verdict.concealed = conceals;
    const auto& list = purpose == Purpose::kListen ? listen_ : connect_;
    for (const EndpointPattern& pattern : list) {
      verdict.allowed =
          verdict.allowed ||
          CoverageOf(pattern, endpoint, purpose) == Coverage::kItself;
    }
    return verdict;
  }
  Verdict Enforce(Purpose purpose, const Endpoint& endpoint) override {
    enforced.push_back(endpoint.ToString());
    return Check(purpose, endpoint);
  }
  Verdict CheckResolved(Purpose purpose, const Endpoint& name,
                        const Endpoint& address) const override {
    Verdict verdict = Check(purpose, address);
    verdict.allowed = Check(purpose, name).allowed &&
                      (verdict.allowed || IsPublic(address.address()));
    return verdict;
  }
  Verdict EnforceResolved(Purpose purpose, const Endpoint& name,
                          const Endpoint& address) override {
    enforced.push_back(absl::StrCat(name.ToString(), "=", address.ToString()));
    return CheckResolved(purpose, name, address);
  }
  Verdict CheckHeld(Purpose purpose, const absl::optional<Endpoint>& name,
                    const Endpoint& address) const override {
    return name.has_value() ? CheckResolved(purpose, *name, address)
                            : Check(purpose, address);
  }
  Verdict EnforceLookUp(const HostName& name) override {
    return Check(Purpose::kConnect, Endpoint::Name(name, absl::nullopt));
  }

  // What it allows from now on. Not thread-safe.
  void Grant(const std::vector<std::string>& connect,
             const std::vector<std::string>& listen) {
    connect_ = Parse(connect);
    listen_ = Parse(listen);
  }

  bool conceals = false;
  std::vector<std::string> enforced;

 private:
  static std::vector<EndpointPattern> Parse(
      const std::vector<std::string>& texts) {
    std::vector<EndpointPattern> patterns;
    for (const std::string& text : texts) {
      const auto pattern = ParseEndpointPattern(text);
      EXPECT_TRUE(pattern.ok()) << pattern.status();
      for (const EndpointPattern& one : AlternativesOf(*pattern)) {
        patterns.push_back(one);
      }
    }
    return patterns;
  }

  std::vector<EndpointPattern> connect_, listen_;
};

}  // namespace testing
}  // namespace net
}  // namespace postern

#endif  // POSTERN_TESTS_NET_PATTERN_MONITOR_H_
