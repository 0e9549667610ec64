#ifndef POSTERN_FS_PREORDER_H_
#define POSTERN_FS_PREORDER_H_

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace postern {
namespace fs {

// Sorts `numbers` so that the paths that `path_of` gives for them are in
// preorder: each before all that lies beneath it, and that before all else.
// The paths are in normal form, without NUL, "" being the root. Reads them
// eight bytes at a time, each at most once where they differ: steps are at most
// their bytes together and n log n, whatever they begin with.
void SortInPreorder(absl::FunctionRef<absl::string_view(uint32_t)> path_of,
                    std::vector<uint32_t>* numbers);

}  // namespace fs
}  // namespace postern

#endif  // POSTERN_FS_PREORDER_H_
