#ifndef POSTERN_PROCESS_SANITIZED_H_
#define POSTERN_PROCESS_SANITIZED_H_

namespace postern {
namespace process {

// True in a build with a sanitizer that keeps its own state in the memory of
// the process and of each of its threads.
#if defined(__has_feature)
#define POSTERN_HAS_FEATURE(name) __has_feature(name)
#else
#define POSTERN_HAS_FEATURE(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    POSTERN_HAS_FEATURE(address_sanitizer) ||                        \
    POSTERN_HAS_FEATURE(hwaddress_sanitizer) ||                      \
    POSTERN_HAS_FEATURE(memory_sanitizer) ||                         \
    POSTERN_HAS_FEATURE(safe_stack) || POSTERN_HAS_FEATURE(thread_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
#undef POSTERN_HAS_FEATURE

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_SANITIZED_H_
