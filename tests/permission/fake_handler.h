#ifndef POSTERN_TESTS_PERMISSION_FAKE_HANDLER_H_
#define POSTERN_TESTS_PERMISSION_FAKE_HANDLER_H_

#include <functional>
#include <vector>

#include "absl/time/time.h"
#include "permission/ask.h"
#include "permission/permission.h"
#include "permission/rule.h"

namespace postern {
namespace testing {

// Answers every question as told, and remembers what it was asked.
class FakeHandler : public AskHandler {
 public:
  Answer Ask(const Question& question) override {
    asked.push_back(question.access.permission());
    rules = question.rules;
    deadline = question.deadline;
    if (meanwhile) meanwhile();
    return answer;
  }

  Answer answer;                    // as it stands: nobody answers
  std::function<void()> meanwhile;  // done while it is asked
  std::vector<Permission> asked;
  std::vector<Rule> rules;  // of the last question, as is the deadline
  absl::Time deadline;
};

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_TESTS_PERMISSION_FAKE_HANDLER_H_
