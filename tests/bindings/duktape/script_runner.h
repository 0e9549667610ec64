#ifndef POSTERN_TESTS_BINDINGS_DUKTAPE_SCRIPT_RUNNER_H_
#define POSTERN_TESTS_BINDINGS_DUKTAPE_SCRIPT_RUNNER_H_

#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>
#include <string>
#include <vector>

#include "bindings/c/postern.h"
#include "bindings/duktape/script.h"
#include "gtest/gtest.h"
#include "tests/bindings/host/guest_policy.h"

namespace postern {
namespace duktape {

// A context under permission flags and policies (text that begins with
// "version:"), with files.
class Rights {
 public:
  Rights(const std::vector<std::string>& flags, const std::string& base) {
    postern_error* const error = postern_error_new();
    postern_policy* const policy =
        postern::testing::PolicyForGuests(flags, base, /*preset=*/"");
    postern_context_new(policy, nullptr, &context_, nullptr, error);
    postern_policy_free(policy);
    EXPECT_EQ(postern_files_new(context_, nullptr, &files_, error), POSTERN_OK);
    postern_error_free(error);
  }
  Rights(const Rights&) = delete;
  Rights& operator=(const Rights&) = delete;
  ~Rights() {
    postern_files_free(files_);
    postern_context_free(context_);
  }

  postern_context* context() const { return context_; }
  const postern_files* files() const { return files_; }

 private:
  postern_context* context_ = nullptr;
  postern_files* files_ = nullptr;
};

// A folder with granted/, outside/secret and a link from one to the other.
class World {
 public:
  World() {
    std::string name = ::testing::TempDir() + "/world_XXXXXX";
    char real[4096];
    EXPECT_NE(realpath(mkdtemp(&name[0]), real), nullptr);
    path_ = real;
    mkdir((path_ + "/granted").c_str(), 0755);
    mkdir((path_ + "/outside").c_str(), 0755);
    std::ofstream(path_ + "/outside/secret") << "secret";
    std::ofstream(path_ + "/granted/text") << "h\xC3\xA9llo \xF0\x9F\x90\xA7";
    EXPECT_EQ(symlink("../outside/secret", (path_ + "/granted/link").c_str()),
              0);
  }
  const std::string& path() const { return path_; }
  std::vector<std::string> Flags(std::vector<std::string> more) const {
    more.push_back("--allow-fs-read=" + path_ + "/granted");
    more.push_back("--allow-fs-write=" + path_ + "/granted");
    return more;
  }

 private:
  std::string path_;
};

}  // namespace duktape
}  // namespace postern

#endif  // POSTERN_TESTS_BINDINGS_DUKTAPE_SCRIPT_RUNNER_H_
