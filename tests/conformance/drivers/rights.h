#ifndef POSTERN_TESTS_CONFORMANCE_DRIVERS_RIGHTS_H_
#define POSTERN_TESTS_CONFORMANCE_DRIVERS_RIGHTS_H_

#include <memory>
#include <string>

#include "tests/conformance/drivers/attempt.h"

// What the drivers of embedded interpreters hand to their adapters: a context
// of the table's policy, its files and its launcher.
class Rights {
 public:
  // Null, with a message on the error output, if the policy cannot be read.
  static std::unique_ptr<Rights> Make(const char* policy, const char* folder);
  Rights(const Rights&) = delete;
  Rights& operator=(const Rights&) = delete;
  ~Rights();

  postern_context* context() const { return context_; }
  const postern_files* files() const { return files_; }
  const postern_launcher* launcher() const { return launcher_; }

 private:
  Rights() = default;
  bool Fill(const char* policy, const char* folder, postern_error* error);

  postern_context* context_ = nullptr;
  postern_files* files_ = nullptr;
  postern_launcher* launcher_ = nullptr;
};

// What all functions of the language say, a granted name, if the guest is to
// overwrite them (OVERWRITE is set); else "".
std::string LieFor(const char* folder);

inline std::string ToString(const postern_bytes& bytes) {
  return bytes.size == 0 ? std::string() : std::string(bytes.data, bytes.size);
}

// By the name that a guest gives; FAILED for any other.
verdict VerdictOf(const std::string& name);
// Fills an answer.
void Say(verdict said, const std::string& detail, answer* to);

#endif  // POSTERN_TESTS_CONFORMANCE_DRIVERS_RIGHTS_H_
