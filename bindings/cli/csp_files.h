#ifndef POSTERN_BINDINGS_CLI_CSP_FILES_H_
#define POSTERN_BINDINGS_CLI_CSP_FILES_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "bindings/cli/csp_config.h"
#include "net/csp/policy_text.h"

namespace postern {
namespace cli {

// The bytes of a regular file, at most 1 MiB: an app's may be a pipe, for which
// a reader waits for ever, or a device.
absl::StatusOr<std::string> ReadSmallFile(const std::string& name);

// Reads the files that rules for pages are in, whatever their form:
//
//   *.yaml, *.yml   csp.yaml of oCIS and OpenCloud; of apps also apps.yaml
//   *.json          the same in JSON; of apps also manifest.json, config.json
//                   and Postern's manifests
//   else            lines; of what exists also a header as it stands; of apps
//                   Postern's manifests, by the names that they have
//
// A name may be several, parted by ",", and patterns ("/web/apps/*/csp.yaml"),
// whose files come in the order of their names. Files are joined in order, as
// csp::JoinPolicyTexts() does. Errors say "file:line:column: ...".
class CspFiles {
 public:
  // At most so many files a command.
  static constexpr size_t kMaxFiles = 1000;

  explicit CspFiles(std::map<std::string, std::string> variables)
      : variables_(std::move(variables)) {}

  // What a server sends already.
  absl::StatusOr<csp::PolicyText> ReadExisting(
      const std::vector<std::string>& names);
  // What an app asks for.
  absl::StatusOr<csp::PolicyText> ReadAsked(
      const std::string& app, const std::vector<std::string>& names);

  // What was left out, and variables that no file asked for.
  std::vector<std::string> TakeWarnings();

 private:
  template <typename ReadOne>
  absl::StatusOr<csp::PolicyText> ReadAll(const std::vector<std::string>& names,
                                          ReadOne read_one);
  absl::StatusOr<csp::PolicyText> ReadOneExisting(const std::string& file);
  absl::StatusOr<csp::PolicyText> ReadOneAsked(const std::string& app,
                                               const std::string& file);
  absl::StatusOr<csp::PolicyText> ReadAskedConfig(const std::string& app,
                                                  const std::string& file,
                                                  const ConfigValue& root);
  void Warn(const std::string& file,
            const std::vector<csp::ParseWarning>& warnings);

  CspVariables variables_;
  size_t files_ = 0;
  std::vector<std::string> warnings_;
};

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_CSP_FILES_H_
