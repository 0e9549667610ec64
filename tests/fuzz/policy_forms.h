#ifndef POSTERN_TESTS_FUZZ_POLICY_FORMS_H_
#define POSTERN_TESTS_FUZZ_POLICY_FORMS_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "permission/proto/file_problem.h"
#include "permission/proto/form.h"
#include "permission/proto/policy.pb.h"
#include "permission/proto/policy_proto.h"
#include "tests/fuzz/require.h"

namespace postern {

// A parser's error is one line that begins with the file's name, "f".
inline void RequireOneLineError(const absl::Status& status) {
  const absl::string_view message = status.message();
  Require(message.substr(0, 2) == "f:", "the error names the file");
  for (const char c : message) {
    Require(static_cast<unsigned char>(c) >= 0x20, "the error is one line");
  }
}

// Who looks for many problems finds some if and only if reading failed, with
// `status`, and that one first.
inline void RequireSameProblem(FileForm form, absl::string_view input,
                               const absl::Status& status) {
  const PolicyReading reading =
      ReadPolicyWithProblems({form, input, "f"}, 20, Includes::kRefused);
  Require(reading.problems.empty() == status.ok(), "problems are errors");
  Require(reading.problems.size() <= 20, "no more than wanted");
  if (status.ok()) return;
  Require(reading.problems[0].ToString() == status.message(), "the first one");
  for (const FileProblem& problem : reading.problems) {
    RequireOneLineError(absl::InvalidArgumentError(problem.ToString()));
  }
}

// What was read can be written in every form, and each form reads back as the
// same.
inline void RequireRoundTrips(const PolicySpec& spec) {
  const absl::StatusOr<std::string> text = PolicySpecToText(spec);
  const absl::StatusOr<std::string> json = PolicySpecToJson(spec);
  const absl::StatusOr<std::string> binary = PolicySpecToBinary(spec);
  Require(text.ok() && json.ok() && binary.ok(), "it can be written");
  for (const absl::StatusOr<PolicySpec>& again :
       {ParsePolicyText(*text, "f"), ParsePolicyJson(*json, "f"),
        ParsePolicyBinary(*binary, "f")}) {
    Require(again.ok(), "what was written can be read");
    Require(PolicySpecToText(*again).value() == *text, "and is the same");
  }
}

// protobuf's own reader understood the same.
inline void RequireSame(const PolicySpec& spec, const v1::Policy& theirs) {
  const absl::StatusOr<PolicySpec> again =
      ParsePolicyBinary(theirs.SerializeAsString(), "f");
  Require(again.ok(), "protobuf's message can be read");
  Require(PolicySpecToText(*again).value() == PolicySpecToText(spec).value(),
          "protobuf read the same");
}

}  // namespace postern

#endif  // POSTERN_TESTS_FUZZ_POLICY_FORMS_H_
