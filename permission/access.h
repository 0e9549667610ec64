#ifndef POSTERN_PERMISSION_ACCESS_H_
#define POSTERN_PERMISSION_ACCESS_H_

#include <cstdint>

#include "absl/base/attributes.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "permission/permission.h"

namespace postern {

// An argument of a call. What is no string (a list, a number, a table) is only
// known to match "*".
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

// What is asked: a permission and the resource it is wanted for. A view: the
// caller's bytes must outlive every use (clang warns where they do not, g++
// does not yet). Nothing is checked or copied here; an access that makes no
// sense is denied by whoever decides.
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
  // One object by its canonical name, as who looked it up knows it: absolute,
  // in normal form, through no link. Decided as it stands. `asked` is what the
  // guest said, for records alone; empty: the same.
  static Access CanonicalPath(
      Permission permission,
      absl::string_view path ABSL_ATTRIBUTE_LIFETIME_BOUND,
      absl::string_view asked ABSL_ATTRIBUTE_LIFETIME_BOUND = "") {
    Access access(permission, Form::kPath, path);
    access.is_canonical_ = true;
    access.asked_ = asked;
    return access;
  }
  // CanonicalPath(), of the object and of all beneath it.
  static Access CanonicalSubtree(Permission permission,
                                 absl::string_view path
                                     ABSL_ATTRIBUTE_LIFETIME_BOUND) {
    Access access(permission, Form::kSubtree, path);
    access.is_canonical_ = true;
    return access;
  }
  // A variable, a kind of fact, a module id.
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
  // A secret by the parts of its key.
  static Access Secret(Permission permission,
                       absl::Span<const absl::string_view> parts
                           ABSL_ATTRIBUTE_LIFETIME_BOUND) {
    Access access(permission, Form::kSecret, "");
    access.parts_ = parts;
    return access;
  }
  // The other end of a connection, or the own end of a listener: "host:443",
  // "[::1]:80", "unix:/run/x". A name is decided as such, before any look-up;
  // its addresses by Resolved(). For net.resolve a host alone. A unix socket is
  // a file as well, which fs.read and fs.write decide: ask about it by Path().
  static Access Endpoint(Permission permission,
                         absl::string_view endpoint
                             ABSL_ATTRIBUTE_LIFETIME_BOUND) {
    return Access(permission, Form::kEndpoint, endpoint);
  }
  // A unix socket by its canonical name: decided as it stands, as
  // CanonicalPath() is.
  static Access CanonicalEndpoint(
      Permission permission,
      absl::string_view endpoint ABSL_ATTRIBUTE_LIFETIME_BOUND,
      absl::string_view asked ABSL_ATTRIBUTE_LIFETIME_BOUND = "") {
    Access access(permission, Form::kEndpoint, endpoint);
    access.is_canonical_ = true;
    access.asked_ = asked;
    return access;
  }
  // What an address adds to a name that was granted, and that it was found for:
  // both with the same port. By itself no grant: the name is to be asked about
  // first, by Endpoint().
  static Access Resolved(Permission permission,
                         absl::string_view name ABSL_ATTRIBUTE_LIFETIME_BOUND,
                         absl::string_view address
                             ABSL_ATTRIBUTE_LIFETIME_BOUND) {
    Access access(permission, Form::kResolved, name);
    access.address_ = address;
    return access;
  }

  // This access as one that was granted before and goes on: a rule holds for
  // it even when it is used up.
  Access Held() const {
    Access access = *this;
    access.is_held_ = true;
    return access;
  }

  Permission permission() const { return permission_; }
  Form form() const { return form_; }
  bool is_held() const { return is_held_; }
  // The path or the unix socket's is not to be translated by a bound policy.
  bool is_canonical() const { return is_canonical_; }
  // The path, name or endpoint; the function of a call; empty else.
  absl::string_view text() const { return text_; }
  const CallView& call() const { return call_; }  // kCall
  absl::Span<const absl::string_view> parts() const { return parts_; }
  absl::string_view address() const { return address_; }  // kResolved
  // The path or endpoint in the guest's bytes: text(), if no other is known.
  absl::string_view asked() const { return asked_.empty() ? text_ : asked_; }

 private:
  Access(Permission permission, Form form, absl::string_view text)
      : permission_(permission), form_(form), text_(text) {}

  Permission permission_;
  Form form_;
  bool is_canonical_ = false;
  bool is_held_ = false;
  absl::string_view text_;
  CallView call_;
  absl::Span<const absl::string_view> parts_;
  absl::string_view address_;
  absl::string_view asked_;
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_ACCESS_H_
