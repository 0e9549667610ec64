#ifndef POSTERN_BINDINGS_CLI_CSP_CONFIG_H_
#define POSTERN_BINDINGS_CLI_CSP_CONFIG_H_

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "bindings/cli/config_value.h"
#include "net/csp/policy.h"
#include "net/csp/policy_text.h"

namespace postern {
namespace cli {

// What stands for ${NAME} and ${NAME|default} in configuration files. The
// program's own environment is never looked at.
class CspVariables {
 public:
  explicit CspVariables(std::map<std::string, std::string> values)
      : values_(std::move(values)) {}

  // The text with its variables replaced. InvalidArgument for one that has
  // neither value nor default, or is not closed.
  absl::StatusOr<std::string> Replace(absl::string_view text);
  // Names that nothing asked for.
  std::vector<std::string> Unused() const;

 private:
  const std::map<std::string, std::string> values_;
  std::set<std::string> used_;
};

// Reads rules as oCIS and OpenCloud keep them in csp.yaml, below the one key
// "directives" a list of sources for each directive:
//
//   directives:
//     img-src:
//       - '''self'''
//       - 'https://${PICTURES_DOMAIN|pictures.example.net}/'
//
// InvalidArgument "file:line:column: ..." as csp::ParsePolicyText().
absl::StatusOr<csp::PolicyText> CspOfDirectives(
    absl::string_view file, const ConfigValue& root, csp::LeftOut left_out,
    CspVariables* variables, std::vector<csp::ParseWarning>* warnings);

// Whether it is one of the files that CspOfDirectives() and CspOfApp() read.
bool IsDirectives(const ConfigValue& root);
bool IsAppConfig(const ConfigValue& root);

// What a web app asks for by its configuration: the origins of what it frames
// (frame-src) and connects to (connect-src, and img-src for previews). `root`
// is the app's manifest.json ("config"), the web client's config.json
// ("external_apps") or the server's apps.yaml (apps by their ids), of which the
// one called `app` is read:
//
//   url           of an editor in a frame, such as draw.io      frame-src
//   companionUrl  of a server that imports files                connect-src,
//                                                               img-src
//   sites, dashboards[].sites, nested: those with
//   "target: embedded", by their url                            frame-src
//
// Empty texts name nothing. InvalidArgument "file:line:column: ..." for what is
// no URL of http or https there, for an app that is not in the file.
absl::StatusOr<csp::PolicyText> CspOfApp(absl::string_view file,
                                         const ConfigValue& root,
                                         absl::string_view app,
                                         CspVariables* variables);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_CSP_CONFIG_H_
