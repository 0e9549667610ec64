#include "permission/internal/drop_set.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "net/endpoint_pattern.h"

namespace postern {
namespace internal {
namespace {

// Whether everything that `inner` matches, `outer` matches as well. Says no
// where that takes thought.
bool Covers(const fs::PathPattern& outer, const fs::PathPattern& inner) {
  if (!outer.subtree || !outer.literal()) return false;
  if (inner.components.size() < outer.components.size()) return false;
  for (size_t i = 0; i < outer.components.size(); ++i) {
    if (!(outer.components[i] == inner.components[i])) return false;
  }
  return true;
}

size_t PartsOf(const std::vector<fs::PathPattern>& paths) {
  size_t parts = 0;
  for (const fs::PathPattern& path : paths) parts += path.components.size() + 1;
  return parts;
}

// Of a call or a command.
absl::Span<const ArgumentPattern> ArgumentsOf(const ParsedPattern& pattern) {
  return pattern.command.arguments == nullptr
             ? absl::MakeConstSpan(pattern.call.args)
             : absl::MakeConstSpan(pattern.command.arguments->args);
}

size_t PartsOf(const ParsedPattern& pattern) {
  size_t parts = PartsOf(pattern.paths) + PartsOf(pattern.links) +
                 PartsOf(pattern.command.programs) +
                 pattern.secret.parts.size() + pattern.endpoints.size();
  for (const ArgumentPattern& arg : ArgumentsOf(pattern)) {
    parts += PartsOf(arg.paths) + arg.literals.size() + 1;
  }
  return parts;
}

bool SamePaths(const std::vector<fs::PathPattern>& a,
               const std::vector<fs::PathPattern>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const fs::PathPattern& x, const fs::PathPattern& y) {
                      return x.subtree == y.subtree &&
                             x.components == y.components;
                    });
}

bool SameSockets(const std::vector<net::EndpointPattern>& a,
                 const std::vector<net::EndpointPattern>& b) {
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(),
      [](const net::EndpointPattern& x, const net::EndpointPattern& y) {
        return x.name == y.name;
      });
}

// What was read from the same text is the same, but for paths: the base
// directory, variables and links may have been others before.
bool SamePaths(const ParsedPattern& a, const ParsedPattern& b) {
  const absl::Span<const ArgumentPattern> args = ArgumentsOf(a),
                                          others = ArgumentsOf(b);
  return SamePaths(a.paths, b.paths) && SamePaths(a.links, b.links) &&
         SamePaths(a.command.programs, b.command.programs) &&
         SameSockets(a.endpoints, b.endpoints) &&
         std::equal(args.begin(), args.end(), others.begin(), others.end(),
                    [](const ArgumentPattern& x, const ArgumentPattern& y) {
                      return SamePaths(x.paths, y.paths);
                    });
}

size_t BytesOf(const std::string& text) { return sizeof(text) + text.size(); }

size_t BytesOf(const std::vector<fs::PathPattern>& paths) {
  size_t bytes = 0;
  for (const fs::PathPattern& path : paths) {
    bytes += sizeof(path);
    for (const fs::PatternComponent& component : path.components) {
      bytes += sizeof(component) + component.text.size();
    }
  }
  return bytes;
}

size_t BytesOf(const RulePattern& pattern) {
  size_t bytes = BytesOf(pattern.text());
  for (const std::string& part : pattern.parts()) bytes += BytesOf(part);
  return bytes;
}

size_t BytesOf(const ParsedPattern& pattern) {
  size_t bytes = sizeof(pattern) + BytesOf(pattern.paths) +
                 BytesOf(pattern.links) + pattern.name.text.size() +
                 pattern.call.function.size() + pattern.command.name.size() +
                 BytesOf(pattern.command.programs) +
                 pattern.endpoints.size() * sizeof(net::EndpointPattern);
  for (const SecretPattern::Part& part : pattern.secret.parts) {
    bytes += sizeof(part) + part.text.size();
  }
  for (const net::EndpointPattern& endpoint : pattern.endpoints) {
    bytes += endpoint.host.name.size() + endpoint.name.size();
  }
  for (const ArgumentPattern& arg : ArgumentsOf(pattern)) {
    bytes += sizeof(arg) + BytesOf(arg.paths);
    for (const std::string& literal : arg.literals) bytes += BytesOf(literal);
  }
  return bytes;
}

bool MatchesPath(const Drop& drop, Permission permission,
                 const fs::PathComponents& path) {
  const auto matches = [&](const fs::PathPattern& one) {
    return one.Matches(path);
  };
  const ParsedPattern& pattern = drop.pattern;
  return std::any_of(pattern.paths.begin(), pattern.paths.end(), matches) ||
         (permission == Permission::kFsRead &&
          std::any_of(pattern.links.begin(), pattern.links.end(), matches));
}

}  // namespace

DropSet::DropSet() {
  for (std::atomic<Bucket*>& bucket : buckets_) {
    bucket.store(nullptr, std::memory_order_relaxed);
  }
}

DropSet::~DropSet() = default;

absl::Status DropSet::Add(PermissionSet permissions, const RulePattern& pattern,
                          const PatternScope& scope) {
  absl::Status status = AddOne(permissions, pattern, scope);
  additions_.fetch_add(1, std::memory_order_release);
  return status;
}

absl::Status DropSet::AddOne(PermissionSet permissions,
                             const RulePattern& pattern,
                             const PatternScope& scope) {
  if (permissions.empty()) {
    return absl::InvalidArgumentError(
        "expected at least one permission; nothing was dropped");
  }
  if (pattern.kind() == RulePattern::Kind::kWhole) {
    DropWhole(permissions);
    return absl::OkStatus();
  }
  absl::StatusOr<ParsedPattern> parsed =
      ParsePattern(Effect::kDeny, permissions, pattern, scope);
  if (!parsed.ok()) {
    DropWhole(permissions);
    return absl::InvalidArgumentError(
        absl::StrCat(parsed.status().message(), "; all of ",
                     permissions.ToString(), " was dropped"));
  }
  MutexLock lock(&mutex_);
  auto drop = std::make_unique<Drop>(
      Drop{pattern, *std::move(parsed), static_cast<uint32_t>(drops_.size())});
  const PermissionSet uncovered = Uncovered(*drop);
  const size_t bytes = BytesOf(drop->text) + BytesOf(drop->pattern);
  if (uncovered.empty() || bytes > kMaxBytes - bytes_) {
    DropWhole(uncovered);
    return absl::OkStatus();
  }
  bool kept = false;
  for (int i = 1; i < kPermissionLimit; ++i) {
    const Permission permission = static_cast<Permission>(i);
    if (!uncovered.Contains(permission)) continue;
    if (Append(permission, drop.get(), bytes)) {
      kept = true;
    } else {
      DropWhole(PermissionSet(permission));
    }
  }
  if (!kept) return absl::OkStatus();
  bytes_ += bytes;
  drops_.push_back(std::move(drop));
  return absl::OkStatus();
}

PermissionSet DropSet::Uncovered(const Drop& drop) const {
  PermissionSet uncovered;
  for (int i = 1; i < kPermissionLimit; ++i) {
    const Permission permission = static_cast<Permission>(i);
    if (drop.pattern.permissions.Contains(permission) &&
        !IsCovered(FindBucket(permission), drop)) {
      uncovered = uncovered | PermissionSet(permission);
    }
  }
  return uncovered;
}

size_t DropSet::MemoryBytes() const {
  MutexLock lock(&mutex_);
  return bytes_;
}

size_t DropSet::IndexedBytes() const {
  MutexLock lock(&mutex_);
  return indexed_bytes_;
}

void DropSet::DropWhole(PermissionSet permissions) {
  whole_.fetch_or(permissions.bits(), std::memory_order_release);
  touched_.fetch_or(permissions.bits(), std::memory_order_release);
}

bool DropSet::IsCovered(const Bucket* bucket, const Drop& drop) const {
  if (bucket == nullptr) return false;
  const Drop* const* const begin = bucket->drops.data();
  const uint32_t count = bucket->count.load(std::memory_order_relaxed);
  const auto same = [&](const Drop* other) {
    return other->text == drop.text && SamePaths(other->pattern, drop.pattern);
  };
  if (std::any_of(begin, begin + count, same)) return true;
  if (drop.pattern.kind != ParsedPattern::Kind::kPaths) return false;
  const auto covered = [&](const fs::PathPattern& path) {
    return IsCovered(*bucket, path);
  };
  const ParsedPattern& pattern = drop.pattern;
  return std::all_of(pattern.paths.begin(), pattern.paths.end(), covered) &&
         std::all_of(pattern.links.begin(), pattern.links.end(), covered);
}

bool DropSet::IsCovered(const Bucket& bucket,
                        const fs::PathPattern& path) const {
  const DropIndex* const index = bucket.index.load(std::memory_order_relaxed);
  if (index != nullptr && index->Covers(path)) return true;
  const auto covers = [&](const fs::PathPattern& outer) {
    return Covers(outer, path);
  };
  const uint32_t count = bucket.count.load(std::memory_order_relaxed);
  for (size_t i = index == nullptr ? 0 : index->size(); i < count; ++i) {
    const std::vector<fs::PathPattern>& paths = bucket.drops[i]->pattern.paths;
    if (std::any_of(paths.begin(), paths.end(), covers)) return true;
  }
  return false;
}

bool DropSet::Append(Permission permission, const Drop* drop, size_t bytes) {
  std::atomic<Bucket*>& slot = buckets_[static_cast<size_t>(permission)];
  Bucket* bucket = slot.load(std::memory_order_relaxed);
  if (bucket == nullptr) {
    owned_.push_back(std::make_unique<Bucket>());
    bucket = owned_.back().get();
    slot.store(bucket, std::memory_order_release);
  }
  const uint32_t count = bucket->count.load(std::memory_order_relaxed);
  const size_t parts = bucket->parts + PartsOf(drop->pattern);
  if (count == kMaxDrops || parts > kMaxParts) return false;
  bucket->parts = parts;
  bucket->bytes += bytes;
  bucket->waiting += 1 + bytes / kWaitingBytes;
  bucket->drops[count] = drop;
  bucket->count.store(count + 1, std::memory_order_release);
  touched_.fetch_or(PermissionSet(permission).bits(),
                    std::memory_order_release);
  IndexIfDue(permission, bucket);
  return true;
}

bool DropSet::IsDue(const Bucket& bucket) {
  const size_t waiting_bytes = bucket.bytes - bucket.indexed_bytes;
  return bucket.waiting >= kMaxWaiting &&
         (bucket.bytes < kManyBytes ||
          waiting_bytes > bucket.indexed_bytes / 2);
}

void DropSet::IndexIfDue(Permission permission, Bucket* bucket) {
  if (!IsDue(*bucket) || bucket->bytes > kMaxIndexedBytes - indexed_bytes_) {
    return;
  }
  const uint32_t count = bucket->count.load(std::memory_order_relaxed);
  indexes_.push_back(std::make_unique<DropIndex>(
      permission, absl::MakeConstSpan(bucket->drops.data(), count)));
  indexed_bytes_ += bucket->bytes;
  bucket->indexed_bytes = bucket->bytes;
  bucket->waiting = 0;
  bucket->index.store(indexes_.back().get(), std::memory_order_release);
}

std::vector<Rule> DropSet::AsRules() const {
  MutexLock lock(&mutex_);
  std::vector<Rule> rules;
  const auto add = [&](PermissionSet permissions, RulePattern pattern) {
    rules.emplace_back();
    rules.back().permissions = permissions;
    rules.back().pattern = std::move(pattern);
    rules.back().source.kind = RuleSource::Kind::kDrop;
  };
  const uint32_t whole = whole_.load(std::memory_order_acquire);
  for (int i = 1; i < kPermissionLimit; ++i) {
    const PermissionSet one(static_cast<Permission>(i));
    if ((whole & one.bits()) != 0) add(one, RulePattern::Whole());
  }
  for (const auto& drop : drops_) add(drop->pattern.permissions, drop->text);
  return rules;
}

void DropSet::Quiesce() {
  MutexLock lock(&mutex_);
  std::vector<const DropIndex*> used;
  for (const auto& bucket : owned_) {
    used.push_back(bucket->index.load(std::memory_order_relaxed));
  }
  const auto in_use = [&used](const std::unique_ptr<const DropIndex>& index) {
    return std::find(used.begin(), used.end(), index.get()) != used.end();
  };
  indexes_.erase(
      std::stable_partition(indexes_.begin(), indexes_.end(), in_use),
      indexes_.end());
  indexed_bytes_ = 0;
  for (const auto& bucket : owned_) indexed_bytes_ += bucket->indexed_bytes;
  for (int i = 1; i < kPermissionLimit; ++i) {
    Bucket* const bucket =
        buckets_[static_cast<size_t>(i)].load(std::memory_order_relaxed);
    if (bucket != nullptr) IndexIfDue(static_cast<Permission>(i), bucket);
  }
}

absl::optional<uint32_t> DropSet::Find(const Query& query) const {
  if ((whole_.load(std::memory_order_acquire) & query.permission_bit()) != 0) {
    return Decision::kNoRule;
  }
  // Who gave a look-up up, gave up what it is for.
  if (LooksUp(query)) {
    constexpr PermissionSet kLookUp(Permission::kNetResolve);
    if ((whole_.load(std::memory_order_acquire) & kLookUp.bits()) != 0) {
      return Decision::kNoRule;
    }
    const absl::optional<uint32_t> drop =
        FindIn(Permission::kNetResolve, query);
    if (drop.has_value()) return drop;
  }
  return FindIn(query.access().permission(), query);
}

absl::optional<uint32_t> DropSet::FindPath(
    Permission permission, const fs::PathComponents& path) const {
  if ((whole_.load(std::memory_order_acquire) &
       PermissionSet(permission).bits()) != 0) {
    return Decision::kNoRule;
  }
  const Bucket* const bucket = FindBucket(permission);
  if (bucket == nullptr) return absl::nullopt;
  const uint32_t count = bucket->count.load(std::memory_order_acquire);
  const DropIndex* const index = bucket->index.load(std::memory_order_acquire);
  if (index != nullptr) {
    const absl::optional<uint32_t> drop = index->FindPath(path);
    if (drop.has_value()) return drop;
  }
  for (size_t i = index == nullptr ? 0 : index->size(); i < count; ++i) {
    if (MatchesPath(*bucket->drops[i], permission, path)) {
      return bucket->drops[i]->number;
    }
  }
  return absl::nullopt;
}

absl::optional<uint32_t> DropSet::FindIn(Permission permission,
                                         const Query& query) const {
  if (query.access().form() == Access::Form::kPath) {
    return FindPath(permission, query.path());
  }
  const Bucket* const bucket = FindBucket(permission);
  if (bucket == nullptr) return absl::nullopt;
  const uint32_t count = bucket->count.load(std::memory_order_acquire);
  const DropIndex* const index = bucket->index.load(std::memory_order_acquire);
  size_t first = index == nullptr ? 0 : index->size();
  if (index != nullptr && query.AsksForMany()) {
    // The index does not tell which: one of them is looked for.
    if (index->MayMatchWithin(query)) first = 0;
  } else if (index != nullptr) {
    const absl::optional<uint32_t> drop = index->FindOne(query);
    if (drop.has_value()) return drop;
  }
  for (size_t i = first; i < count; ++i) {
    if (bucket->drops[i]->pattern.MayMatchWithin(query)) {
      return bucket->drops[i]->number;
    }
  }
  return absl::nullopt;
}

bool DropSet::NamesSocketWithin(Permission permission,
                                absl::string_view directory) const {
  const Bucket* const bucket = FindBucket(permission);
  if (bucket == nullptr) return false;
  const uint32_t count = bucket->count.load(std::memory_order_acquire);
  return std::any_of(bucket->drops.begin(), bucket->drops.begin() + count,
                     [&](const Drop* drop) {
                       return drop->pattern.NamesSocketWithin(directory);
                     });
}

const RulePattern* DropSet::FindPattern(uint32_t number) const {
  MutexLock lock(&mutex_);
  return number < drops_.size() ? &drops_[number]->text : nullptr;
}

}  // namespace internal
}  // namespace postern
