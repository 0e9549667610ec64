#include "fs/path_components.h"

#include <algorithm>
#include <cstring>

#include "fs/byte_masks.h"

namespace postern {
namespace fs {

bool IsValidPath(absl::string_view path) {
  return !path.empty() && path.size() <= kMaxPathBytes &&
         std::memchr(path.data(), 0, path.size()) == nullptr;
}

namespace {

// Calls `word` with what each 64 bytes of a path are and the place of the
// first; whether there is a NUL byte. The end of the path counts as a slash: it
// ends a name too.
template <typename Word>
bool ForEachWord(absl::string_view path, Word word) {
  const char* const p = path.data();
  bool has_nul = false;
  size_t at = 0;
  for (; at + 64 <= path.size(); at += 64) {
    const PathBytes bytes = LookAt64(p + at);
    has_nul |= bytes.has_nul;
    word(bytes, at);
  }
  PathBytes rest = LookAtRest(p, p + at, path.size() - at);
  rest.slashes |= uint64_t{1} << (path.size() - at);
  word(rest, at);
  return has_nul | rest.has_nul;
}

// "", "." or "..", of at most two bytes.
bool IsDots(const char* name, size_t length) {
  return length == 0 || (name[0] == '.' && name[length - 1] == '.');
}

// If sixteen bytes may be read from where the name begins, short names cost no
// call.
void CopyName(const char* name, size_t length, bool may_read_on, char* to) {
  if (may_read_on && length <= 16) {
    std::memcpy(to, name, 16);
  } else {
    std::memcpy(to, name, length);
  }
}

// Sees the names that the normal form does not have: "", "." and "..", by the
// slash behind them.
class Detours {
 public:
  void Look(const PathBytes& bytes) {
    const uint64_t slash_before = Before(&PathBytes::slashes, bytes, 1);
    const uint64_t dot_before = Before(&PathBytes::dots, bytes, 1);
    const uint64_t odd = bytes.slashes & (slash_before | dot_before);
    if (odd != 0) found_ = found_ || AreDetours(odd, bytes, slash_before);
    last_ = bytes;
  }
  bool found() const { return found_; }

 private:
  uint64_t Before(uint64_t PathBytes::*bits, const PathBytes& bytes,
                  unsigned by) const {
    return bytes.*bits << by | last_.*bits >> (64 - by);
  }
  // Of slashes with a slash or a dot before them.
  bool AreDetours(uint64_t odd, const PathBytes& bytes,
                  uint64_t slash_before) const {
    const uint64_t dots = Before(&PathBytes::slashes, bytes, 2) |
                          (Before(&PathBytes::dots, bytes, 2) &
                           Before(&PathBytes::slashes, bytes, 3));
    return (odd & (slash_before | dots)) != 0;
  }

  PathBytes last_ = {0, 0, false};
  bool found_ = false;
};

}  // namespace

void PathComponents::Use(const char* text, size_t size) {
  text_ = text;
  size_ = size;
  hashes_.Forget();
}

bool PathComponents::Split(absl::string_view base, absl::string_view path) {
  if (path.empty() || path.size() > kMaxPathBytes || path.size() >= room_) {
    return false;
  }
  if (path[0] == '/') {
    switch (ReadNormal(path)) {
      case Form::kNormal:
        Use(path.data(), path.size());
        return true;
      case Form::kNone:
        return false;
      case Form::kOther:
        break;
    }
  }
  count_ = 0;
  ends_[0] = 0;
  if (path[0] != '/' && (!IsValidPath(base) || base[0] != '/' ||
                         base.size() >= room_ - path.size() || !Append(base))) {
    return false;
  }
  if (!Append(path)) return false;
  Use(buffer_, ends_[count_]);
  return true;
}

// What it writes to ends_ counts only if the path is in normal form.
PathComponents::Form PathComponents::ReadNormal(absl::string_view path) {
  Detours detours;
  uint16_t* next = ends_;
  const bool has_nul =
      ForEachWord(path, [&](const PathBytes& bytes, size_t at) {
        detours.Look(bytes);
        for (uint64_t left = bytes.slashes; left != 0; left &= left - 1) {
          *next++ = static_cast<uint16_t>(
              at + static_cast<size_t>(__builtin_ctzll(left)));
        }
      });
  if (has_nul) return Form::kNone;
  // The first is the slash in front, which ends no component.
  count_ = static_cast<size_t>(next - ends_) - 1;
  return detours.found() ? Form::kOther : Form::kNormal;
}

// False if there is a NUL byte. What is counted stays in registers: bytes that
// are written could be anything else's.
bool PathComponents::Append(absl::string_view path) {
  const char* const text = path.data();
  const size_t size = path.size();
  size_t begin = 0, count = count_, used = ends_[count_];
  const auto take = [&](size_t end) {
    const char* const name = text + begin;
    const size_t length = end - begin;
    const bool may_read_on = begin + 16 <= size;
    begin = end + 1;
    if (length <= 2 && IsDots(name, length)) {
      count -= length == 2 && count > 0;
      used = ends_[count];
      return;
    }
    buffer_[used] = '/';
    CopyName(name, length, may_read_on, buffer_ + used + 1);
    used += 1 + length;
    ends_[++count] = static_cast<uint16_t>(used);
  };
  const bool has_nul =
      ForEachWord(path, [&](const PathBytes& bytes, size_t at) {
        for (uint64_t left = bytes.slashes; left != 0; left &= left - 1) {
          take(at + static_cast<size_t>(__builtin_ctzll(left)));
        }
      });
  count_ = count;
  return !has_nul;
}

bool PathComponents::ReplaceFirst(size_t count, absl::string_view path) {
  if (path == "/") path = "";
  const size_t kept = size_ - ends_[count];
  if (path.size() + kept > std::min(kMaxPathBytes, room_ - 1)) return false;
  const char* const rest = text_ + ends_[count];
  std::memmove(buffer_ + path.size(), rest, kept);
  std::memcpy(buffer_, path.data(), path.size());
  const absl::string_view whole(buffer_, path.size() + kept);
  count_ = 0;
  ends_[0] = 0;
  if (!whole.empty()) ReadNormal(whole);
  Use(buffer_, whole.size());
  return true;
}

std::string JoinPath(const PathComponents& components) {
  return components.size() == 0 ? "/" : std::string(components.text());
}

std::string NormalPath(absl::string_view base, absl::string_view path) {
  AnyPathComponents components;
  return components.Split(base, path) ? JoinPath(components) : "";
}

}  // namespace fs
}  // namespace postern
