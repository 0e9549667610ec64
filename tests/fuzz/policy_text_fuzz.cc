// Policies in text: no crash, one-line errors, lossless conversion, and what we
// accept, protobuf's own parser accepts and reads the same.

#include <cstddef>
#include <cstdint>
#include <string>

#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "tests/fuzz/policy_forms.h"

namespace {

class Silence : public google::protobuf::io::ErrorCollector {
  void AddError(int, int, const std::string&) override {}
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<postern::PolicySpec> spec =
      postern::ParsePolicyText(input, "f");
  postern::RequireSameProblem(postern::FileForm::kText, input, spec.status());
  if (!spec.ok()) {
    postern::RequireOneLineError(spec.status());
    return 0;
  }
  postern::RequireRoundTrips(*spec);
  Silence silence;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&silence);
  parser.SetRecursionLimit(64);
  postern::v1::Policy theirs;
  postern::Require(parser.ParseFromString(input, &theirs), "protobuf reads it");
  postern::RequireSame(*spec, theirs);
  return 0;
}
