#include "benchmarks/harness/machine.h"

#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"

namespace postern {
namespace benchmarks {
namespace {

std::string ProcessorName() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    const size_t colon = line.find(": ");
    if (absl::StartsWith(line, "model name") && colon != line.npos) {
      return line.substr(colon + 2);
    }
  }
  return "unknown";
}

}  // namespace

Machine Machine::This() {
  Machine machine;
  machine.processor = ProcessorName();
  machine.cores = std::thread::hardware_concurrency();
  machine.l2_bytes = sysconf(_SC_LEVEL2_CACHE_SIZE);
#ifdef __clang__
  machine.compiler = "clang " __clang_version__;
#else
  machine.compiler = "g++ " __VERSION__;
#endif
  if (getloadavg(&machine.load, 1) != 1) machine.load = 0;
  return machine;
}

std::string Machine::ToText() const {
  return absl::StrFormat("%s, %u cores, L2 %d KiB, %s, load %.2f", processor,
                         cores, l2_bytes / 1024, compiler, load);
}

void Machine::WriteJson(JsonWriter* json) const {
  json->StartObject().Key("processor").String(processor);
  json->Key("cores").Integer(cores).Key("l2_bytes").Integer(l2_bytes);
  json->Key("compiler").String(compiler).Key("load").Number(load).EndObject();
}

}  // namespace benchmarks
}  // namespace postern
