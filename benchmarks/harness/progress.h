#ifndef POSTERN_BENCHMARKS_HARNESS_PROGRESS_H_
#define POSTERN_BENCHMARKS_HARNESS_PROGRESS_H_

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace postern {
namespace benchmarks {

// Says on standard error what is being done.
void SayProgress(const std::string& what);

// While it lives, says every half minute how long it has. Its thread sleeps
// otherwise, so as not to be measured.
class Ticker {
 public:
  Ticker();
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace benchmarks
}  // namespace postern

#endif  // POSTERN_BENCHMARKS_HARNESS_PROGRESS_H_
