#ifndef POSTERN_BINDINGS_CLI_WANTED_H_
#define POSTERN_BINDINGS_CLI_WANTED_H_

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bindings/cli/app.h"
#include "bindings/host/catalog.h"
#include "bindings/lua/audit_report.h"
#include "permission/policy.h"

namespace postern {
namespace cli {

// The parameter names of the catalog's functions, for policies.
Signatures SignaturesOf(const host::Catalog& catalog);

// What a manifest lacks.
struct MissingRequests {
  std::string lines;  // to be added to it: text form
  // What no manifest can ask for, why, and what to do instead. Bytes of the
  // app's: escape them.
  std::vector<std::string> remarks;
};

// Compares what an app's manifest asks for with what the app does.
class ManifestCoverage {
 public:
  static absl::StatusOr<ManifestCoverage> Make(const App& app,
                                               const host::Catalog& catalog);

  // Whether the call would be granted if all of the manifest was approved.
  bool Covers(const lua::WantedCall& call) const;
  // Whether the plugin could be loaded then.
  bool CoversModule(const std::string& id) const;

  MissingRequests Missing(const lua::AuditReport& report) const;

 private:
  ManifestCoverage(const App& app, Signatures signatures,
                   std::shared_ptr<const Policy> policy)
      : app_(app),
        signatures_(std::move(signatures)),
        policy_(std::move(policy)) {
    NoteCallablePlugins();
  }
  void NoteCallablePlugins();
  bool IsPlugin(const std::string& id) const;
  // An error says why no manifest can ask for it, and what to do.
  absl::StatusOr<std::string> LinesFor(const lua::WantedCall& call,
                                       const std::string& plugin) const;
  RulePattern PatternFor(const lua::WantedCall& call,
                         const std::vector<std::string>& parameters) const;
  absl::StatusOr<std::string> RequestText(Permission permission,
                                          const RulePattern& pattern) const;

  App app_;
  Signatures signatures_;
  std::shared_ptr<const Policy> policy_;
  std::set<std::string> callable_;  // plugins with a call that is asked for
  bool all_callable_ = false;
};

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_WANTED_H_
