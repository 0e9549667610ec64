#include "permission/internal/rule_warnings.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "fs/path_pattern.h"
#include "net/endpoint_pattern.h"
#include "permission/internal/known_programs.h"
#include "permission/internal/pattern_slip.h"
#include "permission/internal/procfs_reach.h"
#include "permission/text/display.h"

namespace postern {
namespace internal {
namespace {

using HostKind = net::HostPattern::Kind;

constexpr size_t kMaxShownBytes = 200;

constexpr absl::string_view kWideReadText =
    "this includes files of /proc that show the memory, descriptors, arguments "
    "or environment of programs: fs::GuardedFs refuses these unless a rule "
    "begins at /proc, a host that opens files itself may not; expected a "
    "narrower pattern, or a rule that denies \"/proc\"";

bool IsProc(const fs::PathPattern& path) {
  return path.subtree && path.literal() && path.components.size() == 1 &&
         path.components[0].text == "proc";
}

// Names of variables have no comma; those of modules may have one.
ListMark ListMarkOf(const ParsedPattern& parsed) {
  if (parsed.kind != ParsedPattern::Kind::kName) return ListMark::kSlash;
  return parsed.permissions.Contains(Permission::kEnvRead) ||
                 parsed.permissions.Contains(Permission::kEnvWrite)
             ? ListMark::kAnything
             : ListMark::kBlank;
}

// Whether all of /proc is among what the pattern names literally.
bool NamesProc(const ParsedPattern& parsed) {
  if (parsed.kind == ParsedPattern::Kind::kPlainPath) {
    return parsed.plain.subtree && parsed.plain.path == "/proc";
  }
  return std::any_of(parsed.paths.begin(), parsed.paths.end(), IsProc);
}

}  // namespace

void RuleWarnings::Add(uint32_t number, const ParsedPattern& parsed) {
  AddSlip(number, parsed);
  if (rules_.effect(number) == Effect::kAllow) {
    AddVoid(number, parsed);
    AddReadingProc(number, parsed);
    AddPrograms(number, parsed);
  } else {
    AddBelowBase(number, parsed);
    AddNames(number, parsed);
    AddDeniedProc(number, parsed);
  }
}

void RuleWarnings::Warn(const char* code, std::string message,
                        uint32_t number) {
  warnings_.push_back({code, std::move(message), rules_.Source(number)});
}

// Of paths and names: what else is no endpoint, and calls and keys are lists.
void RuleWarnings::AddSlip(uint32_t number, const ParsedPattern& parsed) {
  using Kind = ParsedPattern::Kind;
  if (parsed.kind != Kind::kPaths && parsed.kind != Kind::kPlainPath &&
      parsed.kind != Kind::kName) {
    return;
  }
  absl::string_view text = rules_.pattern_text(number);
  absl::ConsumePrefix(&text, "exact:");
  const PatternSlip slip = FindPatternSlip(text, ListMarkOf(parsed));
  if (slip == PatternSlip::kNone) return;
  const std::string shown = QuoteForDisplay(text.substr(0, kMaxShownBytes));
  if (slip == PatternSlip::kList) {
    Warn("one-pattern",
         absl::StrCat(shown,
                      " is one pattern and no list, expected a rule for each "
                      "pattern, or \"\\,\" for a part of it"),
         number);
  } else {
    Warn("blank",
         absl::StrCat(shown,
                      " begins or ends with a blank, or an alternative in its "
                      "braces does, expected none, or \"\\ \" for a part of "
                      "the pattern"),
         number);
  }
}

void RuleWarnings::AddVoid(uint32_t number, const ParsedPattern& parsed) {
  const auto warn = [&](const char* message) {
    Warn("voids-model", message, number);
  };
  if (parsed.permissions.Contains(Permission::kCodeLoad)) {
    warn("code.load runs native code, which no rule holds back");
  }
  if (parsed.permissions.Contains(Permission::kDebugAttach)) {
    warn("debug.attach lets a debugger change what the program does");
  }
  if (parsed.permissions.Contains(Permission::kProcessSpawn) &&
      parsed.kind == ParsedPattern::Kind::kWhole) {
    warn(kInterpreterText);
  }
  if (parsed.permissions.Contains(Permission::kFsWrite) &&
      ReachOfWriting(parsed) != ProcfsReach::kNone) {
    warn(kWritesProcText);
  }
}

void RuleWarnings::AddReadingProc(uint32_t number,
                                  const ParsedPattern& parsed) {
  if (!parsed.permissions.Contains(Permission::kFsRead)) return;
  const ProcfsReach reach = ReachOfReading(parsed, &trials_);
  if (reach == ProcfsReach::kByName) {
    Warn("voids-model", kReadsProcText, number);
  } else if (reach == ProcfsReach::kAmongOthers &&
             !parsed.permissions.Contains(Permission::kFsWrite)) {
    // Of writing the same rule was told already.
    WideReads& wide = wide_reads_[rules_.layer(number)];
    if (wide.count++ == 0) wide.first = number;
  }
}

// It is as specific as a rule that names /proc among others, or more.
void RuleWarnings::AddDeniedProc(uint32_t number, const ParsedPattern& parsed) {
  denies_proc_ =
      denies_proc_ ||
      (rules_.effect(number) == Effect::kDeny &&
       rules_.layers()[rules_.layer(number)].mode == Mode::kEnforce &&
       parsed.permissions.Contains(Permission::kFsRead) && NamesProc(parsed));
}

void RuleWarnings::FinishReadingProc() {
  if (denies_proc_) return;
  for (const auto& layer : wide_reads_) {
    const WideReads& wide = layer.second;
    Warn("procfs",
         absl::StrCat(kWideReadText,
                      wide.count == 1
                          ? ""
                          : absl::StrCat(" (", wide.count - 1,
                                         " more of this layer are such)")),
         wide.first);
  }
}

// What a granted call may do by the program that it names.
void RuleWarnings::AddPrograms(uint32_t number, const ParsedPattern& parsed) {
  if (parsed.kind == ParsedPattern::Kind::kCommand) {
    return AddCommand(number, parsed.command);
  }
  if (parsed.kind != ParsedPattern::Kind::kCall) return;
  const CallTraits traits =
      TraitsOfCall(parsed.call, base_directory_, &trials_);
  const auto warn = [&](bool holds, const char* code, const char* message) {
    if (holds) Warn(code, message, number);
  };
  warn(traits.program.interpreter, "interpreter", kInterpreterText);
  warn(traits.program.obeys_folder, "obeys-folder", kObeysFolderText);
  warn(traits.program.names_files, "names-files", kNamesFilesText);
  warn(traits.operand, "operand", kOperandText);
}

// An interpreter that an app may start does for it whatever it is told.
void RuleWarnings::AddCommand(uint32_t number, const CommandPattern& command) {
  const ProgramTraits traits =
      TraitsOfCommand(command, base_directory_, &trials_);
  const auto warn = [&](bool holds, const char* code, const char* message) {
    if (holds) Warn(code, message, number);
  };
  warn(traits.interpreter, "voids-model", kInterpreterText);
  warn(traits.obeys_folder, "obeys-folder", kObeysFolderText);
  warn(traits.names_files, "names-files", kNamesFilesText);
}

// Other systems take "**/.env" for one at any place.
void RuleWarnings::AddBelowBase(uint32_t number, const ParsedPattern& parsed) {
  if (parsed.kind != ParsedPattern::Kind::kPaths) return;
  absl::string_view text = rules_.pattern_text(number);
  const bool exact = absl::ConsumePrefix(&text, "exact:");
  if (!absl::StartsWith(text, "**")) return;
  text = text.substr(0, kMaxShownBytes);
  Warn("below-base",
       absl::StrCat("\"", text, "\" holds only in the base directory \"",
                    base_directory_, "\" and beneath, expected \"",
                    exact ? "exact:" : "", "/", text, "\" for every folder"),
       number);
}

void RuleWarnings::AddNames(uint32_t number, const ParsedPattern& parsed) {
  const size_t layer = rules_.layer(number);
  for (const net::EndpointPattern& endpoint : parsed.endpoints) {
    const bool for_hosts = endpoint.kind == net::EndpointPattern::Kind::kHost;
    const HostKind kind = endpoint.host.kind;
    if (!for_hosts || kind == HostKind::kBlock || kind == HostKind::kClass) {
      continue;
    }
    held_[NameKey(layer, kind, endpoint.host.name, endpoint.ports.first,
                  endpoint.ports.last)] |= parsed.permissions.bits();
    if (kind == HostKind::kBelow && !endpoint.host.name.empty()) {
      below_.push_back({number, parsed.permissions.bits(), endpoint.host.name,
                        endpoint.ports});
    }
  }
  if (parsed.kind == ParsedPattern::Kind::kWhole) {
    held_[NameKey(layer, HostKind::kAny, "", 0, net::PortRange().last)] |=
        parsed.permissions.bits();
  }
}

// On these ports or on every one.
uint32_t RuleWarnings::Held(size_t layer, HostKind kind, absl::string_view name,
                            const net::PortRange& ports) const {
  uint32_t permissions = 0;
  for (const net::PortRange& range : {ports, net::PortRange()}) {
    const auto found = held_.find(
        NameKey(layer, kind, std::string(name), range.first, range.last));
    if (found != held_.end()) permissions |= found->second;
  }
  return permissions;
}

bool RuleWarnings::HoldsForApex(const Below& below) const {
  const size_t layer = rules_.layer(below.number);
  uint32_t held = Held(layer, HostKind::kAny, "", below.ports) |
                  Held(layer, HostKind::kName, below.name, below.ports);
  absl::string_view rest = below.name;
  while ((below.permissions & ~held) != 0) {
    const size_t dot = rest.find('.');
    if (dot == rest.npos) return false;
    rest.remove_prefix(dot + 1);
    held |= Held(layer, HostKind::kBelow, rest, below.ports);
  }
  return true;
}

void RuleWarnings::Finish() {
  FinishReadingProc();
  for (const Below& below : below_) {
    if (HoldsForApex(below)) continue;
    Warn("apex-open",
         absl::StrCat("\"*.", below.name, "\" is not for \"", below.name,
                      "\" itself, expected a rule for that as well"),
         below.number);
  }
}

}  // namespace internal
}  // namespace postern
