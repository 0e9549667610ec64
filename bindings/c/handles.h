#ifndef POSTERN_BINDINGS_C_HANDLES_H_
#define POSTERN_BINDINGS_C_HANDLES_H_

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bindings/c/postern.h"
#include "permission/ask.h"
#include "permission/context.h"
#include "permission/decision.h"
#include "permission/explain.h"
#include "permission/permission.h"
#include "permission/policy.h"

// What the opaque types of postern.h are, and how calls come in and go out.

namespace postern {

struct SpawnStatus;

namespace c {

struct ContextHolder;

// How a call ended.
struct Outcome {
  postern_status status = POSTERN_OK;
  std::string message;
  // Of an operation that was refused or failed; see error.h.
  int error_number = 0;
  absl::string_view refusal = "";  // static
  Decision decision;
  // What it was refused for the want of; kUnknown if that may be several.
  Permission permission = Permission::kUnknown;
  std::string subject;
  std::string asked;  // of a network refusal, the name that the caller gave
  int end = 0;
  std::shared_ptr<const SpawnStatus> spawn;  // of a start that was refused

  bool ok() const { return status == POSTERN_OK; }
};

}  // namespace c
}  // namespace postern

struct postern_error {
  postern::c::Outcome outcome;
};

struct postern_policy {
  std::shared_ptr<const postern::Policy> policy;
  std::vector<postern::PolicyWarning> warnings;
  std::vector<std::string> warning_sources;
};

struct postern_authority {
  postern::Authority authority;
};

struct postern_context {
  std::shared_ptr<postern::c::ContextHolder> holder;
};

struct postern_answer {
  postern::Answer answer;
};

struct postern_buffer {
  std::string bytes;
};

struct postern_explanation {
  postern::Explanation explanation;
  std::string fields[POSTERN_FIELD_GUEST_FULL + 1];
};

namespace postern {
namespace c {

Outcome OutcomeOf(const absl::Status& status);

// Runs a body, turns its status and whatever it throws into a postern_status,
// and fills `error` unless it is null.
postern_status Guard(postern_error* error,
                     absl::FunctionRef<absl::Status()> body) noexcept;
// Guard() for operations, which may fail with a refusal or the system's error.
postern_status GuardOperation(postern_error* error,
                              absl::FunctionRef<Outcome()> body) noexcept;

// InvalidArgument, naming what was null.
absl::Status NullError(absl::string_view what);

// Whether the bytes can be read: not null, or empty.
inline bool IsReadable(const void* data, size_t size) {
  return data != nullptr || size == 0;
}
absl::Status ReadBytes(const char* data, size_t size, absl::string_view what,
                       absl::string_view* out);
absl::Status ReadBytes(const postern_bytes& bytes, absl::string_view what,
                       absl::string_view* out);
absl::Status ReadStrings(const postern_bytes* strings, size_t count,
                         absl::string_view what, std::vector<std::string>* out);

inline postern_bytes ToBytes(absl::string_view text) {
  return postern_bytes{text.data(), text.size()};
}

// Whether a member that is 0 or 1 is.
inline bool IsFlag(int32_t number) { return number == 0 || number == 1; }

// The longest struct that is read: a size that was never set must not make us
// read on until memory ends.
constexpr size_t kMaxStructBytes = 4096;

// InvalidArgument for a size that is less than the struct ever had, or more
// than is read.
inline absl::Status CheckStructSize(size_t size, size_t least,
                                    absl::string_view what) {
  if (size < least) {
    return absl::InvalidArgumentError(std::string(what) +
                                      ": struct_size is too small");
  }
  if (size > kMaxStructBytes) {
    return absl::InvalidArgumentError(std::string(what) +
                                      ": struct_size is too large");
  }
  return absl::OkStatus();
}

// Copies a struct that begins with its size. Refuses one that is longer with
// further bytes that are not zero. A member that was added later makes `least`
// the size of the struct before; a struct without it has zero there.
template <typename T>
absl::Status ReadStruct(const T* given, absl::string_view what, T* out,
                        size_t least = sizeof(T)) {
  const size_t size = given->struct_size;
  absl::Status status = CheckStructSize(size, least, what);
  if (!status.ok()) return status;
  const char* const bytes = reinterpret_cast<const char*>(given);
  for (size_t i = sizeof(T); i < size; ++i) {
    if (bytes[i] == 0) continue;
    return absl::InvalidArgumentError(
        std::string(what) + ": has fields that this version does not know");
  }
  std::memset(static_cast<void*>(out), 0, sizeof(T));
  std::memcpy(out, given, size < sizeof(T) ? size : sizeof(T));
  return absl::OkStatus();
}

// Fills a struct of the caller's, who set its size and nothing else.
template <typename T>
absl::Status WriteStruct(T value, absl::string_view what, T* out) {
  const size_t size = out->struct_size;
  absl::Status status = CheckStructSize(size, sizeof(T), what);
  if (!status.ok()) return status;
  std::memset(static_cast<void*>(out), 0, size);
  value.struct_size = size;
  std::memcpy(static_cast<void*>(out), &value, sizeof(T));
  return absl::OkStatus();
}

static_assert(sizeof(postern_decision) == sizeof(Decision), "same bytes");
inline postern_decision ToC(const Decision& decision) {
  postern_decision out;
  std::memcpy(&out, &decision, sizeof(out));
  return out;
}
inline Decision FromC(const postern_decision& decision) {
  Decision out;
  std::memcpy(static_cast<void*>(&out), &decision, sizeof(out));
  return out;
}

// INT64_MAX is without end.
inline absl::Time TimeFromC(int64_t unix_ns) {
  return unix_ns == INT64_MAX ? absl::InfiniteFuture()
                              : absl::FromUnixNanos(unix_ns);
}
inline int64_t TimeToC(absl::Time time) {
  return time == absl::InfiniteFuture() ? INT64_MAX : absl::ToUnixNanos(time);
}

// Gives bytes out, or passes the error on.
absl::Status NewBuffer(absl::StatusOr<std::string> bytes, postern_buffer** out);

// Gives text out; null for null.
inline const char* TextOut(const std::string* text, size_t* size) {
  if (size != nullptr) *size = text == nullptr ? 0 : text->size();
  return text == nullptr ? nullptr : text->c_str();
}
// For static text that is NUL-terminated.
inline const char* StaticTextOut(absl::string_view text, size_t* size) {
  if (size != nullptr) *size = text.size();
  return text.data();
}

}  // namespace c
}  // namespace postern

#endif  // POSTERN_BINDINGS_C_HANDLES_H_
