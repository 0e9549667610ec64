#ifndef POSTERN_PERMISSION_PRINCIPAL_H_
#define POSTERN_PERMISSION_PRINCIPAL_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern {

// A principal: whose code is running. It is an app id
// `name[.origin][_app][_version]`, as in "foo.acme_bar_1.0". No part is empty
// or holds "_", "/", a control byte or a byte that is not UTF-8; the whole is
// at most 255 bytes. A value type.
class Principal {
 public:
  // Nobody: the empty id, as which no app can register.
  Principal() = default;

  // InvalidArgument with the column and what was expected.
  static absl::StatusOr<Principal> Parse(absl::string_view id);

  // The id that Parse() read.
  const std::string& id() const { return id_; }
  const std::string& name() const { return name_; }
  const std::string& origin() const { return origin_; }    // "" if absent
  const std::string& app() const { return app_; }          // "" if absent
  const std::string& version() const { return version_; }  // "" if absent
  // The id without its version: what approvals and app-to-app rules name.
  std::string IdWithoutVersion() const;

  friend bool operator==(const Principal& a, const Principal& b) {
    return a.id_ == b.id_;
  }

 private:
  std::string id_, name_, origin_, app_, version_;
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_PRINCIPAL_H_
