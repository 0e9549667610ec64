#include "bindings/cli/test_report.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "bindings/cli/json.h"
#include "bindings/cli/problems.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

std::string Indented(absl::string_view lines) {
  std::string out;
  for (absl::string_view line :
       absl::StrSplit(lines, '\n', absl::SkipEmpty())) {
    absl::StrAppend(&out, "    ", line, "\n");
  }
  return out;
}

std::string Summary(const TestReport& report) {
  std::string out = absl::StrCat(report.results.size() - report.failed(),
                                 " passed, ", report.failed(), " failed\n");
  if (report.with_coverage) {
    absl::StrAppend(&out, report.covered(), " of ", report.rules.size(),
                    " rules decided something\n");
  }
  return out;
}

// Escaped text holds no control character but the line break.
std::string Xml(absl::string_view text) {
  return absl::StrReplaceAll(
      text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
}

std::string JunitCase(const TestResult& result) {
  std::string out =
      absl::StrCat("    <testcase classname=\"", Xml(result.file), "\" name=\"",
                   result.line, ": ", Xml(result.text), "\"");
  if (result.passed()) return absl::StrCat(out, "/>\n");
  return absl::StrCat(out, ">\n      <failure message=\"expected ",
                      result.expected, ", got ", result.actual, "\">",
                      Xml(result.explanation), "</failure>\n    </testcase>\n");
}

}  // namespace

size_t TestReport::failed() const {
  return static_cast<size_t>(
      std::count_if(results.begin(), results.end(),
                    [](const TestResult& r) { return !r.passed(); }));
}

size_t TestReport::covered() const {
  return static_cast<size_t>(
      std::count_if(rules.begin(), rules.end(),
                    [](const RuleCoverage& r) { return r.covered; }));
}

std::string TestReportToText(const TestReport& report) {
  std::string out;
  for (const TestResult& result : report.results) {
    if (result.passed()) continue;
    absl::StrAppend(&out, result.file, ":", result.line, ": expected ",
                    result.expected, ", got ", result.actual, ": ", result.text,
                    "\n", Indented(result.explanation));
  }
  for (const RuleCoverage& rule : report.rules) {
    if (rule.covered) continue;
    absl::StrAppend(&out, internal::EscapeForDisplay(rule.source.ToString()),
                    ": no decision is due to this rule: ", rule.text, "\n");
  }
  return absl::StrCat(out, Summary(report));
}

std::string TestReportToJson(const TestReport& report) {
  return JsonObject([&](JsonWriter* json) {
    json->Key("passed").Integer(
        static_cast<int64_t>(report.results.size() - report.failed()));
    json->Key("failed").Integer(static_cast<int64_t>(report.failed()));
    json->Key("results").StartArray();
    for (const TestResult& result : report.results) {
      json->StartObject().Key("file").String(result.file);
      json->Key("line").Integer(result.line);
      json->Key("text").String(result.text);
      json->Key("passed").Bool(result.passed());
      json->Key("expected").String(result.expected);
      json->Key("actual").String(result.actual);
      if (!result.passed()) json->Key("explanation").String(result.explanation);
      json->EndObject();
    }
    json->EndArray();
    if (!report.with_coverage) return;
    json->Key("rules").StartArray();
    for (const RuleCoverage& rule : report.rules) {
      json->StartObject();
      WritePlace(rule.source, json);
      json->Key("rule").String(rule.text);
      json->Key("covered").Bool(rule.covered);
      json->EndObject();
    }
    json->EndArray();
  });
}

std::string TestReportToJunit(const TestReport& report) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  absl::StrAppend(&out, "<testsuites tests=\"", report.results.size(),
                  "\" failures=\"", report.failed(), "\">\n");
  for (size_t begin = 0, end; begin < report.results.size(); begin = end) {
    const std::string& file = report.results[begin].file;
    std::string cases;
    size_t failed = 0;
    for (end = begin;
         end < report.results.size() && report.results[end].file == file;
         ++end) {
      failed += report.results[end].passed() ? 0 : 1;
      absl::StrAppend(&cases, JunitCase(report.results[end]));
    }
    absl::StrAppend(&out, "  <testsuite name=\"", Xml(file), "\" tests=\"",
                    end - begin, "\" failures=\"", failed, "\">\n", cases,
                    "  </testsuite>\n");
  }
  return absl::StrCat(out, "</testsuites>\n");
}

}  // namespace cli
}  // namespace postern
