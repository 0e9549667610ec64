// A mountinfo file: no crash, each mount is found at its own place or hidden
// there by one that came later, and a name lies on the longest place.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "fs/mount_table.h"
#include "tests/fuzz/require.h"

namespace postern {
namespace {

void CheckPlace(const fs::MountTable& table, const fs::Mount& mount) {
  Require(mount.point[0] == '/', "places are absolute");
  const fs::Mount* at = table.Find(mount.point);
  Require(at != nullptr && at->point.size() <= mount.point.size() &&
              mount.point.compare(0, at->point.size(), at->point) == 0,
          "a place lies on a mount: " + mount.point);
  Require(at->point == mount.point || mount.point.back() == '/',
          "that of the same place: " + mount.point);
  const fs::Mount* below = table.Find(mount.point + "/\xff\xff");
  Require(below != nullptr, "and so does what is below it");
  Require(table.FindById(mount.id) != nullptr, "it has its number");
}

}  // namespace
}  // namespace postern

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kMaxMounts = 64;  // each is looked for among all
  const postern::fs::MountTable table(
      absl::string_view(reinterpret_cast<const char*>(data), size));
  bool folds = false;
  for (const postern::fs::Mount& mount : table.mounts()) {
    folds = folds || mount.may_fold_names;
  }
  postern::Require(folds == table.any_folds_names(), "one that folds is told");
  for (size_t i = 0; i < table.mounts().size() && i < kMaxMounts; ++i) {
    postern::CheckPlace(table, table.mounts()[i]);
  }
  return 0;
}
