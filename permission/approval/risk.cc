#include "permission/approval/risk.h"

#include <algorithm>
#include <map>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "fs/path_pattern.h"
#include "permission/approval/internal/endpoint_extent.h"

namespace postern {
namespace {

using fs::PathPattern;
using fs::PatternComponent;

// Programs that run whatever their arguments say.
constexpr absl::string_view kInterpreters[] = {
    "ash",     "awk",         "bash",   "bun",     "busybox", "csh",    "dash",
    "deno",    "doas",        "emacs",  "env",     "expect",  "find",   "fish",
    "gawk",    "gdb",         "guile",  "java",    "ksh",     "ld.so",  "lua",
    "luajit",  "make",        "mawk",   "mksh",    "nice",    "node",   "nohup",
    "nsenter", "octave",      "perl",   "php",     "pwsh",    "python", "rbash",
    "ruby",    "sed",         "setsid", "sh",      "ssh",     "strace", "sudo",
    "su",      "systemd-run", "tclsh",  "timeout", "unshare", "vi",     "vim",
    "xargs",   "zsh",
};

// Whether a program's name or path is of an interpreter; "python3.11" is
// "python".
bool NamesInterpreter(absl::string_view program) {
  program.remove_prefix(program.rfind('/') + 1);  // npos + 1 is 0
  if (absl::StartsWith(program, "ld-linux")) return true;
  for (absl::string_view name : kInterpreters) {
    absl::string_view rest = program;
    if (rest.substr(0, name.size()) != name) continue;
    rest.remove_prefix(name.size());
    if (rest.find_first_not_of("0123456789.-") == absl::string_view::npos) {
      return true;
    }
  }
  return false;
}

// Every ${NAME} of `text` with a value of two components.
std::map<std::string, std::string> StandIns(absl::string_view text) {
  std::map<std::string, std::string> values;
  for (size_t at = text.find("${"); at != absl::string_view::npos;
       at = text.find("${", at + 2)) {
    const size_t end = text.find('}', at);
    if (end == absl::string_view::npos) break;
    values[std::string(text.substr(at + 2, end - at - 2))] = "/home/user";
  }
  return values;
}

bool Broad(const PathPattern& path) {
  size_t literals = 0;
  bool any_depth = path.subtree;
  for (const PatternComponent& component : path.components) {
    any_depth |= component.kind == PatternComponent::Kind::kAnyDepth;
    if (component.kind != PatternComponent::Kind::kLiteral) break;
    ++literals;
  }
  const bool home =
      !path.components.empty() && path.components[0].text == "home";
  return any_depth && literals <= (home ? 2 : 1);
}

// Whether something beneath /proc may match.
bool ReachesProc(const PathPattern& path) {
  if (path.components.empty()) return path.subtree;
  const PatternComponent& first = path.components[0];
  if (first.kind == PatternComponent::Kind::kAnyDepth) return true;
  return first.Matches("proc") && (path.components.size() > 1 || path.subtree);
}

bool SaysNothing(absl::string_view argument) {
  return argument == "*" || argument == "**" || argument == "re:.*" ||
         argument == "re:.+";
}

// Gathers the notes on one request.
class Assessor {
 public:
  Assessor(PermissionSet permissions, const RulePattern& pattern)
      : permissions_(permissions), pattern_(pattern) {}

  std::vector<RiskNote> Run() {
    ReadPaths();
    ReadEndpoint();
    AddModelNotes();
    AddExtentNotes();
    AddEndpointNotes();
    AddCallNotes();
    AddPlainNotes();
    return std::move(notes_);
  }

 private:
  void AddModelNotes();
  void AddExtentNotes();
  void AddEndpointNotes();
  void AddCallNotes();
  void AddPlainNotes();

  void Note(bool holds, absl::string_view code, absl::string_view text) {
    if (holds) notes_.push_back({std::string(code), std::string(text)});
  }
  bool Has(Permission permission) const {
    return permissions_.Contains(permission);
  }
  // Whether one of the permissions is for a resource of this kind.
  bool HasKind(ResourceKind kind) const;
  void ReadPaths();
  void ReadEndpoint();
  bool Everything() const;
  bool WritesProc() const;
  bool SpawnsInterpreter() const;

  const PermissionSet permissions_;
  const RulePattern& pattern_;
  std::vector<PathPattern> paths_;
  internal::EndpointExtent endpoint_;
  bool unreadable_ = false;
  std::vector<RiskNote> notes_;
};

bool Assessor::HasKind(ResourceKind kind) const {
  for (int i = 1; i < kPermissionLimit; ++i) {
    const Permission permission = static_cast<Permission>(i);
    if (Has(permission) && ResourceKindOf(permission) == kind) return true;
  }
  return false;
}

void Assessor::ReadPaths() {
  if (!HasKind(ResourceKind::kPath)) return;
  if (pattern_.kind() != RulePattern::Kind::kText) return;
  const std::map<std::string, std::string> variables =
      StandIns(pattern_.text());
  fs::PathPatternOptions options;
  options.base_directory = "/home/user";
  options.variables = &variables;
  absl::StatusOr<std::vector<PathPattern>> paths =
      fs::ParsePathPattern(pattern_.text(), options);
  unreadable_ = !paths.ok();
  if (paths.ok()) paths_ = *std::move(paths);
}

void Assessor::ReadEndpoint() {
  if (!internal::AreForEndpoints(permissions_)) return;
  if (pattern_.kind() != RulePattern::Kind::kText &&
      pattern_.kind() != RulePattern::Kind::kResolving) {
    return;
  }
  const absl::StatusOr<internal::EndpointExtent> extent =
      internal::ExtentOf(permissions_, pattern_);
  unreadable_ = !extent.ok();
  if (extent.ok()) endpoint_ = *extent;
}

bool Assessor::Everything() const {
  if (pattern_.kind() == RulePattern::Kind::kWhole) {
    for (int i = 1; i < kPermissionLimit; ++i) {
      const Permission permission = static_cast<Permission>(i);
      if (Has(permission) &&
          ResourceKindOf(permission) != ResourceKind::kNone) {
        return true;
      }
    }
    return false;
  }
  return pattern_.text() == "*" || pattern_.text() == "**";
}

bool Assessor::WritesProc() const {
  return Has(Permission::kFsWrite) &&
         (Everything() ||
          std::any_of(paths_.begin(), paths_.end(), ReachesProc));
}

bool Assessor::SpawnsInterpreter() const {
  return Has(Permission::kProcessSpawn) &&
         (Everything() || NamesInterpreter(pattern_.text()));
}

void Assessor::AddModelNotes() {
  absl::optional<absl::string_view> why;
  if (WritesProc()) why = "writing to /proc can change any program's memory";
  if (SpawnsInterpreter()) why = "an interpreter runs whatever it is told";
  if (Has(Permission::kDebugAttach)) why = "a debugger can do anything";
  if (Has(Permission::kCodeLoad)) why = "native code is not held back";
  if (why) Note(true, "voids-model", *why);
}

void Assessor::AddExtentNotes() {
  Note(Everything(), "every-resource", "not limited to any resource");
  Note(std::any_of(paths_.begin(), paths_.end(), Broad), "broad-path",
       "a whole top-level or home directory");
  Note(Has(Permission::kFsWrite), "write-access",
       "may change and delete files");
}

// Whoever listens is told of with the notes on permissions.
void Assessor::AddEndpointNotes() {
  const bool connects = Has(Permission::kNetConnect);
  Note(connects && endpoint_.any_host, "any-host",
       "every host, those of this machine and its network too");
  Note((connects || Has(Permission::kNetResolve)) && endpoint_.many_hosts,
       "many-hosts", "more hosts than one");
  Note(connects && endpoint_.any_port, "any-port", "every port");
  Note(connects && endpoint_.local_address, "local-address",
       "reaches this machine or the network that it is in");
  Note(connects && endpoint_.metadata_address, "metadata-address",
       "reaches where clouds tell machines their credentials");
  Note(connects && endpoint_.local_socket, "local-socket",
       "reaches services by sockets of this machine");
}

void Assessor::AddCallNotes() {
  if (pattern_.kind() != RulePattern::Kind::kCall) return;
  const std::vector<std::string>& args = pattern_.parts();
  Note(pattern_.form() == CallForm::kList, "further-arguments",
       "accepts any further arguments after those listed");
  Note(std::any_of(args.begin(), args.end(), SaysNothing), "any-argument",
       "an argument may be anything");
  Note(!args.empty() && NamesInterpreter(args[0]), "interpreter",
       "an interpreter runs whatever its arguments say");
}

void Assessor::AddPlainNotes() {
  Note(Has(Permission::kCodeImport) || Has(Permission::kCodeEval),
       "code-from-outside", "runs code that is not part of the app");
  Note(Has(Permission::kNetListen), "accepts-connections",
       "others can connect to the app");
  Note(Has(Permission::kSecretReveal), "sees-secret",
       "the app sees the secret itself");
  Note(unreadable_, "unreadable-pattern",
       "the pattern cannot be read and will be refused");
}

}  // namespace

std::vector<RiskNote> RisksOf(PermissionSet permissions,
                              const RulePattern& pattern) {
  return Assessor(permissions, pattern).Run();
}

}  // namespace postern
