#ifndef POSTERN_TESTS_BINDINGS_MCP_GUEST_H_
#define POSTERN_TESTS_BINDINGS_MCP_GUEST_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "bindings/c/postern.h"
#include "bindings/mcp/session.h"

namespace postern {
namespace mcp {

struct FreeContext {
  void operator()(postern_context* c) const { postern_context_free(c); }
};
using ContextPtr = std::unique_ptr<postern_context, FreeContext>;

// A context of a policy in the text form; null if it cannot be read. `ask`,
// which may be null, is called with `user_data`.
inline ContextPtr ContextOf(const std::string& policy_text,
                            postern_ask_fn ask = nullptr,
                            void* user_data = nullptr) {
  postern_policy* policy = nullptr;
  postern_policy_from_text(policy_text.data(), policy_text.size(), nullptr,
                           &policy, nullptr);
  postern_context_options options = {};
  options.struct_size = sizeof(options);
  options.base_directory = postern_bytes{"/srv", 4};
  options.ask = ask;
  options.user_data = user_data;
  postern_context* context = nullptr;
  if (policy != nullptr) {
    postern_context_new(policy, &options, &context, nullptr, nullptr);
  }
  postern_policy_free(policy);
  return ContextPtr(context);
}

// Takes the lines that a session wants written.
inline std::vector<std::string> TakeLines(std::string* bytes) {
  std::vector<std::string> lines =
      absl::StrSplit(*bytes, '\n', absl::SkipEmpty());
  bytes->clear();
  return lines;
}

}  // namespace mcp
}  // namespace postern

#endif  // POSTERN_TESTS_BINDINGS_MCP_GUEST_H_
