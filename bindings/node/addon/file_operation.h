#ifndef POSTERN_BINDINGS_NODE_ADDON_FILE_OPERATION_H_
#define POSTERN_BINDINGS_NODE_ADDON_FILE_OPERATION_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "bindings/node/addon/process_state.h"
#include "postern/postern.h"

namespace postern {
namespace node {

struct FileOperation;

// One kind of operation on files, as JavaScript calls it.
struct FileKind {
  const char* name;  // of the function, and in errors unless `syscall` is set
  // An argument a letter: p = name, t = text, n = whole number, f = number.
  const char* parameters;
  postern_permission permission;  // of a denial that nobody explains
  postern_status (*run)(const ProcessState& state, FileOperation* operation);
  const char* syscall = nullptr;
  // In errors, if the first number is 0: then links are not followed.
  const char* of_links = nullptr;
};

// What came of it, by kind; most give nothing.
enum class FileResult : uint8_t {
  kNothing,
  kNumber,
  kText,
  kBytes,
  kInfo,
  kList
};

// One operation, from its arguments to its result. Runs on any thread; one
// thread at a time uses it.
struct FileOperation {
  explicit FileOperation(const FileKind& the_kind) : kind(&the_kind) {}
  FileOperation(const FileOperation&) = delete;
  FileOperation& operator=(const FileOperation&) = delete;
  ~FileOperation();

  const FileKind* kind;
  std::vector<std::string> texts;
  std::vector<double> numbers;
  std::shared_ptr<ProcessState> state;

  postern_status status = POSTERN_INTERNAL;
  postern_error* error = postern_error_new();
  FileResult result = FileResult::kNothing;
  double number = 0;
  std::string bytes;                              // kText and kBytes
  postern_buffer* buffer = nullptr;               // the same, without a copy
  std::vector<int64_t> info;                      // kInfo
  std::vector<std::pair<std::string, int>> list;  // names and types

  int64_t Integer(size_t index) const {
    return static_cast<int64_t>(numbers[index]);
  }
  // Runs it, on whichever thread.
  void Run();
};

// All kinds. What a name needs and where it leads is the library's affair.
absl::Span<const FileKind> AllFileKinds();

}  // namespace node
}  // namespace postern

#endif  // POSTERN_BINDINGS_NODE_ADDON_FILE_OPERATION_H_
