#include "process/syscall_filter.h"

#include <string.h>

#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"

namespace postern {
namespace process {
namespace {

std::string Describe(const ArgumentTest& test) {
  std::string argument = absl::StrCat("argument ", test.index);
  if (test.mask != ~uint64_t{0}) {
    absl::StrAppend(&argument, " & 0x", absl::Hex(test.mask));
  }
  return absl::StrCat(argument, " == 0x", absl::Hex(test.value));
}

// "mount if argument 0 == 0x1"
std::string Call(const SyscallRule& rule) {
  std::string text = rule.name;
  const char* between = " if ";
  for (const ArgumentTest& test : rule.when) {
    absl::StrAppend(&text, between, Describe(test));
    between = " and ";
  }
  return text;
}

// "Operation not permitted (mounts)"
std::string Ending(const SyscallRule& rule) {
  const int error = rule.refusal.error;
  std::string text = error == 0 ? "the process is killed" : strerror(error);
  if (!rule.reason.empty()) absl::StrAppend(&text, " (", rule.reason, ")");
  return text;
}

}  // namespace

void Append(std::vector<SyscallRule> more, std::vector<SyscallRule>* rules) {
  rules->insert(rules->end(), std::make_move_iterator(more.begin()),
                std::make_move_iterator(more.end()));
}

void Append(SyscallFilter more, SyscallFilter* filter) {
  Append(std::move(more.refused), &filter->refused);
  Append(std::move(more.only), &filter->only);
}

std::string DescribeFilter(const SyscallFilter& filter) {
  std::string text;
  for (const SyscallRule& rule : filter.refused) {
    absl::StrAppend(&text, Call(rule), ": ", Ending(rule), "\n");
  }
  for (const SyscallRule& rule : filter.only) {
    absl::StrAppend(&text, "only ", Call(rule), ", else ", Ending(rule), "\n");
  }
  return text;
}

}  // namespace process
}  // namespace postern
