#ifndef POSTERN_BENCHMARKS_HARNESS_RUN_OPTIONS_H_
#define POSTERN_BENCHMARKS_HARNESS_RUN_OPTIONS_H_

#include <string>
#include <vector>

#include "benchmarks/harness/machine.h"
#include "benchmarks/harness/medians.h"
#include "benchmarks/harness/target_table.h"

namespace postern {
namespace benchmarks {

// What every benchmark program takes: --quick, --json=FILE, and the flags of
// Google Benchmark.
struct RunOptions {
  bool quick = false;
  std::string json;               // a file's name; "" = none
  std::vector<std::string> rest;  // for Google Benchmark

  static RunOptions Read(int argc, char** argv);
  // False if an argument is unknown; said on standard error.
  bool InitializeBenchmark() const;
  // What stands for a row that this run leaves out.
  const char* not_run() const {
    return quick ? "not run (--quick)" : "not run";
  }
  // Writes the figures to `json`, if that is given. False if it cannot.
  bool WriteJson(const Machine& machine, const TargetTable& table,
                 const Medians& medians) const;
  // Prints machine, medians and table, and writes them as WriteJson() does.
  bool Report(const Machine& machine, const TargetTable& table,
              const Medians& medians) const;
  // Report() as the end of a run: the exit code, which is 1 as well if the
  // table misses a structural row.
  int Finish(const Machine& machine, const TargetTable& table,
             const Medians& medians) const;
};

// What main() does: reads the options and calls `run`, whose answer is the exit
// code; 1 if an argument is unknown.
int RunMain(int argc, char** argv, int (*run)(const RunOptions&));

}  // namespace benchmarks
}  // namespace postern

#endif  // POSTERN_BENCHMARKS_HARNESS_RUN_OPTIONS_H_
