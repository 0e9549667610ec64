// What is shown of any bytes is one line of visible UTF-8 that decodes back;
// what is decoded from any bytes survives being shown.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "permission/text/display.h"
#include "tests/fuzz/require.h"

namespace postern {
namespace internal {
namespace {

void ShowAndRead(absl::string_view text) {
  for (const std::string& shown : {EscapeForDisplay(text), [&] {
                                     const std::string quoted =
                                         QuoteForDisplay(text);
                                     return quoted.substr(1, quoted.size() - 2);
                                   }()}) {
    for (char c : shown) {
      Require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f,
              "a control is shown");
    }
    const absl::StatusOr<std::string> back = UnescapeDisplayed(shown);
    Require(back.ok() && *back == text, "shown text is read back");
  }
}

}  // namespace
}  // namespace internal
}  // namespace postern

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using postern::internal::ShowAndRead;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  ShowAndRead(text);
  const absl::StatusOr<std::string> read =
      postern::internal::UnescapeDisplayed(text);
  if (read.ok()) ShowAndRead(*read);
  return 0;
}
