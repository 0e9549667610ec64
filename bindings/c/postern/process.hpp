#ifndef POSTERN_BINDINGS_C_POSTERN_PROCESS_HPP_
#define POSTERN_BINDINGS_C_POSTERN_PROCESS_HPP_

// Programs under a policy, for C++; process.h says what each call means.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "context.hpp"
#include "process.h"
#include "result.hpp"

namespace postern {
namespace stable {

// A running program; ended when this goes. One thread at a time.
class Child {
 public:
  explicit Child(postern_child* child) : child_(child) {}

  // The end, or POSTERN_CHILD_NO_NEWS at the deadline.
  Result<postern_child_event> Wait(int64_t deadline_unix_ns = INT64_MAX) {
    return Event([&](postern_child_event* event, postern_error* error) {
      return postern_child_wait(get(), deadline_unix_ns, event, error);
    });
  }
  // Stops and continuations too.
  Result<postern_child_event> Next(int64_t deadline_unix_ns = INT64_MAX) {
    return Event([&](postern_child_event* event, postern_error* error) {
      return postern_child_next(get(), deadline_unix_ns, event, error);
    });
  }
  // Zeros where nothing was seen; fails until the end was told.
  Result<postern_seen_limit> SeenLimit(postern_limit limit) const {
    auto seen = internal::Struct<postern_seen_limit>();
    return internal::Try(
        [&](postern_error* error) {
          return postern_child_seen_limit(get(), limit, &seen, error);
        },
        [&] { return seen; });
  }
  Status Signal(int32_t number) {
    return internal::Try([&](postern_error* error) {
      return postern_child_signal(get(), number, error);
    });
  }
  Status Terminate(int64_t grace_ns) {
    return internal::Try([&](postern_error* error) {
      return postern_child_terminate(get(), grace_ns, error);
    });
  }
  Result<postern_child_event> Kill() {
    return Event([&](postern_child_event* event, postern_error* error) {
      return postern_child_kill(get(), event, error);
    });
  }
  Result<std::string> Report(
      postern_report_format format = POSTERN_REPORT_TEXT) const {
    return internal::TryBuffer([&](postern_buffer** out, postern_error* error) {
      return postern_child_report(get(), format, out, error);
    });
  }
  postern_child* get() const { return child_.get(); }

 private:
  template <typename Call>
  static Result<postern_child_event> Event(Call call) {
    auto event = internal::Struct<postern_child_event>();
    return internal::Try(
        [&](postern_error* error) { return call(&event, error); },
        [&] { return event; });
  }

  internal::Owned<postern_child, &postern_child_free> child_;
};

// What a start would do, and what the kernel would hold.
struct LaunchPreview {
  std::string plan;
  std::string report;
};

// May be used by any number of threads.
class Launcher {
 public:
  // What the options point to is only read here.
  static Result<Launcher> Create(const Context& context,
                                 const postern_launcher_options& options) {
    postern_launcher* made = nullptr;
    return internal::Try(
        [&](postern_error* error) {
          return postern_launcher_new(context.get(), &options, &made, error);
        },
        [&] { return Launcher(made); });
  }

  // The program and its arguments, with these descriptors and no others.
  Result<Child> Start(const std::vector<std::string>& argv,
                      const std::vector<postern_descriptor>& descriptors = {},
                      int64_t deadline_unix_ns = INT64_MAX) const {
    std::vector<postern_bytes> words;
    return Start(StartOf(argv, descriptors, &words), deadline_unix_ns);
  }
  Result<Child> Start(const postern_start& start,
                      int64_t deadline_unix_ns = INT64_MAX) const {
    postern_child* made = nullptr;
    return internal::Try(
        [&](postern_error* error) {
          return postern_launcher_start(get(), &start, deadline_unix_ns, &made,
                                        error);
        },
        [&] { return Child(made); });
  }
  // A dry run; starts nothing.
  Result<LaunchPreview> Preview(
      const std::vector<std::string>& argv,
      const std::vector<postern_descriptor>& descriptors = {},
      postern_report_format format = POSTERN_REPORT_TEXT) const {
    std::vector<postern_bytes> words;
    return Preview(StartOf(argv, descriptors, &words), format);
  }
  Result<LaunchPreview> Preview(
      const postern_start& start,
      postern_report_format format = POSTERN_REPORT_TEXT) const {
    postern_buffer *plan = nullptr, *report = nullptr;
    return internal::Try(
        [&](postern_error* error) {
          return postern_launcher_preview(get(), &start, format, &plan, &report,
                                          error);
        },
        [&] {
          const internal::OwnedBuffer plan_owner(plan), report_owner(report);
          return LaunchPreview{
              internal::StringOf(&postern_buffer_data, plan_owner.get()),
              internal::StringOf(&postern_buffer_data, report_owner.get())};
        });
  }
  postern_launcher* get() const { return launcher_.get(); }

 private:
  // Borrows the arguments; `words` is what the start points to.
  static postern_start StartOf(
      const std::vector<std::string>& argv,
      const std::vector<postern_descriptor>& descriptors,
      std::vector<postern_bytes>* words) {
    for (const std::string& word : argv) {
      words->push_back(internal::Bytes(word));
    }
    auto start = internal::Struct<postern_start>();
    start.argv = words->data();
    start.argc = words->size();
    start.descriptors = descriptors.data();
    start.descriptor_count = descriptors.size();
    return start;
  }

  explicit Launcher(postern_launcher* launcher) : launcher_(launcher) {}

  internal::Owned<postern_launcher, &postern_launcher_free> launcher_;
};

}  // namespace stable
}  // namespace postern

#endif  // POSTERN_BINDINGS_C_POSTERN_PROCESS_HPP_
