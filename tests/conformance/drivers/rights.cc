#include "tests/conformance/drivers/rights.h"

#include <stdlib.h>

#include <algorithm>
#include <cstring>
#include <iostream>

namespace {

postern_bytes Bytes(const char* text) { return {text, std::strlen(text)}; }

}  // namespace

std::unique_ptr<Rights> Rights::Make(const char* policy, const char* folder) {
  std::unique_ptr<Rights> rights(new Rights());
  postern_error* const error = postern_error_new();
  const bool made = rights->Fill(policy, folder, error);
  if (!made) std::cerr << postern_error_message(error, nullptr) << "\n";
  postern_error_free(error);
  return made ? std::move(rights) : nullptr;
}

Rights::~Rights() {
  postern_launcher_free(launcher_);
  postern_files_free(files_);
  postern_context_free(context_);
}

bool Rights::Fill(const char* file, const char* folder, postern_error* error) {
  const postern_bytes folders[] = {Bytes("/usr/bin"), Bytes("/bin")};
  postern_context_options options = {};
  options.struct_size = sizeof(options);
  options.base_directory = Bytes(folder);
  postern_launcher_options programs = {};
  programs.struct_size = sizeof(programs);
  programs.program_folders = folders;
  programs.program_folder_count = 2;
  programs.base_directory = Bytes(folder);
  postern_builder* const builder = postern_builder_new();
  postern_policy* policy = nullptr;
  const bool failed =
      postern_builder_add_file(builder, file, std::strlen(file),
                               POSTERN_FORMAT_DETECT, error) ||
      postern_builder_add_preset(builder, "runtime", 7, error) ||
      postern_builder_set_program_folders(builder, folders, 2, error) ||
      postern_builder_bind(builder, nullptr, error) ||
      postern_builder_build(builder, &policy, error) ||
      postern_context_new(policy, &options, &context_, nullptr, error) ||
      postern_files_new(context_, nullptr, &files_, error) ||
      postern_launcher_new(context_, &programs, &launcher_, error);
  postern_policy_free(policy);
  postern_builder_free(builder);
  return !failed;
}

verdict VerdictOf(const std::string& name) {
  if (name == "granted") return GRANTED;
  if (name == "denied") return DENIED;
  return name == "unseen" ? UNSEEN : FAILED;
}

void Say(verdict said, const std::string& detail, answer* to) {
  to->verdict = said;
  to->size = std::min(detail.size(), sizeof(to->detail));
  std::memcpy(to->detail, detail.data(), to->size);
}

std::string LieFor(const char* folder) {
  if (getenv("OVERWRITE") == nullptr) return "";
  return std::string(folder) + "/data.txt";
}
