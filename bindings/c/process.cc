#include "bindings/c/postern/process.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "bindings/c/guarded.h"
#include "bindings/c/handles.h"
#include "bindings/c/launcher_options.h"
#include "bindings/c/spawn_outcome.h"
#include "bindings/c/spawn_request.h"
#include "permission/backstop/confined_command.h"
#include "permission/backstop/confined_launcher.h"
#include "permission/backstop/report.h"
#include "permission/backstop/report_text.h"
#include "permission/guard/spawn_request.h"
#include "permission/guard/spawn_status.h"
#include "permission/permission.h"
#include "process/child.h"
#include "process/limits.h"
#include "process/start_options.h"
#include "process/start_steps.h"
#include "process/usage.h"

struct postern_launcher {
  std::unique_ptr<postern::ConfinedLauncher> launcher;
  postern::process::StartOptions start;
};

struct postern_child {
  postern::ConfinedCommand command;
  postern::process::Child child;
  absl::optional<postern::process::ChildEvent> end;
};

namespace postern {
namespace c {
namespace {

using process::ChildEvent;
using process::Limit;

constexpr int kMaxSignal = 64;  // signal(7), of real time too

absl::Status NewLauncher(const postern_context& context,
                         const postern_launcher_options* given,
                         postern_launcher** out) {
  postern_launcher_options read = {};
  ConfinedLauncherOptions options;
  auto made = std::make_unique<postern_launcher>();
  absl::Status status;
  if (given != nullptr) status = ReadLauncherOptions(*given, &read);
  if (status.ok()) {
    status = ReadSurroundings(context, CommandsOf(read), &options.commands);
  }
  if (status.ok()) status = ReadConfinement(read, &options);
  if (status.ok()) status = ReadStartOptions(read, &made->start);
  if (!status.ok()) return status;
  auto launcher =
      ConfinedLauncher::Create(SharedContext(context), std::move(options));
  if (!launcher.ok()) return launcher.status();
  made->launcher = *std::move(launcher);
  *out = made.release();
  return absl::OkStatus();
}

absl::Status ReadDescriptors(const postern_start& read,
                             std::vector<SpawnFile>* out) {
  if (!IsReadable(read.descriptors, read.descriptor_count)) {
    return NullError("descriptors");
  }
  for (size_t i = 0; i < read.descriptor_count; ++i) {
    const postern_descriptor& one = read.descriptors[i];
    if (one.from < 0 || one.to < 0) {
      return absl::InvalidArgumentError("start: a descriptor is negative");
    }
    SpawnFile file;
    file.from = one.from;
    file.number = one.to;
    out->push_back(std::move(file));
  }
  return absl::OkStatus();
}

absl::Status ReadStart(const postern_start* given, SpawnRequest* request,
                       process::Session* session) {
  if (given == nullptr) return NullError("start");
  postern_start read = {};
  absl::Status status = ReadStruct(given, "start", &read);
  if (status.ok() && (!IsFlag(read.share_session) || read.reserved != 0)) {
    status = absl::InvalidArgumentError(
        "start: share_session is 0 or 1, and reserved 0");
  }
  if (status.ok()) status = ReadCommand(read, request);
  if (status.ok()) status = ReadDescriptors(read, &request->files);
  if (!status.ok()) return status;
  *session = read.share_session == 1 ? process::Session::kShared
                                     : process::Session::kOwn;
  return absl::OkStatus();
}

// PermissionDenied is a word about authorities here.
Outcome OutcomeOfConfinement(const absl::Status& status) {
  return absl::IsPermissionDenied(status)
             ? OutcomeOf(absl::FailedPreconditionError(status.message()))
             : OutcomeOf(status);
}

// The error of the step that failed is the system's; one that this kernel or
// user does not have stays what is missing.
Outcome OutcomeOfStart(const absl::Status& status,
                       const ConfinedCommand& command) {
  Outcome outcome = OutcomeOfConfinement(status);
  for (const process::StepResult& step : command.steps()) {
    if (step.outcome != process::Outcome::kFailed || step.error == 0) continue;
    outcome.status = POSTERN_SYSTEM;
    outcome.error_number = step.error;
  }
  return outcome;
}

Outcome StartCommand(ConfinedCommand command, postern_child** out) {
  absl::StatusOr<process::Child> child = command.Start();
  if (!child.ok()) return OutcomeOfStart(child.status(), command);
  *out = new postern_child{std::move(command), *std::move(child), {}};
  return Outcome();
}

using Prepared = absl::StatusOr<SpawnResult<ConfinedCommand>>;

// Reads the start, has it prepared, and gives the command to `use`.
Outcome WithCommand(const postern_launcher& launcher,
                    const postern_start* given,
                    absl::FunctionRef<Prepared(const SpawnRequest&,
                                               const process::StartOptions&)>
                        prepare,
                    absl::FunctionRef<Outcome(ConfinedCommand)> use) {
  SpawnRequest request;
  process::StartOptions start = launcher.start;
  const absl::Status status = ReadStart(given, &request, &start.session);
  if (!status.ok()) return OutcomeOf(status);
  Prepared prepared = prepare(request, start);
  if (!prepared.ok()) return OutcomeOfConfinement(prepared.status());
  if (!prepared->ok()) return OutcomeOfSpawn(prepared->status());
  return use(**std::move(prepared));
}

Outcome Start(const postern_launcher& launcher, const postern_start* given,
              absl::Time deadline, postern_child** out) {
  return WithCommand(
      launcher, given,
      [&](const SpawnRequest& request, const process::StartOptions& start) {
        return launcher.launcher->Prepare(request, start, deadline);
      },
      [&](ConfinedCommand command) {
        return StartCommand(std::move(command), out);
      });
}

absl::Status ReportOut(const EnforcementReport& told,
                       postern_report_format format, postern_buffer** out) {
  switch (format) {
    case POSTERN_REPORT_TEXT:
      return NewBuffer(ReportToText(told), out);
    case POSTERN_REPORT_JSON:
      return NewBuffer(ReportToJson(told), out);
    default:
      return absl::InvalidArgumentError("format is none of a report");
  }
}

// Both, or none. For the report limits are tried, which takes a while.
absl::Status PreviewOut(const ConfinedCommand& command,
                        postern_report_format format, postern_buffer** plan,
                        postern_buffer** report) {
  postern_buffer* told = nullptr;
  absl::Status status =
      ReportOut(report == nullptr ? EnforcementReport() : command.Report(),
                format, &told);
  if (!status.ok()) return status;
  std::unique_ptr<postern_buffer> kept(told);
  if (plan != nullptr) status = NewBuffer(command.Describe(), plan);
  if (status.ok() && report != nullptr) *report = kept.release();
  return status;
}

Outcome Preview(const postern_launcher& launcher, const postern_start* given,
                postern_report_format format, postern_buffer** plan,
                postern_buffer** report) {
  return WithCommand(
      launcher, given,
      [&](const SpawnRequest& request, const process::StartOptions& start) {
        return launcher.launcher->Preview(request, start);
      },
      [&](const ConfinedCommand& command) {
        return OutcomeOf(PreviewOut(command, format, plan, report));
      });
}

uint32_t ReachedToC(const std::vector<Limit>& reached) {
  uint32_t bits = 0;
  for (const Limit limit : reached) bits |= 1u << static_cast<int>(limit);
  return bits;
}

postern_child_event EventToC(const ChildEvent& event) {
  postern_child_event out = {};
  out.state = static_cast<postern_child_state>(event.kind);
  out.exit_status = event.exit_status;
  out.end_signal = event.signal;
  out.reached = ReachedToC(event.reached);
  out.ended_by_limit = event.ended_by_limit ? 1 : 0;
  out.ended_by_order = event.ended_by_order ? 1 : 0;
  out.left_over = event.left_over;
  out.cpu_user_ns = absl::ToInt64Nanoseconds(event.usage.cpu_user);
  out.cpu_system_ns = absl::ToInt64Nanoseconds(event.usage.cpu_system);
  out.tied_up_ns = absl::ToInt64Nanoseconds(event.usage.tied_up);
  out.peak_memory_bytes = event.usage.peak_memory_bytes;
  out.memory_byte_seconds =
      static_cast<uint64_t>(event.usage.memory_byte_seconds);
  out.read_bytes = event.usage.read_bytes;
  out.written_bytes = event.usage.written_bytes;
  return out;
}

postern_seen_limit SeenToC(const ChildEvent& end, postern_limit limit) {
  postern_seen_limit out = {};
  for (const ChildEvent::Seen& seen : end.seen) {
    if (static_cast<postern_limit>(seen.limit) != limit) continue;
    out.most = seen.use.most;
    out.held_to = seen.use.held_to;
  }
  return out;
}

static_assert(POSTERN_CHILD_STOPPED ==
                      static_cast<int>(ChildEvent::Kind::kStopped) &&
                  POSTERN_CHILD_CONTINUED ==
                      static_cast<int>(ChildEvent::Kind::kContinued) &&
                  POSTERN_CHILD_ENDED ==
                      static_cast<int>(ChildEvent::Kind::kEnded),
              "same numbers");
static_assert(POSTERN_LIMIT_CPU_SHARE == static_cast<int>(Limit::kCpuShare) &&
                  POSTERN_LIMIT_PROCESSES ==
                      static_cast<int>(Limit::kProcesses) &&
                  POSTERN_LIMIT_WALL_TIME ==
                      static_cast<int>(Limit::kWallTime) &&
                  process::kLimitCount == POSTERN_LIMIT_WALL_TIME + 1,
              "same numbers");

using NextFn =
    absl::StatusOr<ChildEvent> (process::Child::*)(absl::Time deadline);

// The size is checked first: an event that was taken cannot be told again.
postern_status Await(postern_child* child, int64_t deadline, NextFn next,
                     postern_child_event* out, postern_error* error) {
  return Guard(error, [&]() -> absl::Status {
    if (child == nullptr) return NullError("child");
    if (out == nullptr) return NullError("event");
    absl::Status status = WriteStruct(postern_child_event(), "event", out);
    if (!status.ok()) return status;
    if (child->end) return WriteStruct(EventToC(*child->end), "event", out);
    absl::StatusOr<ChildEvent> event =
        (child->child.*next)(TimeFromC(deadline));
    if (!event.ok()) return event.status();
    if (event->kind == ChildEvent::Kind::kEnded) child->end = *event;
    return WriteStruct(EventToC(*event), "event", out);
  });
}

}  // namespace
}  // namespace c
}  // namespace postern

using namespace postern::c;  // NOLINT: the functions below are global
namespace process = postern::process;

const char* postern_limit_name(postern_limit limit, size_t* size) {
  const bool known = limit >= 0 && limit < process::kLimitCount;
  return StaticTextOut(
      known ? process::LimitName(static_cast<process::Limit>(limit)) : "",
      size);
}

postern_status postern_launcher_new(postern_context* context,
                                    const postern_launcher_options* options,
                                    postern_launcher** launcher,
                                    postern_error* error) {
  if (launcher != nullptr) *launcher = nullptr;
  return Guard(error, [&]() -> absl::Status {
    if (context == nullptr) return NullError("context");
    if (launcher == nullptr) return NullError("launcher");
    return NewLauncher(*context, options, launcher);
  });
}

void postern_launcher_free(postern_launcher* launcher) { delete launcher; }

postern_status postern_launcher_start(const postern_launcher* launcher,
                                      const postern_start* start,
                                      int64_t deadline_unix_ns,
                                      postern_child** child,
                                      postern_error* error) {
  if (child != nullptr) *child = nullptr;
  return GuardOperation(error, [&] {
    if (launcher == nullptr) return OutcomeOf(NullError("launcher"));
    if (child == nullptr) return OutcomeOf(NullError("child"));
    return Start(*launcher, start, TimeFromC(deadline_unix_ns), child);
  });
}

postern_status postern_launcher_preview(const postern_launcher* launcher,
                                        const postern_start* start,
                                        postern_report_format format,
                                        postern_buffer** plan,
                                        postern_buffer** report,
                                        postern_error* error) {
  if (plan != nullptr) *plan = nullptr;
  if (report != nullptr) *report = nullptr;
  return GuardOperation(error, [&] {
    if (launcher == nullptr) return OutcomeOf(NullError("launcher"));
    return Preview(*launcher, start, format, plan, report);
  });
}

void postern_child_free(postern_child* child) { delete child; }

int32_t postern_child_process(const postern_child* child) {
  return child == nullptr ? -1 : child->child.pid();
}

int32_t postern_child_descriptor(const postern_child* child) {
  return child == nullptr ? -1 : child->child.pidfd();
}

int32_t postern_child_news(const postern_child* child) {
  return child == nullptr ? -1 : child->child.news_descriptor();
}

const char* postern_child_limit_holder(const postern_child* child,
                                       postern_limit limit, size_t* size) {
  if (child != nullptr) {
    for (const process::LimitResult& one : child->child.limits()) {
      if (static_cast<postern_limit>(one.limit) != limit) continue;
      return StaticTextOut(process::LimitLevelName(one.level), size);
    }
  }
  return StaticTextOut("", size);
}

postern_status postern_child_report(const postern_child* child,
                                    postern_report_format format,
                                    postern_buffer** report,
                                    postern_error* error) {
  if (report != nullptr) *report = nullptr;
  return Guard(error, [&]() -> absl::Status {
    if (child == nullptr) return NullError("child");
    if (report == nullptr) return NullError("report");
    return ReportOut(child->command.Report(), format, report);
  });
}

postern_status postern_child_wait(postern_child* child,
                                  int64_t deadline_unix_ns,
                                  postern_child_event* event,
                                  postern_error* error) {
  return Await(child, deadline_unix_ns, &process::Child::Wait, event, error);
}

postern_status postern_child_next(postern_child* child,
                                  int64_t deadline_unix_ns,
                                  postern_child_event* event,
                                  postern_error* error) {
  return Await(child, deadline_unix_ns, &process::Child::Next, event, error);
}

postern_status postern_child_seen_limit(const postern_child* child,
                                        postern_limit limit,
                                        postern_seen_limit* seen,
                                        postern_error* error) {
  return Guard(error, [&]() -> absl::Status {
    if (child == nullptr) return NullError("child");
    if (seen == nullptr) return NullError("seen");
    if (!child->end) {
      return absl::FailedPreconditionError("the program has not ended");
    }
    return WriteStruct(SeenToC(*child->end, limit), "seen", seen);
  });
}

postern_status postern_child_signal(postern_child* child, int32_t number,
                                    postern_error* error) {
  return Guard(error, [&]() -> absl::Status {
    if (child == nullptr) return NullError("child");
    if (number < 0 || number > kMaxSignal) {
      return absl::InvalidArgumentError(
          absl::StrCat(number, " is no signal, expected 0 to ", kMaxSignal));
    }
    return child->child.Signal(number);
  });
}

postern_status postern_child_terminate(postern_child* child, int64_t grace_ns,
                                       postern_error* error) {
  return Guard(error, [&]() -> absl::Status {
    if (child == nullptr) return NullError("child");
    if (grace_ns < 0) {
      return absl::InvalidArgumentError("grace_ns is negative");
    }
    child->child.Terminate(absl::Nanoseconds(grace_ns));
    return absl::OkStatus();
  });
}

postern_status postern_child_kill(postern_child* child,
                                  postern_child_event* event,
                                  postern_error* error) {
  return Guard(error, [&]() -> absl::Status {
    if (child == nullptr) return NullError("child");
    absl::Status status;
    if (event != nullptr) {
      status = WriteStruct(postern_child_event(), "event", event);
    }
    if (!status.ok()) return status;
    if (!child->end) child->end = child->child.Kill();
    return event == nullptr
               ? status
               : WriteStruct(EventToC(*child->end), "event", event);
  });
}
