#include "permission/approval/internal/canonical.h"

#include <sodium/crypto_hash_sha256.h>

#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace postern {
namespace internal {
namespace {

// These numbers are stored: never change one, never use one again.
struct PatternCode {
  RulePattern::Kind kind;
  CallForm form;
  uint64_t code;
};
constexpr PatternCode kPatternCodes[] = {
    {RulePattern::Kind::kWhole, CallForm::kExact, 1},
    {RulePattern::Kind::kText, CallForm::kExact, 2},
    {RulePattern::Kind::kCall, CallForm::kExact, 3},
    {RulePattern::Kind::kCall, CallForm::kList, 4},
    {RulePattern::Kind::kSecret, CallForm::kExact, 5},
    {RulePattern::Kind::kResolving, CallForm::kExact, 6},
};

struct SourceCode {
  RuleSource::Kind kind;
  uint64_t code;
};
constexpr SourceCode kSourceCodes[] = {
    {RuleSource::Kind::kHost, 1},     {RuleSource::Kind::kFile, 2},
    {RuleSource::Kind::kFlag, 3},     {RuleSource::Kind::kTemplate, 4},
    {RuleSource::Kind::kApproval, 5}, {RuleSource::Kind::kDrop, 6},
};

uint64_t CodeOf(const RulePattern& pattern) {
  for (const PatternCode& row : kPatternCodes) {
    if (row.kind == pattern.kind() && row.form == pattern.form()) {
      return row.code;
    }
  }
  return 0;  // refused when read
}

uint64_t CodeOf(RuleSource::Kind kind) {
  for (const SourceCode& row : kSourceCodes) {
    if (row.kind == kind) return row.code;
  }
  return 0;
}

RulePattern MakePattern(const PatternCode& row, absl::string_view text,
                        std::vector<std::string> parts) {
  switch (row.kind) {
    case RulePattern::Kind::kWhole:
      return RulePattern::Whole();
    case RulePattern::Kind::kText:
      return RulePattern::Text(text);
    case RulePattern::Kind::kCall:
      return RulePattern::Call(text, std::move(parts), row.form);
    case RulePattern::Kind::kSecret:
      return RulePattern::Secret(std::move(parts));
    case RulePattern::Kind::kResolving:
      return RulePattern::Resolving(text, std::move(parts));
  }
  return RulePattern::Whole();
}

}  // namespace

void CanonicalWriter::Number(uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes_.push_back(static_cast<char>((value >> shift) & 0xff));
  }
}

void CanonicalWriter::Bytes(absl::string_view value) {
  Number(value.size());
  absl::StrAppend(&bytes_, value);
}

void CanonicalWriter::Permissions(PermissionSet permissions) {
  std::vector<absl::string_view> names;
  for (int i = 1; i < kPermissionLimit; ++i) {
    const Permission permission = static_cast<Permission>(i);
    if (permissions.Contains(permission)) {
      names.push_back(PermissionName(permission));
    }
  }
  Number(names.size());
  for (absl::string_view name : names) Bytes(name);
}

void CanonicalWriter::Pattern(const RulePattern& pattern) {
  Number(CodeOf(pattern));
  Bytes(pattern.text());
  Number(pattern.parts().size());
  for (const std::string& part : pattern.parts()) Bytes(part);
}

void CanonicalWriter::Source(const RuleSource& source) {
  Number(CodeOf(source.kind));
  Bytes(source.name);
  Number(source.line < 0 ? 0 : static_cast<uint64_t>(source.line));
  Number(source.column < 0 ? 0 : static_cast<uint64_t>(source.column));
}

CanonicalReader::CanonicalReader(absl::string_view bytes,
                                 absl::string_view format)
    : rest_(bytes) {
  if (Bytes() != format) Fail();
}

void CanonicalReader::Fail() {
  ok_ = false;
  rest_ = absl::string_view();
}

absl::string_view CanonicalReader::Take(uint64_t size) {
  if (size > rest_.size()) {
    Fail();
    return absl::string_view();
  }
  const absl::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

uint64_t CanonicalReader::Number() {
  uint64_t value = 0;
  for (char c : Take(8)) value = (value << 8) | static_cast<unsigned char>(c);
  return value;
}

absl::string_view CanonicalReader::Bytes() { return Take(Number()); }

uint64_t CanonicalReader::Count() {
  const uint64_t count = Number();
  if (count <= rest_.size()) return count;
  Fail();
  return 0;
}

PermissionSet CanonicalReader::Permissions() {
  PermissionSet set;
  for (uint64_t left = Count(); left > 0 && ok_; --left) {
    const absl::optional<Permission> permission = ParsePermission(Bytes());
    if (!permission) {
      Fail();
      return PermissionSet();
    }
    set = set | PermissionSet(*permission);
  }
  if (set.empty()) Fail();
  return set;
}

RulePattern CanonicalReader::Pattern() {
  const uint64_t code = Number();
  const absl::string_view text = Bytes();
  std::vector<std::string> parts;
  for (uint64_t left = Count(); left > 0 && ok_; --left) {
    parts.emplace_back(Bytes());
  }
  for (const PatternCode& row : kPatternCodes) {
    if (ok_ && row.code == code) {
      return MakePattern(row, text, std::move(parts));
    }
  }
  Fail();
  return RulePattern();
}

RuleSource CanonicalReader::Source() {
  constexpr uint64_t kMax = std::numeric_limits<int>::max();
  const uint64_t code = Number();
  RuleSource source;
  source.name = std::string(Bytes());
  const uint64_t line = Number(), column = Number();
  if (line > kMax || column > kMax) Fail();
  for (const SourceCode& row : kSourceCodes) {
    if (!ok_ || row.code != code) continue;
    source.kind = row.kind;
    source.line = static_cast<int>(line);
    source.column = static_cast<int>(column);
    return source;
  }
  Fail();
  return RuleSource();
}

std::string Sha256(absl::string_view bytes) {
  // No sodium_init(): libsodium 1.0.18 has one SHA-256 only, and it needs
  // neither a choice by CPU nor random numbers.
  std::string out(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(&out[0]),
                     reinterpret_cast<const unsigned char*>(bytes.data()),
                     bytes.size());
  return out;
}

std::string Sha256Hex(absl::string_view bytes) {
  return absl::BytesToHexString(Sha256(bytes));
}

}  // namespace internal
}  // namespace postern
