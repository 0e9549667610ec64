#ifndef POSTERN_PROCESS_USAGE_H_
#define POSTERN_PROCESS_USAGE_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace postern {
namespace process {

// What a program and all that it started used: plain numbers that a host can
// store and sum.
struct Usage {
  absl::Duration cpu_user;
  absl::Duration cpu_system;
  // From the start until nothing of it was left: how long it tied up what it
  // held.
  absl::Duration tied_up;
  // The most memory at a time. Of the memory cgroup; without one, of samples of
  // all resident sets, and at least the largest one. A program that lives
  // shorter than a hundredth of a second may have that of its launcher instead:
  // the kernel counts what it had before it executed the program.
  uint64_t peak_memory_bytes = 0;
  // Memory multiplied by time, in byte-seconds. Sampled: less is seen of what
  // lives shorter than a few hundredths of a second.
  double memory_byte_seconds = 0;
  // From and to storage.
  uint64_t read_bytes = 0;
  uint64_t written_bytes = 0;

  // Adds times and bytes; of the peaks, the larger.
  Usage& operator+=(const Usage& other);
};

// One line for people.
std::string UsageText(const Usage& usage);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_USAGE_H_
