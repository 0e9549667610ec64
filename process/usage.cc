#include "process/usage.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace postern {
namespace process {

Usage& Usage::operator+=(const Usage& other) {
  cpu_user += other.cpu_user;
  cpu_system += other.cpu_system;
  tied_up += other.tied_up;
  peak_memory_bytes = std::max(peak_memory_bytes, other.peak_memory_bytes);
  memory_byte_seconds += other.memory_byte_seconds;
  read_bytes += other.read_bytes;
  written_bytes += other.written_bytes;
  return *this;
}

std::string UsageText(const Usage& usage) {
  return absl::StrCat(
      "cpu ", absl::FormatDuration(usage.cpu_user), " user ",
      absl::FormatDuration(usage.cpu_system), " system, tied up ",
      absl::FormatDuration(usage.tied_up), ", memory at most ",
      usage.peak_memory_bytes >> 10, " KiB, ",
      static_cast<uint64_t>(usage.memory_byte_seconds / (1 << 20)),
      " MiB seconds, read ", usage.read_bytes >> 10, " KiB, written ",
      usage.written_bytes >> 10, " KiB");
}

}  // namespace process
}  // namespace postern
