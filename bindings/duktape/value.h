#ifndef POSTERN_BINDINGS_DUKTAPE_VALUE_H_
#define POSTERN_BINDINGS_DUKTAPE_VALUE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "bindings/host/plugin_calls.h"
#include "bindings/host/value.h"

namespace postern {
namespace duktape {

// What goes between a guest and a plugin is JSON's data: it is written by
// Duktape, and read here, where no code of the guest can run.

// The arguments of a call, from a JSON array in Duktape's form of text
// (text.h). One argument that is an object gives arguments by name. Null, or
// why it cannot be read; static. Throws what the standard library throws.
const char* ArgumentsFromJson(absl::string_view json,
                              host::PluginCalls::Arguments* to);

// The value as JSON in Duktape's form of text. Bytes that are no UTF-8 are
// U+FFFD.
std::string ToJson(const host::Value& value);

}  // namespace duktape
}  // namespace postern

#endif  // POSTERN_BINDINGS_DUKTAPE_VALUE_H_
