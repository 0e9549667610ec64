#include "process/syscall_filter.h"

#include <string.h>

#include <algorithm>
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

// Numbers whose bits from `bit` on are those of `start`: none of `values`, or
// split in two.
void AddBlocks(uint32_t start, int bit, int index,
               const std::vector<uint32_t>& values, int bits,
               std::vector<ArgumentTest>* tests) {
  const uint64_t size = uint64_t{1} << bit;
  const bool holds = std::any_of(
      values.begin(), values.end(),
      [&](uint32_t value) { return value >= start && value - start < size; });
  if (!holds) {
    const uint64_t all = (uint64_t{1} << bits) - 1;
    tests->push_back({index, start, all & ~(size - 1)});
  } else if (bit > 0) {
    AddBlocks(start, bit - 1, index, values, bits, tests);
    AddBlocks(start + static_cast<uint32_t>(size / 2), bit - 1, index, values,
              bits, tests);
  }
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

}  // namespace

std::vector<ArgumentTest> NoneOf(int index, const std::vector<uint32_t>& values,
                                 int bits) {
  std::vector<ArgumentTest> tests;
  AddBlocks(0, bits, index, values, bits, &tests);
  return tests;
}

std::vector<ArgumentTest> NoneOfSmall(int index,
                                      const std::vector<uint32_t>& values,
                                      int bits) {
  std::vector<ArgumentTest> tests = NoneOf(index, values, bits);
  const uint64_t small = (uint64_t{1} << bits) - 1;
  for (ArgumentTest& test : tests) test.mask |= 0xffffffff & ~small;
  return tests;
}

void Append(std::vector<SyscallRule> more, std::vector<SyscallRule>* rules) {
  rules->insert(rules->end(), std::make_move_iterator(more.begin()),
                std::make_move_iterator(more.end()));
}

std::string DescribeFilter(const SyscallFilter& filter) {
  std::string text;
  for (const SyscallRule& rule : filter.refused) {
    absl::StrAppend(&text, Call(rule), ": ",
                    rule.refusal.error == 0 ? "the process is killed"
                                            : strerror(rule.refusal.error),
                    rule.reason.empty() ? "" : " (", rule.reason,
                    rule.reason.empty() ? "" : ")", "\n");
  }
  for (const SyscallRule& rule : filter.only) {
    absl::StrAppend(&text, "only ", Call(rule), "\n");
  }
  return text;
}

}  // namespace process
}  // namespace postern
