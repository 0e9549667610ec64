#include "net/threaded_resolver.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include "absl/time/time.h"

namespace postern {
namespace net {
namespace {

// Shared by who waits for it and the thread that does it.
struct Request {
  explicit Request(const HostName& host) : name(host) {}

  const HostName name;
  // By the resolver's mutex.
  bool done = false;
  LookUpResult result;
  std::condition_variable changed;
};

// A thread that nobody joins, and that handles no signals: they are the host's.
// False if there is none to be had.
bool StartThread(void* (*run)(void*), void* argument) {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  const int error = pthread_create(&thread, &attributes, run, argument);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return error == 0;
}

class ThreadedResolver final : public Resolver {
 public:
  explicit ThreadedResolver(BlockingLookUp look_up)
      : look_up_(std::move(look_up)) {}

  ~ThreadedResolver() override {
    std::unique_lock<std::mutex> lock(mutex_);
    ended_.wait(lock, [this] { return threads_ == 0; });
  }

  LookUpResult LookUp(const HostName& name, const Wait& wait) override {
    LookUpResult result;
    result.error_number = wait.Error();
    if (result.error_number != 0) return result;
    const auto request = std::make_shared<Request>(name);
    std::unique_lock<std::mutex> lock(mutex_);
    waiting_.push_back(request);
    if (!FindThread()) result.error_number = EAGAIN;
    while (!request->done) {
      if (result.error_number == 0) result.error_number = wait.Error();
      if (result.error_number != 0) {
        Forget(request);
        return result;
      }
      request->changed.wait_for(lock, absl::ToChronoNanoseconds(wait.Slice()));
    }
    return std::move(request->result);
  }

 private:
  // Whether there is one that will see what waits.
  bool FindThread() {
    if (threads_ < kMaxLookUpThreads && StartThread(&Run, this)) ++threads_;
    return threads_ > 0;
  }

  // What had not begun never will.
  void Forget(const std::shared_ptr<Request>& request) {
    waiting_.erase(std::remove(waiting_.begin(), waiting_.end(), request),
                   waiting_.end());
  }

  static void* Run(void* self) {
    static_cast<ThreadedResolver*>(self)->Work();
    return nullptr;
  }

  void Work() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!waiting_.empty()) {
      const std::shared_ptr<Request> request = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      LookUpResult result = look_up_(request->name);
      lock.lock();
      request->result = std::move(result);
      request->done = true;
      request->changed.notify_all();
    }
    if (--threads_ == 0) ended_.notify_all();
  }

  const BlockingLookUp look_up_;
  std::mutex mutex_;
  // By mutex_. A thread ends when nothing waits.
  std::deque<std::shared_ptr<Request>> waiting_;
  int threads_ = 0;
  std::condition_variable ended_;
};

}  // namespace

std::shared_ptr<Resolver> MakeThreadedResolver(BlockingLookUp look_up) {
  return std::make_shared<ThreadedResolver>(std::move(look_up));
}

}  // namespace net
}  // namespace postern
