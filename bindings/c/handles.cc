#include "bindings/c/handles.h"

#include <new>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bindings/c/codes.h"

namespace postern {
namespace c {
namespace {

postern_status StatusOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return POSTERN_OK;
    case absl::StatusCode::kInvalidArgument:
      return POSTERN_INVALID_ARGUMENT;
    case absl::StatusCode::kFailedPrecondition:
      return POSTERN_FAILED_PRECONDITION;
    case absl::StatusCode::kPermissionDenied:
      return POSTERN_WRONG_AUTHORITY;
    case absl::StatusCode::kResourceExhausted:
      return POSTERN_RESOURCE_EXHAUSTED;
    case absl::StatusCode::kNotFound:
      return POSTERN_NOT_FOUND;
    case absl::StatusCode::kAborted:
      return POSTERN_ABORTED;
    case absl::StatusCode::kDataLoss:
      return POSTERN_DATA_LOSS;
    case absl::StatusCode::kUnavailable:
      return POSTERN_UNAVAILABLE;
    default:
      return POSTERN_INTERNAL;
  }
}

}  // namespace

Outcome OutcomeOf(const absl::Status& status) {
  Outcome outcome;
  outcome.status = StatusOf(status);
  outcome.message = std::string(status.message());
  return outcome;
}

postern_status GuardOperation(postern_error* error,
                              absl::FunctionRef<Outcome()> body) noexcept {
  postern_status status = POSTERN_INTERNAL;
  const char* message = "unexpected exception";
  try {
    Outcome outcome = body();
    status = outcome.status;
    if (error != nullptr) error->outcome = std::move(outcome);
    return status;
  } catch (const std::bad_alloc&) {
    status = POSTERN_RESOURCE_EXHAUSTED;
    message = "out of memory";
  } catch (...) {
  }
  if (error == nullptr) return status;
  error->outcome = Outcome();
  error->outcome.status = status;
  try {
    error->outcome.message = message;
  } catch (...) {
  }
  return status;
}

postern_status Guard(postern_error* error,
                     absl::FunctionRef<absl::Status()> body) noexcept {
  return GuardOperation(error, [&] { return OutcomeOf(body()); });
}

absl::Status NullError(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(what, " is null"));
}

absl::Status ReadBytes(const char* data, size_t size, absl::string_view what,
                       absl::string_view* out) {
  if (!IsReadable(data, size)) return NullError(what);
  *out = size == 0 ? absl::string_view("") : absl::string_view(data, size);
  return absl::OkStatus();
}

absl::Status ReadBytes(const postern_bytes& bytes, absl::string_view what,
                       absl::string_view* out) {
  return ReadBytes(bytes.data, bytes.size, what, out);
}

absl::Status ReadStrings(const postern_bytes* strings, size_t count,
                         absl::string_view what,
                         std::vector<std::string>* out) {
  if (!IsReadable(strings, count)) return NullError(what);
  for (size_t i = 0; i < count; ++i) {
    absl::string_view text;
    absl::Status status = ReadBytes(strings[i], what, &text);
    if (!status.ok()) return status;
    out->emplace_back(text);
  }
  return absl::OkStatus();
}

absl::Status NewBuffer(absl::StatusOr<std::string> bytes,
                       postern_buffer** out) {
  if (!bytes.ok()) return bytes.status();
  *out = new postern_buffer{*std::move(bytes)};
  return absl::OkStatus();
}

}  // namespace c
}  // namespace postern

using postern::c::FromC;
using postern::c::StaticTextOut;
using postern::c::TextOut;

uint32_t postern_abi_version() { return POSTERN_ABI_VERSION; }

const char* postern_version(size_t* size) {
  return StaticTextOut("0.1.0", size);
}

const char* postern_status_name(postern_status status, size_t* size) {
  static constexpr const char* kNames[] = {"OK",
                                           "INVALID_ARGUMENT",
                                           "FAILED_PRECONDITION",
                                           "WRONG_AUTHORITY",
                                           "RESOURCE_EXHAUSTED",
                                           "INTERNAL",
                                           "DENIED",
                                           "SYSTEM",
                                           "END",
                                           "NOT_FOUND",
                                           "ABORTED",
                                           "DATA_LOSS",
                                           "UNAVAILABLE"};
  const bool known = status >= POSTERN_OK && status <= POSTERN_UNAVAILABLE;
  return StaticTextOut(known ? kNames[status] : "UNKNOWN", size);
}

const char* postern_buffer_data(const postern_buffer* buffer, size_t* size) {
  return TextOut(buffer == nullptr ? nullptr : &buffer->bytes, size);
}

void postern_buffer_free(postern_buffer* buffer) { delete buffer; }

postern_error* postern_error_new() { return new (std::nothrow) postern_error; }

void postern_error_free(postern_error* error) { delete error; }

postern_status postern_check_abi(uint32_t version, size_t bytes_size,
                                 postern_error* error) {
  return postern::c::Guard(error, [&]() -> absl::Status {
    if (version != POSTERN_ABI_VERSION) {
      return absl::FailedPreconditionError(absl::StrCat(
          "this program was compiled for version ", version,
          " of Postern's C interface, and the loaded library has version ",
          POSTERN_ABI_VERSION, "; compile it against the installed headers"));
    }
    if (bytes_size != sizeof(postern_bytes)) {
      return absl::FailedPreconditionError(absl::StrCat(
          "this program was compiled with a postern_bytes of ", bytes_size,
          " bytes, and the loaded library has ", sizeof(postern_bytes)));
    }
    return absl::OkStatus();
  });
}

postern_status postern_error_status(const postern_error* error) {
  return error == nullptr ? POSTERN_OK : error->outcome.status;
}

const char* postern_error_message(const postern_error* error, size_t* size) {
  if (error == nullptr) return StaticTextOut("", size);
  return TextOut(&error->outcome.message, size);
}

postern_code postern_error_code(const postern_error* error) {
  return postern::c::CodeOfErrno(postern_error_errno(error));
}

int32_t postern_error_errno(const postern_error* error) {
  return error == nullptr ? 0 : error->outcome.error_number;
}

const char* postern_error_refusal(const postern_error* error, size_t* size) {
  return StaticTextOut(error == nullptr ? "" : error->outcome.refusal, size);
}

postern_decision postern_error_decision(const postern_error* error) {
  return error == nullptr ? postern_decision{0, 0, 0, 0}
                          : postern::c::ToC(error->outcome.decision);
}

const char* postern_error_subject(const postern_error* error, size_t* size) {
  if (error == nullptr) return StaticTextOut("", size);
  return TextOut(&error->outcome.subject, size);
}

int32_t postern_error_end(const postern_error* error) {
  return error == nullptr ? 0 : error->outcome.end;
}

int postern_decision_allowed(postern_decision decision) {
  return FromC(decision).allowed() ? 1 : 0;
}

postern_effect postern_decision_effect(postern_decision decision) {
  return static_cast<postern_effect>(FromC(decision).effect());
}

const char* postern_decision_reason(postern_decision decision, size_t* size) {
  return StaticTextOut(postern::ReasonCode(FromC(decision).reason()), size);
}

int postern_decision_concealed(postern_decision decision) {
  return FromC(decision).concealed() ? 1 : 0;
}

int postern_decision_would_deny(postern_decision decision) {
  return FromC(decision).would_deny() ? 1 : 0;
}
