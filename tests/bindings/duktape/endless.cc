// Runs a script that neither needs memory nor calls the host, and never ends.

#include <iostream>

#include "absl/time/time.h"
#include "tests/bindings/duktape/script_runner.h"

int main() {
  const postern::duktape::Rights rights({}, "/");
  postern::duktape::ScriptOptions options;
  options.limits.time = absl::Milliseconds(100);
  options.source = "for (;;) {}";
  const auto result = postern::duktape::RunScript(
      rights.context(), postern::host::Catalog(), options);
  std::cout << "ended with: " << result.message << "\n";
  return 0;
}
