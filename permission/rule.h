#ifndef POSTERN_PERMISSION_RULE_H_
#define POSTERN_PERMISSION_RULE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "permission/permission.h"
#include "permission/use_counter.h"

namespace postern {

// What a rule or a layer says of an access. The order is by generosity: the
// smaller value is the stricter one. Zero is deny.
enum class Effect : uint8_t { kDeny = 0, kAsk = 1, kAllow = 2 };

// "deny", "ask" or "allow".
absl::string_view EffectName(Effect effect);

// Whether a call pattern's argument list is the whole list.
enum class CallForm : uint8_t {
  kExact,  // as many arguments as patterns, unless the last pattern is "**"
  kList,   // further arguments are accepted: the plain list of a manifest
};

// A rule's pattern as written: plain text that PolicyBuilder::Build parses.
// The syntax is docs/policy_reference.md#patterns.
class RulePattern {
 public:
  enum class Kind : uint8_t { kWhole, kText, kCall, kSecret, kResolving };

  // The permission without a resource: every resource.
  RulePattern() = default;
  static RulePattern Whole() { return RulePattern(); }
  // A path, a variable's name, a kind of fact, a module id, an endpoint, a
  // command.
  static RulePattern Text(absl::string_view text);
  // The text of a command: a pattern for the program, and one for each argument
  // by position. Spaces in them are escaped, so that none becomes two.
  static RulePattern Command(absl::string_view program,
                             const std::vector<std::string>& args);
  // A plugin's function and patterns for its arguments, by position.
  static RulePattern Call(absl::string_view function,
                          std::vector<std::string> args, CallForm form);
  // A secret's key parts.
  static RulePattern Secret(std::vector<std::string> parts);
  // An endpoint by name, and the addresses that the name may lead to besides
  // public ones: addresses, blocks, classes. Without such a list a name leads
  // to public addresses only (DNS rebinding). An empty list = Text(text). A
  // list of more than kMaxResolvesTo is refused where the rule is used.
  static constexpr size_t kMaxResolvesTo = 64;
  static RulePattern Resolving(absl::string_view text,
                               std::vector<std::string> resolves_to);

  Kind kind() const { return kind_; }
  const std::string& text() const { return text_; }  // not kWhole, kSecret
  // The patterns of a call's arguments, the parts of a secret's key, or the
  // addresses of kResolving.
  const std::vector<std::string>& parts() const { return parts_; }
  CallForm form() const { return form_; }  // kCall

  // For people, as `exec.in.run ["du"]`; not read back.
  std::string ToString() const;

  friend bool operator==(const RulePattern& a, const RulePattern& b) {
    return a.kind_ == b.kind_ && a.form_ == b.form_ && a.text_ == b.text_ &&
           a.parts_ == b.parts_;
  }

 private:
  Kind kind_ = Kind::kWhole;
  CallForm form_ = CallForm::kExact;
  std::string text_;
  std::vector<std::string> parts_;
};

// Where a rule comes from: its provenance, for reports and error messages.
struct RuleSource {
  enum class Kind : uint8_t {
    kHost,  // code of the host
    kFile,
    kFlag,
    kTemplate,
    kApproval,
    kDrop,
  };
  Kind kind = Kind::kHost;
  std::string name;  // file name, flag as written, template or app id
  int line = 0;      // from 1; 0 = not known
  int column = 0;    // in bytes, from 1; 0 = not known

  // "policy.textproto:12:3", "--allow-fs-read", "approval of notes.acme".
  std::string ToString() const;
};

// When a rule stops holding. A deny rule with limits is an error.
struct RuleLimits {
  absl::optional<absl::Time> expires;  // in force before this moment
  std::shared_ptr<UseCounter> uses;    // null = unlimited
  std::string session;  // in force only in contexts of this session; "" = all

  bool any() const { return expires || uses || !session.empty(); }
};

// One sentence of a policy: an effect for some permissions on what a pattern
// matches, with its origin. A value type.
struct Rule {
  Effect effect = Effect::kDeny;
  PermissionSet permissions;
  RulePattern pattern;
  RuleSource source;
  std::string reason;  // shown to people; may be empty
  RuleLimits limits;
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_RULE_H_
