// The kernel's texts that are read before a launch and after a fork: mountinfo
// and cgroup, apart by a NUL, and lines of maps. No crash; no group lies above
// what is mounted, and no region ends before it begins.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "process/cgroup_places.h"
#include "process/forget_memory.h"
#include "process/signal_safe.h"
#include "tests/fuzz/require.h"

namespace postern {
namespace {

void CheckDirectory(const std::string& directory, bool climbs) {
  Require(!directory.empty(), "a place has a directory");
  Require(climbs || !absl::StrContains(directory, "/.."),
          "no group above what is mounted: " + directory);
}

void CheckPlaces(absl::string_view mountinfo, absl::string_view cgroups) {
  const process::CgroupPlaces places =
      process::ParseCgroupPlaces(mountinfo, cgroups, "");
  // Then the kernel said so itself; octal for a point is "\056".
  const bool climbs =
      absl::StrContains(mountinfo, "..") || absl::StrContains(mountinfo, "\\");
  if (!places.unified.empty()) CheckDirectory(places.unified, climbs);
  for (const auto& place : places.v1) CheckDirectory(place.second, climbs);
}

void CheckLine(const std::string& line) {
  process::MemoryRegion region;
  if (process::ParseMemoryRegion(line.c_str(), &region)) {
    Require(region.begin < region.end, "a region has a size");
  }
  const uint64_t number = process::NumberAfter(line.c_str(), "oom_kill");
  Require(number == 0 || absl::StrContains(line, "oom_kill"),
          "a number has its key");
}

}  // namespace
}  // namespace postern

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t end = text.find('\0');
  if (end == absl::string_view::npos) {
    postern::CheckLine(std::string(text));
  } else {
    postern::CheckPlaces(text.substr(0, end), text.substr(end + 1));
  }
  return 0;
}
