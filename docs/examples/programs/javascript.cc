#include <iostream>
#include <string>

#include "bindings/c/postern.h"
#include "bindings/duktape/script.h"

// Runs a script that may read one file, and nothing else.
int main() {
  const std::string rules =
      "version: 1 layers { name: 'grants'"
      " rules { allow: 'fs.read' pattern: '/etc/debian_version' } }";
  postern_error* const error = postern_error_new();
  postern_builder* const builder = postern_builder_new();
  postern_policy* policy = nullptr;
  postern_context* context = nullptr;
  postern_files* files = nullptr;
  if (postern_builder_add_bytes(builder, POSTERN_FORMAT_TEXT, rules.data(),
                                rules.size(), "grants", 6, error) ||
      postern_builder_bind(builder, nullptr, error) ||
      postern_builder_build(builder, &policy, error) ||
      postern_context_new(policy, nullptr, &context, nullptr, error) ||
      postern_files_new(context, nullptr, &files, error)) {
    std::cerr << postern_error_message(error, nullptr) << "\n";
    return 2;
  }

  postern::duktape::ScriptOptions options;
  options.files = files;
  options.source = R"js(
    print(fs.readFile('/etc/debian_version', 'utf8').length > 0);
    try { fs.readFile('/etc/passwd'); }
    catch (e) { print(e.code, e.permission, e.resource); }
    try { eval('1 + 1'); } catch (e) { print(e.message); }
    print(permission.has('fs.write'));
    fs.list('/home');
  )js";
  const auto result =
      postern::duktape::RunScript(context, postern::host::Catalog(), options);
  std::cout << result.output << "ended with: " << result.message << "\n";

  postern_files_free(files);
  postern_context_free(context);
  postern_policy_free(policy);
  postern_builder_free(builder);
  postern_error_free(error);
  return result.outcome == postern::duktape::ScriptResult::Outcome::kDenied ? 0
                                                                            : 1;
}
