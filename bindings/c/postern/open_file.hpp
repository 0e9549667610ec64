#ifndef POSTERN_BINDINGS_C_POSTERN_OPEN_FILE_HPP_
#define POSTERN_BINDINGS_C_POSTERN_OPEN_FILE_HPP_

// Open files that keep their rights, for C++; open_file.h says what each call
// means.

#include <string>

#include "open_file.h"
#include "result.hpp"

namespace postern {
namespace stable {

// May be used by any number of threads.
class OpenFile {
 public:
  explicit OpenFile(postern_open_file* file) : file_(file) {}
  int32_t fd() const { return postern_open_file_descriptor(file_.get()); }
  int32_t Release() { return postern_open_file_release(file_.get()); }
  std::string name() const {
    return postern_open_file_name(file_.get(), nullptr);
  }
  Result<postern_file_info> Info() const {
    auto info = internal::Struct<postern_file_info>();
    return internal::Try(
        [&](postern_error* error) {
          return postern_open_file_get_info(file_.get(), &info, error);
        },
        [&] { return info; });
  }
  Status SetMode(uint32_t mode) const {
    return internal::Try([&](postern_error* error) {
      return postern_open_file_set_mode(file_.get(), mode, error);
    });
  }
  Status SetSize(uint64_t bytes) const {
    return internal::Try([&](postern_error* error) {
      return postern_open_file_set_size(file_.get(), bytes, error);
    });
  }
  Status SetTimes(int64_t accessed_ns, int64_t modified_ns) const {
    return internal::Try([&](postern_error* error) {
      return postern_open_file_set_times(file_.get(), accessed_ns, modified_ns,
                                         error);
    });
  }
  Status Sync() const {
    return internal::Try([&](postern_error* error) {
      return postern_open_file_sync(file_.get(), error);
    });
  }
  postern_open_file* get() const { return file_.get(); }

 private:
  internal::Owned<postern_open_file, &postern_open_file_free> file_;
};

}  // namespace stable
}  // namespace postern

#endif  // POSTERN_BINDINGS_C_POSTERN_OPEN_FILE_HPP_
