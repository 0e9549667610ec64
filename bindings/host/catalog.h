#ifndef POSTERN_BINDINGS_HOST_CATALOG_H_
#define POSTERN_BINDINGS_HOST_CATALOG_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "bindings/host/value.h"

struct postern_context;  // bindings/c/postern.h

namespace postern {
namespace host {

// A granted call, as a handler gets it: copies that no guest can change.
struct PluginCall {
  // By position. Arguments that the guest gave by name are put in their places;
  // those that it left out before the last one are nothing.
  std::vector<Value> args;
  // Which of them a rule judged as a path: their absolute names, as judged.
  std::vector<size_t> paths;
  // What the guest may do, for a plugin that hands it on: starts a program,
  // say. Null: not known. Borrowed.
  postern_context* context = nullptr;
  // The app's directory as a descriptor for *at() calls; -1 = there is none.
  // Borrowed.
  int directory = -1;
  // The app will be stopped at this moment; a handler should be back by then.
  absl::Time deadline = absl::InfiniteFuture();
};

// Does the work. It is called on the guest's thread, only after the call was
// granted. A status becomes an error in the guest's language, so its message
// must tell nothing that the guest may not know.
using PluginHandler = std::function<absl::StatusOr<Value>(const PluginCall&)>;

// Whether a function changes the world; shown to whoever approves.
enum class Nature : uint8_t { kRead, kWrite };

struct PluginFunction {
  std::string name;                     // "run"
  std::vector<std::string> parameters;  // a last "*rest" takes what is left
  Nature nature = Nature::kWrite;
  std::string description;
  PluginHandler handler;
};

struct Plugin {
  std::string id;  // "exec.in"
  std::string description;
  std::vector<PluginFunction> functions;
};

// An argument that the guest gave by name.
struct NamedValue {
  std::string name;
  Value value;
};

// Puts arguments given by name at their positions. False, and `args`
// unchanged, if a name is unknown, given twice, or that of "*rest".
bool BindByName(absl::Span<const std::string> parameters,
                absl::Span<const NamedValue> named, std::vector<Value>* args);

// The plugins that a host offers. Filled first, then shared: const methods are
// safe to call from many threads if the handlers are.
class Catalog {
 public:
  // InvalidArgument for an id or a name that is empty or no dotted name, that
  // is taken, or for a function without handler.
  absl::Status Add(Plugin plugin);

  // Null if there is none. The pointer lives as long as the catalog.
  const Plugin* Find(absl::string_view id) const;

  // All plugins, by id.
  const std::map<std::string, Plugin>& plugins() const { return plugins_; }

 private:
  std::map<std::string, Plugin> plugins_;
};

}  // namespace host
}  // namespace postern

#endif  // POSTERN_BINDINGS_HOST_CATALOG_H_
