#ifndef POSTERN_PERMISSION_INTERNAL_PARSED_PATTERN_H_
#define POSTERN_PERMISSION_INTERNAL_PARSED_PATTERN_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "fs/path_pattern.h"
#include "net/endpoint_pattern.h"
#include "permission/internal/call_pattern.h"
#include "permission/internal/command_pattern.h"
#include "permission/internal/name_pattern.h"
#include "permission/internal/path_binder.h"
#include "permission/internal/query.h"
#include "permission/layer.h"

namespace postern {
namespace internal {

// A rule's pattern, parsed for the permissions that it applies to.
struct ParsedPattern {
  enum class Kind : uint8_t {
    kWhole,
    kPaths,
    kPlainPath,  // one path, as plain as most are
    kName,
    kCall,
    kSecret,
    kEndpoint,
    kCommand,
  };
  Kind kind = Kind::kWhole;
  // Those of the rule, less the ones of a group that the pattern leaves out.
  PermissionSet permissions;
  fs::PlainPath plain;                 // views the text that was parsed
  std::vector<fs::PathPattern> paths;  // alternatives
  // The own names of links that `paths` end in: for fs.read alone.
  std::vector<fs::PathPattern> links;
  NamePattern name;
  CallPattern call;
  CommandPattern command;
  SecretPattern secret;
  std::vector<net::EndpointPattern> endpoints;  // alternatives
  // Where the names of `endpoints` may lead besides to public addresses.
  std::vector<net::EndpointPattern> resolves_to;

  // Makes kPaths of kPlainPath: then it views nothing.
  void Own();

  // Whether it covers the query, one pattern by itself: for the few rules
  // that are in no index. The query is valid. A question for a whole is
  // covered by kWhole alone.
  Match Matches(const Query& query) const;
  // Whether it matches some object in the subtree or whole that is asked for.
  bool MayMatchWithin(const Query& query) const;
  // Whether it is for a unix socket that has its name strictly beneath
  // `directory`, canonical.
  bool NamesSocketWithin(absl::string_view directory) const;
};

// How patterns of one policy are read.
struct PatternScope {
  fs::PathPatternOptions path;
  bool lenient_wildcards = false;
  // Binds path patterns and those of unix sockets; null = they are taken as
  // they are written.
  std::shared_ptr<PathBinder> binder;
};

// Parses the pattern of a rule with this effect. InvalidArgument says what was
// expected and at which column. Never kPlainPath.
absl::StatusOr<ParsedPattern> ParsePattern(Effect effect,
                                           PermissionSet permissions,
                                           const RulePattern& pattern,
                                           const PatternScope& scope);

// ParsePattern() of a pattern that is text alone. A plain path that is not to
// be bound becomes kPlainPath, a view of the text: nothing is allocated.
absl::StatusOr<ParsedPattern> ParsePatternText(Effect effect,
                                               PermissionSet permissions,
                                               absl::string_view text,
                                               const PatternScope& scope);

// "." and ".." resolved; InvalidArgument unless it is absolute (or "").
absl::StatusOr<std::string> ParseBaseDirectory(absl::string_view path);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_INTERNAL_PARSED_PATTERN_H_
