#ifndef POSTERN_PERMISSION_ACCESS_H_
#define POSTERN_PERMISSION_ACCESS_H_

#include <cstdint>

#include "absl/base/attributes.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "permission/permission.h"

namespace postern {

// An argument of a call. An argument that is no string (a list, a number, a
// table) has no text to compare: it is only known to match "*".
struct CallArg {
  absl::string_view text;
  bool is_text = true;

  static CallArg NotText() { return CallArg{"", false}; }
};

// An argument given by the name of its parameter.
struct NamedArg {
  absl::string_view name;
  CallArg value;
};

// A call of a plugin's function: "exec.in.run" and its arguments.
struct CallView {
  absl::string_view function;
  absl::Span<const CallArg> args;
  absl::Span<const NamedArg> named;
};

// A question: a permission, and the resource that it is wanted for. It is a
// view: the caller's bytes must outlive every use (clang warns where they do
// not, g++ does not yet). Nothing is checked or copied here. An access that
// makes no sense is denied when it is decided.
class Access {
 public:
  enum class Form : uint8_t {
    kWhole,
    kPath,
    kSubtree,
    kName,
    kCall,
    kSecret,
    kEndpoint,
    kResolved,
    kCommand,
  };

  // The permission for every resource. Granted only where nothing narrower
  // is denied.
  static Access Whole(Permission permission) {
    return Access(permission, Form::kWhole, "");
  }
  // One file system object, by absolute name or relative to the base.
  static Access Path(Permission permission,
                     absl::string_view path ABSL_ATTRIBUTE_LIFETIME_BOUND) {
    return Access(permission, Form::kPath, path);
  }
  // That object and all beneath it.
  static Access Subtree(Permission permission,
                        absl::string_view path ABSL_ATTRIBUTE_LIFETIME_BOUND) {
    return Access(permission, Form::kSubtree, path);
  }
  // One object by its canonical name (absolute, in normal form, through no
  // link), for callers that have resolved the name themselves. It is decided as
  // it stands. `asked` is the name that the guest used, for records only;
  // empty: it used `path`.
  static Access CanonicalPath(
      Permission permission,
      absl::string_view path ABSL_ATTRIBUTE_LIFETIME_BOUND,
      absl::string_view asked ABSL_ATTRIBUTE_LIFETIME_BOUND = "") {
    Access access(permission, Form::kPath, path);
    access.is_canonical_ = true;
    access.asked_ = asked;
    return access;
  }
  // Like CanonicalPath(), for the object and all beneath it.
  static Access CanonicalSubtree(Permission permission,
                                 absl::string_view path
                                     ABSL_ATTRIBUTE_LIFETIME_BOUND) {
    Access access(permission, Form::kSubtree, path);
    access.is_canonical_ = true;
    return access;
  }
  // An environment variable, a kind of fact or a module, by its name.
  static Access Name(Permission permission,
                     absl::string_view name ABSL_ATTRIBUTE_LIFETIME_BOUND) {
    return Access(permission, Form::kName, name);
  }
  // plugin.call of one function with its arguments.
  static Access Call(const CallView& call) {
    Access access(Permission::kPluginCall, Form::kCall, call.function);
    access.call_ = call;
    return access;
  }
  // process.spawn of one program: a path, absolute or relative to the base, or
  // a bare name, which only rules that are written with that name are known to
  // match. `args` are those behind the program's own name, text without NUL. A
  // shell string is the shell's program with "-c" and that string.
  static Access Command(absl::string_view program ABSL_ATTRIBUTE_LIFETIME_BOUND,
                        absl::Span<const CallArg> args
                            ABSL_ATTRIBUTE_LIFETIME_BOUND) {
    Access access(Permission::kProcessSpawn, Form::kCommand, program);
    access.call_.args = args;
    return access;
  }
  // Like CanonicalPath(), for a program.
  static Access CanonicalCommand(
      absl::string_view program ABSL_ATTRIBUTE_LIFETIME_BOUND,
      absl::Span<const CallArg> args ABSL_ATTRIBUTE_LIFETIME_BOUND,
      absl::string_view asked ABSL_ATTRIBUTE_LIFETIME_BOUND = "") {
    Access access = Command(program, args);
    access.is_canonical_ = true;
    access.asked_ = asked;
    return access;
  }
  // A secret by the parts of its key.
  static Access Secret(Permission permission,
                       absl::Span<const absl::string_view> parts
                           ABSL_ATTRIBUTE_LIFETIME_BOUND) {
    Access access(permission, Form::kSecret, "");
    access.parts_ = parts;
    return access;
  }
  // The other end of a connection, or the own end of a listener: "host:443",
  // "[::1]:80", "unix:/run/x". For net.resolve it is a host without a port. A
  // host name is decided before it is looked up, and each of its addresses
  // afterwards, by Resolved(). A unix socket is a file as well, and fs.read and
  // fs.write decide about that: ask by Path() too.
  static Access Endpoint(Permission permission,
                         absl::string_view endpoint
                             ABSL_ATTRIBUTE_LIFETIME_BOUND) {
    return Access(permission, Form::kEndpoint, endpoint);
  }
  // Like CanonicalPath(), for a unix socket.
  static Access CanonicalEndpoint(
      Permission permission,
      absl::string_view endpoint ABSL_ATTRIBUTE_LIFETIME_BOUND,
      absl::string_view asked ABSL_ATTRIBUTE_LIFETIME_BOUND = "") {
    Access access(permission, Form::kEndpoint, endpoint);
    access.is_canonical_ = true;
    access.asked_ = asked;
    return access;
  }
  // Whether a granted name may lead to `address`, which it was resolved to.
  // Both have the same port. This is what stops DNS rebinding. It grants
  // nothing by itself: ask about the name first, by Endpoint().
  static Access Resolved(Permission permission,
                         absl::string_view name ABSL_ATTRIBUTE_LIFETIME_BOUND,
                         absl::string_view address
                             ABSL_ATTRIBUTE_LIFETIME_BOUND) {
    Access access(permission, Form::kResolved, name);
    access.address_ = address;
    return access;
  }

  // This access, for one that was granted before and goes on: a rule still
  // holds for it after its last use is taken.
  Access Held() const {
    Access access = *this;
    access.is_held_ = true;
    return access;
  }

  // This command, where the one that it starts in turn is decided as well:
  // rules with "through:" count, which allow nothing by themselves.
  Access Through() const {
    Access access = *this;
    access.is_through_ = true;
    return access;
  }

  Permission permission() const { return permission_; }
  Form form() const { return form_; }
  bool is_held() const { return is_held_; }
  // Whether a bound policy must take the path (or the unix socket's) as it is,
  // and not translate it.
  bool is_canonical() const { return is_canonical_; }
  bool is_through() const { return is_through_; }  // kCommand
  // The path, name, endpoint or program; the function of a call; otherwise
  // empty.
  absl::string_view text() const { return text_; }
  // kCall; of kCommand the arguments alone.
  const CallView& call() const { return call_; }
  absl::Span<const absl::string_view> parts() const { return parts_; }
  absl::string_view address() const { return address_; }  // kResolved
  // The path, program or endpoint as the guest wrote it; text() if that is not
  // known.
  absl::string_view asked() const { return asked_.empty() ? text_ : asked_; }

 private:
  Access(Permission permission, Form form, absl::string_view text)
      : permission_(permission), form_(form), text_(text) {}

  Permission permission_;
  Form form_;
  bool is_canonical_ = false;
  bool is_held_ = false;
  bool is_through_ = false;
  absl::string_view text_;
  CallView call_;
  absl::Span<const absl::string_view> parts_;
  absl::string_view address_;
  absl::string_view asked_;
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_ACCESS_H_
