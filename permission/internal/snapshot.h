#ifndef POSTERN_PERMISSION_INTERNAL_SNAPSHOT_H_
#define POSTERN_PERMISSION_INTERNAL_SNAPSHOT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "permission/policy.h"

namespace postern {
namespace internal {

// The layers of a context at one moment: its policy, for a root, and what was
// added to narrow it. Immutable.
struct Snapshot {
  struct Part {
    std::shared_ptr<const Policy> policy;
    int first_layer;
    bool takes_uses;  // an enforcing layer has a rule with limited uses
  };
  uint64_t generation = 0;
  std::vector<Part> parts;
  bool reads_clock = false;
  bool takes_uses = false;

  int layer_count() const;
  // The part that holds layer `number` and its index there; null if none.
  const Part* Find(int number, size_t* layer) const;
};

// A part that adds the layers of `policy`, which must not be null.
Snapshot::Part MakePart(std::shared_ptr<const Policy> policy);
// Numbers the layers of all parts, the first ones first.
std::unique_ptr<Snapshot> MakeSnapshot(std::vector<Snapshot::Part> parts,
                                       uint64_t generation);
// How many layers were added to the first part.
int LayersAfterFirst(const std::vector<Snapshot::Part>& parts);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_SNAPSHOT_H_
