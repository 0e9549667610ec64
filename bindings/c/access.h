#ifndef POSTERN_BINDINGS_C_ACCESS_H_
#define POSTERN_BINDINGS_C_ACCESS_H_

#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "bindings/c/postern.h"
#include "permission/access.h"

namespace postern {
namespace c {

// Reads what is asked and hands it to `use`, within whose call it is valid.
// InvalidArgument, and no call, for null pointers, an unknown form and a form
// that does not go with the permission being plugin.call or not.
absl::Status WithAccess(const postern_access* given,
                        absl::FunctionRef<absl::Status(const Access&)> use);

// WithAccess() for several accesses, at most kMaxAccesses: each begins
// struct_size bytes of the first after the one before.
constexpr size_t kMaxAccesses = 64;
absl::Status WithAccesses(
    const postern_access* given, size_t count,
    absl::FunctionRef<absl::Status(absl::Span<const Access>)> use);

// The way back: a struct for callbacks. It points into this object and into
// what the access points to.
class AccessForC {
 public:
  explicit AccessForC(const Access& access);
  AccessForC(const AccessForC&) = delete;
  AccessForC& operator=(const AccessForC&) = delete;

  const postern_access* get() const { return &access_; }

 private:
  std::vector<postern_arg> args_;
  std::vector<postern_named_arg> named_;
  std::vector<postern_bytes> parts_;
  postern_access access_ = {};
};

}  // namespace c
}  // namespace postern

#endif  // POSTERN_BINDINGS_C_ACCESS_H_
