#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bindings/cli/adapter_context.h"
#include "bindings/cli/arguments.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/confined_run.h"
#include "bindings/cli/diagnostics.h"
#include "bindings/cli/launch_options.h"
#include "bindings/cli/output.h"
#include "bindings/cli/own_rules.h"
#include "bindings/mcp/relay.h"
#include "bindings/mcp/session.h"
#include "fs/base/file_descriptor.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

// From the end of the client's messages until the server has them, from there
// to the order that it ends, and from there to the end of its tree.
constexpr absl::Duration kServerEnds = absl::Seconds(5);
constexpr absl::Duration kGrace = absl::Seconds(2);
// For what a server that ended left to be read by a client.
constexpr absl::Duration kClientReads = absl::Seconds(10);
constexpr size_t kMessageBytes = 16 << 20;

bool IsServerName(absl::string_view name) {
  if (name.empty() || name.size() > 64 || name == "client") return false;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '-') {
      return false;
    }
  }
  return true;
}

// What rules call the server: as --server says, or its program's own name.
absl::StatusOr<std::string> ServerName(const Arguments& arguments) {
  const std::string& program = arguments.words[0];
  const std::string name = arguments.server.empty()
                               ? program.substr(program.rfind('/') + 1)
                               : arguments.server;
  if (IsServerName(name)) return name;
  return absl::InvalidArgumentError(absl::StrCat(
      internal::QuoteForDisplay(name),
      " cannot be the server's name in rules; give one with --server, of "
      "letters, digits, \"_\" and \"-\", and not \"client\""));
}

// The ends of three pipes: the server's, and ours, which do not block. It gets
// no standard error of ours: that may be a terminal, where it could paint over
// a question and read the answer.
struct Pipes {
  fs::FileDescriptor server_stdin, server_stdout, server_stderr;
  fs::FileDescriptor to_server, from_server, errors;
};

absl::Status OpenPipe(fs::FileDescriptor* read_end,
                      fs::FileDescriptor* write_end,
                      const fs::FileDescriptor& ours) {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0)
    return absl::ErrnoToStatus(errno, "cannot make a pipe");
  *read_end = fs::FileDescriptor(fds[0]);
  *write_end = fs::FileDescriptor(fds[1]);
  return fcntl(ours.get(), F_SETFL, O_NONBLOCK) == 0
             ? absl::OkStatus()
             : absl::ErrnoToStatus(errno, "cannot prepare a pipe");
}

absl::StatusOr<Pipes> OpenPipes() {
  Pipes pipes;
  absl::Status status =
      OpenPipe(&pipes.server_stdin, &pipes.to_server, pipes.to_server);
  if (status.ok()) {
    status =
        OpenPipe(&pipes.from_server, &pipes.server_stdout, pipes.from_server);
  }
  if (status.ok()) {
    status = OpenPipe(&pipes.errors, &pipes.server_stderr, pipes.errors);
  }
  if (!status.ok()) return status;
  return pipes;
}

std::vector<SpawnFile> ServerFiles(const Pipes& pipes) {
  SpawnFile in, out, err;
  in.number = STDIN_FILENO;
  in.from = pipes.server_stdin.get();
  out.number = STDOUT_FILENO;
  out.from = pipes.server_stdout.get();
  err.number = STDERR_FILENO;
  err.from = pipes.server_stderr.get();
  return {in, out, err};
}

// Moves lines until the server ended.
class Attendant {
 public:
  Attendant(mcp::Session* session, Pipes* pipes, Diagnostics* diagnostics,
            size_t max_message_bytes)
      : pipes_(*pipes),
        diagnostics_(*diagnostics),
        relay_(session,
               {STDIN_FILENO, STDOUT_FILENO, pipes->to_server.get(),
                pipes->from_server.get()},
               max_message_bytes) {}

  absl::StatusOr<process::ChildEvent> Attend(const SignalTaker& signals,
                                             process::Child* child) {
    while (true) {
      pollfd others[] = {{child->news_descriptor(), POLLIN, 0},
                         {signals.descriptor(), POLLIN, 0},
                         {pipes_.errors.get(), POLLIN, 0}};
      relay_.Turn(absl::MakeSpan(others), Timeout());
      if (others[2].revents != 0) ReadErrors();
      if (others[1].revents != 0) PassOnSignals(signals, false, child);
      EndServer(child);
      if (others[0].revents == 0) continue;
      absl::StatusOr<process::ChildEvent> event =
          child->Next(absl::InfinitePast());
      if (event.ok() && event->kind != process::ChildEvent::Kind::kEnded) {
        continue;
      }
      Drain();
      return event;
    }
  }

 private:
  // Milliseconds until the server has to have ended, -1 if it need not.
  int Timeout() const {
    if (end_ == absl::InfiniteFuture()) return -1;
    const absl::Duration left = end_ - absl::Now();
    return left <= absl::ZeroDuration()
               ? 0
               : static_cast<int>(absl::ToInt64Milliseconds(left)) + 1;
  }

  // As the protocol has it for standard input and output: its input is closed,
  // then it is asked to end, then it is ended. It has its time once to take
  // what is left and to answer what calls wait for, and once to end.
  void EndServer(process::Child* child) {
    if (!relay_.client_ended() || terminated_) return;
    if (relay_.client_done() && !input_closed_) {
      CloseInput();
      end_ = absl::Now() + kServerEnds;
    } else if (end_ == absl::InfiniteFuture()) {
      end_ = absl::Now() + kServerEnds;
    } else if (absl::Now() >= end_) {
      if (!input_closed_) CloseInput();
      child->Terminate(kGrace);
      terminated_ = true;
      end_ = absl::InfiniteFuture();
    }
  }

  void CloseInput() {
    pipes_.to_server = fs::FileDescriptor();
    relay_.ServerInputClosed();
    input_closed_ = true;
  }

  // Whether there may be more.
  bool ReadErrors() {
    char bytes[16 * 1024];
    const ssize_t got = read(pipes_.errors.get(), bytes, sizeof(bytes));
    if (got <= 0) return false;
    diagnostics_.FromProgram(
        absl::string_view(bytes, static_cast<size_t>(got)));
    return true;
  }

  // What the server wrote before it ended.
  void Drain() {
    relay_.ServerEnded();
    // A pipe holds no more than 64 of these.
    for (int i = 0; i < 64 && ReadErrors(); ++i) {
    }
    diagnostics_.ProgramEnded();
    const absl::Time end = absl::Now() + kClientReads;
    while (!relay_.server_done() && absl::Now() < end) {
      relay_.Turn({}, 1000);
    }
  }

  Pipes& pipes_;
  Diagnostics& diagnostics_;
  mcp::Relay relay_;
  absl::Time end_ = absl::InfiniteFuture();
  bool input_closed_ = false;
  bool terminated_ = false;
};

mcp::SessionOptions OptionsFor(const ConfinedRun& run,
                               const std::string& server, size_t message_bytes,
                               const AdapterContext& deciding,
                               Diagnostics* diagnostics) {
  mcp::SessionOptions options;
  options.server = server;
  for (const auto& signature : run.context->policy()->signatures()) {
    options.signatures.insert(signature);
  }
  options.max_held_bytes = message_bytes;
  options.max_unread_bytes = 4 * message_bytes;
  options.recorded = [&deciding] { return !deciding.log_failed(); };
  options.note = [diagnostics](const std::string& text) {
    diagnostics->Note(text);
  };
  return options;
}

}  // namespace

absl::StatusOr<ExitCode> Mcp(const Arguments& arguments, Output* out) {
  if (arguments.words.empty()) {
    return absl::InvalidArgumentError(
        "no server is given; put it behind \"--\", as: postern mcp --policy "
        "tools.textproto -- /usr/bin/python3 server.py");
  }
  const absl::StatusOr<std::string> server = ServerName(arguments);
  if (!server.ok()) return server.status();
  const absl::StatusOr<uint64_t> bytes =
      ReadSize("--message-size", arguments.message_size, kMessageBytes);
  if (!bytes.ok()) return bytes.status();
  const absl::StatusOr<ConfinedRun> run = ReadConfinedRun(arguments);
  if (!run.ok()) return run.status();
  const absl::StatusOr<AdapterContext> deciding =
      MakeAdapterContext(*run, *server);
  if (!deciding.ok()) return deciding.status();
  absl::StatusOr<Pipes> pipes = OpenPipes();
  if (!pipes.ok()) return pipes.status();

  Diagnostics diagnostics(STDERR_FILENO, *server);
  mcp::Session session(
      deciding->context.get(),
      OptionsFor(*run, *server, *bytes, *deciding, &diagnostics));
  deciding->prompt->ShowValues([&session] { return session.deciding(); });
  Attendant attendant(&session, &*pipes, &diagnostics, *bytes);
  RunParts parts;
  parts.words = arguments.words;
  parts.rules = {StartRule(arguments.words[0], CommandLineSource())};
  parts.own_session = true;
  parts.files = ServerFiles(*pipes);
  parts.attend = [&](const SignalTaker& signals, process::Child* child) {
    return attendant.Attend(signals, child);
  };
  absl::StatusOr<ExitCode> code = RunConfined(*run, parts, out);
  return deciding->log_failed() ? LogFailure() : code;
}

}  // namespace cli
}  // namespace postern
