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

// Compares what an app's manifest asks for with what the app does.
class ManifestCoverage {
 public:
  static absl::StatusOr<ManifestCoverage> Make(const App& app,
                                               const host::Catalog& catalog);

  // Whether the call would be granted if all of the manifest was approved.
  bool Covers(const lua::WantedCall& call) const;
  // Whether the plugin could be loaded then.
  bool CoversModule(const std::string& id) const;

  // What the manifest lacks, as lines to be added to it: text form. Left out
  // is what no manifest can ask for, as a function whose name is not text.
  std::string MissingLines(const lua::AuditReport& report) const;

 private:
  ManifestCoverage(const App& app, Signatures signatures,
                   std::shared_ptr<const Policy> policy)
      : app_(app),
        signatures_(std::move(signatures)),
        policy_(std::move(policy)) {
    NoteCallablePlugins();
  }
  void NoteCallablePlugins();
  RulePattern PatternFor(const lua::WantedCall& call) const;
  std::string LineFor(Permission permission, const RulePattern& pattern) const;

  App app_;
  Signatures signatures_;
  std::shared_ptr<const Policy> policy_;
  std::set<std::string> callable_;  // plugins with a call that is asked for
  bool all_callable_ = false;
};

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_WANTED_H_
