// What is read of programs that somebody else made: the line that begins a
// script, an ELF file's headers, and the arguments of a wrapper.

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "fs/base/file_descriptor.h"
#include "process/program_file.h"
#include "process/wrappers.h"
#include "tests/fuzz/require.h"

namespace postern {
namespace {

using process::InnerCommand;
using process::ProgramFile;

void ReadAsFile(absl::string_view bytes) {
  const fs::FileDescriptor fd(memfd_create("fuzz", MFD_CLOEXEC));
  if (!fd.valid() || write(fd.get(), bytes.data(), bytes.size()) !=
                         static_cast<ssize_t>(bytes.size())) {
    return;
  }
  const ProgramFile file = process::InspectProgram(fd.get());
  Require(
      (file.kind == ProgramFile::Kind::kScript) == !file.interpreter.empty(),
      "a script has an interpreter, and nothing else has one");
  Require(file.has_argument == !file.argument.empty(), "an argument is text");
  Require(file.interpreter.find_first_of(" \t\n") == std::string::npos,
          "an interpreter is one word");
  Require(file.loader.empty() || file.kind == ProgramFile::Kind::kBinary,
          "a dynamic binary has a loader, and nothing else has one");
  Require(file.loader.find('\0') == std::string::npos, "a loader is a name");
}

// The first line is the program's name, the others are its arguments.
void ReadAsArguments(absl::string_view bytes) {
  std::vector<std::string> words = absl::StrSplit(bytes, '\n');
  const std::string name = words[0];
  words.erase(words.begin());
  const InnerCommand inner = process::FindInnerCommand(name, words);
  if (inner.found != InnerCommand::Found::kAt) return;
  Require(inner.at < words.size(), "the command is one of the arguments");
  Require(words[inner.at].find('=') == std::string::npos, "no variable");
  Require(words[inner.at].substr(0, 1) != "-", "no option");
}

}  // namespace
}  // namespace postern

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  postern::ReadAsFile(bytes);
  postern::ReadAsArguments(bytes);
  return 0;
}
