#include "bindings/plugins/run_program.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "fs/base/file_descriptor.h"
#include "process/capture.h"

namespace postern {
namespace plugins {
namespace {

using fs::FileDescriptor;
using process::LaunchReport;
using process::Outcome;
using process::Step;

constexpr size_t kMaxArgumentBytes = 128 << 10;
// The kernel keeps this folder, and nothing in it: nobody, root included, can
// write there or to a folder above it.
constexpr char kEmptyFolder[] = "/proc/tty/ldisc";
// Where a script finds itself.
constexpr int kScript = 3;

absl::Status SystemError(absl::string_view what, int error) {
  return absl::InternalError(
      absl::StrCat("cannot ", what, ": ", strerror(error)));
}

absl::Status NotFound(absl::string_view program) {
  return absl::NotFoundError(
      absl::StrCat("program \"", program, "\" not found"));
}

absl::Status CheckRequest(const ProgramRequest& request) {
  size_t bytes = request.program.size();
  bool has_nul = request.program.find('\0') != std::string::npos;
  for (const std::string& arg : request.args) {
    bytes += arg.size() + 1;
    has_nul |= arg.find('\0') != std::string::npos;
  }
  if (has_nul) return absl::InvalidArgumentError("argument holds a NUL byte");
  if (bytes > kMaxArgumentBytes || request.args.size() > 1000) {
    return absl::InvalidArgumentError("arguments are too long");
  }
  const std::string& name = request.program;
  if (name.empty() || name.size() > 255 || name == "." || name == ".." ||
      name.find('/') != std::string::npos) {
    return NotFound(name);
  }
  return absl::OkStatus();
}

// Where a program starts whose caller names no folder.
FileDescriptor OpenEmptyFolder() {
  FileDescriptor folder(open(kEmptyFolder, O_PATH | O_DIRECTORY | O_CLOEXEC));
  struct statfs info;
  if (folder.valid() && fstatfs(folder.get(), &info) == 0 &&
      info.f_type == PROC_SUPER_MAGIC) {
    return folder;
  }
  return FileDescriptor(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

FileDescriptor OpenProgram(const std::string& name, std::string* path) {
  for (const char* const folder : {"/usr/bin/", "/bin/"}) {
    *path = folder + name;
    FileDescriptor program(open(path->c_str(), O_RDONLY | O_CLOEXEC));
    // Some can be executed, and not read.
    if (!program.valid() && errno == EACCES) {
      program = FileDescriptor(open(path->c_str(), O_PATH | O_CLOEXEC));
    }
    if (program.valid() || errno != ENOENT) return program;
  }
  return FileDescriptor();
}

bool IsScript(int program) {
  char begin[2];
  return pread(program, begin, 2, 0) == 2 && begin[0] == '#' && begin[1] == '!';
}

absl::Duration WallTime(absl::Time deadline) {
  return std::max(deadline - absl::Now(), absl::Milliseconds(1));
}

// The error of a program that was not started.
absl::Status Explain(const ProgramRequest& request, const LaunchReport& report,
                     const absl::Status& status) {
  if (report.steps.empty()) return status;
  const process::StepResult& folder =
      report.steps[static_cast<size_t>(Step::kDirectory)];
  const process::StepResult& start =
      report.steps[static_cast<size_t>(Step::kStart)];
  if (folder.outcome == Outcome::kFailed) {
    return SystemError("enter the folder", folder.error);
  }
  if (start.error == ENOENT || start.error == EACCES) {
    return NotFound(request.program);
  }
  if (start.error != 0) return SystemError("start the program", start.error);
  return status;
}

ProgramResult ToResult(process::Captured captured) {
  ProgramResult result;
  result.status = captured.end.exit_status;
  result.output = std::move(captured.output);
  result.error_output = std::move(captured.error_output);
  result.truncated = captured.truncated;
  const auto& reached = captured.end.reached;
  // By order: the keeper did not do it in time.
  result.timed_out = captured.end.ended_by_order ||
                     std::find(reached.begin(), reached.end(),
                               process::Limit::kWallTime) != reached.end();
  return result;
}

// The program of a plan that has none. To be kept until it runs.
FileDescriptor AddProgram(const ProgramRequest& request,
                          process::LaunchPlan* plan) {
  FileDescriptor program = OpenProgram(request.program, &plan->program_name);
  if (!program.valid()) return program;
  plan->program = program.get();
  if (IsScript(program.get())) plan->script_descriptor = kScript;
  plan->argv = {request.program};
  plan->argv.insert(plan->argv.end(), request.args.begin(), request.args.end());
  return program;
}

}  // namespace

absl::Status CheckProgram(const ProgramRequest& request) {
  const absl::Status status = CheckRequest(request);
  if (!status.ok()) return status;
  std::string path;
  const bool there = OpenProgram(request.program, &path).valid();
  return there ? absl::OkStatus() : NotFound(request.program);
}

absl::StatusOr<ProgramResult> RunProgram(const ProgramRequest& request) {
  const absl::Status status = CheckRequest(request);
  if (!status.ok()) return status;
  process::LaunchPlan plan = request.plan;
  FileDescriptor program;
  if (plan.program < 0) {
    program = AddProgram(request, &plan);
    if (!program.valid()) return NotFound(request.program);
  }
  const FileDescriptor empty = OpenEmptyFolder();
  if (!empty.valid()) return SystemError("open /", errno);
  plan.environment = {"PATH=/usr/bin:/bin", "LC_ALL=C", "LANG=C"};
  plan.directory = request.directory < 0 ? empty.get() : request.directory;
  if (request.deadline != absl::InfiniteFuture()) {
    plan.limits.wall_time = WallTime(request.deadline);
  }
  process::CaptureOptions options;
  options.max_bytes = request.max_output_bytes;
  LaunchReport report;
  absl::StatusOr<process::Captured> captured =
      process::RunCaptured(std::move(plan), options, &report);
  if (!captured.ok()) return Explain(request, report, captured.status());
  return ToResult(*std::move(captured));
}

}  // namespace plugins
}  // namespace postern
