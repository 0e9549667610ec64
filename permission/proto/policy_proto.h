#ifndef POSTERN_PERMISSION_PROTO_POLICY_PROTO_H_
#define POSTERN_PERMISSION_PROTO_POLICY_PROTO_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "permission/layer.h"
#include "permission/proto/file_problem.h"
#include "permission/proto/form.h"

namespace postern {

// Policies as files (permission/proto/policy.proto). Reading is strict and
// gives plain data: patterns are parsed by PolicyBuilder::Build, whose errors
// name the rule's place, since every rule's source is its file, line and column
// (in bytes, from 1; 0 in the binary form, which has no lines).
//
// Errors are one line, "FILE:LINE:COLUMN: ..., expected ...": InvalidArgument,
// or ResourceExhausted beyond `limits`. `file_name` is used for messages only.
// Linear in the input; memory holds the result and one rule.

absl::StatusOr<PolicySpec> ParsePolicyText(absl::string_view text,
                                           absl::string_view file_name,
                                           const ReadLimits& limits = {});
absl::StatusOr<PolicySpec> ParsePolicyJson(absl::string_view json,
                                           absl::string_view file_name,
                                           const ReadLimits& limits = {});
absl::StatusOr<PolicySpec> ParsePolicyBinary(absl::string_view bytes,
                                             absl::string_view file_name,
                                             const ReadLimits& limits = {});

// Reads a file in the form that its name promises; see DetectForm() and
// ReadRegularFile(), whose errors it passes on. In the text form also what it
// includes: up to kMaxIncludes files, kMaxIncludeDepth of them within each
// other, and all together as large as `limits` says. Rules of a set know the
// file, line and column where the set has them.
constexpr size_t kMaxIncludes = 100;
constexpr size_t kMaxIncludeDepth = 8;
absl::StatusOr<PolicySpec> ReadPolicyFile(const std::string& path,
                                          const ReadLimits& limits = {});

// A policy with what is wrong with it.
struct PolicyReading {
  // What could be read; of use for its rules alone if there are problems.
  PolicySpec spec;
  std::vector<FileProblem> problems;  // in the order of the file
  bool complete = true;               // the file was read to its end
};

// What is done with "include".
enum class Includes : uint8_t {
  kRefused,  // there is no file to start from
  kRead,     // from files, relative to that with the input's name
  kIgnored,  // and sets that are used need not be there: the layout is looked
             // at
};

// Reads on after what is wrong with one value, for people who correct a file.
// Up to `max_problems`, at least one; the binary form gives one at most, and so
// does an included file. No problems: as the Parse functions.
PolicyReading ReadPolicyWithProblems(const FileInput& input,
                                     size_t max_problems, Includes includes,
                                     const ReadLimits& limits = {});

// The way back. Sources are left out: they are where a rule stands. Of uses,
// what is left is written. InvalidArgument for what the forms cannot say: text
// that is not UTF-8, a rule without permissions, a layer whose default is ask.
absl::StatusOr<std::string> PolicySpecToText(const PolicySpec& spec);
absl::StatusOr<std::string> PolicySpecToJson(const PolicySpec& spec);
absl::StatusOr<std::string> PolicySpecToBinary(const PolicySpec& spec);

}  // namespace postern

#endif  // POSTERN_PERMISSION_PROTO_POLICY_PROTO_H_
