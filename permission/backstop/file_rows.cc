#include "permission/backstop/file_rows.h"

#include <algorithm>
#include <string>
#include <utility>

#include "permission/backstop/linked_files.h"
#include "permission/backstop/row_writer.h"
#include "permission/backstop/rule_paths.h"

namespace postern {
namespace {

using Level = EnforcementLevel;
using Operation = GuardedOperation;
using Reason = EnforcementReason;

bool IsBeneath(const std::string& path, const std::string& directory) {
  return path != directory && IsWithin(path, directory);
}

class FileRows {
 public:
  FileRows(const PolicyRights& rights, const FileRules& rules,
           const FileTree& tree, const LowerOptions& options,
           const FileRowTerms& terms, std::vector<EnforcementRow>* rows)
      : rights_(rights),
        rules_(rules),
        tree_(tree),
        options_(options),
        terms_(terms),
        rows_(*rows) {}

  void AddRule(const PolicyRights::PlacedRule& placed, Permission permission) {
    const RulePaths& paths = placed.paths;
    const bool denies = placed.rule.effect != Effect::kAllow;
    for (const Operation operation : OperationsOf(permission)) {
      EnforcementRow row = RowFor(rights_, placed, permission, operation);
      if (IsAudited(rights_, placed, &row)) {
        rows_.push_back(std::move(row));
        continue;
      }
      HoldOperation(&row);
      if (denies && IsMasked(paths)) {
        Hold(Level::kFull, {Enforcer::kNamespace}, Reason::kMasked, &row);
        LoseMask(paths, &row);
      } else if (denies) {
        Leak(&paths, &row);
        LeakPrograms(&paths, &row);
      } else {
        Lose(paths, &row);
        NoteProcfs(paths, &row);
      }
      HoldAsksAndLimits(rights_, placed, &row);
      NoteMissing(paths, &row);
      if (denies) {
        NoteLinks(paths, &row);
        FindVictim(paths, &row);
        NoteOtherNames(paths, &row);
      }
      if (WorthSaying(row)) rows_.push_back(std::move(row));
    }
  }

  void AddDefault(Permission permission) {
    for (const Operation operation : OperationsOf(permission)) {
      EnforcementRow row = DefaultRow(permission, operation);
      HoldOperation(&row);
      Leak(nullptr, &row);
      LeakPrograms(nullptr, &row);
      LeakWrites(&row);
      rows_.push_back(std::move(row));
    }
  }

 private:
  static std::vector<Operation> OperationsOf(Permission permission) {
    if (permission == Permission::kFsRead) {
      return {Operation::kContents, Operation::kListing, Operation::kMetadata};
    }
    return {Operation::kContents, Operation::kEntries, Operation::kMetadata};
  }

  // That metadata of granted files can be read is no news.
  static bool WorthSaying(const EnforcementRow& row) {
    return row.operation != Operation::kMetadata ||
           row.requested != Effect::kAllow || row.grants_less;
  }

  const FileRegions& RegionsOf(const EnforcementRow& row) const {
    return row.permission == Permission::kFsRead ? rules_.read : rules_.write;
  }

  // Who holds it at all, wherever it may be.
  void HoldOperation(EnforcementRow* row) const {
    if (row->operation == Operation::kMetadata) return HoldMetadata(row);
    if (terms_.landlock_abi == 0) {
      return Hold(Level::kNone, {Enforcer::kLibrary}, Reason::kNoFacility, row);
    }
    Hold(Level::kFull, {Enforcer::kLandlock}, Reason::kExact, row);
    // truncate(2) by name, and O_TRUNC without writing.
    if (terms_.landlock_abi < 3 && row->operation == Operation::kContents &&
        row->permission == Permission::kFsWrite) {
      Hold(Level::kPartial, {Enforcer::kLandlock}, Reason::kNoFacility, row);
      row->scope = "truncate";
    }
  }

  void HoldMetadata(EnforcementRow* row) const {
    if (row->permission == Permission::kFsRead || !terms_.refuses_metadata) {
      return Hold(Level::kNone, {Enforcer::kLibrary}, Reason::kNotMediated,
                  row);
    }
    Hold(Level::kFull, {Enforcer::kSeccomp}, Reason::kExact, row);
    if (row->requested == Effect::kAllow) {
      GrantLess(Reason::kRefusedToAll, "", row);
    }
  }

  // Rights of directories reach what is denied beneath them. `paths` null: of
  // no rule.
  void Leak(const RulePaths* paths, EnforcementRow* row) const {
    if (!DirectoryRightsGranted(row->operation) || row->level != Level::kFull) {
      return;
    }
    const FileRegions& regions = RegionsOf(*row);
    for (const auto* directories : {&regions.spines, &regions.lone}) {
      const std::string* const path = FindTouched(paths, *directories);
      if (path == nullptr) continue;
      row->level = Level::kPartial;
      row->reason = Reason::kDirectoryRights;
      row->scope = *path;
      return;
    }
  }

  // Programs that may be started are read though no rule grants that.
  void LeakPrograms(const RulePaths* paths, EnforcementRow* row) const {
    if (row->permission != Permission::kFsRead ||
        row->operation != Operation::kContents || row->level != Level::kFull) {
      return;
    }
    for (const std::string& program : rules_.programs.programs) {
      if ((paths != nullptr && !paths->Touches(program)) ||
          rights_.AllowsPath(Permission::kFsRead, program)) {
        continue;
      }
      row->level = Level::kPartial;
      row->reason = Reason::kProgramsRead;
      row->scope = program;
      return;
    }
  }

  // Whether all that it denies is hidden.
  bool IsMasked(const RulePaths& paths) const {
    const std::vector<std::string> literals = paths.Literals();
    return !paths.HasWildcards() && !literals.empty() &&
           std::all_of(
               literals.begin(), literals.end(), [&](const std::string& path) {
                 return std::any_of(rules_.masks.begin(), rules_.masks.end(),
                                    [&](const process::Mask& mask) {
                                      return mask.path == path;
                                    });
               });
  }

  // Who may move a directory above a mask takes it along, and makes its name
  // anew. The mask's own name cannot be moved.
  void LoseMask(const RulePaths& paths, EnforcementRow* row) const {
    if (options_.spines != SpineRights::kAll) return;
    for (const std::string& path : paths.Literals()) {
      for (const auto* directories :
           {&rules_.write.spines, &rules_.write.lone}) {
        for (const std::string& directory : *directories) {
          if (ParentOf(path) == directory || !IsBeneath(path, directory)) {
            continue;
          }
          row->level = Level::kPartial;
          row->reason = Reason::kDirectoryRights;
          row->scope = directory;
        }
      }
    }
  }

  // The kernel holds what a link leads to; the link's own name can be given to
  // something else where the directory that it lies in may be written.
  void NoteLinks(const RulePaths& paths, EnforcementRow* row) const {
    if (row->permission != Permission::kFsWrite ||
        row->operation == Operation::kMetadata || row->level != Level::kFull) {
      return;
    }
    for (const std::string& link : paths.links()) {
      const auto holds = [&](const std::string& directory) {
        return IsBeneath(link, directory);
      };
      const std::vector<std::string>& granted = rules_.write.subtrees;
      if (std::none_of(granted.begin(), granted.end(), holds)) continue;
      row->level = Level::kPartial;
      row->reason = Reason::kLinkReplaced;
      row->scope = link;
      return;
    }
  }

  static const std::string* FindTouched(
      const RulePaths* paths, const std::vector<std::string>& directories) {
    if (paths != nullptr) return paths->FindTouched(directories);
    return directories.empty() ? nullptr : &directories.front();
  }

  bool DirectoryRightsGranted(Operation operation) const {
    if (operation == Operation::kListing) {
      return options_.spines != SpineRights::kNone;
    }
    return operation == Operation::kEntries &&
           options_.spines == SpineRights::kAll;
  }

  // What the rule grants and the kernel does not.
  void Lose(const RulePaths& paths, EnforcementRow* row) const {
    if (row->level == Level::kNone || row->operation == Operation::kMetadata) {
      return;
    }
    const FileRegions& regions = RegionsOf(*row);
    for (const FileRegions::Cut& cut : regions.cuts) {
      if (paths.Touches(cut.path)) GrantLess(cut.reason, cut.path, row);
    }
    LoseInSpines(paths, regions.spines, row);
    LoseInSpines(paths, regions.lone, row);
    LoseTops(paths, row);
    if (paths.HasWildcards()) GrantLess(Reason::kNewNames, "", row);
    LoseWatches(row);
  }

  void LoseWatches(EnforcementRow* row) const {
    if (row->operation == Operation::kListing && terms_.refuses_watching) {
      GrantLess(Reason::kRefusedToAll, "inotify_add_watch", row);
    }
  }

  void LoseInSpines(const RulePaths& paths,
                    const std::vector<std::string>& directories,
                    EnforcementRow* row) const {
    const std::string* const path = paths.FindTouched(directories);
    if (path == nullptr) return;
    if (row->operation == Operation::kContents) {
      if (&directories == &RegionsOf(*row).spines) {
        GrantLess(Reason::kNewNames, *path, row);
      }
    } else if (!DirectoryRightsGranted(row->operation)) {
      GrantLess(Reason::kEntriesWithheld, *path, row);
    }
  }

  // Landlock has rights on entries for their directory alone.
  void LoseTops(const RulePaths& paths, EnforcementRow* row) const {
    if (row->operation != Operation::kEntries) return;
    for (const std::string& path : paths.Literals()) {
      if (path == "/") continue;
      if (!rights_.AllowsPath(row->permission, ParentOf(path))) {
        return GrantLess(Reason::kEntryOfParent, path, row);
      }
    }
  }

  void NoteMissing(const RulePaths& paths, EnforcementRow* row) const {
    if (row->operation == Operation::kMetadata || row->level == Level::kNone) {
      return;
    }
    std::string path;
    if (paths.PassesLink(tree_, &path)) {
      NoteNoFile(Reason::kPassesLink, path, row);
      // Nor does the library deny anything by such a rule.
      if (row->requested == Effect::kDeny) row->level = Level::kNone;
    } else if (paths.IsMissing(tree_, &path)) {
      NoteNoFile(Reason::kPathMissing, path, row);
    }
  }

  // For the probe: a file by its name, which nothing grants after all.
  void FindVictim(const RulePaths& paths, EnforcementRow* row) const {
    const bool masked = row->reason == Reason::kMasked;
    if (row->operation != Operation::kContents && !masked) return;
    for (const std::string& path : paths.Literals()) {
      if (masked || (tree_.KindOf(path) == FileTree::Kind::kFile &&
                     !rights_.AllowsPath(row->permission, path))) {
        row->victim = path;
        return;
      }
    }
  }

  // What procfs tells of others the library grants by name alone.
  void NoteProcfs(const RulePaths& paths, EnforcementRow* row) const {
    const std::vector<std::string>& all = RegionsOf(*row).subtrees;
    const std::vector<std::string> literals = paths.Literals();
    const auto is_root = [](const std::string& path) { return path == "/"; };
    if (row->level == Level::kFull &&
        std::any_of(all.begin(), all.end(), is_root) &&
        std::any_of(literals.begin(), literals.end(), is_root)) {
      row->level = Level::kPartial;
      row->reason = Reason::kProcfsToo;
      row->scope = "/proc";
    }
  }

  // Landlock and masks hold names; the library knows the file. Where nothing is
  // granted, no name leads to it.
  void NoteOtherNames(const RulePaths& paths, EnforcementRow* row) const {
    if (row->level != Level::kFull || row->operation != Operation::kContents ||
        RegionsOf(*row).subtrees.empty()) {
      return;
    }
    NoteLinked(FindLinkedFiles(tree_, paths, options_.regions.link_entries),
               row);
    NoteOtherPlaces(paths, row);
  }

  // Of what is mounted a second time.
  void NoteOtherPlaces(const RulePaths& paths, EnforcementRow* row) const {
    for (const std::string& path : paths.Beginnings()) {
      for (const std::string& place : tree_.OtherPlacesOf(path)) {
        if (!IsGrantedIn(place, *row)) continue;
        row->level = Level::kPartial;
        row->reason = Reason::kOtherNames;
        row->scope = place;
        return;
      }
    }
  }

  bool IsGrantedIn(const std::string& place, const EnforcementRow& row) const {
    const std::vector<std::string>& granted = RegionsOf(row).subtrees;
    return std::any_of(granted.begin(), granted.end(),
                       [&](const std::string& subtree) {
                         return IsWithin(subtree, place) ||
                                (IsWithin(place, subtree) &&
                                 rights_.AllowsPath(row.permission, place));
                       });
  }

  // What is written by a granted name changes by its other names, too, which
  // no rule may grant: the library does not write such a file.
  void LeakWrites(EnforcementRow* row) const {
    const std::vector<std::string>& granted = rules_.write.subtrees;
    const bool all = !granted.empty() && granted.front() == "/";
    if (row->permission != Permission::kFsWrite || row->level != Level::kFull ||
        row->operation != Operation::kContents || all) {
      return;
    }
    NoteLinked(FindLinkedFiles(tree_, granted, options_.regions.link_entries),
               row);
  }

  static void NoteLinked(LinkedFiles linked, EnforcementRow* row) {
    if (linked.state == LinkedFiles::State::kNone) return;
    row->level = Level::kPartial;
    row->reason = linked.state == LinkedFiles::State::kFound
                      ? Reason::kOtherNames
                      : Reason::kNamesUnknown;
    row->scope = std::move(linked.path);
  }

  static void NoteNoFile(Reason reason, const std::string& path,
                         EnforcementRow* row) {
    row->scope = path;
    if (row->reason == Reason::kExact) row->reason = reason;
    if (row->requested != Effect::kAllow) return;
    row->grants_less = true;
    row->less = reason;
  }

  const PolicyRights& rights_;
  const FileRules& rules_;
  const FileTree& tree_;
  const LowerOptions& options_;
  const FileRowTerms& terms_;
  std::vector<EnforcementRow>& rows_;
};

bool IsForPaths(const RulePattern& pattern) {
  return pattern.kind() == RulePattern::Kind::kWhole ||
         pattern.kind() == RulePattern::Kind::kText;
}

}  // namespace

void AddFileRows(const PolicyRights& rights, const FileRules& rules,
                 const FileTree& tree, const LowerOptions& options,
                 const FileRowTerms& terms, std::vector<EnforcementRow>* rows) {
  FileRows writer(rights, rules, tree, options, terms, rows);
  for (const Permission permission :
       {Permission::kFsRead, Permission::kFsWrite}) {
    for (const PolicyRights::PlacedRule& placed : rights.rules()) {
      if (placed.rule.permissions.Contains(permission) &&
          IsForPaths(placed.rule.pattern)) {
        writer.AddRule(placed, permission);
      }
    }
    writer.AddDefault(permission);
  }
}

}  // namespace postern
