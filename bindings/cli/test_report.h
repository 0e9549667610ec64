#ifndef POSTERN_BINDINGS_CLI_TEST_REPORT_H_
#define POSTERN_BINDINGS_CLI_TEST_REPORT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "permission/rule.h"

namespace postern {
namespace cli {

// What became of one expected decision. Texts are escaped.
struct TestResult {
  std::string file;
  int line = 0;
  std::string text;      // of the line
  std::string expected;  // one of DecisionNames()
  std::string actual;
  std::string explanation;  // lines; "" if it passed
  bool passed() const { return expected == actual; }
};

// A rule, and whether any of the decisions was its layer's answer.
struct RuleCoverage {
  RuleSource source;
  std::string text;  // "allow fs.read /srv"
  bool covered = false;
};

struct TestReport {
  std::vector<TestResult> results;
  bool with_coverage = false;
  std::vector<RuleCoverage> rules;

  size_t failed() const;
  size_t covered() const;
};

std::string TestReportToText(const TestReport& report);
// One JSON object.
std::string TestReportToJson(const TestReport& report);
// JUnit's XML, as build servers read it: a suite for each file, a case for each
// line.
std::string TestReportToJunit(const TestReport& report);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_TEST_REPORT_H_
