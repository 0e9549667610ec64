#include "permission/internal/path_binder.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "fs/path_components.h"
#include "permission/internal/denied_file_finder.h"
#include "permission/internal/path_spellings.h"

namespace postern {
namespace internal {
namespace {

// Names that one prefix may have had since it was approved.
constexpr size_t kMaxFormer = 64;

absl::Status CannotBind(absl::string_view written, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("cannot bind \"", written, "\": ", why));
}

std::string PrefixOf(const fs::PathPattern& pattern, size_t count) {
  std::string prefix;
  for (size_t i = 0; i < count; ++i) {
    absl::StrAppend(&prefix, "/", pattern.components[i].text);
  }
  return prefix.empty() ? "/" : prefix;
}

// `pattern` with `name` in place of its first `count` components.
fs::PathPattern WithPrefix(const fs::PathPattern& pattern, size_t count,
                           absl::string_view name) {
  fs::AnyPathComponents components;
  components.Split("", name);
  fs::PathPattern out;
  out.subtree = pattern.subtree;
  out.leaves_below_open = pattern.leaves_below_open;
  for (size_t i = 0; i < components.size(); ++i) {
    const absl::string_view component = components[i];
    out.components.push_back(
        {fs::PatternComponent::Kind::kLiteral, std::string(component)});
  }
  out.components.insert(
      out.components.end(),
      pattern.components.begin() + static_cast<ptrdiff_t>(count),
      pattern.components.end());
  return out;
}

fs::PathPattern Literal(absl::string_view name, bool subtree) {
  fs::PathPattern pattern;
  pattern.subtree = subtree;
  return WithPrefix(pattern, 0, name);
}

size_t BytesOf(const fs::PathPattern& pattern) {
  size_t bytes = 0;
  for (const fs::PatternComponent& component : pattern.components) {
    bytes += component.text.size() + 1;
  }
  return bytes;
}

void AddOnce(const std::string& name, std::vector<std::string>* names) {
  if (std::find(names->begin(), names->end(), name) == names->end()) {
    names->push_back(name);
  }
}

bool LiesBelowAny(absl::string_view path,
                  const absl::flat_hash_set<std::string>& places) {
  while (path.size() > 1) {
    const size_t slash = path.rfind('/');
    path = path.substr(0, slash == 0 ? 1 : slash);
    if (places.contains(path)) return true;
  }
  return false;
}

// The names that a rule with this effect covers in place of `written`.
std::vector<std::string> NamesFor(Effect effect, const std::string& written,
                                  const PathBinding::Bound& bound,
                                  bool narrows) {
  std::vector<std::string> names;
  if (effect == Effect::kDeny) {
    names.push_back(bound.canonical);
    for (const std::string& name : bound.former) AddOnce(name, &names);
    if (narrows) AddOnce(written, &names);
  } else if (bound.former.empty()) {
    names.push_back(bound.canonical);
  }
  return names;
}

}  // namespace

PathBinder::PathBinder(PathBindingOptions options, const PathBinding* previous,
                       bool narrows)
    : options_(std::move(options)),
      previous_(previous),
      narrows_(narrows),
      result_(new PathBinding()) {
  result_->program_folders_ = options_.program_folders;
  absl::StatusOr<std::unique_ptr<const fs::Kernel>> kernel =
      fs::Kernel::Probe();
  probed_ = kernel.status();
  if (kernel.ok()) kernel_ = *std::move(kernel);
}

absl::StatusOr<std::unique_ptr<PathBinder>> PathBinder::ForPolicy(
    PathBindingOptions options, const PathBinding* previous) {
  std::unique_ptr<PathBinder> binder(
      new PathBinder(std::move(options), previous, /*narrows=*/false));
  if (!binder->probed_.ok()) return binder->probed_;
  return binder;
}

std::unique_ptr<PathBinder> PathBinder::ForNarrowing(
    const PathBinding* previous) {
  return std::unique_ptr<PathBinder>(
      new PathBinder(PathBindingOptions(), previous, /*narrows=*/true));
}

void PathBinder::StartRule(const RuleTable& rules, uint32_t number) {
  rules_ = &rules;
  number_ = number;
  noted_.clear();
}

// Where `name` leads; what is missing of it may be there some day. What this
// process may not search it cannot open for a guest either.
absl::StatusOr<fs::CanonicalName> PathBinder::Resolve(
    absl::string_view name) const {
  fs::CanonicalName found =
      fs::FindCanonicalName(*kernel_, name, fs::LastLink::kFollow);
  if (found.error == 0) return found;
  if (found.error != ENOENT && found.error != ENOTDIR &&
      found.error != EACCES) {
    return absl::InvalidArgumentError(
        absl::ErrnoToStatus(found.error,
                            absl::StrCat("cannot bind \"", name, "\""))
            .message());
  }
  if (found.links.empty()) return found;
  // A ".." of a link's text that stands behind what is missing ends the name
  // there; one more component shows it.
  const fs::CanonicalName longer = fs::FindCanonicalName(
      *kernel_, absl::StrCat(name, "/x"), fs::LastLink::kFollow);
  if (longer.path != absl::StrCat(found.path, "/x")) {
    return CannotBind(name,
                      "a link on its way goes on behind a name that does not "
                      "exist");
  }
  return found;
}

// The last name that was approved stays what counts, also over several drifts.
absl::Status PathBinder::CompareWithPrevious(const std::string& written,
                                             PathBinding::Bound* bound) const {
  const PathBinding::Bound* before =
      previous_ == nullptr ? nullptr : previous_->Find(written);
  if (before == nullptr) return absl::OkStatus();
  std::vector<std::string> former = before->former;
  AddOnce(before->canonical, &former);
  if (former[0] == bound->canonical) return absl::OkStatus();
  if (former.size() > kMaxFormer) {
    return CannotBind(written, absl::StrCat("it led to more than ", kMaxFormer,
                                            " names since it was approved"));
  }
  bound->former = std::move(former);
  return absl::OkStatus();
}

absl::StatusOr<const PathBinder::Entry*> PathBinder::LookUp(
    const std::string& written) {
  const auto known = entries_.find(written);
  if (known != entries_.end()) return &known->second;
  absl::StatusOr<fs::CanonicalName> name = Resolve(written);
  if (!name.ok()) return name.status();
  Entry entry;
  entry.pending = name->error != 0;
  entry.existing_bytes = name->existing_bytes;
  entry.bound.canonical = std::move(name->path);
  for (fs::PassedLink& link : name->links) {
    AddOnce(link.location, &entry.links);
  }
  if (!entry.links.empty()) {
    const fs::CanonicalName own =
        fs::FindCanonicalName(*kernel_, written, fs::LastLink::kNoFollow);
    if (own.error == 0 && own.path != entry.bound.canonical) {
      entry.bound.link = own.path;
    }
  }
  absl::Status status = CompareWithPrevious(written, &entry.bound);
  if (!status.ok()) return status;
  return &entries_.emplace(written, std::move(entry)).first->second;
}

absl::Status PathBinder::Bind(Effect effect,
                              std::vector<fs::PathPattern>* paths,
                              std::vector<fs::PathPattern>* links) {
  if (!probed_.ok()) return probed_;
  std::vector<fs::PathPattern> bound;
  for (const fs::PathPattern& pattern : *paths) {
    absl::Status status = BindOne(effect, pattern, &bound, links);
    if (!status.ok()) return status;
  }
  *paths = std::move(bound);
  if (effect == Effect::kDeny && !narrows_) {
    for (const fs::PathPattern& path : *paths)
      denied_.push_back({path, number_});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> PathBinder::BindSocket(
    Effect effect, absl::string_view written) {
  std::vector<fs::PathPattern> paths = {Literal(written, /*subtree=*/true)};
  std::vector<fs::PathPattern> links;  // nobody connects to a link itself
  absl::Status status = Bind(effect, &paths, &links);
  if (!status.ok()) return status;
  std::vector<std::string> names;
  for (const fs::PathPattern& path : paths) {
    names.push_back(PrefixOf(path, path.components.size()));
    if (names.back() == "/") {
      return CannotBind(written, "it leads to \"/\", and so to every socket");
    }
  }
  return names;
}

// The file is the one that was approved: another one of that name is not.
absl::Status PathBinder::NoteProgram(const std::string& canonical) {
  fs::Opened opened = kernel_->Open(canonical, O_PATH | O_NOFOLLOW);
  fs::ObjectInfo info;
  if (!opened.fd.valid() || fs::Inspect(opened.fd.get(), &info) != 0) {
    return absl::OkStatus();
  }
  if (S_ISDIR(info.mode())) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", canonical, "\" is a folder, expected a program, or \"", canonical,
        "/**\" for every program beneath"));
  }
  if (narrows_ ||
      !result_->programs_.emplace(canonical, info.identity()).second)
    return absl::OkStatus();
  result_->program_names_[info.identity()].push_back(canonical);
  return absl::OkStatus();
}

absl::Status PathBinder::BindPrograms(Effect effect,
                                      std::vector<fs::PathPattern>* programs) {
  if (!probed_.ok()) return probed_;
  std::vector<fs::PathPattern> bound, links;  // nobody starts a link itself
  for (const fs::PathPattern& program : *programs) {
    const size_t before = bound.size();
    absl::Status status = BindOne(effect, program, &bound, &links);
    const bool one = program.literal() && !program.subtree;
    for (size_t i = before; status.ok() && one && i < bound.size(); ++i) {
      status = NoteProgram(PrefixOf(bound[i], bound[i].components.size()));
    }
    if (!status.ok()) return status;
  }
  *programs = std::move(bound);
  return absl::OkStatus();
}

bool PathBinder::IsProgram(const std::string& name) const {
  fs::ObjectInfo info;
  return kernel_->InspectFollowing(name, &info) == 0 && S_ISREG(info.mode()) &&
         (info.mode() & 0111) != 0;
}

absl::Status PathBinder::BindProgramName(
    Effect effect, absl::string_view name,
    std::vector<fs::PathPattern>* programs) {
  if (!probed_.ok()) return probed_;
  programs->clear();
  for (const std::string& folder : options_.program_folders) {
    if (!fs::IsValidPath(folder) || folder[0] != '/') {
      return CannotBind(name, absl::StrCat("\"", folder.substr(0, 200),
                                           "\" in the search path of programs "
                                           "is no absolute name"));
    }
    const std::string path = absl::StrCat(folder, "/", name);
    if (effect == Effect::kAllow && !IsProgram(path)) continue;
    programs->push_back(Literal(fs::NormalPath("", path), /*subtree=*/false));
    if (effect == Effect::kAllow) break;
  }
  if (programs->empty()) {
    return CannotBind(
        name, options_.program_folders.empty()
                  ? "there is no search path for programs, expected the "
                    "program's path"
                  : absl::StrCat("no program of that name in ",
                                 absl::StrJoin(options_.program_folders, ":")));
  }
  return BindPrograms(effect, programs);
}

absl::Status PathBinder::BindOne(Effect effect, const fs::PathPattern& pattern,
                                 std::vector<fs::PathPattern>* paths,
                                 std::vector<fs::PathPattern>* links) {
  const size_t count = pattern.literal_prefix();
  const std::string written = PrefixOf(pattern, count);
  absl::StatusOr<const Entry*> entry = LookUp(written);
  if (!entry.ok()) return entry.status();
  const PathBinding::Bound& bound = (*entry)->bound;
  const std::vector<std::string> names =
      NamesFor(effect, written, bound, narrows_);
  for (const std::string& name : names) {
    paths->push_back(WithPrefix(pattern, count, name));
    if (BytesOf(paths->back()) > fs::kMaxPathBytes) {
      return CannotBind(written, "what it stands for is longer than a path");
    }
  }
  const bool whole = count == pattern.components.size();
  if (whole && !bound.link.empty() && !names.empty()) {
    links->push_back(Literal(bound.link, /*subtree=*/false));
  }
  if (!narrows_ && noted_.insert(written).second) {
    Note(effect, written, **entry);
  }
  return absl::OkStatus();
}

// For reports, and what Build() has to refuse.
void PathBinder::Note(Effect effect, const std::string& written,
                      const Entry& entry) {
  const std::string& canonical = entry.bound.canonical;
  const PathBinding::Prefix prefix = {written, canonical,
                                      rules_->Source(number_), effect};
  if (canonical != written) result_->prefixes_.push_back(prefix);
  if (entry.pending) {
    result_->pending_.push_back(
        {prefix, canonical.substr(0, entry.existing_bytes)});
  }
  if (!entry.bound.former.empty()) {
    result_->drifts_.push_back({prefix, entry.bound.former[0]});
  } else if (effect != Effect::kDeny) {
    for (const std::string& link : entry.links) {
      passed_.push_back({number_, written, link, canonical});
    }
  }
}

absl::Status PathBinder::Protect() {
  std::vector<std::string>& names = result_->protected_names_;
  for (const auto& entry : entries_) {
    names.insert(names.end(), entry.second.links.begin(),
                 entry.second.links.end());
  }
  for (const std::string& path : options_.protected_paths) {
    if (!fs::IsValidPath(path) || path[0] != '/') {
      return absl::InvalidArgumentError(
          absl::StrCat("invalid protected path \"", path.substr(0, 200),
                       "\": expected an absolute path"));
    }
    absl::StatusOr<fs::CanonicalName> name = Resolve(path);
    if (!name.ok()) return name.status();
    names.push_back(name->path);
    for (const fs::PassedLink& link : name->links) {
      names.push_back(link.location);
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return absl::OkStatus();
}

// Links that were passed are spelled otherwise too, not only whole prefixes.
absl::Status PathBinder::Spell() {
  std::vector<PathSpellings::Entry> spellings;
  const auto add = [&](const std::string& written, std::string canonical) {
    if (written == canonical) return;
    spellings.emplace_back(written, std::move(canonical));
  };
  absl::flat_hash_set<std::string> links;
  for (const auto& entry : entries_) {
    add(entry.first, entry.second.bound.canonical);
    links.insert(entry.second.links.begin(), entry.second.links.end());
  }
  for (const std::string& link : links) {
    if (entries_.contains(link)) continue;
    const absl::StatusOr<fs::CanonicalName> name = Resolve(link);
    if (name.ok()) add(link, name->path);
  }
  auto made = PathSpellings::Make(std::move(spellings));
  if (!made.ok()) return made.status();
  result_->spellings_ = *std::move(made);
  return absl::OkStatus();
}

// Patterns with the same beginning share one walk, and what lies below a
// directory that is denied as a whole needs none of its own. What rules name
// comes before all that is found by a walk: who fills a directory must not push
// the names of others out.
void PathBinder::Guard(std::vector<PolicyWarning>* warnings) {
  struct Group {
    std::vector<const fs::PathPattern*> patterns;
    uint32_t first_rule;
    bool whole = false;
  };
  std::map<std::string, Group> groups;
  absl::flat_hash_set<std::string> whole, done;
  for (const Denied& denied : denied_) {
    const std::string prefix =
        PrefixOf(denied.pattern, denied.pattern.literal_prefix());
    Group& group = groups[prefix];
    if (group.patterns.empty()) group.first_rule = denied.rule;
    group.patterns.push_back(&denied.pattern);
    if (!denied.pattern.literal() || !denied.pattern.subtree) continue;
    group.whole = true;
    whole.insert(prefix);
  }
  DeniedFileFinder finder(*kernel_, options_.max_guarded_files,
                          options_.max_guard_entries);
  for (const auto& group : groups) {
    if (!LiesBelowAny(group.first, whole)) {
      finder.AddNamed(group.first, group.second.patterns);
    }
  }
  for (const auto& group : groups) {
    if (LiesBelowAny(group.first, done)) continue;
    if (finder.Add(group.first, group.second.patterns)) {
      if (group.second.whole) done.insert(group.first);
      continue;
    }
    result_->guard_incomplete_ = true;
    warnings->push_back(
        {"guard-incomplete",
         absl::StrCat("not all files that are denied below \"", group.first,
                      "\" are known: by other names they may be reached"),
         rules_->Source(group.second.first_rule)});
  }
  result_->guarded_ = finder.Take();
  result_->places_ = finder.TakePlaces();
}

absl::StatusOr<std::unique_ptr<const PathBinding>> PathBinder::Finish(
    std::vector<PolicyWarning>* warnings) {
  absl::Status status = Protect();
  if (status.ok()) status = Spell();
  if (!status.ok()) return status;
  Guard(warnings);
  for (auto& entry : entries_) {
    result_->bound_.emplace(entry.first, std::move(entry.second.bound));
  }
  return std::unique_ptr<const PathBinding>(std::move(result_));
}

}  // namespace internal
}  // namespace postern
