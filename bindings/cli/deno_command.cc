#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "bindings/cli/adapter_context.h"
#include "bindings/cli/arguments.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/confined_run.h"
#include "bindings/cli/output.h"
#include "bindings/cli/own_rules.h"
#include "bindings/cli/real_name.h"
#include "bindings/cli/run_folder.h"
#include "bindings/deno/broker.h"
#include "bindings/deno/broker_server.h"
#include "bindings/host/program_folders.h"
#include "fs/base/file_descriptor.h"
#include "permission/guard/denied_names.h"
#include "permission/policy.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

// A program that the kernel starts itself: npm's "deno" is a script that starts
// the real one from another place.
bool IsBinary(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  char magic[4] = {};
  return access(path.c_str(), X_OK) == 0 && file.read(magic, 4) &&
         memcmp(magic, "\177ELF", 4) == 0;
}

absl::StatusOr<std::string> FindDeno(const std::string& given) {
  std::vector<std::string> places = {given};
  if (given.empty()) {
    places.clear();
    for (const std::string& folder : host::ProgramFolders()) {
      places.push_back(absl::StrCat(folder, "/deno"));
    }
  }
  const absl::StatusOr<std::string> here = WorkingDirectory();
  if (!here.ok()) return here.status();
  for (const std::string& place : places) {
    const absl::StatusOr<std::string> name = RealName(NameFrom(*here, place));
    if (name.ok() && IsBinary(*name)) return *name;
  }
  return absl::NotFoundError(absl::StrCat(
      "there is no program of Deno ",
      given.empty() ? "along PATH" : internal::QuoteForDisplay(given),
      "; name it with --deno FILE. What npm calls \"deno\" is a script: the "
      "program is node_modules/@deno/.../deno"));
}

// Where the socket lies, and what Deno keeps.
std::string SocketIn(const RunFolder& folder) {
  return folder.name() + "/broker";
}
std::string CacheIn(const RunFolder& folder) {
  return folder.name() + "/cache";
}

absl::StatusOr<std::unique_ptr<RunFolder>> MakeFolder() {
  absl::StatusOr<std::unique_ptr<RunFolder>> folder =
      RunFolder::Make("/tmp", "postern-deno-");
  if (folder.ok() && mkdir(CacheIn(**folder).c_str(), 0700) != 0) {
    return absl::ErrnoToStatus(errno, "cannot make a folder");
  }
  return folder;
}

absl::StatusOr<fs::FileDescriptor> Listen(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  memcpy(address.sun_path, path.c_str(), path.size() + 1);
  fs::FileDescriptor listener(
      socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (listener.get() < 0 ||
      bind(listener.get(), reinterpret_cast<sockaddr*>(&address),
           sizeof(address)) != 0 ||
      listen(listener.get(), 16) != 0) {
    return absl::ErrnoToStatus(errno, "cannot make the broker's socket");
  }
  return listener;
}

// As Deno does it, by the system's resolver.
std::vector<std::string> LookUp(const std::string& host) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  std::vector<std::string> addresses;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return addresses;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    char text[NI_MAXHOST];
    if (getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof(text), nullptr,
                    0, NI_NUMERICHOST) == 0) {
      addresses.push_back(text);
    }
  }
  freeaddrinfo(found);
  return addresses;
}

deno::AskingDeno Asking(const RunFolder& folder,
                        std::shared_ptr<const Policy> policy) {
  deno::AskingDeno asking;
  asking.own_folder = folder.name();
  asking.temporary = "/tmp";
  asking.program_folders = host::ProgramFolders();
  asking.real_name = [](const std::string& path) {
    const absl::StatusOr<std::string> real = RealName(path);
    return real.ok() ? *real : std::string();
  };
  asking.denied_names = [policy](const std::string& path) {
    return DeniedNames(*policy, path);
  };
  return asking;
}

// What Deno itself needs: its program, threads, a folder to keep things in, the
// broker's socket, what the resolver of names reads, and the script that the
// command line names. Scripts get nothing of it: they are decided without.
std::vector<Rule> RulesFor(const std::string& deno, const RunFolder& folder,
                           const std::string& script) {
  const PermissionSet read(Permission::kFsRead);
  const PermissionSet both = read | PermissionSet(Permission::kFsWrite);
  const RuleSource source = CommandLineSource();
  std::vector<Rule> rules = {
      StartRule(deno, source),
      FileRule(read, deno, source),
      AllowRule(PermissionSet(Permission::kThreadCreate), RulePattern::Whole(),
                source),
      FileRule(both, CacheIn(folder), source),
      FileRule(both, SocketIn(folder), source),
      AllowRule(PermissionSet(Permission::kNetConnect),
                RulePattern::Text(absl::StrCat("unix:", SocketIn(folder))),
                source)};
  for (Rule& rule : ResolverFileRules(source)) rules.push_back(std::move(rule));
  rules.push_back(FileRule(read, script, source));
  return rules;
}

// Answers Deno until it ended.
absl::StatusOr<process::ChildEvent> Attend(deno::BrokerServer* server,
                                           const SignalTaker& signals,
                                           bool shares_terminal,
                                           process::Child* child) {
  while (true) {
    pollfd others[] = {{child->news_descriptor(), POLLIN, 0},
                       {signals.descriptor(), POLLIN, 0}};
    server->Turn(absl::MakeSpan(others));
    if (others[1].revents != 0) {
      PassOnSignals(signals, shares_terminal, child);
    }
    if (others[0].revents == 0) continue;
    absl::StatusOr<process::ChildEvent> event =
        child->Next(absl::InfinitePast());
    if (!event.ok() || event->kind == process::ChildEvent::Kind::kEnded) {
      return event;
    }
    StopAsChild(*event, shares_terminal);
  }
}

absl::Status CheckWords(const std::vector<std::string>& words) {
  if (words.size() >= 2 && words[0] == "run" &&
      !absl::StartsWith(words[1], "-")) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "expected \"run\" and a script, as: postern deno --policy app.textproto "
      "run app.ts; what the script is to get goes behind \"--\"");
}

// The absolute name of the script. Deno is started in `base`, whether or not
// the policy has one.
absl::StatusOr<std::string> ScriptName(const std::string& base,
                                       const std::string& word) {
  const std::string name = LexicalName(NameFrom(base, word));
  struct stat info;
  if (stat(name.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat(
        internal::QuoteForDisplay(word), " is a folder, expected a script"));
  }
  return name;
}

}  // namespace

absl::StatusOr<ExitCode> Deno(const Arguments& arguments, Output* out) {
  absl::Status status = CheckWords(arguments.words);
  if (!status.ok()) return status;
  const absl::StatusOr<std::string> program = FindDeno(arguments.deno);
  if (!program.ok()) return program.status();
  const absl::StatusOr<ConfinedRun> run = ReadConfinedRun(arguments);
  if (!run.ok()) return run.status();
  const absl::StatusOr<std::string> script =
      ScriptName(run->loaded.base, arguments.words[1]);
  if (!script.ok()) return script.status();
  const absl::StatusOr<AdapterContext> deciding = MakeAdapterContext(*run, "");
  if (!deciding.ok()) return deciding.status();
  const absl::StatusOr<std::unique_ptr<RunFolder>> folder = MakeFolder();
  if (!folder.ok()) return folder.status();
  const absl::StatusOr<fs::FileDescriptor> listener =
      Listen(SocketIn(**folder));
  if (!listener.ok()) return listener.status();

  deno::BrokerOptions options;
  options.look_up = &LookUp;
  options.recorded = [&deciding] { return !deciding->log_failed(); };
  const deno::Broker broker(deciding->context.get(), options);
  deno::BrokerServer server(&broker, listener->get(),
                            Asking(**folder, run->context->policy()));
  RunParts parts;
  parts.words = {*program, "run", "--no-prompt"};
  parts.words.insert(parts.words.end(), arguments.words.begin() + 1,
                     arguments.words.end());
  parts.rules = RulesFor(*program, **folder, *script);
  parts.environment = {
      absl::StrCat("DENO_PERMISSION_BROKER_PATH=", SocketIn(**folder)),
      absl::StrCat("DENO_DIR=", CacheIn(**folder)), "DENO_NO_UPDATE_CHECK=1",
      // What it asks for as <TMP> is to be what Asking() says.
      "TMPDIR=/tmp"};
  parts.hosts = Approximation::kWider;
  parts.attend = [&](const SignalTaker& signals, process::Child* child) {
    return Attend(&server, signals, SharesTerminal(), child);
  };
  absl::StatusOr<ExitCode> code = RunConfined(*run, parts, out);
  return deciding->log_failed() ? LogFailure() : code;
}

}  // namespace cli
}  // namespace postern
