#include "tests/fs/temp_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace postern {
namespace fs {
namespace testing {
namespace {

namespace stdfs = std::filesystem;

[[noreturn]] void Fail(const std::string& what) {
  perror(what.c_str());
  exit(1);
}

std::string MakeRoot() {
  const char* base = getenv("TEST_TMPDIR");
  std::string name =
      std::string(base == nullptr ? "/tmp" : base) + "/postern_tree_XXXXXX";
  if (mkdtemp(&name[0]) == nullptr) Fail(name);
  return stdfs::canonical(name).string();
}

}  // namespace

TempTree::TempTree() : root_(MakeRoot()) {}

TempTree::~TempTree() {
  std::error_code ignored;
  stdfs::remove_all(root_, ignored);
}

std::string TempTree::operator/(absl::string_view name) const {
  return root_ + "/" + std::string(name.data(), name.size());
}

std::string TempTree::Dir(absl::string_view name) const {
  const std::string path = *this / name;
  std::error_code error;
  stdfs::create_directories(path, error);
  if (error) Fail(path);
  return path;
}

std::string TempTree::File(absl::string_view name,
                           absl::string_view contents) const {
  const std::string path = *this / name;
  stdfs::create_directories(stdfs::path(path).parent_path());
  std::ofstream file(path, std::ios::binary);
  file.write(contents.data(), static_cast<std::streamsize>(contents.size()));
  if (!file.flush()) Fail(path);
  return path;
}

std::string TempTree::Symlink(absl::string_view target,
                              absl::string_view name) const {
  const std::string path = *this / name;
  stdfs::create_directories(stdfs::path(path).parent_path());
  if (symlink(std::string(target.data(), target.size()).c_str(),
              path.c_str()) != 0) {
    Fail(path);
  }
  return path;
}

std::string TempTree::HardLink(absl::string_view old_name,
                               absl::string_view name) const {
  const std::string path = *this / name;
  if (link((*this / old_name).c_str(), path.c_str()) != 0) Fail(path);
  return path;
}

bool TempTree::Exists(absl::string_view name) const {
  return stdfs::symlink_status(*this / name).type() !=
         stdfs::file_type::not_found;
}

std::string TempTree::Contents(absl::string_view name) const {
  std::ifstream file(*this / name, std::ios::binary);
  std::ostringstream contents;
  contents << file.rdbuf();
  return contents.str();
}

int CountDescriptors() {
  std::error_code error;
  int count = 0;
  for (auto it = stdfs::directory_iterator("/proc/self/fd", error);
       !error && it != stdfs::directory_iterator(); it.increment(error)) {
    ++count;
  }
  return error ? -1 : count;
}

}  // namespace testing
}  // namespace fs
}  // namespace postern
