#include "bindings/mcp/methods.h"

namespace postern {
namespace mcp {
namespace {

struct ClientRow {
  const char* method;
  ClientMethod what;
};
constexpr ClientRow kClientMethods[] = {
    {"initialize", ClientMethod::kInitialize},
    {"ping", ClientMethod::kPass},
    {"logging/setLevel", ClientMethod::kPass},
    {"resources/unsubscribe", ClientMethod::kPass},
    {"tools/list", ClientMethod::kListTools},
    {"resources/list", ClientMethod::kListResources},
    {"resources/templates/list", ClientMethod::kListTemplates},
    {"prompts/list", ClientMethod::kListPrompts},
    {"tools/call", ClientMethod::kCallTool},
    {"resources/read", ClientMethod::kReadResource},
    {"resources/subscribe", ClientMethod::kReadResource},
    {"prompts/get", ClientMethod::kGetPrompt},
    {"completion/complete", ClientMethod::kComplete},
};

constexpr ServerMethod kServerMethods[] = {
    {"sampling/createMessage", "sampling", "client.sampling.createMessage"},
    {"roots/list", "roots", "client.roots.list"},
    {"elicitation/create", "elicitation", "client.elicitation.create"},
};

struct NoticeRow {
  const char* method;
  Notice what;
};
constexpr NoticeRow kClientNotices[] = {
    {"notifications/initialized", Notice::kPass},
    {"notifications/progress", Notice::kPass},
    {"notifications/cancelled", Notice::kCancelled},
    {"notifications/roots/list_changed", Notice::kRootsChanged},
};
constexpr NoticeRow kServerNotices[] = {
    {"notifications/progress", Notice::kPass},
    {"notifications/message", Notice::kPass},
    {"notifications/cancelled", Notice::kCancelled},
    {"notifications/tools/list_changed", Notice::kToolsChanged},
    {"notifications/resources/list_changed", Notice::kPass},
    {"notifications/prompts/list_changed", Notice::kPass},
    {"notifications/elicitation/complete", Notice::kPass},
    {"notifications/resources/updated", Notice::kResourceUpdated},
};

Notice FindNotice(absl::Span<const NoticeRow> rows, absl::string_view method) {
  for (const NoticeRow& row : rows) {
    if (method == row.method) return row.what;
  }
  return Notice::kUnknown;
}

bool IsOneOf(absl::Span<const char* const> names, absl::string_view name) {
  for (const char* const known : names) {
    if (name == known) return true;
  }
  return false;
}

}  // namespace

ClientMethod ClientMethodOf(absl::string_view method) {
  for (const ClientRow& row : kClientMethods) {
    if (method == row.method) return row.what;
  }
  return ClientMethod::kUnknown;
}

absl::Span<const ServerMethod> ServerMethods() { return kServerMethods; }

const ServerMethod* FindServerMethod(absl::string_view method) {
  for (const ServerMethod& row : kServerMethods) {
    if (method == row.method) return &row;
  }
  return nullptr;
}

Notice ClientNotice(absl::string_view method) {
  return FindNotice(kClientNotices, method);
}

Notice ServerNotice(absl::string_view method) {
  return FindNotice(kServerNotices, method);
}

bool IsServerCapability(absl::string_view name) {
  static constexpr const char* kNames[] = {"tools", "resources", "prompts",
                                           "logging", "completions"};
  return IsOneOf(kNames, name);
}

const char kBatchVersion[] = "2025-03-26";

bool IsKnownVersion(absl::string_view version) {
  static constexpr const char* kVersions[] = {"2024-11-05", "2025-03-26",
                                              "2025-06-18", "2025-11-25"};
  return IsOneOf(kVersions, version);
}

}  // namespace mcp
}  // namespace postern
