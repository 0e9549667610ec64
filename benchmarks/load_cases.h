#ifndef POSTERN_BENCHMARKS_LOAD_CASES_H_
#define POSTERN_BENCHMARKS_LOAD_CASES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "benchmarks/harness/medians.h"
#include "benchmarks/harness/target_table.h"
#include "benchmarks/workload/file_tree.h"

namespace postern {
namespace benchmarks {

// How long a policy's rules take from a file's bytes, in each form, to a
// PolicySpec, and on to a Policy; and the memory that this takes at most.
class LoadCases {
 public:
  enum class Extent {
    kQuick,  // 1,000 rules, and of the binary form 100,000
    kFull,   // 1,000, 100,000 and a million rules of all forms
  };
  LoadCases(const FileTree& tree, Extent extent);

  // Reads and builds each once: an error if one is refused. Measures memory.
  absl::Status Prepare();
  void Register() const;
  void AddRows(const Medians& medians, TargetTable* table) const;
  // Time and memory of every case, a line each.
  std::string ToText(const Medians& medians) const;

 private:
  enum class Form { kText, kJson, kBinary };
  struct Case {
    Form form;
    size_t size;  // rules
    std::string bytes;
    // At most, above what was there before: while it is read, and while it is
    // read and built.
    int64_t parse_peak = 0, load_peak = 0;
    int64_t built = 0;  // what the Policy keeps
  };

  void Add(const FileTree& tree, size_t size, const std::vector<Form>& forms);
  static const char* FormName(Form form);
  static std::string Name(const char* what, Form form, size_t size);
  static absl::Status Measure(Case* c);

  std::vector<std::unique_ptr<Case>> cases_;
};

}  // namespace benchmarks
}  // namespace postern

#endif  // POSTERN_BENCHMARKS_LOAD_CASES_H_
