// Runs the Lua app of a folder, with one plugin: host POLICY APP

#include <iostream>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "bindings/c/postern.h"
#include "bindings/host/catalog.h"
#include "bindings/lua/lua_app.h"

namespace {

using postern::host::PluginCall;
using postern::host::Value;

// notes.read(title), which is reached by granted calls only.
absl::StatusOr<Value> ReadNote(const PluginCall& call) {
  const std::string* const title =
      call.args.empty() ? nullptr : call.args[0].text();
  if (title == nullptr) return absl::InvalidArgumentError("expected a title");
  return Value::Bytes("the text of \"" + *title + "\"");
}

postern::host::Plugin Notes() {
  return {"notes",
          "The user's notes",
          {{"read",
            {"title"},
            postern::host::Nature::kRead,
            "A note's text",
            ReadNote}}};
}

// The app's rights: what the policy file says. Null, with a message, if that
// cannot be read.
postern_context* RightsFrom(std::string_view file, postern_error* error) {
  postern_policy* policy = nullptr;
  postern_context* context = nullptr;
  if (postern_policy_from_file(file.data(), file.size(), POSTERN_FORMAT_DETECT,
                               nullptr, &policy, error) == POSTERN_OK) {
    // Without an authority: nobody can widen these rights.
    postern_context_new(policy, nullptr, &context, nullptr, error);
  }
  postern_policy_free(policy);
  if (context == nullptr) {
    std::cerr << postern_error_message(error, nullptr) << "\n";
  }
  return context;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::cerr << "usage: host POLICY APP\n", 2;
  postern_error* const error = postern_error_new();
  postern_context* const rights = RightsFrom(argv[1], error);
  postern_error_free(error);
  if (rights == nullptr) return 2;

  postern::host::Catalog plugins;
  if (!plugins.Add(Notes()).ok()) return 2;
  postern::lua::AppOptions options;
  options.directory = argv[2];
  const auto result = postern::lua::RunApp(rights, plugins, options);
  postern_context_free(rights);

  std::cout << result.output;
  if (!result.message.empty()) std::cerr << result.message << "\n";
  for (const auto& denial : result.denials) std::cerr << denial.explanation;
  return result.outcome == postern::lua::AppResult::Outcome::kFinished ? 0 : 1;
}
