#include "bindings/c/handles.h"

#include <new>

#include "absl/strings/str_cat.h"

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
    default:
      return POSTERN_INTERNAL;
  }
}

void Fill(postern_status status, absl::string_view message,
          postern_error* error) noexcept {
  if (error == nullptr) return;
  error->status = status;
  try {
    error->message.assign(message.data(), message.size());
  } catch (...) {
    error->message.clear();
  }
}

}  // namespace

postern_status Guard(postern_error* error,
                     absl::FunctionRef<absl::Status()> body) noexcept {
  try {
    const absl::Status result = body();
    const postern_status status = StatusOf(result);
    Fill(status, result.message(), error);
    return status;
  } catch (const std::bad_alloc&) {
    Fill(POSTERN_RESOURCE_EXHAUSTED, "out of memory", error);
    return POSTERN_RESOURCE_EXHAUSTED;
  } catch (...) {
    Fill(POSTERN_INTERNAL, "unexpected exception", error);
    return POSTERN_INTERNAL;
  }
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

}  // namespace c
}  // namespace postern

using postern::c::FromC;
using postern::c::StaticTextOut;
using postern::c::TextOut;

uint32_t postern_abi_version() { return POSTERN_ABI_VERSION; }

postern_error* postern_error_new() { return new (std::nothrow) postern_error; }

void postern_error_free(postern_error* error) { delete error; }

postern_status postern_error_status(const postern_error* error) {
  return error == nullptr ? POSTERN_OK : error->status;
}

const char* postern_error_message(const postern_error* error, size_t* size) {
  if (error == nullptr) return StaticTextOut("", size);
  return TextOut(&error->message, size);
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
