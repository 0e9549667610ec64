// Prints files as a guest may read them: guarded_cat POLICY FILE...
// Relative names, and relative patterns of the policy, start in this folder.

#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "postern/cpp.h"

namespace {

using namespace postern;

// The guest's rights: what the policy file says, and nothing else.
absl::StatusOr<std::shared_ptr<PermissionContext>> RightsFrom(
    const std::string& policy_file, const std::string& folder) {
  auto spec = ReadPolicyFile(policy_file);
  if (!spec.ok()) return spec.status();
  spec->base_directory = folder;
  const auto policy = PolicyBuilder(*std::move(spec)).Bind().Build();
  if (!policy.ok()) return policy.status();
  auto root = PermissionContext::Create(*policy, {});
  if (!root.ok()) return root.status();
  return root->context;  // without its authority: nobody can widen it
}

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = std::filesystem::current_path().string();
  const auto rights = RightsFrom(argc > 1 ? argv[1] : "", folder);
  if (!rights.ok()) return std::cerr << rights.status().message() << "\n", 2;
  fs::GuardedFsOptions options;
  options.base_directory = folder;
  const auto files = fs::GuardedFs::Create(MakePathMonitor(*rights), options);
  if (!files.ok()) return std::cerr << files.status().message() << "\n", 2;

  bool all = true;
  for (int i = 2; i < argc; ++i) {
    const auto text = (*files)->ReadFile(argv[i], /*max_bytes=*/1 << 20);
    all = all && text.ok();
    if (text.ok()) {
      std::cout << *text;
    } else {
      std::cerr << argv[i] << ": " << text.status().ToString() << "\n";
    }
  }
  return all ? 0 : 1;
}
