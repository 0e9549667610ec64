#include "bindings/python/guest.h"

#include <algorithm>

#include "bindings/host/question.h"

namespace postern {
namespace python {
namespace {

// Forced by the runtime: functions of C that the interpreter calls carry no
// pointer of ours.
Guest* the_guest = nullptr;

}  // namespace

Guest* TheGuest() { return the_guest; }
void SetGuest(Guest* guest) { the_guest = guest; }

bool IsOwnDescriptor(int descriptor) {
  const Guest* const guest = TheGuest();
  return guest != nullptr &&
         std::binary_search(guest->own_descriptors.begin(),
                            guest->own_descriptors.end(), descriptor);
}

bool MayReadVariable(const postern_context* context, const std::string& name) {
  return host::HasPermission(context, "env.read", {name});
}

std::string Error::message() const {
  size_t size = 0;
  const char* const text = postern_error_message(error_, &size);
  return text == nullptr ? std::string("no memory") : std::string(text, size);
}

}  // namespace python
}  // namespace postern
