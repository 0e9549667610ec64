#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <string>

#include "postern/cpp.h"

int main() {
  using namespace postern;
  const std::string box = std::filesystem::temp_directory_path().string() +
                          "/postern_" + std::to_string(getpid());
  std::filesystem::create_directories(box);
  std::filesystem::create_symlink("/etc/passwd", box + "/notes.txt");

  const PermissionSet all_of_fs = *PermissionSet::Parse("fs");
  PolicyBuilder rules;
  rules.Allow(all_of_fs, RulePattern::Text(box)).Bind();
  const auto policy = rules.Build();
  if (!policy.ok()) return std::cerr << policy.status() << "\n", 2;
  const auto root = PermissionContext::Create(*policy, ContextOptions());
  if (!root.ok()) return std::cerr << root.status() << "\n", 2;

  fs::GuardedFsOptions options;
  options.base_directory = box;
  const auto files =
      fs::GuardedFs::Create(MakePathMonitor(root->context), options);
  if (!files.ok()) return std::cerr << files.status() << "\n", 2;

  const auto wrote = (*files)->WriteFile("hello.txt", "hello");
  const auto hello = (*files)->ReadFile("hello.txt", /*max_bytes=*/100);
  const auto notes = (*files)->ReadFile("notes.txt", /*max_bytes=*/100);
  if (wrote.ok() && hello.ok()) std::cout << "hello.txt: " << *hello << "\n";
  std::cout << "notes.txt: "
            << (notes.status().denied() ? "denied, it is " : "not denied: ")
            << notes.status().canonical << "\n";
  std::filesystem::remove_all(box);
  return notes.ok() ? 1 : 0;
}
