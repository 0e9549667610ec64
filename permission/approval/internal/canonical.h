#ifndef POSTERN_PERMISSION_APPROVAL_INTERNAL_CANONICAL_H_
#define POSTERN_PERMISSION_APPROVAL_INTERNAL_CANONICAL_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "permission/approval/manifest.h"

namespace postern {
namespace internal {

// Bytes that stand for exactly one sequence of values: what digests are taken
// of and what is stored. A number is 8 bytes, big-endian; a string its length
// as a number, then its bytes; the first string names the format.
class CanonicalWriter {
 public:
  explicit CanonicalWriter(absl::string_view format) { Bytes(format); }

  void Number(uint64_t value);
  void Bytes(absl::string_view value);
  // Enumerators are written by name or by a number of this file's own, so that
  // a reordered enum changes nothing.
  void Permissions(PermissionSet permissions);
  void Pattern(const RulePattern& pattern);
  void Source(const RuleSource& source);

  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// Reads what CanonicalWriter wrote. After the first value that makes no sense
// ok() is false and every further value is empty. Views live as long as the
// bytes that were given. That there is one spelling only is for the caller to
// see, by writing again what was read.
class CanonicalReader {
 public:
  CanonicalReader(absl::string_view bytes, absl::string_view format);

  uint64_t Number();
  absl::string_view Bytes();
  PermissionSet Permissions();  // of at least one
  RulePattern Pattern();
  RuleSource Source();
  // A number of elements to follow, each of at least one byte.
  uint64_t Count();

  bool ok() const { return ok_; }
  bool AtEnd() const { return ok_ && rest_.empty(); }

 private:
  absl::string_view Take(uint64_t size);
  void Fail();

  absl::string_view rest_;
  bool ok_ = true;
};

// SHA-256 (FIPS 180-4) in 32 bytes, and as 64 lower-case hexadecimal digits.
std::string Sha256(absl::string_view bytes);
std::string Sha256Hex(absl::string_view bytes);

}  // namespace internal
}  // namespace postern

#endif  // POSTERN_PERMISSION_APPROVAL_INTERNAL_CANONICAL_H_
