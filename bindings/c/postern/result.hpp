#ifndef POSTERN_BINDINGS_C_POSTERN_RESULT_HPP_
#define POSTERN_BINDINGS_C_POSTERN_RESULT_HPP_

// What every other header of the C++ wrapper uses. The wrapper is header-only,
// C++17, and stands on the C interface alone: programs that use it need no
// other compiler or flags than their own. It throws nothing, unless
// POSTERN_HPP_EXCEPTIONS is defined before the first include: then
// Result::value() throws.

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "buffer.h"
#include "error.h"
#include "types.h"

#ifdef POSTERN_HPP_EXCEPTIONS
#include <stdexcept>
#else
#include <cstdlib>
#endif

namespace postern {
namespace stable {

// How a call failed; error.h says what each means.
struct Error {
  postern_status status = POSTERN_INTERNAL;
  std::string message;  // for the host: it tells where names and links lead
  postern_code code = POSTERN_E_NONE;
  std::string refusal;
  std::string subject;
  postern_decision decision = {};

  // An operation was refused, and not by the system.
  bool denied() const { return status == POSTERN_DENIED; }
};

// A value, or how the call failed. Move-only where T is.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : content_(std::move(value)) {}      // NOLINT
  Result(Error error) : content_(std::move(error)) {}  // NOLINT

  bool ok() const { return content_.index() == 0; }
  explicit operator bool() const { return ok(); }
  // Only if ok(); else it throws std::runtime_error, or ends the program.
  T& value() & { return Get(); }
  T&& value() && { return std::move(Get()); }
  T& operator*() & { return Get(); }
  T&& operator*() && { return std::move(Get()); }
  T* operator->() { return &Get(); }
  // Only if not ok().
  const Error& error() const { return *std::get_if<1>(&content_); }

 private:
  T& Get() {
    if (T* const value = std::get_if<0>(&content_)) return *value;
#ifdef POSTERN_HPP_EXCEPTIONS
    throw std::runtime_error(error().message);
#else
    std::abort();
#endif
  }

  std::variant<T, Error> content_;
};

// Of calls that give nothing back.
struct Done {};
using Status = Result<Done>;

namespace internal {

template <typename T, void (*kFree)(T*)>
struct Deleter {
  void operator()(T* object) const { kFree(object); }
};
// Owns an object of the C interface.
template <typename T, void (*kFree)(T*)>
using Owned = std::unique_ptr<T, Deleter<T, kFree>>;

using OwnedBuffer = Owned<postern_buffer, &postern_buffer_free>;
using OwnedError = Owned<postern_error, &postern_error_free>;

inline postern_bytes Bytes(std::string_view text) {
  return postern_bytes{text.data(), text.size()};
}

// A struct of the C interface: all zero, and of its size.
template <typename T>
T Struct() {
  T value;
  std::memset(&value, 0, sizeof(value));
  value.struct_size = sizeof(value);
  return value;
}

// What a function of the C interface says of an object: `get(object...,
// &size)`.
template <typename Get, typename... Object>
std::string StringOf(Get get, Object... object) {
  size_t size = 0;
  const char* const text = get(object..., &size);
  return text == nullptr ? std::string() : std::string(text, size);
}

inline Error ErrorOf(postern_status status, const postern_error* error) {
  Error out;
  out.status = status;
  out.message = postern_error_message(error, nullptr);
  out.code = postern_error_code(error);
  out.refusal = postern_error_refusal(error, nullptr);
  out.subject = postern_error_subject(error, nullptr);
  out.decision = postern_error_decision(error);
  return out;
}

// Calls `call(error)`; on success the result is what `value()` makes.
template <typename Call, typename Value>
auto Try(Call call, Value value) -> Result<decltype(value())> {
  const OwnedError error(postern_error_new());
  const postern_status status = call(error.get());
  if (status != POSTERN_OK) return ErrorOf(status, error.get());
  return value();
}
template <typename Call>
Status Try(Call call) {
  return Try(call, [] { return Done(); });
}
// The same for calls that make a buffer: `call(&buffer, error)`.
template <typename Call>
Result<std::string> TryBuffer(Call call) {
  postern_buffer* made = nullptr;
  return Try(
      [&](postern_error* error) { return call(&made, error); },
      [&] { return StringOf(&postern_buffer_data, OwnedBuffer(made).get()); });
}

}  // namespace internal

// FAILED_PRECONDITION if this was compiled for another interface than the
// loaded library has.
inline Status CheckAbi() {
  return internal::Try(
      [](postern_error* error) { return POSTERN_CHECK_ABI(error); });
}

}  // namespace stable
}  // namespace postern

#endif  // POSTERN_BINDINGS_C_POSTERN_RESULT_HPP_
