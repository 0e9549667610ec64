#ifndef POSTERN_BINDINGS_C_MANIFESTS_H_
#define POSTERN_BINDINGS_C_MANIFESTS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "bindings/c/handles.h"
#include "bindings/c/postern/approval.h"
#include "permission/approval/approval.h"
#include "permission/approval/manifest.h"
#include "permission/approval/sqlite_store.h"
#include "permission/principal.h"

struct postern_manifest {
  postern::Manifest manifest;
  std::string app;
};

struct postern_store {
  std::unique_ptr<postern::SqliteApprovalStore> store;
};

namespace postern {
namespace c {

// What is approved for the app; nothing in no store.
absl::StatusOr<ApprovalState> StateOf(const postern_store* store,
                                      const Principal& app);

}  // namespace c
}  // namespace postern

#endif  // POSTERN_BINDINGS_C_MANIFESTS_H_
