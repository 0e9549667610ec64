#ifndef POSTERN_PERMISSION_PROTO_VALUES_H_
#define POSTERN_PERMISSION_PROTO_VALUES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "google/protobuf/repeated_field.h"

namespace postern {

// Checks and conversions that policies and manifests share.

using RepeatedStrings = google::protobuf::RepeatedPtrField<std::string>;

// `message`, whose type was seen to be T.
template <typename T>
const T& As(const google::protobuf::Message& message) {
  return *google::protobuf::DynamicCastToGenerated<T>(&message);
}

// The only version of both formats.
constexpr uint32_t kFormatVersion = 1;

// Of the field as it is read, and of the whole, where 0 = it was not there.
absl::Status CheckVersion(uint32_t version);
absl::Status CheckVersionGiven(uint32_t version);

// InvalidArgument `"<field>" is empty, expected ...`.
absl::Status CheckNotEmpty(absl::string_view field, absl::string_view value);

// An RFC 3339 time with zone, at most nanoseconds, from 1970 to 9999.
absl::StatusOr<absl::Time> ParseRfc3339(absl::string_view text);
// What ParseRfc3339() reads back; InvalidArgument for times it does not take.
absl::StatusOr<std::string> FormatRfc3339(absl::Time time);

std::vector<std::string> ToVector(const RepeatedStrings& strings);

// What the forms can hold: UTF-8 without NUL.
bool IsWritable(absl::string_view text);

}  // namespace postern

#endif  // POSTERN_PERMISSION_PROTO_VALUES_H_
