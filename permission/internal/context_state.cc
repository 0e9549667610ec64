#include "permission/internal/context_state.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "permission/internal/parsed_pattern.h"

namespace postern {
namespace internal {

absl::Status Install(std::unique_ptr<const Snapshot> next,
                     ContextState* state) {
  if (next->layer_count() > PermissionContext::kMaxLayers) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "a context has at most ", PermissionContext::kMaxLayers, " layers"));
  }
  if (state->kept.size() > PermissionContext::kMaxRetired) {
    return absl::ResourceExhaustedError(absl::StrCat(
        PermissionContext::kMaxRetired,
        " replaced policies wait to be freed: call Quiesce() when no other "
        "thread is inside a check"));
  }
  state->snapshot.store(next.get(), std::memory_order_release);
  state->kept.push_back(std::move(next));
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<ContextState>> MakeState(
    ContextOptions options) {
  auto state = std::make_unique<ContextState>();
  absl::StatusOr<std::string> base = ParseBaseDirectory(options.base_directory);
  if (!base.ok()) return base.status();
  state->base_directory = *std::move(base);
  state->options = std::move(options);
  return state;
}

}  // namespace internal
}  // namespace postern
