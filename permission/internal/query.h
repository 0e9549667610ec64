#ifndef POSTERN_PERMISSION_INTERNAL_QUERY_H_
#define POSTERN_PERMISSION_INTERNAL_QUERY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "fs/path_components.h"
#include "net/endpoint.h"
#include "net/purpose.h"
#include "permission/access.h"
#include "permission/decision.h"
#include "permission/internal/call_pattern.h"
#include "permission/internal/command_pattern.h"
#include "permission/layer.h"
#include "permission/path_binding.h"

namespace postern {
namespace internal {

// What an access is decided in: where relative names start, how named
// arguments are bound, which limited rules hold.
struct QueryScope {
  absl::string_view base_directory;
  const Signatures* signatures = nullptr;
  absl::Time now = absl::InfinitePast();
  absl::string_view session;
  // Limited rules hold whatever their limits: for what a policy may ever say.
  bool ignores_limits = false;
  // Those that are used up hold: for an access that goes on.
  bool ignores_uses = false;
  // Those hold whose use was taken for the same operation; null = none was.
  const TakenUses* taken_uses = nullptr;
  // How written names are spelled in a bound policy; null = as they are.
  const PathBinding* binding = nullptr;
};

// An access, read once for all layers and contexts that decide it. Views into
// the access, the scope and its binding; lives, as one of the two classes
// below, on the stack of one check.
class Query {
 public:
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  // kNone if the access makes sense; else why it is denied at once.
  Reason invalid() const { return invalid_; }

  const Access& access() const { return access_; }
  const QueryScope& scope() const { return scope_; }
  uint32_t permission_bit() const { return bit_; }
  // It asks for a whole or a subtree, which narrower rules may keep back.
  bool AsksForMany() const {
    return access_.form() == Access::Form::kWhole ||
           access_.form() == Access::Form::kSubtree;
  }
  const fs::PathComponents& path() const { return path_; }
  // The policy spells the path, of a file or a unix socket, otherwise than it
  // was asked: path() and endpoint() are its spelling.
  bool translated() const { return translated_; }
  // Of a call or a command.
  GivenArguments arguments() const;
  // Of a command.
  GivenProgram program() const;
  // kEndpoint; the name of kResolved.
  const net::Endpoint& endpoint() const { return *endpoint_; }
  const net::Endpoint& address() const { return *address_; }  // kResolved
  net::Purpose purpose() const {
    return access_.permission() == Permission::kNetListen
               ? net::Purpose::kListen
               : net::Purpose::kConnect;
  }

  // The resource in normal form, for reports; allocates. At most
  // kMaxReportedBytes and a remark, written as AskedResource().
  std::string CanonicalResource() const;
  // Bytes that no other resource of the same form has; nullopt for a call
  // whose arguments are not all known: two such may differ. Allocates.
  absl::optional<std::string> Identity() const;

 protected:
  // A path is read into `path`, the arguments of a call into `call`, which may
  // overlap.
  Query(const Access& access, const QueryScope& scope, fs::PathComponents* path,
        void* call);
  ~Query() = default;

 private:
  Reason Read();
  bool ReadResource(ResourceKind kind);
  bool ReadPath();
  // path_ in the spelling of a bound policy; false if that is none.
  bool Spell();
  bool IsValidSecret() const;
  bool ReadCommand();
  bool ReadEndpoint(ResourceKind kind);
  bool ReadSocket();
  bool ReadResolved(ResourceKind kind);

  const Access access_;
  const QueryScope scope_;
  const uint32_t bit_;
  Reason invalid_;
  bool translated_ = false;
  fs::PathComponents& path_;
  void* const call_room_;
  const BoundCall* call_ = nullptr;
  absl::optional<net::Endpoint> endpoint_, address_;
};

// What a query of the class below keeps its path or its call in: it has not
// both.
template <typename Path>
class RoomOfQuery {
 protected:
  static_assert(std::is_trivially_destructible<Path>::value, "left as it is");
  static_assert(std::is_trivially_destructible<BoundCall>::value, "as well");

  RoomOfQuery() : path_() {}
  union {
    Path path_;
    BoundCall call_;
  };
};

// With its path in a `Path`.
template <typename Path>
class QueryIn final : private RoomOfQuery<Path>, public Query {
 public:
  QueryIn(const Access& access, const QueryScope& scope)
      : Query(access, scope, &this->RoomOfQuery<Path>::path_,
              &this->RoomOfQuery<Path>::call_) {}
};

// Of every access. Large (26 KiB).
using AnyQuery = QueryIn<fs::AnyPathComponents>;
// Of accesses with a short path or none (3 KiB): see HasShortPath().
using ShortQuery = QueryIn<fs::ShortPathComponents>;

// Whether a ShortQuery has room for what `access` is about. A path, of a file
// or a unix socket, that is yet to be spelled as the binding does may become
// longer.
inline bool HasShortPath(const Access& access, absl::string_view base_directory,
                         const PathBinding* binding) {
  const bool is_spelled = binding != nullptr && !access.is_canonical();
  switch (access.form()) {
    case Access::Form::kPath:
    case Access::Form::kSubtree:
    case Access::Form::kCommand:
      return !is_spelled &&
             fs::ShortPathComponents::Fits(base_directory, access.text());
    case Access::Form::kEndpoint:
    case Access::Form::kResolved:
      return !is_spelled || !absl::StartsWith(access.text(), "unix:");
    case Access::Form::kWhole:
    case Access::Form::kName:
    case Access::Form::kSecret:
    case Access::Form::kCall:
      return true;
  }
  return false;
}

// Whether it asks for one path, by a permission that has paths.
inline bool IsOnePath(const Access& access) {
  return access.form() == Access::Form::kPath &&
         PathPermissions().Contains(access.permission());
}

// Whether a name has to be looked up for what the valid `query` asks, or may
// have to be for some of it.
inline bool LooksUp(const Query& query) {
  if (ResourceKindOf(query.access().permission()) != ResourceKind::kEndpoint) {
    return false;
  }
  return query.access().form() == Access::Form::kWhole ||
         (query.access().form() == Access::Form::kEndpoint &&
          query.endpoint().kind() == net::Endpoint::Kind::kName);
}

// A resource in words, see ReportedText.
struct Resource {
  std::string text;
  uint64_t full_bytes = 0;  // how long it is in full, if it was cut
};

// The resource of an access as it was asked, for reports; allocates. The parts
// of a key, arguments and their names cannot be taken for one another.
Resource AskedResource(const Access& access);

// Whether a rule with these limits holds now.
bool InForce(const RuleLimits& limits, const QueryScope& scope);
// Whether it would hold now if uses were left.
bool InForceIfUsesLeft(const RuleLimits& limits, const QueryScope& scope);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_QUERY_H_
