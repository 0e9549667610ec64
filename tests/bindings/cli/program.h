#ifndef POSTERN_TESTS_BINDINGS_CLI_PROGRAM_H_
#define POSTERN_TESTS_BINDINGS_CLI_PROGRAM_H_

#include <map>
#include <string>
#include <vector>

namespace postern {
namespace cli {

// What became of a run of the program.
struct ProgramRun {
  int code = -1;  // exit code, -1 if a signal ended it
  std::string out;
  std::string err;
};

// What its standard output is.
enum class Stdout : unsigned char { kFile, kClosed, kFull, kBrokenPipe };

struct ProgramOptions {
  Stdout out = Stdout::kFile;
  std::string in;  // standard input
  std::map<std::string, std::string> environment;
};

// Runs a program with no environment but the given one. POSTERN_STORE is a file
// in this test's own folder.
ProgramRun RunProgram(const std::string& path,
                      const std::vector<std::string>& args,
                      const ProgramOptions& options = ProgramOptions());
// Runs bindings/cli/postern in this way.
ProgramRun RunPostern(const std::vector<std::string>& args,
                      const ProgramOptions& options = ProgramOptions());

// The absolute name of a file that the test has ("docs/examples/x/demo").
std::string Absolute(const std::string& name);
// The program's.
std::string PosternPath();

// Runs it on a terminal where `typed` is typed. `out` is all that the terminal
// showed, what was typed included.
ProgramRun RunPosternOnTerminal(
    const std::vector<std::string>& args, const std::string& typed,
    const std::map<std::string, std::string>& environment = {});

// Runs a program on a terminal where `typed` is typed at once, and the next of
// `answers` whenever a question is open that ends in "[n]: "; Ctrl-D when there
// are no more.
ProgramRun RunDialog(const std::string& path,
                     const std::vector<std::string>& args,
                     const std::vector<std::string>& answers,
                     const std::string& typed = "");

// A fresh folder of this test, by its real name.
std::string NewFolder();
void WriteFile(const std::string& path, const std::string& bytes);
std::string ReadFile(const std::string& path);
// Writes an app, whose manifest begins with version and app id.
std::string NewApp(const std::string& requests, const std::string& main_lua);

// Whether `text` is one line "postern: ...".
bool IsOneErrorLine(const std::string& text);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_TESTS_BINDINGS_CLI_PROGRAM_H_
