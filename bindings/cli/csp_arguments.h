#ifndef POSTERN_BINDINGS_CLI_CSP_ARGUMENTS_H_
#define POSTERN_BINDINGS_CLI_CSP_ARGUMENTS_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "bindings/cli/csp_format.h"

namespace postern {
namespace cli {

enum class CspCommand : uint8_t { kHelp, kMerge, kReview, kCheck, kExplain };

// What follows "postern csp", read. What a command does not take is empty.
struct CspArguments {
  CspCommand command = CspCommand::kHelp;
  std::string help;  // of kHelp, the text
  std::vector<std::string> base;
  // By name, in the order of the first file of each.
  std::vector<std::pair<std::string, std::vector<std::string>>> apps;
  std::string admin;
  std::map<std::string, std::string> variables;
  std::string self;
  std::string open_hosts;
  absl::optional<CspFormat> format;
  std::string only;  // the app whose policy is printed, "" = all together
  std::vector<std::string> policy;
  std::string header;
  bool has_header = false;  // it may be empty
  std::string nonce;
  std::string digest;
  std::string directive;
  std::string url;  // or what CspQuestion calls so
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
