#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "permission/principal.h"
#include "tests/fuzz/require.h"

// The parts of an app id make up the id again.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto principal = postern::Principal::Parse(text);
  if (!principal.ok()) return 0;
  std::string id = principal->name();
  if (!principal->origin().empty())
    absl::StrAppend(&id, ".", principal->origin());
  if (!principal->app().empty()) absl::StrAppend(&id, "_", principal->app());
  postern::Require(id == principal->IdWithoutVersion(), id);
  if (!principal->version().empty()) {
    absl::StrAppend(&id, "_", principal->version());
  }
  postern::Require(id == text, id);
  return 0;
}
