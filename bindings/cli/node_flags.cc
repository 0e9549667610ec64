#include "bindings/cli/node_flags.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace postern {
namespace cli {
namespace {

// Since when the model has its flags for the network and the inspector, and is
// no experiment any more.
constexpr int kStableModel = 24;
constexpr int kNetworkFlags = 25;

}  // namespace

std::string ReadableFolder(absl::string_view pattern, absl::string_view base) {
  absl::ConsumePrefix(&pattern, "exact:");
  const size_t wildcard = pattern.find_first_of("*?{\\$");
  std::string name(pattern.substr(0, wildcard));
  if (wildcard != pattern.npos) {
    name = name.substr(0, name.rfind('/') + 1);
  }
  if (!absl::StartsWith(name, "/")) {
    while (absl::StartsWith(name, "./")) name = name.substr(2);
    if (name == ".") name.clear();
    name = absl::StrCat(base, base == "/" ? "" : "/", name);
  }
  while (name.size() > 1 && name.back() == '/') name.pop_back();
  return name;
}

std::vector<std::string> NodeFlags(const NodeFence& fence) {
  std::vector<std::string> flags = {
      fence.major >= kStableModel ? "--permission"
                                  : "--experimental-permission",
      "--disable-warning=ExperimentalWarning",
      "--disable-warning=SecurityWarning", "--allow-addons"};
  std::vector<std::string> readable = fence.readable;
  std::sort(readable.begin(), readable.end());
  readable.erase(std::unique(readable.begin(), readable.end()), readable.end());
  for (const std::string& name : readable) {
    flags.push_back(absl::StrCat("--allow-fs-read=", name));
  }
  // Node 20 runs a hook of the loader on a thread, where text is no code.
  if (fence.workers || (fence.major < kStableModel && !fence.text_as_code)) {
    flags.push_back("--allow-worker");
  }
  if (fence.files_for_wasi) flags.push_back("--allow-wasi");
  if (fence.major >= kNetworkFlags) {
    // Node counts the pipes of a child among the network.
    if (fence.network || fence.children) flags.push_back("--allow-net");
    if (fence.inspector) flags.push_back("--allow-inspector");
  }
  if (!fence.text_as_code) {
    flags.push_back("--disallow-code-generation-from-strings");
  }
  return flags;
}

}  // namespace cli
}  // namespace postern
