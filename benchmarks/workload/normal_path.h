#ifndef POSTERN_BENCHMARKS_WORKLOAD_NORMAL_PATH_H_
#define POSTERN_BENCHMARKS_WORKLOAD_NORMAL_PATH_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace postern {
namespace benchmarks {

// The normal form of absolute paths, as fast as a baseline deserves: a path
// that is normal already is given back without a copy.
class NormalPath {
 public:
  // `path` must be absolute and at most 4095 bytes. "" for the root.
  explicit NormalPath(absl::string_view path);
  NormalPath(const NormalPath&) = delete;
  NormalPath& operator=(const NormalPath&) = delete;

  // A view of the constructor's argument or of this object.
  absl::string_view get() const { return view_; }

 private:
  void Copy(absl::string_view path);

  absl::string_view view_;
  union {  // left as it is until needed
    char buffer_[4096];
  };
};

}  // namespace benchmarks
}  // namespace postern

#endif  // POSTERN_BENCHMARKS_WORKLOAD_NORMAL_PATH_H_
