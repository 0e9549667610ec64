#include "net/testing/fake_resolver.h"

#include <errno.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "net/endpoint.h"

namespace postern {
namespace net {
namespace testing {

void FakeResolver::Answer(absl::string_view name,
                          const std::vector<std::string>& addresses) {
  std::vector<ResolvedAddress> list;
  for (const std::string& text : addresses) {
    Endpoint endpoint;
    SyntaxError error;
    // In brackets, as the end of a bare one might be read as a port.
    const bool v6 = absl::StrContains(text, ':');
    if (Endpoint::Parse(v6 ? absl::StrCat("[", text, "]") : text, &endpoint,
                        &error)) {
      list.push_back({endpoint.address(), 0});
    }
  }
  std::lock_guard<std::mutex> lock(mutex_);
  answers_[std::string(name)].push_back(list);
}

void FakeResolver::Hang() {
  std::lock_guard<std::mutex> lock(mutex_);
  hangs_ = true;
}

LookUpResult FakeResolver::LookUp(const HostName& name, const Wait& wait) {
  LookUpResult result;
  bool hangs;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    asked_.emplace_back(name.text());
    hangs = hangs_;
    auto& answers = answers_[std::string(name.text())];
    if (!answers.empty()) result.addresses = answers.front();
    if (answers.size() > 1) answers.pop_front();
  }
  while (hangs && wait.Error() == 0) absl::SleepFor(Wait::kSlice / 10);
  result.error_number = wait.Error();
  if (result.error_number == 0 && result.addresses.empty()) {
    result.error_number = ENOENT;
  }
  return result;
}

std::vector<std::string> FakeResolver::asked() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return asked_;
}

}  // namespace testing
}  // namespace net
}  // namespace postern
