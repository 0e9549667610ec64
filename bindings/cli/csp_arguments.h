#ifndef POSTERN_BINDINGS_CLI_CSP_ARGUMENTS_H_
#define POSTERN_BINDINGS_CLI_CSP_ARGUMENTS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace postern {
namespace cli {

enum class CspCommand : uint8_t { kHelp, kMerge, kReview, kCheck, kExplain };

// What follows "postern csp", read. What a command does not take is empty.
struct CspArguments {
  CspCommand command = CspCommand::kHelp;
  std::string help;  // of kHelp, the text
  std::string base;
  std::vector<std::pair<std::string, std::string>> apps;  // name, file
  std::string admin;
  std::string self;
  std::string open_hosts;
  std::string policy;
  std::string header;
  bool has_header = false;  // it may be empty
  std::string nonce;
  std::string directive;
  std::string url;
  bool redirected = false;
  bool inserted = false;
  bool json = false;
};

// InvalidArgument, with what to do, for anything that is not understood.
absl::StatusOr<CspArguments> ParseCspArguments(
    const std::vector<std::string>& args);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_CSP_ARGUMENTS_H_
