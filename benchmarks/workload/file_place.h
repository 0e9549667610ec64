#ifndef POSTERN_BENCHMARKS_WORKLOAD_FILE_PLACE_H_
#define POSTERN_BENCHMARKS_WORKLOAD_FILE_PLACE_H_

#include <string>

namespace postern {
namespace benchmarks {

// A folder of a benchmark's own, removed at the end.
class FilePlace {
 public:
  enum class Mount {
    kAsItIs,  // in the folder for temporary files
    // A mount on which no device can be opened (mount(8), nodev): a new one in
    // a mount namespace of this process, else /dev/shm if it is one.
    kNoDevices,
  };

  explicit FilePlace(Mount mount);
  ~FilePlace();
  FilePlace(const FilePlace&) = delete;
  FilePlace& operator=(const FilePlace&) = delete;

  // Empty if there is no such place on this machine.
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool mounted_ = false;
};

}  // namespace benchmarks
}  // namespace postern

#endif  // POSTERN_BENCHMARKS_WORKLOAD_FILE_PLACE_H_
