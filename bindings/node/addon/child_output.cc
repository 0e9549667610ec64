#include "bindings/node/addon/child_output.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "bindings/node/addon/values.h"

namespace postern {
namespace node {
namespace {

constexpr int kInput = 0;
constexpr int64_t kMillisecond = 1000000;

int64_t NowMs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / kMillisecond;
}

bool ReadNumbers(napi_env env, napi_value value, std::vector<int64_t>* out) {
  uint32_t length = 0;
  if (napi_get_array_length(env, value, &length) != napi_ok || length > 64) {
    return false;
  }
  out->resize(length);
  for (uint32_t i = 0; i < length; ++i) {
    napi_value element;
    if (napi_get_element(env, value, i, &element) != napi_ok ||
        !ReadInt(env, element, &(*out)[i]) || (*out)[i] < 0) {
      return false;
    }
  }
  return true;
}

// Input is bytes, and may hold NUL.
bool ReadInput(napi_env env, napi_value value, std::string* out) {
  if (IsNullish(env, value)) return true;
  napi_typedarray_type type;
  size_t size = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(env, value, &type, &size, &data, nullptr,
                               nullptr) != napi_ok ||
      type != napi_uint8_array) {
    return false;
  }
  if (size > 0) out->assign(static_cast<const char*>(data), size);
  return true;
}

}  // namespace

ChildOutput::~ChildOutput() {
  for (const auto& one : ours_) close(one.second);
  CloseTheirs();
}

void ChildOutput::CloseTheirs() {
  for (const auto& one : theirs_) close(one.second);
  theirs_.clear();
}

bool ChildOutput::AddPipe(int number, ChildStart* start) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return false;
  }
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  ours_[number] = ends[0];
  theirs_[number] = ends[1];
  if (number != kInput) texts_[number];
  start->descriptors.push_back({ends[1], number});
  return true;
}

bool ChildOutput::Read(napi_env env, const napi_value arguments[3],
                       ChildStart* start, std::string* problem) {
  std::vector<int64_t> pipes, limits;
  *problem = "input, pipes or limits cannot be used";
  if (!ReadInput(env, arguments[0], &input_) ||
      !ReadNumbers(env, arguments[1], &pipes) ||
      !ReadNumbers(env, arguments[2], &limits) || limits.size() != 3) {
    return false;
  }
  std::copy(limits.begin(), limits.end(), limits_);
  for (const int64_t number : pipes) {
    if (number > 1024 || ours_.count(static_cast<int>(number)) != 0 ||
        !AddPipe(static_cast<int>(number), start)) {
      return false;
    }
  }
  return true;
}

int64_t ChildOutput::DeadlineMs() const {
  return limits_[0] == 0
             ? -1
             : std::max<int64_t>(0, started_ms_ + limits_[0] - NowMs());
}

void ChildOutput::Exceed(const char* what, postern_child* child) {
  if (!exceeded_.empty()) return;
  exceeded_ = what;
  const int number = limits_[2] == 0 ? SIGTERM : static_cast<int>(limits_[2]);
  postern_child_signal(child, number, nullptr);
}

void ChildOutput::Feed() {
  const auto found = ours_.find(kInput);
  if (found == ours_.end()) return;
  ssize_t n = 0;
  while (fed_ < input_.size() &&
         (n = send(found->second, input_.data() + fed_, input_.size() - fed_,
                   MSG_NOSIGNAL)) > 0) {
    fed_ += static_cast<size_t>(n);
  }
  if (fed_ < input_.size() && (errno == EAGAIN || errno == EINTR)) return;
  close(found->second);
  ours_.erase(found);
}

void ChildOutput::Take(int number, postern_child* child) {
  char buffer[1 << 16];
  std::string* const text = &texts_[number];
  for (;;) {
    const ssize_t n = read(ours_[number], buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) break;
    const size_t room =
        limits_[1] == 0
            ? static_cast<size_t>(n)
            : static_cast<size_t>(limits_[1]) -
                  std::min(text->size(), static_cast<size_t>(limits_[1]));
    text->append(buffer, std::min(room, static_cast<size_t>(n)));
    if (room < static_cast<size_t>(n)) Exceed("ENOBUFS", child);
  }
  close(ours_[number]);
  ours_.erase(number);
}

// What is left in the pipes of a program that ended.
void ChildOutput::Drain(postern_child* child) {
  std::vector<int> numbers;
  for (const auto& one : ours_) {
    if (one.first != kInput) numbers.push_back(one.first);
  }
  for (const int number : numbers) Take(number, child);
}

void ChildOutput::Pump(postern_child* child) {
  CloseTheirs();
  started_ms_ = NowMs();
  Feed();
  postern_child_event event = {};
  event.struct_size = sizeof(event);
  for (;;) {
    std::vector<pollfd> polled = {{postern_child_news(child), POLLIN, 0}};
    for (const auto& one : ours_) {
      polled.push_back(
          {one.second,
           static_cast<short>(one.first == kInput ? POLLOUT : POLLIN), 0});
    }
    const int64_t left = exceeded_.empty() ? DeadlineMs() : -1;
    const int ready = poll(polled.data(), polled.size(),
                           static_cast<int>(std::min<int64_t>(left, 1 << 30)));
    if (ready == 0 && DeadlineMs() == 0) Exceed("ETIMEDOUT", child);
    Feed();
    Drain(child);
    if (postern_child_wait(child, 0, &event, nullptr) != POSTERN_OK ||
        event.state == POSTERN_CHILD_ENDED) {
      break;
    }
  }
  Drain(child);
  exit_status_ = event.exit_status;
  signal_ = event.end_signal;
}

}  // namespace node
}  // namespace postern
