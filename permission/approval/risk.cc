#include "permission/approval/risk.h"

#include <algorithm>
#include <map>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "fs/path_components.h"
#include "fs/path_pattern.h"
#include "permission/approval/internal/endpoint_extent.h"
#include "permission/internal/known_programs.h"
#include "permission/internal/name_pattern.h"
#include "permission/internal/parsed_pattern.h"
#include "permission/internal/procfs_reach.h"

namespace postern {
namespace {

using fs::PathPattern;
using fs::PatternComponent;

// Stands for the base directory, which the host chooses.
constexpr char kBase[] = "/home/user";

// Adds every ${NAME} of `text` with a value of two components.
void AddStandIns(absl::string_view text,
                 std::map<std::string, std::string>* values) {
  for (size_t at = text.find("${"); at != absl::string_view::npos;
       at = text.find("${", at + 2)) {
    const size_t end = text.find('}', at);
    if (end == absl::string_view::npos) break;
    (*values)[std::string(text.substr(at + 2, end - at - 2))] = "/home/user";
  }
}

bool Matches(const PathPattern& pattern, absl::string_view path) {
  fs::ShortPathComponents components;  // no path that is tried is long
  return components.Split("", path) && pattern.Matches(components);
}

// Whether it matches something of the same name in both folders, whatever the
// name.
bool MatchesInBoth(const PathPattern& pattern, absl::string_view a,
                   absl::string_view b) {
  for (absl::string_view below : {"", "/zq", "/zq/x"}) {
    if (Matches(pattern, absl::StrCat(a, below)) &&
        Matches(pattern, absl::StrCat(b, below))) {
      return true;
    }
  }
  return false;
}

bool Broad(const PathPattern& path) {
  if (MatchesInBoth(path, "/etc", "/root") ||
      MatchesInBoth(path, "/home/ann", "/home/bob")) {
    return true;
  }
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

bool IsEveryDevice(const PathPattern& path) {
  return Matches(path, "/dev/sda") && Matches(path, "/dev/mem") &&
         Matches(path, "/dev/video0");
}

// Every name, or modules from anywhere on the web.
bool IsEveryName(const internal::NamePattern& name, PermissionSet permissions) {
  return name.prefix &&
         (name.text.empty() ||
          (permissions.Contains(Permission::kCodeImport) &&
           name.Matches("https://a.test/x") && name.Matches("https://b.test")));
}

// Gathers the notes on one request.
class Assessor {
 public:
  Assessor(PermissionSet permissions, const RulePattern& pattern,
           internal::TrialBudget* budget)
      : permissions_(permissions), pattern_(pattern), budget_(*budget) {}

  std::vector<RiskNote> Run() {
    Read();
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
  void Read();
  void ReadEndpoint();
  const std::vector<PathPattern>& paths() const { return parsed_.paths; }
  bool Everything() const;
  bool WritesProc() const;
  bool ReadsProc();
  bool SpawnsInterpreter() const;

  const PermissionSet permissions_;
  const RulePattern& pattern_;
  internal::TrialBudget& budget_;
  internal::ParsedPattern parsed_;
  internal::CallTraits call_;
  internal::EndpointExtent endpoint_;
  bool unreadable_ = false;
  std::vector<RiskNote> notes_;
};

// What is compiled counts, not how it is spelled. Endpoints are read apart.
void Assessor::Read() {
  if (pattern_.kind() == RulePattern::Kind::kWhole ||
      internal::AreForEndpoints(permissions_)) {
    return;
  }
  std::map<std::string, std::string> variables;
  AddStandIns(pattern_.text(), &variables);
  for (const std::string& part : pattern_.parts()) {
    AddStandIns(part, &variables);
  }
  internal::PatternScope scope;
  scope.path.base_directory = kBase;
  scope.path.variables = &variables;
  absl::StatusOr<internal::ParsedPattern> parsed =
      internal::ParsePattern(Effect::kAllow, permissions_, pattern_, scope);
  unreadable_ = !parsed.ok();
  if (!parsed.ok()) return;
  parsed_ = *std::move(parsed);
  if (parsed_.kind == internal::ParsedPattern::Kind::kCall) {
    call_ = internal::TraitsOfCall(parsed_.call, kBase, &budget_);
  }
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
  switch (parsed_.kind) {
    case internal::ParsedPattern::Kind::kName:
      return IsEveryName(parsed_.name, permissions_);
    case internal::ParsedPattern::Kind::kSecret:
      return !parsed_.secret.empty &&
             std::all_of(parsed_.secret.parts.begin(),
                         parsed_.secret.parts.end(),
                         [](const auto& part) { return part.any; });
    case internal::ParsedPattern::Kind::kPaths:
      return Has(Permission::kDeviceUse) &&
             std::any_of(paths().begin(), paths().end(), IsEveryDevice);
    case internal::ParsedPattern::Kind::kCommand:
      return parsed_.command.any_program;
    case internal::ParsedPattern::Kind::kWhole:  // not read
    case internal::ParsedPattern::Kind::kPlainPath:
    case internal::ParsedPattern::Kind::kCall:
    case internal::ParsedPattern::Kind::kEndpoint:
      return false;
  }
  return false;
}

bool Assessor::WritesProc() const {
  return Has(Permission::kFsWrite) &&
         (Everything() ||
          std::any_of(paths().begin(), paths().end(), [](const auto& path) {
            return internal::ReachOfWriting(path) !=
                   internal::ProcfsReach::kNone;
          }));
}

// What is granted among much else is not opened for apps.
bool Assessor::ReadsProc() {
  return Has(Permission::kFsRead) &&
         std::any_of(paths().begin(), paths().end(), [&](const auto& path) {
           return internal::ReachOfWriting(path) ==
                      internal::ProcfsReach::kByName &&
                  internal::ReachOfReading(path, &budget_) ==
                      internal::ProcfsReach::kByName;
         });
}

bool Assessor::SpawnsInterpreter() const {
  if (!Has(Permission::kProcessSpawn)) return false;
  if (parsed_.kind != internal::ParsedPattern::Kind::kCommand) {
    return Everything();
  }
  return internal::TraitsOfCommand(parsed_.command, kBase, &budget_)
      .interpreter;
}

void Assessor::AddModelNotes() {
  absl::optional<absl::string_view> why;
  if (ReadsProc()) why = internal::kReadsProcText;
  if (WritesProc()) why = internal::kWritesProcText;
  if (SpawnsInterpreter()) why = "an interpreter runs whatever it is told";
  if (Has(Permission::kDebugAttach)) why = "a debugger can do anything";
  if (Has(Permission::kCodeLoad)) why = "native code is not held back";
  if (why) Note(true, "voids-model", *why);
}

void Assessor::AddExtentNotes() {
  Note(Everything(), "every-resource", "not limited to any resource");
  Note(std::any_of(paths().begin(), paths().end(), Broad), "broad-path",
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
  Note(pattern_.form() == CallForm::kList, "further-arguments",
       "accepts any further arguments after those listed");
  Note(call_.any_argument, "any-argument", "an argument may be anything");
  Note(call_.unlimited, "any-call", "accepts any arguments");
  Note(call_.program.interpreter, "interpreter", internal::kInterpreterText);
  Note(call_.program.obeys_folder, "obeys-folder", internal::kObeysFolderText);
  Note(call_.program.names_files, "names-files", internal::kNamesFilesText);
  Note(call_.operand, "operand", internal::kOperandText);
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
                              const RulePattern& pattern,
                              internal::TrialBudget* budget) {
  internal::TrialBudget own;
  return Assessor(permissions, pattern, budget == nullptr ? &own : budget)
      .Run();
}

}  // namespace postern
